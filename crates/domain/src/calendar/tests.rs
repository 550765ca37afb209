use proptest::prelude::*;

use super::*;

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn between(host: &str, home: &str) -> WorkCalendar {
    let country = |code: &str| (!code.is_empty()).then(|| code.parse().unwrap());
    Calendars::builtin().between(country(host), country(home))
}

#[test]
fn weekends_of_both_sides_count() {
    // 2026-01-08 is a Thursday; noon in Riyadh.
    let noon = |day: u32| ms(&format!("2026-01-{day:02}T09:00:00Z"));
    let saudi_philippines = between("SA", "PH");
    let working: Vec<bool> = (8..15).map(|day| saudi_philippines.is_working(noon(day))).collect();
    assert_eq!(working, [true, false, false, false, true, true, true], "Thursday to Wednesday");
    let emirates = between("AE", "");
    let working: Vec<bool> = (8..12).map(|day| emirates.is_working(noon(day))).collect();
    assert_eq!(working, [true, true, false, false], "Friday counts in the Emirates");
    let alone = between("SA", "");
    assert!(alone.is_working(noon(11)), "Sunday is a working day in Riyadh");
}

#[test]
fn the_day_is_the_hosts() {
    // 20:59 UTC on Thursday is still Thursday in Riyadh; 21:00 is Friday.
    let riyadh = between("SA", "");
    assert!(riyadh.is_working(ms("2026-01-08T20:59:59.999Z")));
    assert!(!riyadh.is_working(ms("2026-01-08T21:00:00Z")));
}

#[test]
fn holidays_of_both_sides_count() {
    let noon = ms("2026-06-12T09:00:00Z"); // a Friday, Independence Day of the Philippines
    assert!(!between("HK", "PH").is_working(noon));
    assert!(between("HK", "NP").is_working(noon));
}

#[test]
fn working_time_skips_what_does_not_count() {
    let calendar = between("SA", "PH");
    // Thursday noon in Riyadh; Friday to Sunday do not count.
    let start = ms("2026-01-08T09:00:00Z");
    assert_eq!(calendar.add_working(start, 12 * HOUR_MS), ms("2026-01-08T21:00:00Z"));
    assert_eq!(calendar.add_working(start, 12 * HOUR_MS + 1), ms("2026-01-11T21:00:00Z") + 1);
    assert_eq!(calendar.add_working(start, DAY_MS), ms("2026-01-12T09:00:00Z"));
    // A start in the weekend counts from the first working day on.
    let friday = ms("2026-01-09T09:00:00Z");
    assert_eq!(calendar.add_working(friday, HOUR_MS), ms("2026-01-11T22:00:00Z"));
    assert_eq!(calendar.add_working(start, -5), start);
}

#[test]
fn faulty_calendars_are_refused() {
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json: serde_json::Value = serde_json::from_str(BUILTIN).unwrap();
        change(&mut json);
        Calendars::parse(&serde_json::to_vec(&json).unwrap())
    };
    assert!(with(&|_| ()).is_ok());
    let days = |days: serde_json::Value| with(&move |json| json["weekends"][0]["days"] = days.clone());
    assert!(matches!(days(serde_json::json!([1, 2, 3, 4])), Err(CalendarError::RestDays)));
    assert!(matches!(days(serde_json::json!([0])), Err(CalendarError::RestDays)));
    assert!(matches!(days(serde_json::json!([8])), Err(CalendarError::RestDays)));
    for text in ["13-01", "02-30", "1-1", "2026-02-29", "aa-bb", "+1-01", "2026/01/01"] {
        let refused = with(&|json| json["holidays_SAMPLE"][0]["days"][0] = text.into());
        assert!(matches!(refused, Err(CalendarError::Holiday)), "{text}");
    }
    assert!(matches!(
        with(&|json| json["weekends"][0]["countries"][0] = "XX".into()),
        Err(CalendarError::Country(_))
    ));
    assert!(matches!(
        with(&|json| json["weekends"][1]["countries"][0] = "SA".into()),
        Err(CalendarError::Country(_))
    ));
    assert!(matches!(
        with(&|json| json["utc_offset_minutes"]["AE"] = 900.into()),
        Err(CalendarError::Offset)
    ));
    assert!(matches!(with(&|json| json["weekends"] = serde_json::json!([])), Err(CalendarError::NoDefault)));
    assert!(matches!(with(&|json| json["extra"] = 1.into()), Err(CalendarError::Form(_))));
}

proptest! {
    #[test]
    fn any_instant_has_an_answer(start in any::<i64>(), working in 0..=30 * DAY_MS) {
        for (host, home) in [("SA", "PH"), ("IR", "BN"), ("", "")] {
            prop_assert!(between(host, home).add_working(start, working) >= start);
        }
    }

    #[test]
    fn working_time_adds_up(
        start in 0..4_102_444_800_000i64,
        first in 0..20 * DAY_MS,
        second in 1..20 * DAY_MS,
    ) {
        let calendar = between("QA", "NP");
        let through = calendar.add_working(calendar.add_working(start, first), second);
        prop_assert_eq!(through, calendar.add_working(start, first + second));
        prop_assert!(through >= start + first + second);
    }
}

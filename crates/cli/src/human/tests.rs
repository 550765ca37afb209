use super::*;
use crate::json::samples;

const HOSTILE: &str = "a\u{1b}[31m\u{202e}b\nPriority  P0\r\u{200b}\u{feff}ك";

#[test]
fn hostile_text_cannot_leave_its_line_or_colour_the_terminal() {
    let cleaned = clean(HOSTILE);
    assert!(
        !cleaned.chars().any(|c| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}' | '\u{feff}')),
        "{cleaned:?}"
    );
    assert!(cleaned.starts_with('\u{2068}') && cleaned.ends_with('\u{2069}'));
    assert_eq!(cleaned.matches(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']).count(), 2);
}

#[test]
fn joiners_that_spelling_needs_stay() {
    assert_eq!(clean("می\u{200c}خواهم"), "\u{2068}می\u{200c}خواهم\u{2069}");
    assert_eq!(clean("plain"), "plain");
}

#[test]
fn no_line_of_a_block_can_pass_for_ours() {
    let page = block("first\n\nStatus  Closed\u{2028}x");
    assert!(page.lines().all(|line| line.starts_with("  | ")), "{page}");
}

#[test]
fn hostile_text_in_every_field_stays_inside_its_field() {
    let mut case = samples::case();
    for field in [&mut case.number, &mut case.language, &mut case.owner] {
        *field = HOSTILE.to_owned();
    }
    for field in [&mut case.text, &mut case.assigned, &mut case.name, &mut case.origin, &mut case.sector] {
        *field = Some(HOSTILE.to_owned());
    }
    case.messages.iter_mut().for_each(|message| message.text = HOSTILE.to_owned());
    case.grievances = vec![HOSTILE.to_owned()];
    case.consents.iter_mut().for_each(|consent| consent.purpose = HOSTILE.to_owned());
    case.refused.iter_mut().for_each(|refused| refused.reason = HOSTILE.to_owned());
    for text in [case_page(Lang::ENGLISH, &case), queue(Lang::ENGLISH, std::slice::from_ref(&case))] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("Priority  P0")), "{text}");
        let (opened, closed) = (text.matches('\u{2068}').count(), text.matches('\u{2069}').count());
        assert_eq!(opened, closed, "an isolate is left open");
    }
}

#[test]
fn unknown_codes_are_shown_as_they_are() {
    let list = ["WAG.UNPAID".to_owned(), "NEW.CODE".to_owned()];
    assert_eq!(codes(Lang::ENGLISH, "grievance", &list), "Wages not paid · NEW.CODE");
}

#[test]
fn times_and_spans_are_short() {
    assert_eq!(time("2027-01-31T16:00:05.123Z"), "2027-01-31 16:00 UTC");
    assert_eq!(time("x\u{1b}"), "x");
    assert_eq!((span(0).as_str(), span(5400).as_str(), span(61).as_str()), ("0", "1h30m", "1m1s"));
}

#[test]
fn pages_are_frozen() {
    let case = samples::case();
    insta::assert_snapshot!("case_page_en", case_page(Lang::ENGLISH, &case));
    insta::assert_snapshot!("queue_en", queue(Lang::ENGLISH, &[case.clone(), samples::sealed_case()]));
    insta::assert_snapshot!(
        "case_list_en",
        case_list(Lang::ENGLISH, &[case.clone(), samples::sealed_case()])
    );
    let arabic = Lang::parse("ar").unwrap();
    insta::assert_snapshot!("case_page_ar", case_page(arabic, &case));
    insta::assert_snapshot!("queue_ar", queue(arabic, &[case]));
}

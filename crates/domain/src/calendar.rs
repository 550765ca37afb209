//! Working days: weekly rest days and holidays of the host country and of home.
//!
//! Both sides must be at work for a clock to run: an office that has to answer, and the one at home that it
//! has to ask. A day is the host country's day, by a usual offset from UTC without summer time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::Deserialize;

use crate::{codes::Country, period::Date};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

const BUILTIN: &str = include_str!("../data/calendars.json");

/// Why calendars are refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Not JSON of the expected shape.
    #[error("the calendars do not have the expected form")]
    Form(#[from] serde_json::Error),
    /// A country code that is not one, or one that occurs twice.
    #[error("bad or repeated country {0} in the calendars")]
    Country(String),
    /// More than three rest days in a week, or a day that is none: clocks would stand still.
    #[error("bad rest days in the calendars")]
    RestDays,
    /// Not `MM-DD` or `YYYY-MM-DD`, or more than 60 in a country.
    #[error("bad holiday in the calendars")]
    Holiday,
    /// More than 14 hours from UTC.
    #[error("bad offset in the calendars")]
    Offset,
    /// There is no row for `*`.
    #[error("the calendars have no default")]
    NoDefault,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "note")]
    _note: String,
    weekends: Vec<WeekendRow>,
    #[serde(rename = "holidays_SAMPLE")]
    holidays: Vec<HolidayRow>,
    utc_offset_minutes: BTreeMap<Country, i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeekendRow {
    countries: Vec<String>,
    days: Vec<u8>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "verify")]
    _verify: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayRow {
    country: Country,
    days: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "verify")]
    _verify: bool,
}

/// A holiday: of every year, or of one.
type Holiday = (Option<i16>, i8, i8);

/// Seven days from Monday; true is a rest day.
type Week = [bool; 7];

/// The calendars of all countries.
#[derive(Clone, Debug)]
pub struct Calendars {
    default: Week,
    weekends: BTreeMap<Country, Week>,
    holidays: BTreeMap<Country, BTreeSet<Holiday>>,
    offsets: BTreeMap<Country, i32>,
}

static CALENDARS: LazyLock<Calendars> =
    LazyLock::new(|| Calendars::parse(BUILTIN.as_bytes()).expect("the built-in calendars are tested"));

impl Calendars {
    /// The sample calendars that every installation starts with.
    pub fn builtin() -> &'static Self {
        &CALENDARS
    }

    /// Reads calendars strictly.
    pub fn parse(json: &[u8]) -> Result<Self, CalendarError> {
        let form: Form = serde_json::from_slice(json)?;
        let mut default = None;
        let mut weekends = BTreeMap::new();
        for row in form.weekends {
            let week = week(&row.days)?;
            for name in row.countries {
                let repeated = if name == "*" {
                    default.replace(week).is_some()
                } else {
                    let country = name.parse().map_err(|_| CalendarError::Country(name.clone()))?;
                    weekends.insert(country, week).is_some()
                };
                if repeated {
                    return Err(CalendarError::Country(name));
                }
            }
        }
        let mut holidays = BTreeMap::new();
        for row in form.holidays {
            if row.days.len() > 60 {
                return Err(CalendarError::Holiday);
            }
            let days = row.days.iter().map(|day| holiday(day)).collect::<Result<_, _>>()?;
            if holidays.insert(row.country, days).is_some() {
                return Err(CalendarError::Country(row.country.to_string()));
            }
        }
        if form.utc_offset_minutes.values().any(|minutes| !(-14 * 60..=14 * 60).contains(minutes)) {
            return Err(CalendarError::Offset);
        }
        let default = default.ok_or(CalendarError::NoDefault)?;
        Ok(Self { default, weekends, holidays, offsets: form.utc_offset_minutes })
    }

    /// The working days that count for a case between two countries. Unknown countries have the default.
    pub fn between(&self, host: Option<Country>, home: Option<Country>) -> WorkCalendar {
        let of = |country: Option<Country>| {
            country.and_then(|country| self.weekends.get(&country)).copied().unwrap_or(self.default)
        };
        let (host_week, home_week) = (of(host), of(home));
        let mut rest = host_week;
        if home.is_some() {
            for (day, at_home) in rest.iter_mut().zip(home_week) {
                *day |= at_home;
            }
        }
        let holidays = [host, home]
            .into_iter()
            .flatten()
            .filter_map(|country| self.holidays.get(&country))
            .flatten()
            .copied()
            .collect();
        let minutes = host.and_then(|country| self.offsets.get(&country)).copied().unwrap_or(0);
        WorkCalendar { rest, holidays, offset_ms: i64::from(minutes) * 60_000 }
    }
}

fn week(days: &[u8]) -> Result<Week, CalendarError> {
    let mut week = [false; 7];
    for day in days {
        let place = usize::from(*day).checked_sub(1).ok_or(CalendarError::RestDays)?;
        *week.get_mut(place).ok_or(CalendarError::RestDays)? = true;
    }
    // Two countries together then still have a working day.
    if week.iter().filter(|rest| **rest).count() > 3 { Err(CalendarError::RestDays) } else { Ok(week) }
}

fn holiday(text: &str) -> Result<Holiday, CalendarError> {
    let date = |text: &str| text.parse::<Date>().map(Date::civil).map_err(|_| CalendarError::Holiday);
    if text.len() == 5 {
        // A holiday of every year may be 29 February: 2000 has one.
        let day = date(&format!("2000-{text}"))?;
        Ok((None, day.month(), day.day()))
    } else {
        let day = date(text)?;
        Ok((Some(day.year()), day.month(), day.day()))
    }
}

/// The working days of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkCalendar {
    rest: Week,
    holidays: BTreeSet<Holiday>,
    offset_ms: i64,
}

impl WorkCalendar {
    /// Whether the day that holds this instant (ms since 1970 UTC) is a working day.
    pub fn is_working(&self, at_ms: i64) -> bool {
        self.day_works(self.day_of(at_ms))
    }

    /// The instant at which this much working time has passed since `start_ms`. A working day counts 24 hours.
    pub fn add_working(&self, start_ms: i64, working_ms: i64) -> i64 {
        let mut now = start_ms;
        let mut left = working_ms.max(0);
        // With a working day in every week and at most 120 holidays a year this is far more than enough;
        // it bounds the loop for instants that no calendar knows.
        for _ in 0..10_000 {
            let day = self.day_of(now);
            let end = (day.saturating_add(1)).saturating_mul(DAY_MS).saturating_sub(self.offset_ms);
            if self.day_works(day) {
                let today = end.saturating_sub(now);
                if left <= today {
                    return now.saturating_add(left);
                }
                left -= today;
            }
            now = end;
        }
        now.saturating_add(left)
    }

    /// Days since 1970 in the host country.
    fn day_of(&self, at_ms: i64) -> i64 {
        at_ms.saturating_add(self.offset_ms).div_euclid(DAY_MS)
    }

    fn day_works(&self, day: i64) -> bool {
        // Day 0 was a Thursday.
        let weekday = (day.rem_euclid(7) + 3) % 7;
        let rests = usize::try_from(weekday).ok().and_then(|place| self.rest.get(place)).copied();
        !rests.unwrap_or(false) && !self.is_holiday(day)
    }

    fn is_holiday(&self, day: i64) -> bool {
        let epoch = jiff::civil::date(1970, 1, 1);
        // Outside the years that a civil calendar covers there are no holidays.
        let Ok(span) = jiff::Span::new().try_days(day) else { return false };
        let Ok(date) = epoch.checked_add(span) else { return false };
        self.holidays.contains(&(None, date.month(), date.day()))
            || self.holidays.contains(&(Some(date.year()), date.month(), date.day()))
    }
}

#[cfg(test)]
mod tests;

//! Dates and periods, without a time of day or a zone.

use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Why a date or period is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateError {
    /// Not `YYYY-MM-DD`, or no such day, or not in the years 1900 to 2199.
    #[error("not a date of the form YYYY-MM-DD")]
    Date,
    /// The period ends before it begins.
    #[error("the period ends before it begins")]
    Backwards,
    /// Neither end is known.
    #[error("a period needs a beginning or an end")]
    Empty,
}

/// A day of the Gregorian calendar, in the years 1900 to 2199. Text `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// The day with these numbers.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DateError> {
        if !(1900..2200).contains(&year) {
            return Err(DateError::Date);
        }
        civil::Date::new(year, month, day).map(Self).map_err(|_| DateError::Date)
    }

    /// The day as a civil date.
    pub const fn civil(self) -> civil::Date {
        self.0
    }

    /// Whole days from this day to another; negative if that is earlier.
    pub fn days_until(self, other: Self) -> i32 {
        self.0.duration_until(other.0).as_hours().try_into().map_or(0, |hours: i32| hours / 24)
    }

    /// Whole years from this day to another, as ages are counted: born on 29 February, a year older on 1 March.
    pub fn years_until(self, other: Self) -> i16 {
        let (from, to) = (self.0, other.0);
        let before_birthday = (to.month(), to.day()) < (from.month(), from.day());
        to.year() - from.year() - i16::from(before_birthday)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| -> Result<i16, DateError> {
            bytes.get(range).unwrap_or_default().iter().try_fold(0i16, |number, byte| match byte {
                b'0'..=b'9' => Ok(number * 10 + i16::from(byte - b'0')),
                _ => Err(DateError::Date),
            })
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(DateError::Date);
        }
        let small = |number: i16| i8::try_from(number).map_err(|_| DateError::Date);
        Self::new(digits(0..4)?, small(digits(5..7)?)?, small(digits(8..10)?)?)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// From a day to a day, both included; one end may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeriodForm")]
pub struct Period {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Date>,
}

#[derive(Deserialize)]
struct PeriodForm {
    #[serde(default)]
    from: Option<Date>,
    #[serde(default)]
    to: Option<Date>,
}

impl TryFrom<PeriodForm> for Period {
    type Error = DateError;
    fn try_from(form: PeriodForm) -> Result<Self, DateError> {
        Self::new(form.from, form.to)
    }
}

impl Period {
    /// A period in the right order with at least one end.
    pub fn new(from: Option<Date>, to: Option<Date>) -> Result<Self, DateError> {
        match (from, to) {
            (None, None) => Err(DateError::Empty),
            (Some(from), Some(to)) if from > to => Err(DateError::Backwards),
            _ => Ok(Self { from, to }),
        }
    }

    /// The first day.
    pub const fn from(&self) -> Option<Date> {
        self.from
    }

    /// The last day.
    pub const fn to(&self) -> Option<Date> {
        self.to
    }

    /// Whether a day lies in it; an unknown end leaves it open.
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Number of days, both ends included, if both are known.
    pub fn days(&self) -> Option<i32> {
        Some(self.from?.days_until(self.to?) + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_strict() {
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
        for text in [
            "",
            "2025-02-29",
            "2025-2-9",
            "2025-13-01",
            "2025-00-10",
            "1899-12-31",
            "2200-01-01",
            "+025-01-01",
            "2025-+1-01",
            "2025/01/01",
            "2025-01-01T",
            "२०२५-०१-०१",
            "2025-01-é",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Date), "{text}");
        }
    }

    #[test]
    fn ages_and_spans() {
        assert_eq!(date("2008-06-15").years_until(date("2026-06-14")), 17);
        assert_eq!(date("2008-06-15").years_until(date("2026-06-15")), 18);
        assert_eq!(date("2008-02-29").years_until(date("2026-02-28")), 17);
        assert_eq!(date("2008-02-29").years_until(date("2026-03-01")), 18);
        assert_eq!(date("2026-01-01").days_until(date("2025-12-31")), -1);
        let quarter = Period::new(Some(date("2025-01-01")), Some(date("2025-03-31"))).unwrap();
        assert_eq!(quarter.days(), Some(90));
        assert!(quarter.contains(date("2025-03-31")) && !quarter.contains(date("2025-04-01")));
        assert!(Period::new(None, Some(date("2025-03-31"))).unwrap().contains(date("1990-01-01")));
    }

    #[test]
    fn periods_are_checked_however_they_arrive() {
        assert_eq!(Period::new(None, None), Err(DateError::Empty));
        assert!(serde_json::from_str::<Period>("{}").is_err());
        assert!(serde_json::from_str::<Period>(r#"{"from":"2025-02-01","to":"2025-01-01"}"#).is_err());
        let period = serde_json::from_str::<Period>(r#"{"from":"2025-02-01"}"#).unwrap();
        assert_eq!(serde_json::to_string(&period).unwrap(), r#"{"from":"2025-02-01"}"#);
    }

    proptest! {
        #[test]
        fn round_trips(days in 0i32..100_000, length in 0i32..5000) {
            let start = civil::date(1900, 1, 1);
            let at = |days: i32| {
                let day = start.checked_add(jiff::Span::new().days(days)).unwrap();
                Date::new(day.year(), day.month(), day.day()).unwrap()
            };
            let period = Period::new(Some(at(days)), Some(at(days + length))).unwrap();
            let cbor = canonical::to_vec(&period).unwrap();
            prop_assert_eq!(canonical::from_slice::<Period>(&cbor).unwrap(), period);
            prop_assert_eq!(period.days(), Some(length + 1));
        }

        #[test]
        fn never_panics(text in any::<String>(), near in "[0-9+-]{10}") {
            for text in [text, near] {
                if let Ok(date) = text.parse::<Date>() {
                    prop_assert_eq!(date.to_string(), text);
                }
            }
        }
    }
}

//! Values of arguments, parsed at the edge.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};

/// A point in time, UTC: an RFC 3339 timestamp, or a date that stands for its last second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self(at));
        }
        let date: Date = text.parse().map_err(|_| "a date (2027-01-31) or an RFC 3339 time".to_owned())?;
        let end = date.at(23, 59, 59, 0);
        Offset::UTC.to_timestamp(end).map(Self).map_err(|_| "a date within range".to_owned())
    }
}

/// A length of time: `90m`, `2h`, `1h30m`, `PT2H`; more than zero, at most 31 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub std::time::Duration);

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let span: SignedDuration = text.parse().map_err(|_| "a duration such as 90m or 2h".to_owned())?;
        let span = std::time::Duration::try_from(span).map_err(|_| "more than zero".to_owned())?;
        let longest = std::time::Duration::from_secs(31 * 86_400);
        if span.is_zero() || span > longest {
            Err("more than zero, at most 31 days".to_owned())
        } else {
            Ok(Self(span))
        }
    }
}

/// A priority, 0 (emergency) to 4; `P1` and `1` mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority(pub u8);

impl FromStr for Priority {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(['P', 'p']).unwrap_or(text);
        match digits.as_bytes() {
            [digit @ b'0'..=b'4'] => Ok(Self(digit - b'0')),
            _ => Err("0 (emergency) to 4".to_owned()),
        }
    }
}

/// A place as a phone knows it: `LAT,LON,ACCURACY_M,AGE_S`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// Radius of the position's error, in metres.
    pub accuracy_m: u32,
    /// Age of the position when given, in seconds.
    pub age_s: u32,
}

impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || "LAT,LON,ACCURACY_M,AGE_S, for example 25.2854,51.5310,30,12".to_owned();
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let [latitude, longitude, accuracy, age] = parts.as_slice() else { return Err(refuse()) };
        let degrees = |text: &str, limit: f64| {
            text.parse::<f64>()
                .ok()
                .filter(|value| value.is_finite() && value.abs() <= limit)
                .ok_or_else(refuse)
        };
        Ok(Self {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
            accuracy_m: accuracy.parse().map_err(|_| refuse())?,
            age_s: age.parse().map_err(|_| refuse())?,
        })
    }
}

/// One step of a ladder: who is alerted, and how long after the alert began: `NAME@5m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Desk, by name or id.
    pub who: String,
    /// Time since the alert.
    pub after: std::time::Duration,
}

impl FromStr for Rung {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (who, after) = text.rsplit_once('@').ok_or("NAME@DURATION, for example Asha@5m")?;
        // The first rung is alerted at once.
        let after = if after == "0" { std::time::Duration::ZERO } else { after.parse::<Span>()?.0 };
        if who.is_empty() {
            Err("a desk's name before @".to_owned())
        } else {
            Ok(Self { who: who.to_owned(), after })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_lasts_through_its_last_second() {
        assert_eq!("2027-01-31".parse::<Moment>().unwrap().0.to_string(), "2027-01-31T23:59:59Z");
        assert_eq!(
            "2027-01-31T10:00:00+03:00".parse::<Moment>().unwrap().0.to_string(),
            "2027-01-31T07:00:00Z"
        );
        for text in ["", "tomorrow", "2027-02-30", "31.1.2027"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_positive_and_bounded() {
        assert_eq!("1h30m".parse::<Span>().unwrap().0.as_secs(), 5400);
        assert_eq!("PT2H".parse::<Span>().unwrap().0.as_secs(), 7200);
        for text in ["", "0s", "-5m", "32d", "800h", "soon"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn priorities_are_0_to_4() {
        assert_eq!("P1".parse(), Ok(Priority(1)));
        assert_eq!("4".parse(), Ok(Priority(4)));
        for text in ["5", "-1", "P", "", "01"] {
            assert!(text.parse::<Priority>().is_err(), "{text}");
        }
    }

    #[test]
    fn places_are_checked() {
        let place: Place = "-33.9,151.2,30,12".parse().unwrap();
        assert_eq!((place.latitude, place.accuracy_m, place.age_s), (-33.9, 30, 12));
        for text in ["", "1,2,3", "91,0,1,1", "0,181,1,1", "NaN,0,1,1", "inf,0,1,1", "1,2,-3,4", "1,2,3,4,5"]
        {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn rungs_name_a_desk_and_a_delay() {
        assert_eq!("Asha@0".parse::<Rung>().unwrap().after.as_secs(), 0);
        let rung: Rung = "night@desk@5m".parse().unwrap();
        assert_eq!((rung.who.as_str(), rung.after.as_secs()), ("night@desk", 300));
        assert!("@5m".parse::<Rung>().is_err() && "Asha".parse::<Rung>().is_err());
    }
}

//! Hours of a day in which somebody may be reached.

use std::{fmt, str::FromStr};

use crate::words::text_newtype;

const DAY: u16 = 24 * 60;
/// Most windows in a text.
const MAX_WINDOWS: usize = 8;

/// Why hours are refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("not hours of the form HH:MM-HH:MM, HH:MM-HH:MM")]
pub struct HoursError;

/// Windows of a day, such as `06:00-07:30,22:00-01:00`. The end is not included; a window may run past midnight.
/// Canonical: sorted, merged where they touch. Never empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(String);

/// Minutes of the day that are allowed.
type Minutes = Vec<bool>;

impl Hours {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a minute of the day (0–1439) is inside.
    pub fn contains(&self, minute: u16) -> bool {
        self.minutes().get(usize::from(minute)).copied().unwrap_or(false)
    }

    /// The time that both allow; `None` if there is none.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let both =
            self.minutes().into_iter().zip(other.minutes()).map(|(mine, theirs)| mine && theirs).collect();
        Self::from_minutes(&both)
    }

    fn minutes(&self) -> Minutes {
        // A value's own text always reads back; nothing allowed would be the safe answer if it did not.
        parse(&self.0, usize::MAX).unwrap_or_else(|_| vec![false; usize::from(DAY)])
    }

    fn from_minutes(minutes: &Minutes) -> Option<Self> {
        let at = |minute: u16| minutes.get(usize::from(minute % DAY)).copied().unwrap_or(false);
        if (0..DAY).all(at) {
            return Some(Self("00:00-24:00".to_owned()));
        }
        let mut windows = Vec::new();
        for start in (0..DAY).filter(|minute| at(*minute) && !at(minute + DAY - 1)) {
            let length = (0..DAY).take_while(|offset| at(start + offset)).count() as u16;
            let end = if start + length == DAY { DAY } else { (start + length) % DAY };
            windows.push(format!("{}-{}", Time(start), Time(end)));
        }
        if windows.is_empty() { None } else { Some(Self(windows.join(","))) }
    }
}

struct Time(u16);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

fn time(text: &str) -> Result<u16, HoursError> {
    match *text.trim().as_bytes() {
        [h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(u8::is_ascii_digit) => {
            let two = |tens: u8, ones: u8| u16::from(tens - b'0') * 10 + u16::from(ones - b'0');
            let (hours, minutes) = (two(h1, h2), two(m1, m2));
            let at = hours * 60 + minutes;
            if minutes < 60 && at <= DAY { Ok(at) } else { Err(HoursError) }
        }
        _ => Err(HoursError),
    }
}

fn parse(text: &str, most: usize) -> Result<Minutes, HoursError> {
    let mut minutes = vec![false; usize::from(DAY)];
    for (count, window) in text.split(',').enumerate() {
        let (start, end) = window.split_once('-').ok_or(HoursError)?;
        let (start, end) = (time(start)?, time(end)?);
        if count >= most || start == DAY || start == end {
            return Err(HoursError);
        }
        let length = if end > start { end - start } else { end + DAY - start };
        for minute in start..start + length {
            if let Some(allowed) = minutes.get_mut(usize::from(minute % DAY)) {
                *allowed = true;
            }
        }
    }
    Ok(minutes)
}

impl FromStr for Hours {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        // A merged plan may have more windows than a person would write.
        if text.len() > 1024 {
            return Err(HoursError);
        }
        Self::from_minutes(&parse(text, MAX_WINDOWS * 8)?).ok_or(HoursError)
    }
}
text_newtype!(Hours);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap()
    }

    #[test]
    fn canonical_text() {
        for (text, canonical) in [
            ("06:00-07:30", "06:00-07:30"),
            ("22:00-23:00, 06:00-07:00", "06:00-07:00,22:00-23:00"),
            ("06:00-07:00,07:00-08:00", "06:00-08:00"),
            ("22:00-01:00", "22:00-01:00"),
            ("22:00-24:00", "22:00-24:00"),
            ("22:00-00:00", "22:00-24:00"),
            ("22:00-24:00,00:00-01:00", "22:00-01:00"),
            ("00:00-24:00", "00:00-24:00"),
            ("12:00-11:00,11:00-12:00", "00:00-24:00"),
        ] {
            assert_eq!(hours(text).as_str(), canonical, "{text}");
        }
        for text in [
            "",
            "06:00",
            "6:00-7:00",
            "06:00-06:00",
            "06:60-07:00",
            "24:01-01:00",
            "24:00-01:00",
            "06:00-25:00",
            "06:00-07:00,",
        ] {
            assert_eq!(text.parse::<Hours>(), Err(HoursError), "{text}");
        }
    }

    #[test]
    fn contains_and_intersects() {
        let night = hours("22:00-01:00");
        assert!(
            night.contains(22 * 60) && night.contains(59) && !night.contains(60) && !night.contains(5000)
        );
        let both = night.intersection(&hours("00:30-06:00,23:00-23:30")).unwrap();
        assert_eq!(both.as_str(), "00:30-01:00,23:00-23:30");
        assert_eq!(night.intersection(&hours("01:00-22:00")), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_is_stable(text in any::<String>(), near in "([0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9],?){1,3}") {
            for text in [text, near] {
                if let Ok(hours) = text.parse::<Hours>() {
                    prop_assert_eq!(hours.as_str().parse::<Hours>().unwrap(), hours.clone());
                }
            }
        }
    }
}

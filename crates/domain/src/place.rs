//! Places: millionths of a degree, with how exact and how old the fix is.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a place is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlaceError {
    /// Not `LAT,LON,ACCURACY_M,AGE_S`.
    #[error("not a place of the form LAT,LON,ACCURACY_M,AGE_S")]
    Form,
    /// The latitude is not within 90 degrees or the longitude not within 180.
    #[error("no such place on Earth")]
    Range,
}

/// A fix of somebody's position.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PlaceForm")]
pub struct Place {
    lat_e6: i32,
    lon_e6: i32,
    accuracy_m: u32,
    age_s: u32,
}

#[derive(Deserialize)]
struct PlaceForm {
    lat_e6: i32,
    lon_e6: i32,
    accuracy_m: u32,
    age_s: u32,
}

impl TryFrom<PlaceForm> for Place {
    type Error = PlaceError;
    fn try_from(form: PlaceForm) -> Result<Self, PlaceError> {
        Self::new(form.lat_e6, form.lon_e6, form.accuracy_m, form.age_s)
    }
}

/// Millionths in a degree.
const DEGREE: i32 = 1_000_000;

impl Place {
    /// A fix in millionths of a degree, its accuracy in metres and its age in seconds.
    pub fn new(lat_e6: i32, lon_e6: i32, accuracy_m: u32, age_s: u32) -> Result<Self, PlaceError> {
        if !(-90 * DEGREE..=90 * DEGREE).contains(&lat_e6)
            || !(-180 * DEGREE..=180 * DEGREE).contains(&lon_e6)
        {
            return Err(PlaceError::Range);
        }
        Ok(Self { lat_e6, lon_e6, accuracy_m, age_s })
    }

    /// Degrees north, in millionths.
    pub const fn lat_e6(&self) -> i32 {
        self.lat_e6
    }

    /// Degrees east, in millionths.
    pub const fn lon_e6(&self) -> i32 {
        self.lon_e6
    }

    /// Radius in which the person was, in metres.
    pub const fn accuracy_m(&self) -> u32 {
        self.accuracy_m
    }

    /// Age of the fix when it was written down, in seconds.
    pub const fn age_s(&self) -> u32 {
        self.age_s
    }

    /// The same place to a tenth of a degree (about 11 km): what a shared map may show.
    pub fn coarse(&self) -> Self {
        let round = |value: i32| {
            let step = DEGREE / 10;
            (value + value.signum() * step / 2) / step * step
        };
        Self {
            lat_e6: round(self.lat_e6),
            lon_e6: round(self.lon_e6),
            accuracy_m: self.accuracy_m.max(11_000),
            age_s: self.age_s,
        }
    }
}

/// Shows that there is a place and not where: logs must not carry positions.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place(±{} m)", self.accuracy_m)
    }
}

/// Reads `LAT,LON,ACCURACY_M,AGE_S`, for example `24.713552,46.675297,15,60`. Digits beyond the sixth are rounded.
impl FromStr for Place {
    type Err = PlaceError;
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text.len() > 100 {
            return Err(PlaceError::Form);
        }
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let [lat, lon, accuracy, age] = parts[..] else { return Err(PlaceError::Form) };
        Self::new(millionths(lat)?, millionths(lon)?, whole(accuracy)?, whole(age)?)
    }
}

fn whole(text: &str) -> Result<u32, PlaceError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PlaceError::Form);
    }
    text.parse().map_err(|_| PlaceError::Form)
}

/// Degrees as an exact number of millionths; no floats, so that the same text gives the same place everywhere.
fn millionths(text: &str) -> Result<i32, PlaceError> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (degrees, part) = digits.split_once('.').unwrap_or((digits, "0"));
    if degrees.len() > 3 || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PlaceError::Form);
    }
    let degrees = i64::from(whole(degrees)?);
    let mut value = 0i64;
    for place in 0..6 {
        value = value * 10 + part.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
    }
    if part.as_bytes().get(6).is_some_and(|digit| *digit >= b'5') {
        value += 1;
    }
    let value = degrees * i64::from(DEGREE) + value;
    i32::try_from(if negative { -value } else { value }).map_err(|_| PlaceError::Range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    #[test]
    fn texts_are_read_exactly() {
        for (text, lat, lon) in [
            ("24.713552,46.675297,15,60", 24_713_552, 46_675_297),
            ("-33.4489,-70.6693,5000,0", -33_448_900, -70_669_300),
            ("0,0,0,0", 0, 0),
            ("90,-180.000000,1,1", 90_000_000, -180_000_000),
            ("1.2345675, 1.23456749, 1, 1", 1_234_568, 1_234_567),
            ("-0.5,0.000001,1,1", -500_000, 1),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!((place.lat_e6(), place.lon_e6()), (lat, lon), "{text}");
        }
        for text in [
            "",
            "1,2",
            "1,2,3,4,5",
            "a,2,3,4",
            "1.,2,3,4",
            ".5,2,3,4",
            "1,2,-3,4",
            "1,2,3.5,4",
            "NaN,0,0,0",
            "1e1,0,0,0",
            "+1,0,0,0",
        ] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::Form), "{text}");
        }
        for text in ["90.000001,0,0,0", "0,180.000001,0,0", "0,-999,0,0"] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::Range), "{text}");
        }
    }

    #[test]
    fn a_shared_map_sees_a_coarse_place() {
        let exact: Place = "24.713552,-46.675297,15,60".parse().unwrap();
        let coarse = exact.coarse();
        assert_eq!(
            (coarse.lat_e6(), coarse.lon_e6(), coarse.accuracy_m()),
            (24_700_000, -46_700_000, 11_000)
        );
        assert_eq!(coarse.coarse(), coarse);
    }

    #[test]
    fn debug_hides_the_place() {
        let place: Place = "24.713552,46.675297,15,60".parse().unwrap();
        assert_eq!(format!("{place:?}"), "Place(±15 m)");
    }

    #[test]
    fn a_place_off_the_earth_is_refused_however_it_arrives() {
        let json = r#"{"lat_e6":90000001,"lon_e6":0,"accuracy_m":0,"age_s":0}"#;
        assert!(serde_json::from_str::<Place>(json).is_err());
    }

    proptest! {
        #[test]
        fn round_trips(lat in -90_000_000..=90_000_000i32, lon in -180_000_000..=180_000_000i32, m: u32, s: u32) {
            let place = Place::new(lat, lon, m, s).unwrap();
            let cbor = canonical::to_vec(&place).unwrap();
            prop_assert_eq!(canonical::from_slice::<Place>(&cbor).unwrap(), place);
            let coarse = place.coarse();
            prop_assert!(Place::new(coarse.lat_e6(), coarse.lon_e6(), 0, 0).is_ok());
        }

        #[test]
        fn never_panics(text in any::<String>(), near in "[-0-9.,]{0,40}") {
            let _ = text.parse::<Place>();
            let _ = near.parse::<Place>();
        }
    }
}

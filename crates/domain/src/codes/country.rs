//! Countries: ISO 3166-1 alpha-2, the officially assigned codes.

use std::str::FromStr;

use crate::words::text_newtype;

/// A text is not an assigned ISO 3166-1 alpha-2 code in upper case.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("not a country code (ISO 3166-1 alpha-2, upper case)")]
pub struct CountryError;

/// A country, such as `SA`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Officially assigned codes, sorted; ISO 3166-1 (249 entries). `XK` (Kosovo, user-assigned) is added because
/// people travel on its passports.
const ASSIGNED: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

impl Country {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Always ASCII: `from_str` is the only constructor.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Every country, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Self> {
        ASSIGNED.split(' ').filter_map(|code| code.as_bytes().try_into().ok().map(Self))
    }
}

impl FromStr for Country {
    type Err = CountryError;
    fn from_str(text: &str) -> Result<Self, CountryError> {
        let code: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        Self::all().find(|country| country.0 == code).ok_or(CountryError)
    }
}
text_newtype!(Country);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_sorted() {
        let all: Vec<_> = Country::all().collect();
        assert_eq!(all.len(), 250, "249 assigned codes and XK");
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn only_assigned_upper_case_codes() {
        for code in ["SA", "PH", "NP", "XK"] {
            assert_eq!(code.parse::<Country>().unwrap().as_str(), code);
        }
        for text in ["", "S", "sa", "UK", "ZZ", "SAU", "S ", "é", "A "] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text:?}");
        }
    }
}

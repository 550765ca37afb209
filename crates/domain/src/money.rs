//! Money: exact decimals with an ISO 4217 currency. Never a float.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::words::text_newtype;

/// Why an amount is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not a plain decimal number with at most 15 digits before and 6 after the point.
    #[error("not an amount")]
    Amount,
    /// Not an ISO 4217 code in upper case.
    #[error("not a currency code (ISO 4217)")]
    Currency,
    /// Amounts of two currencies cannot be added.
    #[error("two different currencies")]
    Mixed,
    /// The result has too many digits.
    #[error("the amount is too large")]
    Overflow,
}

/// A currency, such as `QAR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Currencies in use by ISO 4217 (funds, metals and test codes left out), by number of decimal places.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const TWO: &str = "\
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP \
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES \
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK \
NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB \
TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        // Always ASCII: `from_str` is the only constructor.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal places of its smallest coin in accounts: 0, 2 or 3.
    pub fn decimals(&self) -> u32 {
        let listed = |list: &str| list.split(' ').any(|code| code == self.as_str());
        match (listed(NONE), listed(THREE)) {
            (true, _) => 0,
            (_, true) => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let code = text.as_bytes().try_into().map_err(|_| MoneyError::Currency)?;
        let known = [NONE, TWO, THREE].iter().any(|list| list.split(' ').any(|known| known == text));
        if known { Ok(Self(code)) } else { Err(MoneyError::Currency) }
    }
}
text_newtype!(Currency);

/// An exact amount. In JSON and CBOR `{"amount": "1200.50", "currency": "QAR"}`; in text `1200.50 QAR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    amount: Amount,
    currency: Currency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Amount(Decimal);

impl Amount {
    fn checked(amount: Decimal) -> Result<Self, MoneyError> {
        let whole_digits = Decimal::from(1_000_000_000_000_000i64);
        if amount.abs() >= whole_digits || amount.scale() > 6 {
            return Err(MoneyError::Amount);
        }
        Ok(Self(amount))
    }
}

impl FromStr for Amount {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = match digits.split_once('.') {
            Some((whole, part)) => (whole, Some(part)),
            None => (digits, None),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = (1..=15).contains(&whole.len())
            && all_digits(whole)
            && part.is_none_or(|part| (1..=6).contains(&part.len()) && all_digits(part));
        if !plain {
            return Err(MoneyError::Amount);
        }
        Self::checked(Decimal::from_str_exact(text).map_err(|_| MoneyError::Amount)?)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

impl Money {
    /// An amount with at most 15 digits before and 6 after the point.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        Ok(Self { amount: Amount::checked(amount)?, currency })
    }

    /// The number.
    pub const fn amount(&self) -> Decimal {
        self.amount.0
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum, in one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Decimal::checked_add)
    }

    /// The difference, in one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Decimal::checked_sub)
    }

    fn combine(
        self,
        other: Self,
        operation: impl Fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        let amount = operation(self.amount.0, other.amount.0).ok_or(MoneyError::Overflow)?;
        Self::new(amount, self.currency).map_err(|_| MoneyError::Overflow)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount.0, self.currency)
    }
}

/// Reads `1200.50 QAR`.
impl FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.split_once(' ').ok_or(MoneyError::Currency)?;
        Ok(Self { amount: amount.parse()?, currency: currency.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canonical;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_plain_and_bounded() {
        for text in ["0 QAR", "1200.50 QAR", "-0.5 USD", "999999999999999.999999 IRR"] {
            assert_eq!(money(text).to_string(), text);
        }
        for amount in
            ["", "+1", "1.", ".5", "1,200", "1e3", "1_000", "0x1", "1.1234567", "1000000000000000", "--1"]
        {
            assert_eq!(format!("{amount} QAR").parse::<Money>(), Err(MoneyError::Amount), "{amount}");
        }
        for currency in ["", "qar", "QA", "QQQ", "QARR", "XAU", " QAR"] {
            assert_eq!(format!("1 {currency}").parse::<Money>(), Err(MoneyError::Currency), "{currency}");
        }
        assert_eq!("1".parse::<Money>(), Err(MoneyError::Currency));
        assert!(serde_json::from_str::<Money>(r#"{"amount":1.5,"currency":"QAR"}"#).is_err(), "no floats");
    }

    #[test]
    fn decimal_places() {
        let places = |code: &str| code.parse::<Currency>().unwrap().decimals();
        assert_eq!((places("KWD"), places("SAR"), places("JPY")), (3, 2, 0));
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(money("0.1 SAR").checked_add(money("0.2 SAR")), Ok(money("0.3 SAR")));
        assert_eq!(money("1 SAR").checked_sub(money("2.5 SAR")), Ok(money("-1.5 SAR")));
        assert_eq!(money("1 SAR").checked_add(money("1 QAR")), Err(MoneyError::Mixed));
        let most = money("999999999999999.999999 SAR");
        assert_eq!(most.checked_add(most), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn round_trips(units in -999_999_999_999i64..999_999_999_999, scale in 0u32..=6) {
            let money = Money::new(Decimal::new(units, scale), "BDT".parse().unwrap()).unwrap();
            let cbor = canonical::to_vec(&money).unwrap();
            prop_assert_eq!(canonical::from_slice::<Money>(&cbor).unwrap(), money);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap().to_string(), money.to_string());
        }

        #[test]
        fn never_panics(text in any::<String>(), near in "[0-9.+-]{0,20} [A-Z]{3}") {
            let _ = text.parse::<Money>();
            let _ = near.parse::<Money>();
        }
    }
}

//! What goes to a part of the case that not everybody holds.

use std::{ffi::OsString, path::PathBuf, str::FromStr};

use amana_domain::{grievance::AmountKind, money::Money};
use clap::Args;

use super::super::values::Place;
use crate::{
    codes::{RecordLog, parser},
    text_arg::TextArgs,
};

/// Record wages, a place, health or migration status, each in a part of its own
///
/// Wages: everybody in the team reads them. Places: who needs to know. Health and migration status: supervisors and
/// admins. Who the person is: see `person`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault record 4T7K-2MQX-9 --log wages --amount 'due=3600.00 QAR' --from 2027-01-01 --until 2027-03-31\n  amana desk chandra.vault record 4T7K-2MQX-9 --log medical --text 'needs insulin every day'\n  amana desk asha.vault record 4T7K-2MQX-9 --log location --place 25.2854,51.5310,30,12"
)]
pub struct RecordArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// The part of the case
    #[arg(long, value_parser = parser::<RecordLog>())]
    pub log: RecordLog,
    /// The text itself, UTF-8, at most 64 KiB
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "text_file")]
    pub text: Option<OsString>,
    /// A file with the text; - is standard input
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub text_file: Option<PathBuf>,
    /// Wages: the complaint that it is about; the main one of the case if left out
    #[arg(long, value_name = "CODE")]
    pub grievance: Option<String>,
    /// Wages: due, received, deducted, fee, debt, claimed, awarded or recovered, and how much; may be repeated
    #[arg(long, value_name = "KIND=AMOUNT CURRENCY")]
    pub amount: Vec<AmountArg>,
    /// Wages: first day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Wages: last day, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Location: degrees north, degrees east, accuracy in metres, age in seconds
    #[arg(long, value_name = "LAT,LON,ACCURACY_M,AGE_S", allow_hyphen_values = true)]
    pub place: Option<Place>,
}

impl RecordArgs {
    /// The text, if there is one.
    pub fn text(&self) -> Option<TextArgs> {
        let given = self.text.is_some() || self.text_file.is_some();
        given.then(|| TextArgs { text: self.text.clone(), text_file: self.text_file.clone() })
    }

    /// Whether anything was given that only wages have.
    pub fn has_wages(&self) -> bool {
        self.grievance.is_some() || !self.amount.is_empty() || self.from.is_some() || self.until.is_some()
    }
}

/// An amount and what it is: `due=1200.50 QAR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountArg {
    /// What it is.
    pub kind: AmountKind,
    /// How much.
    pub money: Money,
}

impl FromStr for AmountArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || "KIND=AMOUNT CURRENCY, for example due=1200.50 QAR".to_owned();
        let (kind, money) = text.split_once('=').ok_or_else(refuse)?;
        Ok(Self { kind: kind.parse().map_err(|_| refuse())?, money: money.parse().map_err(|_| refuse())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_name_their_kind_and_currency() {
        let amount: AmountArg = "due=1200.50 QAR".parse().unwrap();
        assert_eq!((amount.kind, amount.money.to_string()), (AmountKind::Due, "1200.50 QAR".to_owned()));
        for text in
            ["", "1200 QAR", "owed=1 QAR", "due=1200", "due=QAR", "due=1 qar", "due=-1,5 QAR", "=1 QAR"]
        {
            assert!(text.parse::<AmountArg>().is_err(), "{text}");
        }
    }
}

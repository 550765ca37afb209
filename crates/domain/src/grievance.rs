//! A coded complaint with its facts: parties, period, amounts, evidence.

use serde::{Deserialize, Serialize};

use crate::{
    codes::{Country, GrievanceCode},
    ids::EventId,
    money::Money,
    period::Period,
    text::{CaseText, Line},
    words::words,
};

words! {
    /// What a party is in a complaint. An allegation is no finding.
    pub enum PartyRole ("role of a party") {
        /// Employer or sponsor.
        Employer = "employer",
        /// Licensed recruiter or agency.
        Agency = "agency",
        /// Sub-agent or broker.
        Broker = "broker",
        /// Lender.
        Lender = "lender",
        /// Police, court or other authority.
        Authority = "authority",
        /// Diplomatic mission.
        Mission = "mission",
        /// Anybody else.
        Other = "other",
    }
}

/// Somebody whom a complaint is about or who is involved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Party {
    /// What it is.
    pub role: PartyRole,
    /// Name as the person knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Line>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Licence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Line>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Line>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Line>,
}

words! {
    /// What an amount is.
    pub enum AmountKind ("kind of amount") {
        /// Wages or dues that should have been paid.
        Due = "due",
        /// What she was paid and could keep.
        Received = "received",
        /// Taken off her wages or taken back.
        Deducted = "deducted",
        /// Paid to a recruiter or for recruitment.
        Fee = "fee",
        /// Borrowed.
        Debt = "debt",
        /// Claimed.
        Claimed = "claimed",
        /// Awarded.
        Awarded = "awarded",
        /// Really received of an award.
        Recovered = "recovered",
    }
}

/// An amount with its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    /// What it is.
    pub kind: AmountKind,
    /// How much.
    pub money: Money,
    /// Whether there is a receipt; absent: not asked. A payment without one is evidence by her statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<bool>,
    /// For what time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// What it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Line>,
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grievance {
    /// What it is about.
    pub code: GrievanceCode,
    /// The main one of the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    /// Who is involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Amounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amounts: Vec<Amount>,
    /// The events that carry attachments which prove it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EventId>,
    /// What she states where there is no paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<CaseText>,
}

impl Grievance {
    /// A complaint of which nothing but the code is known.
    pub const fn new(code: GrievanceCode) -> Self {
        Self {
            code,
            primary: false,
            parties: Vec::new(),
            period: None,
            amounts: Vec::new(),
            evidence: Vec::new(),
            statement: None,
        }
    }
}

/// The main complaint: the first that is marked, else the first.
pub fn primary(grievances: &[Grievance]) -> Option<&Grievance> {
    grievances.iter().find(|grievance| grievance.primary).or_else(|| grievances.first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    fn full() -> Grievance {
        Grievance {
            code: "REC.FEE".parse().unwrap(),
            primary: true,
            parties: vec![Party {
                role: PartyRole::Broker,
                name: Some("Karim".parse().unwrap()),
                country: Some("BD".parse().unwrap()),
                licence: Some("RL-123".parse().unwrap()),
                phone: Some("+8801".parse().unwrap()),
                address: Some("Dhaka".parse().unwrap()),
            }],
            period: serde_json::from_str(r#"{"from":"2025-01-01"}"#).unwrap(),
            amounts: vec![Amount {
                kind: AmountKind::Fee,
                money: "450000 BDT".parse().unwrap(),
                receipt: Some(false),
                period: None,
                note: Some("visa".parse().unwrap()),
            }],
            evidence: vec![EventId::from_bytes([7; 32])],
            statement: Some("I paid in cash.".parse().unwrap()),
        }
    }

    #[test]
    fn round_trips() {
        for grievance in [full(), Grievance::new("WAG.LATE".parse().unwrap())] {
            let cbor = canonical::to_vec(&grievance).unwrap();
            assert_eq!(canonical::from_slice::<Grievance>(&cbor).unwrap(), grievance);
            let json = serde_json::to_string(&grievance).unwrap();
            assert_eq!(serde_json::from_str::<Grievance>(&json).unwrap(), grievance);
        }
        let least = serde_json::to_string(&Grievance::new("WAG.LATE".parse().unwrap())).unwrap();
        assert_eq!(least, r#"{"code":"WAG.LATE"}"#);
    }

    #[test]
    fn the_primary_one() {
        let plain = Grievance::new("WAG.LATE".parse().unwrap());
        assert_eq!(primary(&[plain.clone(), full()]), Some(&full()));
        assert_eq!(primary(std::slice::from_ref(&plain)), Some(&plain));
        assert_eq!(primary(&[]), None);
    }
}

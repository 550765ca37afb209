//! Roles of people in a team, clearances, and the compartments (logs) of a case.

use crate::words::words;

words! {
    /// What a person at a desk may do. Ordered: admin ⊇ supervisor ⊇ officer = caseworker in rights.
    pub enum Role ("role") {
        /// Works cases.
        Caseworker = "caseworker",
        /// Works cases at a consulate or on duty; the same rights as a caseworker.
        Officer = "officer",
        /// Also reads strict logs, adopts refused notes, approves.
        Supervisor = "supervisor",
        /// Also admits and removes devices.
        Admin = "admin",
    }
}

impl Role {
    /// The clearances a device of this role holds.
    pub const fn clearances(self) -> &'static [Clearance] {
        match self {
            Self::Caseworker | Self::Officer => &[Clearance::Open, Clearance::Need],
            Self::Supervisor | Self::Admin => &[Clearance::Open, Clearance::Need, Clearance::Strict],
        }
    }

    /// Whether this role holds a clearance.
    pub fn holds(self, clearance: Clearance) -> bool {
        self.clearances().contains(&clearance)
    }

    /// Whether this role has at least the rights of `other`; caseworker and officer are equal.
    pub const fn at_least(self, other: Self) -> bool {
        self.rank() >= other.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Caseworker | Self::Officer => 0,
            Self::Supervisor => 1,
            Self::Admin => 2,
        }
    }
}

words! {
    /// Which of a team's three clearance keys opens a log.
    pub enum Clearance ("clearance") {
        /// Everybody in the team.
        Open = "open",
        /// Need to know: identities and places.
        Need = "need",
        /// Supervisors and admins: health and migration status.
        Strict = "strict",
    }
}

words! {
    /// A compartment of a case, with its own key, mailbox and fold.
    pub enum LogKind ("log kind") {
        /// Codes, life cycle, safe-contact, consents, referrals, receipts.
        Core = "core",
        /// The conversation.
        Talk = "talk",
        /// What happened, in the person's words.
        Narrative = "narrative",
        /// Amounts and periods.
        Wages = "wages",
        /// Attachments.
        Evidence = "evidence",
        /// One person's identity; several instances.
        Identity = "identity",
        /// Places.
        Location = "location",
        /// Health.
        Medical = "medical",
        /// Migration status.
        Status = "status",
        /// One organisation's internal notes and tasks; the migrant is no member.
        Work = "work",
        /// Shared with one other organisation; several instances.
        Referral = "referral",
    }
}

impl LogKind {
    /// The clearance that opens this log in the owning team.
    pub const fn clearance(self) -> Clearance {
        match self {
            Self::Core | Self::Talk | Self::Narrative | Self::Wages | Self::Evidence => Clearance::Open,
            Self::Work | Self::Referral => Clearance::Open,
            Self::Identity | Self::Location => Clearance::Need,
            Self::Medical | Self::Status => Clearance::Strict,
        }
    }

    /// Whether a migrant's consent may name this log. Never `work` (it is not hers to share), and never
    /// `referral` (one is opened for each organisation).
    pub const fn may_be_consented(self) -> bool {
        !matches!(self, Self::Work | Self::Referral)
    }

    /// Whether the migrant is a member.
    pub const fn has_migrant(self) -> bool {
        !matches!(self, Self::Work)
    }

    /// Whether a case may hold several instances told apart by a number.
    pub const fn is_numbered(self) -> bool {
        matches!(self, Self::Identity | Self::Referral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_grow_with_the_role() {
        use Role::{Admin, Caseworker, Officer, Supervisor};
        assert!(Caseworker.at_least(Officer) && Officer.at_least(Caseworker));
        assert!(Supervisor.at_least(Officer) && !Officer.at_least(Supervisor));
        assert!(Admin.at_least(Supervisor) && !Supervisor.at_least(Admin));
        for role in Role::ALL {
            assert!(role.holds(Clearance::Open) && role.holds(Clearance::Need));
            assert_eq!(role.holds(Clearance::Strict), role.at_least(Supervisor), "{role}");
        }
    }

    #[test]
    fn sensitive_logs_need_more_than_open() {
        let not_open: Vec<_> =
            LogKind::ALL.iter().filter(|kind| kind.clearance() != Clearance::Open).collect();
        assert_eq!(not_open, [&LogKind::Identity, &LogKind::Location, &LogKind::Medical, &LogKind::Status]);
        assert_eq!(LogKind::Medical.clearance(), Clearance::Strict);
        assert_eq!(LogKind::Status.clearance(), Clearance::Strict);
    }

    #[test]
    fn consent_never_names_the_internal_log() {
        assert!(!LogKind::Work.may_be_consented());
        assert!(!LogKind::Work.has_migrant());
        assert!(LogKind::Medical.may_be_consented());
    }
}

//! Kinds of events and the one table that says in which logs each may stand.

use crate::role::LogKind;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, critical $critical:literal;)*) => {
        /// The kind of an event. A kind that this version does not know is kept, without effect.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $name,)*
            /// Written by a newer version.
            Unknown(String),
        }

        impl EventKind {
            /// Every kind that this version knows.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// Reads the wire form; never fails.
            pub fn from_wire(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
            /// The wire form.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown(text) => text,
                }
            }
            /// Whether a reader that does not know the kind must treat the log as read-only.
            pub fn critical(&self) -> bool {
                match self {
                    $(Self::$name => $critical,)*
                    Self::Unknown(_) => false,
                }
            }
        }
    };
}

kinds! {
    /// Opens a log.
    Genesis = "genesis", critical true;
    /// A new key generation of the log.
    Epoch = "epoch", critical true;
    /// An organisation joins the log.
    MemberAdd = "member.add", critical true;
    /// An organisation leaves the log.
    MemberRemove = "member.remove", critical true;
    /// Announces a later log of the case.
    LogOpen = "log.open", critical false;
    /// Sets kind, grievance and situation codes.
    CodesSet = "codes.set", critical false;
    /// Sets language, origin, destination, sector, sex, age band.
    FactsSet = "facts.set", critical false;
    /// Sets how the person may safely be reached.
    SafeContactSet = "safe_contact.set", critical true;
    /// Moves the case along its life cycle.
    StatusSet = "status.set", critical false;
    /// Gives the case to a desk.
    Assign = "assign", critical false;
    /// A lower bound of urgency, the result of facts kept elsewhere.
    PriorityFloor = "priority.floor", critical false;
    /// A person's decision about the priority.
    PriorityOverride = "priority.override", critical false;
    /// Whether the origin state may be told.
    OriginContactSet = "origin_contact.set", critical true;
    /// Results of what has to be known before a task that may hurt.
    SafeguardSet = "safeguard.set", critical false;
    /// What a device or phone holds: cumulative heads.
    Receipt = "receipt", critical false;
    /// A person opened the case.
    Read = "read", critical false;
    /// The migrant lets an organisation read logs.
    ConsentGrant = "consent.grant", critical false;
    /// The migrant says no to a proposal.
    ConsentDecline = "consent.decline", critical false;
    /// The migrant takes a consent back.
    ConsentWithdraw = "consent.withdraw", critical true;
    /// A consent's end date has passed.
    ConsentExpired = "consent.expired", critical false;
    /// The owner proposes a referral.
    ReferralPropose = "referral.propose", critical false;
    /// The other organisation answers.
    ReferralAnswer = "referral.answer", critical false;
    /// The owner revokes a referral.
    ReferralRevoke = "referral.revoke", critical false;
    /// The migrant withdraws the case.
    CaseWithdraw = "case.withdraw", critical true;
    /// The migrant or owner opens a finished case again.
    CaseReopen = "case.reopen", critical false;
    /// The case is a duplicate of another.
    CaseMerge = "case.merge", critical false;
    /// The case belongs with another.
    CaseLink = "case.link", critical false;
    /// The owner proposes that another organisation takes the case over.
    TransferPropose = "transfer.propose", critical false;
    /// The migrant does not want that organisation to take the case over.
    TransferDecline = "transfer.decline", critical false;
    /// The case goes to another owner.
    CaseTransfer = "case.transfer", critical true;
    /// A device must not see new content.
    Recuse = "recuse", critical true;
    /// Moves an emergency along its life cycle.
    EmergencyStatus = "emergency.status", critical false;
    /// Conversation.
    Message = "message", critical false;
    /// Adds to what happened.
    NarrativeAdd = "narrative.add", critical false;
    /// Amounts and periods.
    WageEntry = "wage.entry", critical false;
    /// A file.
    Attachment = "attachment", critical false;
    /// A person's identity.
    PersonSet = "person.set", critical false;
    /// A place.
    PlaceAdd = "place.add", critical false;
    /// Health.
    HealthNote = "health.note", critical false;
    /// Migration status.
    MigrationNote = "migration.note", critical false;
    /// An internal note.
    Note = "note", critical false;
    /// A task.
    TaskAdd = "task.add", critical false;
    /// A task's state.
    TaskSet = "task.set", critical false;
    /// A supervisor takes over refused notes.
    Adopt = "adopt", critical false;
}

impl EventKind {
    /// Whether an event of this kind may stand in a log of that kind.
    pub fn belongs_in(&self, log: LogKind) -> bool {
        use EventKind as K;
        use LogKind as L;
        match self {
            K::Genesis | K::Epoch | K::MemberAdd | K::MemberRemove | K::Adopt | K::Unknown(_) => true,
            K::LogOpen
            | K::StatusSet
            | K::Assign
            | K::PriorityOverride
            | K::ConsentGrant
            | K::ConsentDecline
            | K::ConsentExpired
            | K::ReferralPropose
            | K::CaseWithdraw
            | K::CaseReopen
            | K::CaseMerge
            | K::CaseLink
            | K::TransferPropose
            | K::TransferDecline
            | K::CaseTransfer
            | K::Recuse
            | K::EmergencyStatus => log == L::Core,
            K::CodesSet
            | K::FactsSet
            | K::SafeContactSet
            | K::PriorityFloor
            | K::OriginContactSet
            | K::SafeguardSet
            | K::Receipt
            | K::Read
            | K::ReferralRevoke => matches!(log, L::Core | L::Referral),
            // A withdrawal stands in every log it concerns.
            K::ConsentWithdraw => log != L::Work,
            K::ReferralAnswer => log == L::Referral,
            K::Message => log == L::Talk,
            K::NarrativeAdd => log == L::Narrative,
            K::WageEntry => log == L::Wages,
            K::Attachment => matches!(log, L::Evidence | L::Talk | L::Narrative),
            K::PersonSet => log == L::Identity,
            K::PlaceAdd => log == L::Location,
            K::HealthNote => log == L::Medical,
            K::MigrationNote => log == L::Status,
            K::Note | K::TaskAdd | K::TaskSet => log == L::Work,
        }
    }

    /// Whether it records what a replica holds rather than what anybody says.
    pub fn is_bookkeeping(&self) -> bool {
        matches!(self, Self::Receipt | Self::Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_round_trips_and_fits() {
        for kind in EventKind::ALL {
            assert_eq!(&EventKind::from_wire(kind.as_str()), kind);
            assert!(kind.as_str().len() <= super::super::MAX_KIND_LENGTH);
        }
        assert_eq!(EventKind::from_wire("new.kind"), EventKind::Unknown("new.kind".into()));
    }
}

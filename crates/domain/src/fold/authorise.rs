//! Who may write what: one table, role × kind, and what a finished case still takes.

use super::Reason;
use crate::{
    event::{EventKind, SafeguardSet},
    lifecycle::case::CaseState,
    role::{LogKind, Role},
};

/// In what capacity somebody writes in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The person whose case it is (or who speaks for her).
    Migrant,
    /// A device of the owning organisation.
    Owner(Role),
    /// A device of another organisation that was let in.
    Other(Role),
}

impl Party {
    /// Every party, for exhaustive tests.
    pub const ALL: [Party; 9] = [
        Party::Migrant,
        Party::Owner(Role::Caseworker),
        Party::Owner(Role::Officer),
        Party::Owner(Role::Supervisor),
        Party::Owner(Role::Admin),
        Party::Other(Role::Caseworker),
        Party::Other(Role::Officer),
        Party::Other(Role::Supervisor),
        Party::Other(Role::Admin),
    ];
}

/// Whether a party may write an event of this kind in a log of that kind at all.
pub fn permitted(party: Party, kind: &EventKind, log: LogKind) -> Result<(), Reason> {
    use EventKind as K;
    use Party as P;
    if !kind.belongs_in(log) {
        return Err(Reason::WrongLog);
    }
    let allowed = match kind {
        // The migrant is no member of a work log, whose members answer for it alone.
        _ if log == LogKind::Work && party == P::Migrant => false,
        K::Genesis => match log {
            LogKind::Work => party != P::Migrant,
            LogKind::Core | LogKind::Talk | LogKind::Narrative => party == P::Migrant,
            LogKind::Referral => matches!(party, P::Owner(_)),
            _ => matches!(party, P::Migrant | P::Owner(_)),
        },
        K::Epoch | K::Message | K::Attachment | K::Receipt | K::Unknown(_) => true,
        K::Read => party != P::Migrant,
        K::MemberAdd | K::MemberRemove => matches!(party, P::Migrant | P::Owner(_)),
        K::LogOpen
        | K::CodesSet
        | K::FactsSet
        | K::SafeContactSet
        | K::PriorityFloor
        | K::OriginContactSet
        | K::NarrativeAdd
        | K::WageEntry
        | K::PersonSet
        | K::PlaceAdd
        | K::HealthNote
        | K::MigrationNote
        | K::CaseReopen
        | K::CaseTransfer
        | K::EmergencyStatus => matches!(party, P::Migrant | P::Owner(_)),
        K::StatusSet
        | K::Assign
        | K::PriorityOverride
        | K::SafeguardSet
        | K::ConsentExpired
        | K::ReferralPropose
        | K::ReferralRevoke
        | K::CaseMerge
        | K::CaseLink
        | K::TransferPropose
        | K::Recuse => matches!(party, P::Owner(_)),
        K::ConsentGrant | K::ConsentDecline | K::ConsentWithdraw | K::TransferDecline | K::CaseWithdraw => {
            party == P::Migrant
        }
        K::ReferralAnswer => matches!(party, P::Other(_)),
        K::Note | K::TaskAdd | K::TaskSet => party != P::Migrant,
        K::Adopt => match party {
            P::Migrant => false,
            P::Owner(role) | P::Other(role) => role.at_least(Role::Supervisor),
        },
    };
    if allowed { Ok(()) } else { Err(Reason::Forbidden) }
}

/// Who may open a gate before a task that may hurt: a supervisor or admin. Anybody of the owner may close one.
pub(super) fn may_set_safeguards(party: Party, set: &SafeguardSet) -> Result<(), Reason> {
    match party {
        Party::Owner(role) if !set.says_yes() || role.at_least(Role::Supervisor) => Ok(()),
        _ => Err(Reason::Forbidden),
    }
}

/// Whether a case in this status still takes an event of this kind. Steps of the life cycle itself are judged by
/// [`crate::lifecycle::case::transition`]; what the migrant says, receipts, consent and keys are always taken.
pub fn accepted_in(status: CaseState, kind: &EventKind) -> Result<(), Reason> {
    if !status.is_in_queue() && needs_open_case(kind) { Err(Reason::NotAllowed) } else { Ok(()) }
}

/// Whether a finished case no longer takes events of this kind.
pub(super) fn needs_open_case(kind: &EventKind) -> bool {
    use EventKind as K;
    match kind {
        K::Assign | K::PriorityOverride | K::ReferralPropose | K::TransferPropose | K::CaseTransfer => true,
        K::Genesis
        | K::Epoch
        | K::MemberAdd
        | K::MemberRemove
        | K::LogOpen
        | K::CodesSet
        | K::FactsSet
        | K::SafeContactSet
        | K::StatusSet
        | K::PriorityFloor
        | K::OriginContactSet
        | K::SafeguardSet
        | K::Receipt
        | K::Read
        | K::ConsentGrant
        | K::ConsentDecline
        | K::ConsentWithdraw
        | K::ConsentExpired
        | K::ReferralAnswer
        | K::ReferralRevoke
        | K::CaseWithdraw
        | K::CaseReopen
        | K::CaseMerge
        | K::CaseLink
        | K::TransferDecline
        | K::Recuse
        | K::EmergencyStatus
        | K::Message
        | K::NarrativeAdd
        | K::WageEntry
        | K::Attachment
        | K::PersonSet
        | K::PlaceAdd
        | K::HealthNote
        | K::MigrationNote
        | K::Note
        | K::TaskAdd
        | K::TaskSet
        | K::Adopt
        | K::Unknown(_) => false,
    }
}

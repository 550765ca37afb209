//! Codes of the command line contract: fixed sets that arguments, JSON and locale keys share. Most are the
//! domain's vocabularies; those that only this command speaks are made here.

pub use amana_domain::{
    clock::{Mark, Step},
    codes::{AgeBand, CaseKind},
    interpreter::InterpreterConflict,
    lifecycle::{
        case::{CaseStatus, CloseReason, WaitingOn},
        consent::ConsentState,
        emergency::{EmergencyState, Outcome},
        referral::ReferralState,
    },
    person::PersonRole,
    role::{LogKind, Role},
    task::TaskKind,
    trust::directory::OrganisationKind,
};
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A code with a name in `locales/`.
pub trait Named: Copy + Send + Sync + 'static {
    /// All, in order.
    const CODES: &'static [Self];
    /// The section of `locales/` that names them.
    const SECTION: &'static str;
    /// The stable spelling.
    fn spelling(self) -> &'static str;
    /// The key of its name in `locales/`.
    fn key(self) -> String {
        format!("{}.{}", Self::SECTION, self.spelling())
    }
}

/// Reads a code as an argument; the help lists the spellings.
pub fn parser<T: Named>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::CODES.iter().map(|code| code.spelling()))
        .try_map(|text| T::CODES.iter().copied().find(|code| code.spelling() == text).ok_or(UnknownCode))
}

macro_rules! named {
    ($($name:ident = $section:literal),+ $(,)?) => {$(
        impl Named for $name {
            const CODES: &'static [Self] = Self::ALL;
            const SECTION: &'static str = $section;
            fn spelling(self) -> &'static str {
                self.as_str()
            }
        }
    )+};
}
named!(
    CaseKind = "kind",
    CaseStatus = "status",
    EmergencyState = "emergency",
    ReferralState = "referral",
    ConsentState = "consent",
    WaitingOn = "waiting_on",
    CloseReason = "close_reason",
    Role = "role",
    LogKind = "log",
    AgeBand = "age_band",
    Outcome = "emergency",
    PersonRole = "person_role",
    TaskKind = "task_kind",
    Step = "clock",
    Mark = "mark",
    InterpreterConflict = "interpreter_conflict",
);

/// Makes an enum whose spelling is one string everywhere: JSON, arguments and locale keys.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $section:literal, { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant is its spelling")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// All, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// The stable spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::codes::UnknownCode;
            fn from_str(text: &str) -> Result<Self, $crate::codes::UnknownCode> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or($crate::codes::UnknownCode)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl $crate::codes::Named for $name {
            const CODES: &'static [Self] = Self::ALL;
            const SECTION: &'static str = $section;
            fn spelling(self) -> &'static str {
                self.as_str()
            }
        }
    };
}
pub(crate) use codes;

/// The text is none of the set's spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode;

impl std::fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unknown code")
    }
}
impl std::error::Error for UnknownCode {}

codes!(
    /// How far something has verifiably come.
    Delivery, "delivery", { OnPhone = "on-phone", Sent = "sent", Received = "received", Read = "read" }
);
impl Named for OrganisationKind {
    const CODES: &'static [Self] =
        &[Self::Ngo, Self::Consulate, Self::Union, Self::Shelter, Self::Government];
    const SECTION: &'static str = "organisation_kind";
    fn spelling(self) -> &'static str {
        match self {
            Self::Ngo => "ngo",
            Self::Consulate => "consulate",
            Self::Union => "union",
            Self::Shelter => "shelter",
            Self::Government => "government",
        }
    }
}

codes!(
    /// Who wrote something, as the other side may know it.
    AuthorRole, "author_role", {
        Migrant = "migrant", Caseworker = "caseworker", Officer = "officer", Supervisor = "supervisor", Admin = "admin",
    }
);
codes!(
    /// The answer to a notice.
    NoticeAnswer, "notice_answer", { Safe = "safe", NeedHelp = "need-help", Stay = "stay", Evacuate = "evacuate" }
);
codes!(
    /// What a sync noticed; never an error by itself.
    WarningCode, "warning", {
        RelayGap = "relay_gap", RelayRollback = "relay_rollback", RelayFork = "relay_fork",
        RelaySilence = "relay_silence", EventRefused = "event_refused", UpdateNeeded = "update_needed",
        ClockSkew = "clock_skew", AwaitingAdmission = "awaiting_admission", RenewalWaiting = "renewal_waiting",
        TeamRecovered = "team_recovered", RecoveryEnded = "recovery_ended",
        OrganisationNotReady = "organisation_not_ready", DirectoryExpired = "directory_expired",
        OriginBlocked = "origin_blocked", GrantWithoutConsent = "grant_without_consent",
    }
);
codes!(
    /// The parts of a case that `record` writes to.
    RecordLog, "log", {
        Wages = "wages", Location = "location", Medical = "medical", Status = "status",
    }
);
codes!(
    /// What falls due.
    DueKind, "due", { Half = "half", Clock = "clock", Task = "task" }
);
codes!(
    /// File formats of an export.
    ExportFormat, "export_format", { Json = "json", Csv = "csv" }
);

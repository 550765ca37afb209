//! What applications are told. Every variant has a stable code that `locales/` translates.

use amana_protocol::ErrorCode;
use amana_vault::VaultError;

/// Why an operation did not happen. Nothing that was stored before is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The vault cannot be created, opened or used.
    #[error("vault: {0}")]
    Vault(#[from] VaultError),
    /// The passphrase is too short to protect anything.
    #[error("passphrase too weak")]
    PassphraseWeak,
    /// The vault is locked.
    #[error("locked")]
    Locked,
    /// The join link is none.
    #[error("invalid join link")]
    LinkInvalid,
    /// The invite is none, or not certified by the organisation it names.
    #[error("invalid invite")]
    InviteInvalid,
    /// The invite has expired.
    #[error("invite expired")]
    InviteExpired,
    /// Nothing fits the reference.
    #[error("not found")]
    NotFound,
    /// The part of the case that this belongs in has not arrived yet.
    #[error("this part of the case is not here yet")]
    LogNotHereYet,
    /// Several things fit the reference.
    #[error("ambiguous: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// The name is taken in this organisation.
    #[error("name taken")]
    NameTaken,
    /// The life cycle forbids this step.
    #[error("not allowed now")]
    NotAllowed,
    /// The role may not do this.
    #[error("forbidden")]
    Forbidden,
    /// The person at this desk stands aside in this case.
    #[error("recused from this case")]
    Recused,
    /// The organisation is, or may be, an authority of the person's own country, and she has not allowed contact.
    #[error("contact with the country of origin is blocked")]
    OriginBlocked,
    /// No logs are named, or one that is never shared.
    #[error("these logs cannot be shared")]
    LogsInvalid,
    /// The purpose is missing or too long.
    #[error("the purpose must have 1 to 500 characters")]
    PurposeInvalid,
    /// The end date has passed already.
    #[error("the date has passed")]
    DatePassed,
    /// The operation needs a reason.
    #[error("a reason is required")]
    ReasonRequired,
    /// Waiting needs somebody to wait for.
    #[error("say on whom the case waits")]
    WaitingOnRequired,
    /// A return needs a screening that found no danger of refoulement.
    #[error("a return needs a screening that it is safe")]
    NotScreened,
    /// The return of a child, or of somebody whose age is not known, needs a best-interests decision.
    #[error("the return of a child needs a best-interests decision")]
    NoBestInterestsDecision,
    /// A newer version wrote to this case; it is read-only here.
    #[error("update needed")]
    UpdateNeeded,
    /// The organisation's roster is not known yet.
    #[error("organisation not ready")]
    OrganisationNotReady,
    /// This desk has not been admitted to its team yet.
    #[error("awaiting admission")]
    AwaitingAdmission,
    /// The first desk of an organisation must be an admin's.
    #[error("the first desk must be an admin's")]
    FirstDeskMustBeAdmin,
    /// Without this admin nobody could admit or remove anybody.
    #[error("the last admin cannot go")]
    LastAdmin,
    /// A recovery code, half or share is mistyped or damaged.
    #[error("not a recovery code")]
    RecoveryInvalid,
    /// A recovery code, half or share is well formed, but another team's, an old one, or for another desk.
    #[error("this does not open the recovery")]
    RecoveryWrong,
    /// The newest roster carries no recovery of this kind.
    #[error("no recovery was set up")]
    RecoveryNotSet,
    /// The relay does not answer.
    #[error("relay unreachable")]
    RelayUnreachable,
    /// The relay answers with a key that the directory does not name.
    #[error("relay key changed")]
    RelayKeyChanged,
    /// The relay has no directory yet.
    #[error("relay not published")]
    RelayNotPublished,
    /// The directory is not signed by the pinned root, or malformed.
    #[error("directory invalid")]
    DirectoryInvalid,
    /// The directory is past its expiry: nothing new is granted to another organisation.
    #[error("directory expired")]
    DirectoryExpired,
    /// No published directory announces the next root yet.
    #[error("the next root is not announced")]
    RootNotAnnounced,
    /// The deployment's root changed without having been announced.
    #[error("root changed")]
    RootChanged,
    /// This desk was removed from its team.
    #[error("device removed")]
    DeviceRemoved,
    /// This desk's certificate has expired.
    #[error("certificate expired")]
    CertificateExpired,
    /// The relay refused with a code.
    #[error("relay refused: {0}")]
    Relay(ErrorCode),
    /// The relay's answer is not what the protocol says.
    #[error("relay answer invalid")]
    RelayAnswer,
    /// Building or reading a structure failed; a bug or damage.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl ClientError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vault(error) => match error {
                VaultError::Missing => "vault_missing",
                VaultError::Exists => "vault_exists",
                VaultError::WrongKey => "vault_wrong_key",
                VaultError::Wait { .. } => "vault_wait",
                VaultError::PinNeedsKeystore => "pin_needs_keystore",
                VaultError::PinNotSet => "pin_not_set",
                VaultError::PinInUse => "pin_in_use",
                VaultError::WipeNeedsDuress => "pin_wipe_needs_duress",
                VaultError::Weak => "passphrase_weak",
                VaultError::Keystore(_) => "keystore_failed",
                VaultError::Damaged | VaultError::Row => "vault_damaged",
                VaultError::TooNew => "vault_too_new",
                VaultError::Busy => "vault_busy",
                VaultError::OtherRole => "vault_other_role",
                VaultError::DiskFull => "disk_full",
                _ => "internal",
            },
            Self::PassphraseWeak => "passphrase_weak",
            Self::Locked => "vault_locked",
            Self::LinkInvalid => "link_invalid",
            Self::InviteInvalid => "invite_invalid",
            Self::InviteExpired => "invite_expired",
            Self::NotFound => "not_found",
            Self::LogNotHereYet => "log_not_here_yet",
            Self::Ambiguous(_) => "ambiguous",
            Self::NameTaken => "name_taken",
            Self::NotAllowed => "not_allowed",
            Self::Forbidden => "forbidden",
            Self::Recused => "recused",
            Self::LogsInvalid => "logs_invalid",
            Self::PurposeInvalid => "purpose_invalid",
            Self::DatePassed => "date_passed",
            Self::ReasonRequired => "reason_required",
            Self::WaitingOnRequired => "waiting_on_required",
            Self::NotScreened => "not_screened",
            Self::NoBestInterestsDecision => "no_best_interests_decision",
            Self::OriginBlocked => "origin_blocked",
            Self::UpdateNeeded => "update_needed",
            Self::OrganisationNotReady => "organisation_not_ready",
            Self::AwaitingAdmission => "awaiting_admission",
            Self::FirstDeskMustBeAdmin => "first_desk_must_be_admin",
            Self::LastAdmin => "last_admin",
            Self::RecoveryInvalid => "recovery_invalid",
            Self::RecoveryWrong => "recovery_wrong",
            Self::RecoveryNotSet => "recovery_not_set",
            Self::RelayUnreachable => "relay_unreachable",
            Self::RelayKeyChanged => "relay_key_changed",
            Self::RelayNotPublished => "relay_not_published",
            Self::DirectoryInvalid => "directory_invalid",
            Self::DirectoryExpired => "directory_expired",
            Self::RootNotAnnounced => "root_not_announced",
            Self::RootChanged => "root_changed",
            Self::DeviceRemoved => "device_removed",
            Self::CertificateExpired => "certificate_expired",
            Self::Relay(code) => match code {
                ErrorCode::ClaimRequired => "claim_required",
                ErrorCode::ClaimWrong => "claim_wrong",
                ErrorCode::DirectoryRollback => "directory_rollback",
                ErrorCode::DirectoryInvalid => "directory_invalid",
                ErrorCode::InviteUsed => "invite_used",
                ErrorCode::InviteExpired => "invite_expired",
                _ => "relay_refused",
            },
            Self::RelayAnswer => "relay_refused",
            Self::Internal(_) => "internal",
        }
    }
}

//! Errors as the caller sees them: a stable code, a message in her language, an exit status.

use std::{error::Error, fmt, io, path::Path};

use amana_client::{ClientError, VaultError};

use crate::{
    codes::{Named, codes},
    human,
    lang::Lang,
};

codes!(
    /// Every error code of the command line. Scripts rely on the spelling.
    Code, "error", {
        Usage = "usage", NotBuiltYet = "not_built_yet", Internal = "internal",
        PassphraseMissing = "passphrase_missing", PassphraseWeak = "passphrase_weak",
        VaultExists = "vault_exists", VaultMissing = "vault_missing", VaultWrongKey = "vault_wrong_key",
        VaultDamaged = "vault_damaged", VaultTooNew = "vault_too_new", VaultBusy = "vault_busy",
        VaultOtherRole = "vault_other_role", VaultWait = "vault_wait", VaultLocked = "vault_locked",
        PinTooShort = "pin_too_short", PinNeedsKeystore = "pin_needs_keystore", PinNotSet = "pin_not_set",
        PinInUse = "pin_in_use", PinWipeNeedsDuress = "pin_wipe_needs_duress",
        KeystoreFailed = "keystore_failed", RelayStart = "relay_start",
        NotFound = "not_found", Ambiguous = "ambiguous", NameTaken = "name_taken",
        NotAllowed = "not_allowed", Forbidden = "forbidden", Recused = "recused",
        TextNotUtf8 = "text_not_utf8", TextHasNul = "text_has_nul", TextTooLong = "text_too_long",
        RelayUnreachable = "relay_unreachable", RelayRefused = "relay_refused",
        RelayKeyChanged = "relay_key_changed", RelayNotPublished = "relay_not_published",
        DeviceRemoved = "device_removed", InviteInvalid = "invite_invalid", InviteUsed = "invite_used",
        InviteExpired = "invite_expired", LinkInvalid = "link_invalid",
        DirectoryInvalid = "directory_invalid", DirectoryRollback = "directory_rollback",
        DirectoryExpired = "directory_expired", RootNotAnnounced = "root_not_announced",
        RootChanged = "root_changed", ClaimRequired = "claim_required", ClaimWrong = "claim_wrong",
        CodeUnknown = "code_unknown", CountryInvalid = "country_invalid", LanguageInvalid = "language_invalid",
        SafeContactInvalid = "safe_contact_invalid", FileUnreadable = "file_unreadable",
        DiskFull = "disk_full", EventRefused = "event_refused", UpdateNeeded = "update_needed",
        ClockSkew = "clock_skew", OrganisationNotReady = "organisation_not_ready",
        AwaitingAdmission = "awaiting_admission", RelayGap = "relay_gap", RelayRollback = "relay_rollback",
        RelayFork = "relay_fork", RelaySilence = "relay_silence", CertificateExpired = "certificate_expired",
        FirstDeskMustBeAdmin = "first_desk_must_be_admin", LastAdmin = "last_admin",
        RecoveryInvalid = "recovery_invalid", RecoveryWrong = "recovery_wrong", RecoveryNotSet = "recovery_not_set",
        ReasonRequired = "reason_required",
        WaitingOnRequired = "waiting_on_required", OriginBlocked = "origin_blocked",
        LogsInvalid = "logs_invalid", PurposeInvalid = "purpose_invalid", DatePassed = "date_passed",
        LogNotHereYet = "log_not_here_yet",
        NotScreened = "not_screened", NoBestInterestsDecision = "no_best_interests_decision",
        NotJoined = "not_joined",
    }
);

impl Code {
    /// The placeholders of its message, the same in every language.
    pub fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Usage => &["detail"],
            Self::NotBuiltYet => &["verb"],
            Self::Internal => &["detail"],
            Self::NotFound | Self::NameTaken => &["reference"],
            Self::Ambiguous => &["reference", "candidates"],
            Self::EventRefused | Self::RelayRefused | Self::RelayStart => &["reason"],
            Self::TextTooLong => &["limit"],
            Self::VaultWait => &["seconds"],
            Self::CodeUnknown | Self::CountryInvalid | Self::LanguageInvalid => &["value"],
            Self::FileUnreadable => &["path"],
            _ => &[],
        }
    }
}

/// A failed verb. Its message never carries what somebody wrote in a case.
#[derive(Debug)]
pub struct CliError {
    code: Code,
    values: Vec<(&'static str, String)>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CliError {
    /// An error of `code`. Codes with placeholders have constructors of their own below.
    pub fn new(code: Code) -> Self {
        Self { code, values: Vec::new(), source: None }
    }
    /// Keeps the cause for developers (`AMANA_LOG`); it is not part of the message.
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
    /// The arguments do not parse; `detail` is the parser's own text.
    pub fn usage(detail: impl Into<String>) -> Self {
        Self::new(Code::Usage).value("detail", detail)
    }
    /// The verb exists in the contract and not yet in this version.
    pub fn not_built_yet(verb: &'static str) -> Self {
        Self::new(Code::NotBuiltYet).value("verb", verb)
    }
    /// A bug or a broken machine; `place` names where, without content.
    pub fn internal(place: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal).value("detail", place).caused_by(source)
    }
    /// The relay cannot start or go on; `reason` is a stable code.
    pub fn relay_start(reason: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::RelayStart).value("reason", reason).caused_by(source)
    }
    /// Nothing goes by the reference that the caller typed.
    pub fn not_found(reference: &str) -> Self {
        Self::new(Code::NotFound).value("reference", human::clean(reference))
    }
    /// Several things go by it: their ids, numbers or names.
    pub fn ambiguous(reference: &str, candidates: &[String]) -> Self {
        let candidates: Vec<String> = candidates.iter().map(|candidate| human::clean(candidate)).collect();
        Self::new(Code::Ambiguous)
            .value("reference", human::clean(reference))
            .value("candidates", candidates.join(", "))
    }
    /// Another desk of the organisation has the name.
    pub fn name_taken(name: &str) -> Self {
        Self::new(Code::NameTaken).value("reference", human::clean(name))
    }
    /// The written event would be refused by every replica; `reason` is the fold's code.
    pub fn event_refused(reason: impl Into<String>) -> Self {
        Self::new(Code::EventRefused).value("reason", reason)
    }
    /// The relay answered with an error code that has no message of its own.
    pub fn relay_refused(reason: impl Into<String>) -> Self {
        Self::new(Code::RelayRefused).value("reason", reason)
    }
    /// A text is over `limit` KiB.
    pub fn text_too_long(limit_kib: usize) -> Self {
        Self::new(Code::TextTooLong).value("limit", limit_kib.to_string())
    }
    /// `code` is one of `code_unknown`, `country_invalid`, `language_invalid`; `value` is what was typed.
    pub fn bad_value(code: Code, value: &str) -> Self {
        Self::new(code).value("value", human::clean(value))
    }
    /// A file could not be read or written; a full disk has a code of its own.
    pub fn file(path: &Path, error: io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::new(Code::DiskFull),
            _ => Self::new(Code::FileUnreadable).value("path", human::clean(&path.to_string_lossy())),
        };
        code.caused_by(error)
    }
    /// Names what the caller typed, for errors that came up deeper down and did not know it.
    pub fn about(self, reference: &str) -> Self {
        let known = self.values.iter().any(|(name, _)| *name == "reference");
        if known || !self.code.placeholders().contains(&"reference") {
            return self;
        }
        self.value("reference", human::clean(reference))
    }
    fn value(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }
    /// The exit status: 2 for usage, 1 for all else.
    pub fn status(&self) -> u8 {
        if self.code == Code::Usage { 2 } else { 1 }
    }
    /// What happened and what to do, in `lang`.
    pub fn message(&self, lang: Lang) -> String {
        // A value that nobody supplied reads as a dash, never as a raw placeholder.
        let values: Vec<(&str, &str)> = self
            .code
            .placeholders()
            .iter()
            .map(|name| {
                let value = self.values.iter().find(|(known, _)| known == name);
                (*name, value.map_or("—", |(_, value)| value.as_str()))
            })
            .collect();
        lang.fill(&self.code.key(), &values)
    }
    /// The text for a terminal. A usage error is the parser's own text, which names the argument.
    pub fn render(&self, lang: Lang) -> String {
        let message = self.message(lang);
        let code = self.code;
        if code == Code::Usage {
            message.trim_end().to_owned() + "\n"
        } else {
            format!("{message} [{code}]\n")
        }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        // A code that this version has no message for is a bug of ours, not the caller's.
        let code = error.code().parse().unwrap_or(Code::Internal);
        let result = Self::new(code);
        let result = match &error {
            ClientError::Ambiguous(candidates) => {
                let candidates: Vec<String> = candidates.iter().map(|text| human::clean(text)).collect();
                result.value("candidates", candidates.join(", "))
            }
            ClientError::Vault(VaultError::Wait { seconds }) => result.value("seconds", seconds.to_string()),
            ClientError::Relay(reason) => result.value("reason", reason.to_string()),
            ClientError::Internal(place) => result.value("detail", *place),
            _ => result,
        };
        result.caused_by(error)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::LANGUAGES;

    #[test]
    fn usage_exits_with_2_and_all_else_with_1() {
        for code in Code::ALL {
            assert_eq!(CliError::new(*code).status(), if *code == Code::Usage { 2 } else { 1 });
        }
    }

    #[test]
    fn no_message_shows_a_raw_placeholder_or_its_key() {
        for tag in LANGUAGES {
            let lang = Lang::parse(tag).unwrap();
            for code in Code::ALL {
                let message = CliError::new(*code).message(lang);
                assert!(!message.contains("%{") && !message.starts_with("error."), "{tag} {code}: {message}");
            }
        }
    }

    #[test]
    fn a_full_disk_is_not_an_unreadable_file() {
        let path = Path::new("a");
        let full = CliError::file(path, io::ErrorKind::StorageFull.into());
        assert_eq!(full.code(), Code::DiskFull);
        assert_eq!(CliError::file(path, io::ErrorKind::NotFound.into()).code(), Code::FileUnreadable);
    }

    #[test]
    fn errors_of_the_client_keep_their_code_and_what_the_caller_typed() {
        let error =
            CliError::from(ClientError::Ambiguous(vec!["abcd1".into(), "abcd2".into()])).about("abcd");
        assert_eq!(error.code(), Code::Ambiguous);
        let message = error.message(Lang::ENGLISH);
        assert!(message.contains("'abcd'") && message.contains("abcd1, abcd2"), "{message}");
        let error = CliError::from(ClientError::Internal("fold"));
        assert!(error.message(Lang::ENGLISH).contains("(fold)"));
        assert!(error.source().is_some(), "the cause is kept");
    }

    #[test]
    fn every_code_of_the_client_has_a_message() {
        use amana_client::ClientError as E;
        use amana_protocol::ErrorCode;
        use amana_vault::VaultError as V;
        let vault = [
            V::Missing,
            V::Exists,
            V::WrongKey,
            V::Damaged,
            V::Row,
            V::TooNew,
            V::Busy,
            V::OtherRole,
            V::DiskFull,
        ];
        let mut errors: Vec<E> = vault.into_iter().map(E::Vault).collect();
        errors.extend(ErrorCode::ALL.iter().map(|code| E::Relay(*code)));
        errors.extend([
            E::PassphraseWeak,
            E::LinkInvalid,
            E::InviteInvalid,
            E::InviteExpired,
            E::NotFound,
            E::NameTaken,
            E::NotAllowed,
            E::Forbidden,
            E::ReasonRequired,
            E::WaitingOnRequired,
            E::OriginBlocked,
            E::NotScreened,
            E::NoBestInterestsDecision,
            E::LogsInvalid,
            E::PurposeInvalid,
            E::DatePassed,
            E::UpdateNeeded,
            E::OrganisationNotReady,
            E::AwaitingAdmission,
            E::FirstDeskMustBeAdmin,
            E::RelayUnreachable,
            E::RelayKeyChanged,
            E::RelayNotPublished,
            E::DirectoryInvalid,
            E::DirectoryExpired,
            E::RootNotAnnounced,
            E::RootChanged,
            E::DeviceRemoved,
            E::CertificateExpired,
            E::RelayAnswer,
        ]);
        for error in errors {
            let code = error.code();
            assert_eq!(CliError::from(error).code().as_str(), code);
        }
    }

    #[test]
    fn control_characters_of_the_caller_do_not_reach_the_message() {
        let message = CliError::not_found("a\u{1b}[2Jb\u{202e}c").message(Lang::ENGLISH);
        assert!(!message.contains('\u{1b}') && !message.contains('\u{202e}'), "{message:?}");
    }
}

//! Every HPKE `info`, HKDF label and AAD prefix. Keeping them in one list keeps the uses of a key
//! apart: two operations never share a label.

/// What a derived key, a sealed message or a hash is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// HKDF: salt of an event envelope, from the log key and the event id.
    EnvelopeSalt,
    /// HKDF: key and commitment of an event envelope.
    EnvelopeKey,
    /// AAD prefix of an event envelope.
    EnvelopeAad,
    /// HPKE info of a letter.
    Letter,
    /// HPKE info of a wrapped secret.
    Wrap,
    /// HKDF: the key of roster names; also their AAD prefix.
    RosterName,
    /// HKDF: the key of back-links; also their AAD prefix.
    Backlink,
    /// HKDF: the key under which an epoch carries the keys of earlier ones; also their AAD prefix.
    Earlier,
    /// HPKE info of the outer layer of a recovery share.
    RecoveryOuter,
    /// HPKE info of the inner layer of a recovery share.
    RecoveryInner,
    /// HKDF: the key of the recovery body under the officers' shared secret.
    RecoveryOfficers,
    /// HKDF: the key of the recovery body under a printed code.
    RecoveryCode,
    /// AAD prefix of a recovery body.
    RecoveryAad,
    /// HKDF: the key of one key slot.
    Slot,
    /// AAD prefix of one key slot.
    SlotAad,
    /// HKDF: where the slots of a header lie.
    SlotPlace,
    /// Hash prefix: the name of a header.
    SlotHeader,
    /// HKDF: the key of a sealed file's body; also its AAD prefix.
    SealedFile,
    /// HKDF: the chunk key of an attachment; also the AAD prefix of its chunks.
    Attachment,
    /// HPKE info of the sealed alert inside a capsule.
    CapsuleInner,
    /// HKDF: the outer key of a capsule.
    CapsuleKey,
    /// AAD prefix of a capsule.
    CapsuleAad,
    /// Hash prefix: names the release secret of a capsule.
    CapsuleRelease,
    /// HKDF: the controls of an armed capsule.
    CapsuleControl,
    /// Hash prefix: one step of a check-in chain.
    CheckIn,
    /// HKDF: the team's X25519 key for SMS, from its open clearance seed.
    SmsKey,
    /// HKDF: the signing key of a recovery, from the seed that opens it.
    RecoverySign,
    /// Hash prefix: one side of a safety number.
    Safety,
}

impl Label {
    /// Every label.
    pub const ALL: [Self; 28] = [
        Self::EnvelopeSalt,
        Self::EnvelopeKey,
        Self::EnvelopeAad,
        Self::Letter,
        Self::Wrap,
        Self::RosterName,
        Self::Backlink,
        Self::Earlier,
        Self::RecoveryOuter,
        Self::RecoveryInner,
        Self::RecoveryOfficers,
        Self::RecoveryCode,
        Self::RecoveryAad,
        Self::Slot,
        Self::SlotAad,
        Self::SlotPlace,
        Self::SlotHeader,
        Self::SealedFile,
        Self::Attachment,
        Self::CapsuleInner,
        Self::CapsuleKey,
        Self::CapsuleAad,
        Self::CapsuleRelease,
        Self::CapsuleControl,
        Self::CheckIn,
        Self::SmsKey,
        Self::RecoverySign,
        Self::Safety,
    ];

    /// The label as it enters the computation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnvelopeSalt => "amana/1/envelope-salt",
            Self::EnvelopeKey => "amana/1/envelope-key",
            Self::EnvelopeAad => "amana/1/envelope-aad",
            Self::Letter => "amana/1/letter",
            Self::Wrap => "amana/1/wrap",
            Self::RosterName => "amana/1/roster-name",
            Self::Backlink => "amana/1/backlink",
            Self::Earlier => "amana/1/earlier",
            Self::RecoveryOuter => "amana/1/recovery-outer",
            Self::RecoveryInner => "amana/1/recovery-inner",
            Self::RecoveryOfficers => "amana/1/recovery-officers",
            Self::RecoveryCode => "amana/1/recovery-code",
            Self::RecoveryAad => "amana/1/recovery-aad",
            Self::Slot => "amana/1/slot",
            Self::SlotAad => "amana/1/slot-aad",
            Self::SlotPlace => "amana/1/slot-place",
            Self::SlotHeader => "amana/1/slot-header",
            Self::SealedFile => "amana/1/sealed-file",
            Self::Attachment => "amana/1/attachment",
            Self::CapsuleInner => "amana/1/capsule",
            Self::CapsuleKey => "amana/1/capsule-key",
            Self::CapsuleAad => "amana/1/capsule-aad",
            Self::CapsuleRelease => "amana/1/capsule-release",
            Self::CapsuleControl => "amana/1/capsule-control",
            Self::CheckIn => "amana/1/check-in",
            Self::SmsKey => "amana/1/sms-key",
            Self::RecoverySign => "amana/1/recovery-sign",
            Self::Safety => "amana/1/safety",
        }
    }

    /// The label's bytes.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.as_str().as_bytes()
    }

    /// The label followed by `parts`: an AAD.
    pub(crate) fn aad(self, parts: &[&[u8]]) -> Vec<u8> {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut aad = Vec::with_capacity(self.as_bytes().len() + length);
        aad.extend_from_slice(self.as_bytes());
        for part in parts {
            aad.extend_from_slice(part);
        }
        aad
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn labels_are_distinct_and_none_is_the_beginning_of_another_with_binary_data() {
        let all: HashSet<&str> = Label::ALL.iter().map(|label| label.as_str()).collect();
        assert_eq!(all.len(), Label::ALL.len());
        assert!(all.iter().all(|label| label.starts_with("amana/1/")));
    }
}

//! Whose consent lets whom believe a letter.

use amana_crypto::{Seed, SigningKey};
use amana_domain::ids::{DeploymentId, Hash, VerifyKey};

use super::*;

const NOW: u64 = 1_000;

fn organisation(n: u8) -> OrganisationId {
    OrganisationId::from_root(&VerifyKey::from_bytes([n; 32]))
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&Seed::from_bytes([n; 32]))
}

fn root(nonce: u8) -> CaseRoot {
    CaseRoot {
        deployment: DeploymentId::from_fingerprint(&Hash::from_bytes([3; 32])),
        sign: key(1).verify_key(),
        kem: Hash::from_bytes([4; 32]),
        owner: organisation(1),
        nonce: [nonce; 16],
    }
}

/// A letter to organisation 2 about these logs, and a consent that `change` may spoil, signed by `signer`.
fn letter(kinds: &[LogKind], signer: &SigningKey, change: impl FnOnce(&mut Consent)) -> KeyLetter {
    let root = root(0);
    let mut consent = Consent {
        deployment: root.deployment,
        case: root.case().unwrap(),
        key: root.sign,
        organisation: organisation(2),
        logs: vec![LogKind::Talk, LogKind::Wages],
        purpose: "advice".into(),
        until: Some(NOW + 1),
        nonce: [5; 16],
    };
    change(&mut consent);
    let statement = Signed::make(consent, |message| signer.sign(message)).unwrap();
    let logs = kinds.iter().map(|kind| GrantedLog {
        kind: *kind,
        n: 0,
        log: LogId::from_bytes([6; 32]),
        mailbox: MailboxId::from_slice(&[7; 16]).unwrap(),
        keys: vec![],
    });
    KeyLetter {
        t: GRANT.to_owned(),
        case: root.case().unwrap(),
        root: ByteBuf::from(root.to_bytes().unwrap()),
        kem: None,
        logs: logs.collect(),
        statement: Some(ByteBuf::from(statement.to_bytes())),
    }
}

fn read_by_other(letter: &KeyLetter) -> bool {
    letter.is_allowed_to(organisation(2), NOW)
}

#[test]
fn her_consent_lets_the_organisation_it_names_read_the_logs_it_names() {
    let sound = letter(&[LogKind::Referral, LogKind::Talk], &key(1), |_| {});
    assert!(read_by_other(&sound));
    assert!(!sound.is_allowed_to(organisation(3), NOW), "replayed to another organisation");
    assert!(!sound.is_allowed_to(organisation(2), NOW + 1), "its date has passed");
    assert!(read_by_other(&letter(&[LogKind::Talk], &key(1), |consent| consent.until = None)));
    for kinds in
        [&[LogKind::Narrative][..], &[LogKind::Talk, LogKind::Identity], &[LogKind::Talk, LogKind::Work]]
    {
        assert!(!read_by_other(&letter(kinds, &key(1), |_| {})), "{kinds:?}");
    }
    let sly = letter(&[LogKind::Talk, LogKind::Work], &key(1), |consent| consent.logs.push(LogKind::Work));
    assert!(!read_by_other(&sly), "work is not hers to share");
}

#[test]
fn a_consent_that_is_not_hers_or_not_for_this_case_is_none() {
    let talk = &[LogKind::Talk];
    assert!(!read_by_other(&letter(talk, &key(2), |_| {})), "signed by another key");
    let other = key(2).verify_key();
    assert!(!read_by_other(&letter(talk, &key(2), |consent| consent.key = other)), "by a key of its own");
    let case = root(9).case().unwrap();
    assert!(!read_by_other(&letter(talk, &key(1), |consent| consent.case = case)), "for another case");
    let elsewhere = DeploymentId::from_fingerprint(&Hash::from_bytes([8; 32]));
    assert!(!read_by_other(&letter(talk, &key(1), |consent| consent.deployment = elsewhere)));
    assert!(!read_by_other(&letter(talk, &key(1), |consent| consent.organisation = organisation(3))));
    let mut without = letter(talk, &key(1), |_| {});
    without.statement = None;
    assert!(!read_by_other(&without));
    let mut changed = letter(talk, &key(1), |_| {});
    let bytes = changed.statement.as_mut().unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(!read_by_other(&changed));
}

#[test]
fn the_owner_and_ones_own_work_need_no_consent() {
    let mut letter = letter(&[LogKind::Work], &key(1), |_| {});
    letter.statement = None;
    assert!(read_by_other(&letter));
    letter.logs[0].kind = LogKind::Medical;
    assert!(letter.is_allowed_to(organisation(1), NOW));
    assert!(!read_by_other(&letter));
}

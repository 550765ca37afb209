//! Key letters as anybody can write one.

use amana_domain::{
    canonical,
    ids::{CaseId, Hash, MailboxId},
    role::LogKind,
};
use serde::Serialize;
use serde_bytes::ByteBuf;

/// A key that is said to be that of an epoch.
#[derive(Serialize)]
pub struct Key {
    pub epoch: Hash,
    pub key: ByteBuf,
}

/// A log that is said to lie in a mailbox.
#[derive(Serialize)]
pub struct Granted {
    pub kind: LogKind,
    pub n: u32,
    pub log: Hash,
    pub mailbox: MailboxId,
    pub keys: Vec<Key>,
}

/// What a letter says.
#[derive(Serialize)]
pub struct Grant {
    pub t: &'static str,
    pub case: CaseId,
    pub root: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kem: Option<ByteBuf>,
    pub logs: Vec<Granted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<ByteBuf>,
}

impl Grant {
    /// About these logs, without the migrant's key and without consent.
    pub fn new(case: CaseId, root: &[u8], logs: Vec<Granted>) -> Self {
        Self { t: "grant", case, root: ByteBuf::from(root.to_vec()), kem: None, logs, statement: None }
    }

    /// As it is sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_vec(self).unwrap()
    }
}

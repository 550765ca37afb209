//! The directory: what a deployment consists of, signed by its root.

use serde::{Deserialize, Serialize};

use super::{keys::SmsKey, link::RelayUrl};
use crate::{
    ids::{DeploymentId, Hash, OrganisationId, VerifyKey},
    signed::Signable,
};

/// Most organisations in one directory.
pub const MAX_ORGANISATIONS: usize = 1000;
/// Longest name of a deployment or an organisation, in bytes.
pub const MAX_NAME: usize = 200;
/// Hardest proof of work that a directory may ask for, in bits.
pub const MAX_POW_BITS: u8 = 32;
const MAX_COUNTRIES: usize = 50;
const MAX_LADDER: usize = 16;

/// One version of a deployment's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The deployment: made from the first root key.
    pub deployment: DeploymentId,
    /// From 1, without gaps.
    pub version: u64,
    /// Hash of the version before; absent exactly in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Hash>,
    /// The root key that signs this version.
    pub root: VerifyKey,
    /// SHA-256 of the key that may sign later versions instead.
    pub next_root: Hash,
    /// When it was signed, ms since 1970.
    pub issued_ms: u64,
    /// From when on it is stale, ms since 1970.
    pub expires_ms: u64,
    /// The deployment's name.
    pub name: String,
    /// The relay.
    pub relay: RelayAddress,
    /// Proof-of-work difficulty for filing, in bits.
    pub pow_bits: u8,
    /// The organisations of the deployment.
    pub organisations: Vec<Organisation>,
}

/// Where the relay is and which key signs its acknowledgements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAddress {
    /// Its address.
    pub url: RelayUrl,
    /// Its Ed25519 key.
    pub key: VerifyKey,
}

/// An organisation as the directory lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Made from its first root.
    pub id: OrganisationId,
    /// The key that certifies its invites.
    pub root: VerifyKey,
    /// SHA-256 of the key that may take the root's place in a later version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_root: Option<Hash>,
    /// Hash of its roster 1: no other one founds the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<Hash>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it works: ISO 3166-1 alpha-2.
    pub country: String,
    /// Whose nationals it serves: ISO 3166-1 alpha-2; empty = everybody.
    pub origin: Vec<String>,
    /// The key for first contact by SMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsKey>,
    /// Which organisations are alerted next when nobody answers.
    pub ladder: Vec<OrganisationId>,
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// A non-governmental organisation.
    Ngo,
    /// A consulate or embassy.
    Consulate,
    /// A trade union.
    Union,
    /// A shelter.
    Shelter,
    /// A ministry or agency.
    Government,
}

impl Signable for Directory {
    const LABEL: &'static str = "amana/1/directory";
}

impl Directory {
    /// The organisation with this id.
    pub fn organisation(&self, id: &OrganisationId) -> Option<&Organisation> {
        self.organisations.iter().find(|organisation| organisation.id == *id)
    }

    /// Whether its time is over: from then on somebody may be holding back a newer one.
    pub fn is_stale(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_ms
    }

    /// Whether the content is within the format's bounds. Whether roots follow each other, the chain judges.
    pub fn is_well_formed(&self) -> bool {
        let mut ids: Vec<_> = self.organisations.iter().map(|organisation| organisation.id).collect();
        ids.sort_unstable();
        self.version >= 1
            && (self.version == 1) == self.prev.is_none()
            && self.issued_ms <= self.expires_ms
            && is_name(&self.name)
            && self.pow_bits <= MAX_POW_BITS
            && ids.len() <= MAX_ORGANISATIONS
            && ids.windows(2).all(|pair| pair[0] != pair[1])
            && self.organisations.iter().all(Organisation::is_well_formed)
    }
}

impl Organisation {
    fn is_well_formed(&self) -> bool {
        is_name(&self.name)
            && is_country(&self.country)
            && self.origin.len() <= MAX_COUNTRIES
            && self.origin.iter().all(|country| is_country(country))
            && self.ladder.len() <= MAX_LADDER
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_NAME && !text.chars().any(char::is_control)
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

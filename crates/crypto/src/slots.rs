//! Key slots: the header of a vault or a sealed file, 4,096 bytes.
//!
//! ```text
//! 0     magic "AMANAKEY"
//! 8     version u16 = 1                        (all integers big-endian)
//! 10    Argon2id memory in KiB u32, passes u32, lanes u32
//! 22    zeros
//! 32    salt (32)
//! 64    8 slots of 92 bytes: nonce(12) ‖ ciphertext(64) ‖ tag(16)
//! 800   random bytes: room for what is armed later and may not be seen
//! 4064  SHA-256 of bytes 0–4063
//! ```
//!
//! Magic, version and checksum keep their place in every version. The checksum tells damage from a
//! wrong key. Unused slots are random bytes, so nobody can count the used ones. Slot key =
//! HKDF(Argon2id(passphrase) ‖ keystore secret, salt, label ‖ slot index). Slot plaintext = role(1) ‖
//! label(16) ‖ data key(32) ‖ zeros(15). AAD = label ‖ the first 64 bytes ‖ slot index.
//!
//! Which place is which slot follows from the data key of who asks: the primary finds the others
//! without any list that a duress slot could reveal. A session behind a duress slot has the same
//! powers over "its" places, so that nothing it is refused tells what it is; its places may be
//! those of the primary, which [`Header::arm`] from there destroys.
//!
//! The salt stays for the life of a header: what is stretched once fits every later state of it.

use amana_domain::ids::sha256;
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::{
    Random, aead, kdf,
    label::Label,
    passphrase::{Passphrase, Strength},
    random::array,
    secret::{equal, secret32},
};

/// Bytes of a header.
pub const HEADER_LEN: usize = 4096;
/// Number of slots.
pub const SLOTS: usize = 8;
/// Places for further primary passphrases beside the first.
pub const EXTRA_PLACES: usize = SLOTS - 3;

const MAGIC: &[u8; 8] = b"AMANAKEY";
const VERSION: u16 = 1;
const FIXED: usize = 64;
const PLAIN: usize = 64;
const SLOT_LEN: usize = aead::NONCE + PLAIN + aead::TAG;
const CHECKSUM: usize = HEADER_LEN - 32;

secret32!(
    /// The key that a slot protects: a raw database key or the key of a sealed file.
    DataKey
);
secret32!(
    /// A secret of the device's keystore, mixed into every slot key of that device.
    KeystoreSecret
);

/// Why a header does not open or change.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotError {
    /// No slot opens with this passphrase and keystore secret.
    #[error("wrong passphrase or device")]
    WrongKey,
    /// The bytes are damaged or not a header.
    #[error("damaged")]
    Damaged,
    /// Written by a newer version.
    #[error("written by a newer version")]
    TooNew,
    /// The passphrase is too weak to create a slot.
    #[error("passphrase too weak")]
    Weak,
    /// A PIN alone cannot protect anything: the device has no keystore secret.
    #[error("a PIN needs a device keystore")]
    PinNeedsKeystore,
    /// The passphrase already opens another slot.
    #[error("passphrase already in use")]
    InUse,
    /// Only what was opened from this header may change its slots.
    #[error("not the owner of this header")]
    NotOwner,
    /// Not enough memory for Argon2.
    #[error("not enough memory")]
    Memory,
}

/// Argon2id parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Most memory that is ever taken: a hostile header must not exhaust the device.
    pub const MAX_MEMORY_KIB: u32 = 512 * 1024;
    /// Most passes.
    pub const MAX_PASSES: u32 = 16;
    /// Most lanes.
    pub const MAX_LANES: u32 = 4;

    /// Parameters within the bounds: memory of 8 KiB per lane to 512 MiB, 1–16 passes, 1–4 lanes.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let fits = lanes >= 1
            && lanes <= Self::MAX_LANES
            && passes >= 1
            && passes <= Self::MAX_PASSES
            && memory_kib >= 8 * lanes
            && memory_kib <= Self::MAX_MEMORY_KIB;
        if fits { Some(Self { memory_kib, passes, lanes }) } else { None }
    }

    /// 64 KiB, one pass: fast and **unsafe**, for tests and simulations only.
    pub const fn for_tests() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1 }
    }

    fn stretch(self, passphrase: &Passphrase, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, SlotError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .expect("the bounds are within Argon2's");
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.bytes(), salt, &mut out[..])
            .map_err(|_| SlotError::Memory)?;
        Ok(out)
    }
}

impl Default for Cost {
    /// 64 MiB, three passes, one lane: about a tenth of a second on a laptop.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

/// What a passphrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens the real vault.
    Primary,
    /// Opens the decoy.
    Duress,
    /// Asks to destroy the real vault and opens the decoy.
    Wipe,
}

impl Role {
    const fn byte(self) -> u8 {
        match self {
            Self::Primary => 1,
            Self::Duress => 2,
            Self::Wipe => 3,
        }
    }
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Primary),
            2 => Some(Self::Duress),
            3 => Some(Self::Wipe),
            _ => None,
        }
    }
}

/// Where the primary puts a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The first primary passphrase.
    First,
    /// The duress PIN.
    Duress,
    /// The wipe PIN.
    Wipe,
    /// A further primary passphrase, 0 to [`EXTRA_PLACES`] − 1.
    Extra(u8),
}

impl Place {
    fn rank(self) -> Option<usize> {
        match self {
            Self::First => Some(0),
            Self::Duress => Some(1),
            Self::Wipe => Some(2),
            Self::Extra(n) => Some(3 + usize::from(n)).filter(|rank| *rank < SLOTS),
        }
    }
    const fn role(self) -> Role {
        match self {
            Self::First | Self::Extra(_) => Role::Primary,
            Self::Duress => Role::Duress,
            Self::Wipe => Role::Wipe,
        }
    }
}

/// What a slot protects.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    /// Names the database file: random, so that the name does not tell real from decoy.
    pub label: [u8; 16],
    /// The data key.
    pub key: DataKey,
}

impl Contents {
    /// A random label and key.
    pub fn make(random: &dyn Random) -> Self {
        Self { label: array(random), key: DataKey::make(random) }
    }
}

/// An opened slot.
#[derive(Clone)]
pub struct Opened {
    /// What the passphrase is for.
    pub role: Role,
    /// What it protects.
    pub contents: Contents,
    slot: usize,
    salt: [u8; 32],
}

// A log must not even tell a decoy from the real vault.
impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contents(..)")
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(..)")
    }
}

/// A passphrase or PIN after its one Argon2 run, good for every slot of one header and every
/// keystore secret.
pub struct Attempt {
    stretched: Zeroizing<[u8; 32]>,
    strength: Strength,
    salt: [u8; 32],
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(..)")
    }
}

/// Whether a session may be told that a new secret opens another slot already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// It knows of every used slot: the primary, or who armed the others.
    Known,
    /// It may not learn that there are others: were it told, it could try secrets.
    Unknown,
}

/// A header, in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    bytes: Box<[u8; HEADER_LEN]>,
    cost: Cost,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Header {
    /// Makes a header whose one used slot protects a new random key in the primary role.
    pub fn create(
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        cost: Cost,
        random: &dyn Random,
    ) -> Result<(Self, Opened), SlotError> {
        Self::create_with(Role::Primary, Contents::make(random), secret, keystore, cost, random)
    }

    /// Makes a header whose one used slot protects `contents`: how a decoy is re-wrapped after the
    /// wipe PIN, when nothing of the old header may stay.
    pub fn create_with(
        role: Role,
        contents: Contents,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        cost: Cost,
        random: &dyn Random,
    ) -> Result<(Self, Opened), SlotError> {
        allowed(secret, keystore)?;
        let mut bytes = Box::new([0; HEADER_LEN]);
        random.fill(&mut bytes[32..CHECKSUM]);
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_be_bytes());
        bytes[10..14].copy_from_slice(&cost.memory_kib.to_be_bytes());
        bytes[14..18].copy_from_slice(&cost.passes.to_be_bytes());
        bytes[18..22].copy_from_slice(&cost.lanes.to_be_bytes());
        let mut header = Self { bytes, cost };
        let slot = header.order(&contents.key)[0];
        let keys = header.slot_keys(secret, keystore)?;
        header.write(slot, &keys, role, &contents, random);
        let opened = Opened { role, contents, slot, salt: header.salt() };
        Ok((header, opened))
    }

    /// Reads a header. Errors: `Damaged` or `TooNew`.
    pub fn parse(bytes: &[u8]) -> Result<Self, SlotError> {
        let bytes: Box<[u8; HEADER_LEN]> = Box::new(bytes.try_into().map_err(|_| SlotError::Damaged)?);
        if &bytes[..8] != MAGIC || sha256(&[&bytes[..CHECKSUM]]) != bytes[CHECKSUM..] {
            return Err(SlotError::Damaged);
        }
        if bytes[8..10] != VERSION.to_be_bytes() {
            return Err(SlotError::TooNew);
        }
        let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let cost = Cost::new(word(10), word(14), word(18)).ok_or(SlotError::Damaged)?;
        if bytes[22..32] != [0; 10] {
            return Err(SlotError::Damaged);
        }
        Ok(Self { bytes, cost })
    }

    /// The 4,096 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    /// The Argon2id parameters of this header.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// Opens the slot of a passphrase: one Argon2 run, and always all slots are tried.
    pub fn open(&self, secret: &Passphrase, keystore: Option<&KeystoreSecret>) -> Result<Opened, SlotError> {
        if secret.strength() == Strength::Pin && keystore.is_none() {
            return Err(SlotError::PinNeedsKeystore);
        }
        self.try_open(&self.attempt(secret)?, keystore)
    }

    /// The one Argon2 run of an attempt.
    pub fn attempt(&self, secret: &Passphrase) -> Result<Attempt, SlotError> {
        let salt = self.salt();
        Ok(Attempt { stretched: self.cost.stretch(secret, &salt)?, strength: secret.strength(), salt })
    }

    /// Tries all slots with what was stretched before.
    pub fn try_open(
        &self,
        attempt: &Attempt,
        keystore: Option<&KeystoreSecret>,
    ) -> Result<Opened, SlotError> {
        if attempt.strength == Strength::Pin && keystore.is_none() {
            return Err(SlotError::PinNeedsKeystore);
        }
        if attempt.salt != self.salt() {
            return Err(SlotError::WrongKey);
        }
        self.find(&self.keys_of(attempt, keystore)).ok_or(SlotError::WrongKey)
    }

    /// A name for this header that stays the same for its life and tells nothing: under it a
    /// keystore keeps what belongs to it.
    pub fn id(&self) -> [u8; 16] {
        let hash = sha256(&[Label::SlotHeader.as_bytes(), &self.salt()]);
        std::array::from_fn(|at| hash[at])
    }

    /// The header after the wipe PIN: one slot, which opens what the wipe slot protected under a new
    /// keystore secret, in the primary role; everything else is random. No second Argon2 run.
    pub fn wiped(
        &self,
        attempt: &Attempt,
        opened: &Opened,
        keystore: &KeystoreSecret,
        random: &dyn Random,
    ) -> Result<(Self, Opened), SlotError> {
        if opened.salt != self.salt() || attempt.salt != opened.salt {
            return Err(SlotError::NotOwner);
        }
        let mut header = self.erased(random);
        let slot = header.order(&opened.contents.key)[0];
        let keys = header.keys_of(attempt, Some(keystore));
        header.write(slot, &keys, Role::Primary, &opened.contents, random);
        let opened = Opened { role: Role::Primary, slot, ..opened.clone() };
        Ok((header, opened))
    }

    /// The header with every slot lost: nothing opens it any more, and it looks like any other.
    pub fn erased(&self, random: &dyn Random) -> Self {
        let mut header = self.clone();
        random.fill(&mut header.bytes[FIXED..CHECKSUM]);
        header.seal_checksum();
        header
    }

    /// Puts the first duress slot beside the own one and makes every other slot random: what a
    /// session that knows of no other slot does, whatever it is itself.
    pub fn arm(
        &mut self,
        owner: &Opened,
        contents: &Contents,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        let slot = self.owned(owner, Place::Duress)?;
        let mut header = self.clone();
        for other in (0..SLOTS).filter(|other| *other != owner.slot) {
            random.fill(&mut header.bytes[slot_range(other)]);
        }
        header.rewrite(slot, Role::Duress, contents, secret, keystore, Others::Known, random)?;
        *self = header;
        Ok(())
    }

    /// Puts a slot in a place that the opened one owns, replacing what was there.
    pub fn add_slot(
        &mut self,
        owner: &Opened,
        place: Place,
        contents: &Contents,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        let slot = self.owned(owner, place)?;
        self.rewrite(slot, place.role(), contents, secret, keystore, Others::Known, random)
    }

    /// Empties a place that the opened one owns.
    pub fn remove_slot(
        &mut self,
        owner: &Opened,
        place: Place,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        let slot = self.owned(owner, place)?;
        random.fill(&mut self.bytes[slot_range(slot)]);
        self.seal_checksum();
        Ok(())
    }

    /// Gives an opened slot, of any role, another passphrase.
    pub fn change_secret(
        &mut self,
        opened: &Opened,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        others: Others,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        if opened.salt != self.salt() {
            return Err(SlotError::NotOwner);
        }
        self.rewrite(opened.slot, opened.role, &opened.contents, secret, keystore, others, random)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a slot, each of its own kind")]
    fn rewrite(
        &mut self,
        slot: usize,
        role: Role,
        contents: &Contents,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        others: Others,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        allowed(secret, keystore)?;
        let keys = self.slot_keys(secret, keystore)?;
        // Two slots with one passphrase would make one of them unreachable.
        let taken = self.find(&keys).is_some_and(|found| found.slot != slot);
        if taken && others == Others::Known {
            return Err(SlotError::InUse);
        }
        self.write(slot, &keys, role, contents, random);
        Ok(())
    }

    fn owned(&self, owner: &Opened, place: Place) -> Result<usize, SlotError> {
        if owner.salt != self.salt() {
            return Err(SlotError::NotOwner);
        }
        let rank = place.rank().ok_or(SlotError::NotOwner)?;
        let mut order = self.order(&owner.contents.key);
        if owner.role != Role::Primary {
            // The own slot lies where the primary's key put it: it comes first all the same.
            let at = order.iter().position(|slot| *slot == owner.slot).unwrap_or_default();
            order[..=at].rotate_right(1);
        }
        Ok(order[rank])
    }

    /// The slots in the order of their places, from the key of who owns them.
    fn order(&self, key: &DataKey) -> [usize; SLOTS] {
        let ranks = kdf::derive::<{ SLOTS * 8 }>(key.expose(), &self.salt(), Label::SlotPlace, &[]);
        let mut order: [usize; SLOTS] = std::array::from_fn(|slot| slot);
        order.sort_by_key(|slot| (&ranks[slot * 8..slot * 8 + 8], *slot));
        order
    }

    fn salt(&self) -> [u8; 32] {
        let mut salt = [0; 32];
        salt.copy_from_slice(&self.bytes[32..64]);
        salt
    }

    fn slot_keys(
        &self,
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
    ) -> Result<SlotKeys, SlotError> {
        Ok(self.keys_of(&self.attempt(secret)?, keystore))
    }

    fn keys_of(&self, attempt: &Attempt, keystore: Option<&KeystoreSecret>) -> SlotKeys {
        let mut ikm = Zeroizing::new([0; 64]);
        let (stretched, device) = ikm.split_at_mut(32);
        stretched.copy_from_slice(&attempt.stretched[..]);
        let length = keystore.map_or(32, |keystore| {
            device.copy_from_slice(keystore.expose());
            64
        });
        let key = |slot| kdf::derive::<32>(&ikm[..length], &attempt.salt, Label::Slot, &[&[slot as u8]]);
        SlotKeys(std::array::from_fn(key))
    }

    fn aad(&self, slot: usize) -> Vec<u8> {
        Label::SlotAad.aad(&[&self.bytes[..FIXED], &[slot as u8]])
    }

    /// Tries every slot; no early end, so that the time does not tell which one fits.
    fn find(&self, keys: &SlotKeys) -> Option<Opened> {
        let mut found = None;
        for (slot, key) in keys.0.iter().enumerate() {
            let opened = aead::open_with_nonce(key, &self.aad(slot), &self.bytes[slot_range(slot)])
                .ok()
                .and_then(|plain| self.read(slot, &plain));
            found = found.or(opened);
        }
        found
    }

    fn read(&self, slot: usize, plain: &[u8]) -> Option<Opened> {
        // The zeros also commit to the key: no slot opens under two passphrases.
        if plain.len() != PLAIN || !equal(&plain[49..], &[0; 15]) {
            return None;
        }
        let role = Role::from_byte(plain[0])?;
        let label = plain[1..17].try_into().ok()?;
        let key = DataKey::from_slice(&plain[17..49]).ok()?;
        Some(Opened { role, contents: Contents { label, key }, slot, salt: self.salt() })
    }

    fn write(&mut self, slot: usize, keys: &SlotKeys, role: Role, contents: &Contents, random: &dyn Random) {
        let mut plain = Zeroizing::new([0; PLAIN]);
        plain[0] = role.byte();
        plain[1..17].copy_from_slice(&contents.label);
        plain[17..49].copy_from_slice(contents.key.expose());
        let sealed = aead::seal_with_nonce(&keys.0[slot], &self.aad(slot), &plain[..], random);
        self.bytes[slot_range(slot)].copy_from_slice(&sealed);
        self.seal_checksum();
    }

    fn seal_checksum(&mut self) {
        let checksum = sha256(&[&self.bytes[..CHECKSUM]]);
        self.bytes[CHECKSUM..].copy_from_slice(&checksum);
    }
}

/// The key of each slot under one passphrase.
struct SlotKeys([Zeroizing<[u8; 32]>; SLOTS]);

const fn slot_range(slot: usize) -> std::ops::Range<usize> {
    let start = FIXED + slot * SLOT_LEN;
    start..start + SLOT_LEN
}

fn allowed(secret: &Passphrase, keystore: Option<&KeystoreSecret>) -> Result<(), SlotError> {
    match secret.strength() {
        Strength::Strong => Ok(()),
        Strength::Pin if keystore.is_some() => Ok(()),
        Strength::Pin => Err(SlotError::PinNeedsKeystore),
        Strength::Weak => Err(SlotError::Weak),
    }
}

#[cfg(test)]
mod tests;

//! A small file sealed as a whole under a passphrase: the keys of a deploy folder.
//!
//! ```text
//! 0     key slots header (4096)
//! 4096  magic "AMANAFIL", version u16 = 1
//! 4106  nonce(12) ‖ ciphertext ‖ tag(16)
//! ```
//!
//! Body key = HKDF(data key of the slot), AAD = label ‖ magic and version ‖ purpose.

use zeroize::Zeroizing;

use crate::{
    Plaintext, Random, aead, kdf,
    label::Label,
    passphrase::Passphrase,
    slots::{Cost, DataKey, HEADER_LEN, Header, KeystoreSecret, Opened, Others, Place, Role, SlotError},
};

/// Most bytes of a sealed file's content.
pub const MAX_CONTENT: usize = 16 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"AMANAFIL";
const VERSION: [u8; 2] = 1u16.to_be_bytes();
const BODY: usize = HEADER_LEN + 10;

/// An opened sealed file: can be sealed again without the passphrase.
#[derive(Debug, Clone)]
pub struct SealedFile {
    header: Header,
    opened: Opened,
    purpose: Vec<u8>,
}

impl SealedFile {
    /// Makes the keys of a new file. `purpose` says what the file is: one file does not pass for
    /// another.
    pub fn create(
        secret: &Passphrase,
        purpose: &[u8],
        cost: Cost,
        random: &dyn Random,
    ) -> Result<Self, SlotError> {
        let (header, opened) = Header::create(secret, None, cost, random)?;
        Ok(Self { header, opened, purpose: purpose.to_vec() })
    }

    /// The whole file with this content.
    pub fn seal(&self, content: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut file = self.header.to_bytes();
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&VERSION);
        let key = body_key(&self.opened.contents.key);
        file.extend(aead::seal_with_nonce(&key, &aad(&self.purpose), content, random));
        file
    }

    /// Opens a file. Errors: `WrongKey`, `Damaged` (also: another purpose), `TooNew`.
    pub fn open(
        file: &[u8],
        secret: &Passphrase,
        keystore: Option<&KeystoreSecret>,
        purpose: &[u8],
    ) -> Result<(Self, Plaintext), SlotError> {
        if file.len() < BODY + aead::NONCE + aead::TAG {
            return Err(SlotError::Damaged);
        }
        let (header, body) = file.split_at(HEADER_LEN);
        let header = Header::parse(header)?;
        if &body[..8] != MAGIC {
            return Err(SlotError::Damaged);
        }
        if body[8..10] != VERSION {
            return Err(SlotError::TooNew);
        }
        if body.len() > MAX_CONTENT + 10 + aead::NONCE + aead::TAG {
            return Err(SlotError::Damaged);
        }
        let opened = header.open(secret, keystore)?;
        let key = body_key(&opened.contents.key);
        // The slot has proven the key, so a body that does not open is damaged.
        let content =
            aead::open_with_nonce(&key, &aad(purpose), &body[10..]).map_err(|_| SlotError::Damaged)?;
        Ok((Self { header, opened, purpose: purpose.to_vec() }, content))
    }

    /// Replaces the passphrase; takes effect with the next [`SealedFile::seal`].
    pub fn change_secret(&mut self, secret: &Passphrase, random: &dyn Random) -> Result<(), SlotError> {
        self.header.change_secret(&self.opened, secret, None, Others::Known, random)
    }

    /// Adds a further passphrase; takes effect with the next [`SealedFile::seal`].
    pub fn add_secret(
        &mut self,
        extra: u8,
        secret: &Passphrase,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        debug_assert_eq!(self.opened.role, Role::Primary);
        let contents = self.opened.contents.clone();
        self.header.add_slot(&self.opened, Place::Extra(extra), &contents, secret, None, random)
    }
}

fn body_key(key: &DataKey) -> Zeroizing<[u8; 32]> {
    kdf::derive(key.expose(), &[], Label::SealedFile, &[])
}

fn aad(purpose: &[u8]) -> Vec<u8> {
    Label::SealedFile.aad(&[MAGIC, &VERSION, purpose])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    fn secret() -> Passphrase {
        Passphrase::parse("one two three four five six").unwrap()
    }

    fn file() -> (SeededRandom, SealedFile, Vec<u8>) {
        let random = SeededRandom::new(1);
        let keys = SealedFile::create(&secret(), b"deploy", Cost::for_tests(), &random).unwrap();
        let file = keys.seal(b"root keys", &random);
        (random, keys, file)
    }

    fn refused(file: &[u8], purpose: &[u8]) -> SlotError {
        SealedFile::open(file, &secret(), None, purpose).unwrap_err()
    }

    #[test]
    fn a_file_opens_and_is_sealed_again_without_the_passphrase() {
        let (random, _, file) = file();
        let (keys, content) = SealedFile::open(&file, &secret(), None, b"deploy").unwrap();
        assert_eq!(&*content, b"root keys");
        let again = keys.seal(b"more", &random);
        assert_eq!(&*SealedFile::open(&again, &secret(), None, b"deploy").unwrap().1, b"more");
        // Never the same nonce twice.
        assert_ne!(keys.seal(b"more", &random), again);
    }

    #[test]
    fn wrong_key_damage_and_newer_versions_are_told_apart() {
        let (_, _, file) = file();
        let wrong = Passphrase::parse("one two three four five seven").unwrap();
        let opened = SealedFile::open(&file, &wrong, None, b"deploy");
        assert_eq!(opened.unwrap_err(), SlotError::WrongKey);
        for at in [0, 9, 70, 4000, 4095, 4096, 4103, 4106, 4118, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_eq!(refused(&changed, b"deploy"), SlotError::Damaged, "byte {at}");
        }
        for length in [0, 4095, 4096, 4106, 4133, file.len() - 1] {
            assert_eq!(refused(&file[..length], b"deploy"), SlotError::Damaged, "{length}");
        }
        let mut newer = file.clone();
        newer[HEADER_LEN + 9] = 2;
        assert_eq!(refused(&newer, b"deploy"), SlotError::TooNew);
        assert_eq!(refused(&file, b"backup"), SlotError::Damaged);
    }

    #[test]
    fn a_changed_passphrase_replaces_and_an_added_one_joins() {
        let (random, mut keys, _) = file();
        let second = Passphrase::parse("a second one with six words").unwrap();
        let third = Passphrase::parse("a third one of six words").unwrap();
        keys.add_secret(0, &third, &random).unwrap();
        keys.change_secret(&second, &random).unwrap();
        let file = keys.seal(b"x", &random);
        assert_eq!(refused(&file, b"deploy"), SlotError::WrongKey);
        assert!(SealedFile::open(&file, &second, None, b"deploy").is_ok());
        assert!(SealedFile::open(&file, &third, None, b"deploy").is_ok());
    }
}

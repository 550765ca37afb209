//! Names of devices in a roster part: readable for the team, for nobody else.
//!
//! ChaCha20-Poly1305 under HKDF(open clearance seed), nonce(12) ‖ ciphertext ‖ tag, AAD = label ‖
//! device id; the name is filled with zero bytes to a multiple of 32, so that its length says little.

use amana_domain::ids::DeviceId;
use zeroize::Zeroizing;

use crate::{CryptoError, KemSecret, Random, aead, kdf, label::Label};

/// Longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 256;
const STEP: usize = 32;

fn key(open: &KemSecret) -> Zeroizing<[u8; 32]> {
    kdf::derive(open.seed().expose(), &[], Label::RosterName, &[])
}

fn aad(device: DeviceId) -> Vec<u8> {
    Label::RosterName.aad(&[device.as_bytes()])
}

/// Seals the name of a device. Errors: `TooLarge` over [`MAX_NAME`], `Malformed` with a NUL inside.
pub fn seal_name(
    open: &KemSecret,
    device: DeviceId,
    name: &str,
    random: &dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    if name.len() > MAX_NAME {
        return Err(CryptoError::TooLarge);
    }
    if name.contains('\0') {
        return Err(CryptoError::Malformed);
    }
    let mut padded = Zeroizing::new(name.as_bytes().to_vec());
    padded.resize(name.len().max(1).next_multiple_of(STEP), 0);
    Ok(aead::seal_with_nonce(&key(open), &aad(device), &padded, random))
}

/// Opens the name of a device.
pub fn open_name(open: &KemSecret, device: DeviceId, sealed: &[u8]) -> Result<String, CryptoError> {
    let padded = aead::open_with_nonce(&key(open), &aad(device), sealed)?;
    let length = padded.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    String::from_utf8(padded[..length].to_vec()).map_err(|_| CryptoError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn a_name_is_bound_to_its_device_and_team() {
        let random = SeededRandom::new(1);
        let (open, other) = (KemSecret::make(&random), KemSecret::make(&random));
        let (a, b) = (DeviceId::from_bytes([1; 32]), DeviceId::from_bytes([2; 32]));
        let sealed = seal_name(&open, a, "ሰላም Ana", &random).unwrap();
        assert_eq!(open_name(&open, a, &sealed).unwrap(), "ሰላም Ana");
        assert_eq!(open_name(&open, b, &sealed), Err(CryptoError::NotAuthentic));
        assert_eq!(open_name(&other, a, &sealed), Err(CryptoError::NotAuthentic));
        for length in 0..sealed.len() {
            assert!(open_name(&open, a, &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn lengths_are_hidden_and_bounded() {
        let random = SeededRandom::new(1);
        let open = KemSecret::make(&random);
        let device = DeviceId::from_bytes([1; 32]);
        for length in 0..=MAX_NAME {
            let name = "n".repeat(length);
            let sealed = seal_name(&open, device, &name, &random).unwrap();
            assert_eq!(sealed.len() % 32, 28, "{length}");
            assert_eq!(open_name(&open, device, &sealed).unwrap(), name);
        }
        let long = "n".repeat(MAX_NAME + 1);
        assert_eq!(seal_name(&open, device, &long, &random), Err(CryptoError::TooLarge));
        assert_eq!(seal_name(&open, device, "a\0b", &random), Err(CryptoError::Malformed));
    }
}

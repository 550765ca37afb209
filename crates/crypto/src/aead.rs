//! ChaCha20-Poly1305 through ring, in place.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use crate::CryptoError;

/// Bytes a tag adds.
pub(crate) const TAG: usize = 16;
/// Bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// For keys that seal exactly one message.
pub(crate) const ONE_TIME: [u8; NONCE] = [0; NONCE];

fn key(bytes: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("a ChaCha20 key has 32 bytes"))
}

/// Seals `buffer[..len − 16]` in place; the last 16 bytes become the tag.
pub(crate) fn seal_in_place(secret: &[u8; 32], nonce: [u8; NONCE], aad: &[u8], buffer: &mut [u8]) {
    let (plaintext, tag) = buffer.split_last_chunk_mut::<TAG>().expect("the caller leaves room for the tag");
    let sealed = key(secret)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), plaintext)
        .expect("messages are far below the cipher's limit");
    tag.copy_from_slice(sealed.as_ref());
}

/// Opens `buffer` in place and returns the plaintext, its beginning.
pub(crate) fn open_in_place<'a>(
    secret: &[u8; 32],
    nonce: [u8; NONCE],
    aad: &[u8],
    buffer: &'a mut [u8],
) -> Result<&'a mut [u8], CryptoError> {
    key(secret)
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), buffer)
        .map_err(|_| CryptoError::NotAuthentic)
}

/// Seals a copy of `plaintext`: ciphertext ‖ tag.
pub(crate) fn seal(secret: &[u8; 32], nonce: [u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plaintext.len() + TAG);
    out.extend_from_slice(plaintext);
    out.resize(plaintext.len() + TAG, 0);
    seal_in_place(secret, nonce, aad, &mut out);
    out
}

/// Opens a copy of `sealed`.
pub(crate) fn open(
    secret: &[u8; 32],
    nonce: [u8; NONCE],
    aad: &[u8],
    sealed: &[u8],
) -> Result<crate::Plaintext, CryptoError> {
    let mut out = zeroize::Zeroizing::new(sealed.to_vec());
    let length = open_in_place(secret, nonce, aad, &mut out)?.len();
    out.truncate(length);
    Ok(crate::Plaintext::new(std::mem::take(&mut *out)))
}

/// Seals with a random nonce in front: nonce ‖ ciphertext ‖ tag. For keys that seal few messages.
pub(crate) fn seal_with_nonce(
    secret: &[u8; 32],
    aad: &[u8],
    plaintext: &[u8],
    random: &dyn crate::Random,
) -> Vec<u8> {
    let nonce = crate::random::array::<NONCE>(random);
    let mut out = Vec::with_capacity(NONCE + plaintext.len() + TAG);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plaintext);
    out.resize(out.len() + TAG, 0);
    seal_in_place(secret, nonce, aad, &mut out[NONCE..]);
    out
}

/// Opens what [`seal_with_nonce`] made.
pub(crate) fn open_with_nonce(
    secret: &[u8; 32],
    aad: &[u8],
    sealed: &[u8],
) -> Result<crate::Plaintext, CryptoError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(CryptoError::Malformed)?;
    if sealed.len() < TAG {
        return Err(CryptoError::Malformed);
    }
    open(secret, *nonce, aad, sealed)
}

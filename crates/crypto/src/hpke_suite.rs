//! The one HPKE suite: X-Wing (0x647A), HKDF-SHA256, ChaCha20-Poly1305, base mode.

use hpke::{
    Deserializable, OpModeR, OpModeS, Serializable,
    aead::{AeadTag, ChaCha20Poly1305},
    inout::InOutBuf,
    kdf::HkdfSha256,
    kem::{Kem, XWing},
    single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng,
};

use crate::{CryptoError, KemPublic, KemSecret, Random, label::Label, random::Rng};

/// Bytes of an encapsulated key.
pub(crate) const ENC: usize = 1120;
/// Bytes that sealing adds: encapsulated key and tag.
pub(crate) const OVERHEAD: usize = ENC + crate::aead::TAG;

/// Seals `buffer[1120..len − 16]` in place: the result is enc ‖ ciphertext ‖ tag.
pub(crate) fn seal_in_place(
    to: &KemPublic,
    label: Label,
    aad: &[u8],
    buffer: &mut [u8],
    random: &dyn Random,
) {
    let (enc, rest) = buffer.split_at_mut(ENC);
    let end = rest.len() - crate::aead::TAG;
    let (plaintext, tag_out) = rest.split_at_mut(end);
    let (encapped, tag) = single_shot_seal_inout_detached_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        to.inner(),
        label.as_bytes(),
        InOutBuf::from(plaintext),
        aad,
        &mut Rng(random),
    )
    .expect("a checked key and a bounded message can be sealed");
    encapped.write_exact(enc);
    tag.write_exact(tag_out);
}

/// Seals `plaintext`: enc(1120) ‖ ciphertext ‖ tag(16).
pub(crate) fn seal(
    to: &KemPublic,
    label: Label,
    aad: &[u8],
    plaintext: &[u8],
    random: &dyn Random,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(OVERHEAD + plaintext.len());
    out.resize(ENC, 0);
    out.extend_from_slice(plaintext);
    out.resize(OVERHEAD + plaintext.len(), 0);
    seal_in_place(to, label, aad, &mut out, random);
    out
}

/// Opens enc ‖ ciphertext ‖ tag.
pub(crate) fn open(
    secret: &KemSecret,
    label: Label,
    aad: &[u8],
    sealed: &[u8],
) -> Result<crate::Plaintext, CryptoError> {
    if sealed.len() < OVERHEAD {
        return Err(CryptoError::Malformed);
    }
    let (enc, rest) = sealed.split_at(ENC);
    let (ciphertext, tag) = rest.split_at(rest.len() - crate::aead::TAG);
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| CryptoError::Malformed)?;
    let tag = AeadTag::<ChaCha20Poly1305>::from_bytes(tag).map_err(|_| CryptoError::Malformed)?;
    let mut plaintext = zeroize::Zeroizing::new(ciphertext.to_vec());
    single_shot_open_inout_detached::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &secret.private_key(),
        &enc,
        label.as_bytes(),
        InOutBuf::from(&mut plaintext[..]),
        aad,
        &tag,
    )
    .map_err(|_| CryptoError::NotAuthentic)?;
    Ok(crate::Plaintext::new(std::mem::take(&mut *plaintext)))
}

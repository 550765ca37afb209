//! Recovery of a team's clearance secrets when its admins' devices are gone: by any two of three
//! officers, or by one printed code. Both forms lie in the roster part, readable for nobody alone.
//!
//! ```text
//! officers  0x01 0x01 salt(32) 3 × share(2304) body
//! code      0x01 0x02 salt(32) body
//! ```
//!
//! body = ChaCha20-Poly1305 of the secrets (32 bytes each), nonce 0, AAD = label ‖ everything before the
//! body ‖ context. Its key is HKDF(S, salt) with S = 32 random bytes, or HKDF(the code's 26 symbols,
//! salt). Share p is S sealed with HPKE to officer (p + 1) mod 3, and that sealed once more to officer p;
//! AAD = p ‖ salt ‖ context for both. So officer p begins, officer p + 1 ends, and each of the
//! three pairs has its share.

use zeroize::Zeroizing;

use crate::{
    CryptoError, KemPublic, KemSecret, Random, Seed, SigningKey, aead, hpke_suite, kdf, kem, label::Label,
    random::array, recovery_code::RecoveryCode,
};

/// Most secrets in one recovery.
pub const MAX_SECRETS: usize = 16;
/// Officers of a recovery.
pub const OFFICERS: usize = 3;

const BY_OFFICERS: [u8; 2] = [1, 1];
const BY_CODE: [u8; 2] = [1, 2];
const HEADER: usize = 34;
const INNER: usize = hpke_suite::OVERHEAD + 32;
const SHARE: usize = hpke_suite::OVERHEAD + INNER;
const BODY: usize = HEADER + OFFICERS * SHARE;

/// A share that the first officer of a pair has opened: still sealed to the second, so it may
/// travel openly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfOpened {
    pair: u8,
    inner: Vec<u8>,
}

impl HalfOpened {
    /// Which officer (0–2) can finish.
    pub const fn finisher(&self) -> usize {
        (self.pair as usize + 1) % OFFICERS
    }
    /// pair(1) ‖ sealed(1168).
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.pair], self.inner.as_slice()].concat()
    }
    /// Reads what [`HalfOpened::to_bytes`] wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, CryptoError> {
        match bytes.split_first() {
            Some((pair, inner)) if usize::from(*pair) < OFFICERS && inner.len() == INNER => {
                Ok(Self { pair: *pair, inner: inner.to_vec() })
            }
            _ => Err(CryptoError::Malformed),
        }
    }
}

/// The key that signs a recovery, from the secret that the recovery opens: who names the public one proves nothing yet.
pub fn derive_sign_key(secret: &KemSecret) -> SigningKey {
    let seed = kdf::derive::<32>(secret.seed().expose(), &[], Label::RecoverySign, &[]);
    SigningKey::from_seed(&Seed::from_bytes(*seed))
}

/// Seals secrets for any two of three officers. `context` names organisation and generations.
/// Fails with `Malformed` without secrets, `TooLarge` with too many.
pub fn seal_for_officers(
    officers: [&KemPublic; OFFICERS],
    context: &[u8],
    secrets: &[KemSecret],
    random: &dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    let shared = Seed::make(random);
    let salt = array::<32>(random);
    let mut blob = [&BY_OFFICERS[..], &salt].concat();
    for pair in 0..OFFICERS as u8 {
        let aad = share_aad(pair, &salt, context);
        let first = officers[usize::from(pair)];
        let second = officers[(usize::from(pair) + 1) % OFFICERS];
        let inner = hpke_suite::seal(second, Label::RecoveryInner, &aad, shared.expose(), random);
        blob.extend(hpke_suite::seal(first, Label::RecoveryOuter, &aad, &inner, random));
    }
    let key = kdf::derive(shared.expose(), &salt, Label::RecoveryOfficers, &[]);
    seal_body(blob, &key, context, secrets)
}

/// The first officer's step: opens the outer layer of the share that is hers.
pub fn begin(blob: &[u8], context: &[u8], officer: &KemSecret) -> Result<HalfOpened, CryptoError> {
    let salt = header(blob, BY_OFFICERS, BODY)?;
    for pair in 0..OFFICERS as u8 {
        let start = HEADER + usize::from(pair) * SHARE;
        let aad = share_aad(pair, salt, context);
        match hpke_suite::open(officer, Label::RecoveryOuter, &aad, &blob[start..start + SHARE]) {
            Ok(inner) => return Ok(HalfOpened { pair, inner: inner.into_bytes() }),
            Err(CryptoError::NotAuthentic) => {}
            Err(other) => return Err(other),
        }
    }
    Err(CryptoError::NoKey)
}

/// The second officer's step: the secrets, in the order in which they were sealed.
pub fn finish(
    blob: &[u8],
    context: &[u8],
    half: &HalfOpened,
    officer: &KemSecret,
) -> Result<Vec<KemSecret>, CryptoError> {
    let salt = header(blob, BY_OFFICERS, BODY)?;
    let aad = share_aad(half.pair, salt, context);
    let shared = hpke_suite::open(officer, Label::RecoveryInner, &aad, &half.inner)?;
    let key = kdf::derive(&shared, salt, Label::RecoveryOfficers, &[]);
    open_body(blob, BODY, &key, context)
}

/// Seals secrets for a printed code.
pub fn seal_for_code(
    code: &RecoveryCode,
    context: &[u8],
    secrets: &[KemSecret],
    random: &dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    let salt = array::<32>(random);
    let blob = [&BY_CODE[..], &salt].concat();
    seal_body(blob, &code_key(code, &salt), context, secrets)
}

/// Opens with the printed code. A code that is well typed but another's gives `NotAuthentic`.
pub fn open_with_code(
    blob: &[u8],
    context: &[u8],
    code: &RecoveryCode,
) -> Result<Vec<KemSecret>, CryptoError> {
    let salt = header(blob, BY_CODE, HEADER)?;
    open_body(blob, HEADER, &code_key(code, salt), context)
}

// 130 random bits need no stretching.
fn code_key(code: &RecoveryCode, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    kdf::derive(code.symbols(), salt, Label::RecoveryCode, &[])
}

fn share_aad(pair: u8, salt: &[u8], context: &[u8]) -> Vec<u8> {
    [&[pair], salt, context].concat()
}

/// Checks version, kind and least length; returns the salt.
fn header(blob: &[u8], kind: [u8; 2], body: usize) -> Result<&[u8], CryptoError> {
    if blob.len() < body + 32 + aead::TAG || blob.len() > body + MAX_SECRETS * 32 + aead::TAG {
        return Err(CryptoError::Malformed);
    }
    if blob[0] != kind[0] {
        return Err(CryptoError::UnknownVersion);
    }
    if blob[1] != kind[1] {
        return Err(CryptoError::Malformed);
    }
    Ok(&blob[2..HEADER])
}

fn seal_body(
    mut blob: Vec<u8>,
    key: &[u8; 32],
    context: &[u8],
    secrets: &[KemSecret],
) -> Result<Vec<u8>, CryptoError> {
    match secrets.len() {
        0 => return Err(CryptoError::Malformed),
        1..=MAX_SECRETS => {}
        _ => return Err(CryptoError::TooLarge),
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(secrets.len() * 32));
    for secret in secrets {
        plain.extend_from_slice(secret.seed().expose());
    }
    let aad = Label::RecoveryAad.aad(&[&blob, context]);
    blob.extend(aead::seal(key, aead::ONE_TIME, &aad, &plain));
    Ok(blob)
}

fn open_body(
    blob: &[u8],
    body: usize,
    key: &[u8; 32],
    context: &[u8],
) -> Result<Vec<KemSecret>, CryptoError> {
    let (before, body) = blob.split_at(body);
    let aad = Label::RecoveryAad.aad(&[before, context]);
    let plain = aead::open(key, aead::ONE_TIME, &aad, body)?;
    plain.chunks(32).map(kem::secret_from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    struct Case {
        random: SeededRandom,
        officers: Vec<KemSecret>,
        secrets: Vec<KemSecret>,
        blob: Vec<u8>,
    }

    fn case() -> Case {
        let random = SeededRandom::new(1);
        let officers: Vec<_> = (0..3).map(|_| KemSecret::make(&random)).collect();
        let secrets: Vec<_> = (0..3).map(|_| KemSecret::make(&random)).collect();
        let publics: Vec<_> = officers.iter().map(KemSecret::public).collect();
        let to = [&publics[0], &publics[1], &publics[2]];
        let blob = seal_for_officers(to, b"team", &secrets, &random).unwrap();
        Case { random, officers, secrets, blob }
    }

    #[test]
    fn any_two_officers_recover_and_one_alone_does_not() {
        let Case { officers, secrets, blob, .. } = case();
        for first in 0..OFFICERS {
            let half = begin(&blob, b"team", &officers[first]).unwrap();
            assert_eq!(half.finisher(), (first + 1) % OFFICERS);
            let half = HalfOpened::parse(&half.to_bytes()).unwrap();
            assert_eq!(finish(&blob, b"team", &half, &officers[half.finisher()]).unwrap(), secrets);
            for wrong in [first, (first + 2) % OFFICERS] {
                let alone = finish(&blob, b"team", &half, &officers[wrong]);
                assert_eq!(alone.unwrap_err(), CryptoError::NotAuthentic);
            }
        }
    }

    #[test]
    fn strangers_other_teams_and_changed_bytes_are_refused() {
        let Case { random, officers, blob, .. } = case();
        let stranger = KemSecret::make(&random);
        assert_eq!(begin(&blob, b"team", &stranger).unwrap_err(), CryptoError::NoKey);
        assert_eq!(begin(&blob, b"other", &officers[0]).unwrap_err(), CryptoError::NoKey);
        let half = begin(&blob, b"team", &officers[0]).unwrap();
        for at in [0, 1, 2, HEADER, HEADER + SHARE + 5, BODY - 1, BODY, blob.len() - 1] {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(finish(&changed, b"team", &half, &officers[1]).is_err(), "byte {at}");
        }
        for length in [0, 1, HEADER, BODY, BODY + 47] {
            assert_eq!(begin(&blob[..length], b"team", &officers[0]).unwrap_err(), CryptoError::Malformed);
        }
        assert!(HalfOpened::parse(&[3; 1169]).is_err());
        assert!(HalfOpened::parse(&[]).is_err());
    }

    #[test]
    fn the_printed_code_recovers_and_another_does_not() {
        let Case { random, secrets, blob: by_officers, .. } = case();
        let code = RecoveryCode::make(&random);
        let blob = seal_for_code(&code, b"team", &secrets, &random).unwrap();
        let typed = RecoveryCode::parse(&code.printed().to_lowercase()).unwrap();
        assert_eq!(open_with_code(&blob, b"team", &typed).unwrap(), secrets);
        let other = RecoveryCode::make(&random);
        assert_eq!(open_with_code(&blob, b"team", &other).unwrap_err(), CryptoError::NotAuthentic);
        assert_eq!(open_with_code(&blob, b"teal", &code).unwrap_err(), CryptoError::NotAuthentic);
        assert!(open_with_code(&by_officers, b"team", &code).is_err());
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(open_with_code(&changed, b"team", &code).is_err(), "byte {at}");
            assert!(open_with_code(&blob[..at], b"team", &code).is_err(), "length {at}");
        }
    }

    #[test]
    fn the_number_of_secrets_is_bounded() {
        let random = SeededRandom::new(1);
        let code = RecoveryCode::make(&random);
        let secret = KemSecret::make(&random);
        let seal = |count| seal_for_code(&code, b"", &vec![secret.clone(); count], &random);
        assert_eq!(seal(0), Err(CryptoError::Malformed));
        assert!(seal(MAX_SECRETS).is_ok());
        assert_eq!(seal(MAX_SECRETS + 1), Err(CryptoError::TooLarge));
    }
}

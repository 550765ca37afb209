//! One ciphertext that opens under two keys: possible with ChaCha20-Poly1305 alone, refused here.
//!
//! An insider who shares two log keys could show two readers different texts under one blob id. The
//! attack is made in full: two blocks are solved so that one Poly1305 tag fits both keys.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

use amana_crypto::{
    CryptoError, LogKey,
    envelope::{expected_salt, open_event, seal_event},
};
use amana_domain::ids::{EventId, MailboxId};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    hkdf,
};

const HEADER: usize = 82;
const LABEL: &[u8] = b"amana/1/envelope-aad";
const MAILBOX: MailboxId = MailboxId::from_bytes([3; 16]);
const EVENT: EventId = EventId::from_bytes([5; 32]);

/// A number below p = 2^130 − 5, as (bits 128–129, low 128 bits).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Number(u8, u128);

const P: Number = Number(3, u128::MAX - 4);

impl Number {
    fn reduced(self) -> Self {
        if (self.0, self.1) < (P.0, P.1) { self } else { self.minus_raw(P) }
    }
    fn minus_raw(self, other: Self) -> Self {
        let (low, borrow) = self.1.overflowing_sub(other.1);
        Self(self.0 - other.0 - u8::from(borrow), low)
    }
    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.1.overflowing_add(other.1);
        Self(self.0 + other.0 + u8::from(carry), low).reduced()
    }
    fn minus(self, other: Self) -> Self {
        self.plus(P.minus_raw(other).reduced())
    }
    fn times(self, other: Self) -> Self {
        let mut product = Self(0, 0);
        for bit in (0..130).rev() {
            product = product.plus(product);
            let set = if bit < 128 { other.1 >> bit & 1 == 1 } else { other.0 >> (bit - 128) & 1 == 1 };
            if set {
                product = product.plus(self);
            }
        }
        product
    }
    fn inverse(self) -> Self {
        // self^(p − 2)
        let exponent = P.minus_raw(Self(0, 2));
        let mut power = Self(0, 1);
        for bit in (0..130).rev() {
            power = power.times(power);
            let set = if bit < 128 { exponent.1 >> bit & 1 == 1 } else { exponent.0 >> (bit - 128) & 1 == 1 };
            if set {
                power = power.times(self);
            }
        }
        power
    }
}

/// The first 32 bytes of the key stream: the Poly1305 key (r, s).
fn poly_key(key: &[u8; 32]) -> (Number, u128) {
    let mut state = [0u32; 16];
    state[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    for (word, bytes) in state[4..12].iter_mut().zip(key.chunks(4)) {
        *word = u32::from_le_bytes(bytes.try_into().unwrap());
    }
    let start = state;
    let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
        for (x, y, z, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
            state[x] = state[x].wrapping_add(state[y]);
            state[z] = (state[z] ^ state[x]).rotate_left(turn);
        }
    };
    for _ in 0..10 {
        for column in 0..4 {
            quarter(column, column + 4, column + 8, column + 12);
        }
        for row in 0..4 {
            quarter(row, (row + 1) % 4 + 4, (row + 2) % 4 + 8, (row + 3) % 4 + 12);
        }
    }
    let mut out = Vec::new();
    for (word, first) in state.iter().zip(start).take(8) {
        out.extend_from_slice(&word.wrapping_add(first).to_le_bytes());
    }
    let half = |at: usize| u128::from_le_bytes(out[at..at + 16].try_into().unwrap());
    (Number(0, half(0) & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff), half(16))
}

/// The blocks that Poly1305 sees: AAD and ciphertext, zero-filled, and the lengths.
fn blocks(aad: &[u8], ciphertext: &[u8]) -> Vec<u128> {
    let mut data = Vec::new();
    for part in [aad, ciphertext] {
        data.extend_from_slice(part);
        data.resize(data.len().next_multiple_of(16), 0);
    }
    data.extend_from_slice(&(aad.len() as u64).to_le_bytes());
    data.extend_from_slice(&(ciphertext.len() as u64).to_le_bytes());
    data.chunks(16).map(|block| u128::from_le_bytes(block.try_into().unwrap())).collect()
}

fn power(r: Number, exponent: usize) -> Number {
    (0..exponent).fold(Number(0, 1), |power, _| power.times(r))
}

/// Changes blocks `at` and `at + 1` (numbers of 16 bytes) of the ciphertext so that one tag fits both keys.
fn collide(keys: [&[u8; 32]; 2], aad: &[u8], ciphertext: &mut [u8], at: usize) -> [u8; 16] {
    let first = aad.len().div_ceil(16) + at;
    let one = Number(1, 0);
    // A free block behind the solved ones is varied until the solution has the form of blocks.
    for attempt in 0..4096u128 {
        ciphertext[(at + 2) * 16..(at + 3) * 16].copy_from_slice(&attempt.to_le_bytes());
        let all = blocks(aad, ciphertext);
        let tag = attempt.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        // Per key: x·r^(n − first) + y·r^(n − first − 1) = (tag − s) − rest
        let equation = |key| {
            let (r, s) = poly_key(key);
            let rest = all.iter().enumerate().fold(Number(0, 0), |sum, (index, block)| {
                let block = if index == first || index == first + 1 {
                    Number(0, 0)
                } else {
                    one.plus(Number(0, *block))
                };
                sum.plus(block).times(r)
            });
            let x = power(r, all.len() - first);
            (x, power(r, all.len() - first - 1), Number(0, tag.wrapping_sub(s)).minus(rest))
        };
        let ((a, b, e), (c, d, f)) = (equation(keys[0]), equation(keys[1]));
        let scale = a.times(d).minus(b.times(c)).inverse();
        let x = e.times(d).minus(b.times(f)).times(scale);
        let y = a.times(f).minus(e.times(c)).times(scale);
        if x.0 == 1 && y.0 == 1 {
            ciphertext[at * 16..at * 16 + 16].copy_from_slice(&x.1.to_le_bytes());
            ciphertext[at * 16 + 16..at * 16 + 32].copy_from_slice(&y.1.to_le_bytes());
            return tag.to_le_bytes();
        }
    }
    panic!("one attempt in 16 succeeds");
}

struct Length;
impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        64
    }
}

/// Key and commitment, as PROTOCOL §4 says.
fn okm(key: &LogKey, salt: &[u8]) -> ([u8; 32], [u8; 32]) {
    let mut out = [0; 64];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key.expose());
    prk.expand(&[b"amana/1/envelope-key"], Length).unwrap().fill(&mut out).unwrap();
    (out[..32].try_into().unwrap(), out[32..].try_into().unwrap())
}

fn opens_bare(key: &[u8; 32], header: &[u8], body: &[u8]) -> bool {
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).unwrap());
    let aad = Aad::from([LABEL, header].concat());
    key.open_in_place(Nonce::assume_unique_for_key([0; 12]), aad, &mut body.to_vec()).is_ok()
}

#[test]
fn a_ciphertext_for_two_keys_opens_under_one_only() {
    let log_keys = [LogKey::from_bytes([1; 32]), LogKey::from_bytes([2; 32])];
    let mut envelope = seal_event(&log_keys[0], MAILBOX, EVENT, &[9; 300]).unwrap();
    let salt = expected_salt(&log_keys[0], EVENT);
    let keys = [okm(&log_keys[0], &salt).0, okm(&log_keys[1], &salt).0];

    let (header, body) = envelope.split_at_mut(HEADER);
    let end = body.len() - 16;
    let (ciphertext, tag_out) = body.split_at_mut(end);
    // The solved blocks lie inside the 300 content bytes, so the first key still reads a content.
    let tag = collide([&keys[0], &keys[1]], &[LABEL, header].concat(), ciphertext, 4);
    tag_out.copy_from_slice(&tag);
    for key in &keys {
        assert!(
            opens_bare(key, &envelope[..HEADER], &envelope[HEADER..]),
            "the attack on the bare cipher works"
        );
    }

    let victim = |key: &LogKey| open_event(&envelope, MAILBOX, [key]).map(|opened| opened.content.len());
    assert_eq!(victim(&log_keys[0]), Ok(300));
    assert_eq!(victim(&log_keys[1]), Err(CryptoError::NoKey));
    // Committing to the second key instead excludes the first (and breaks the AAD besides).
    let mut turned = envelope.clone();
    turned[50..82].copy_from_slice(&okm(&log_keys[1], &salt).1);
    assert_eq!(open_event(&turned, MAILBOX, [&log_keys[0]]).unwrap_err(), CryptoError::NoKey);
}

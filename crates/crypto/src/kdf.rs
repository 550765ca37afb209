//! HKDF-SHA256 with labels.

use ring::hkdf;
use zeroize::Zeroizing;

use crate::label::Label;

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA256(ikm, salt, info = label ‖ parts), `N` bytes.
pub(crate) fn derive<const N: usize>(
    ikm: &[u8],
    salt: &[u8],
    label: Label,
    parts: &[&[u8]],
) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 8,160 bytes") };
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(ikm);
    let mut info = Vec::with_capacity(1 + parts.len());
    info.push(label.as_bytes());
    info.extend_from_slice(parts);
    let mut out = Zeroizing::new([0; N]);
    prk.expand(&info, Length(N)).and_then(|okm| okm.fill(&mut out[..])).expect("the length is in bounds");
    out
}

//! Crockford base 32 of 32 bytes, as people may type it: 52 symbols, either case, `O` for 0, `I` and `L` for 1.

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of 32 bytes: 256 bits and four zero bits.
pub(super) const LENGTH: usize = 52;

pub(super) fn encode(bytes: &[u8; 32]) -> String {
    let mut out = String::with_capacity(LENGTH);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(SYMBOLS[(bits >> held) as usize & 31].into());
        }
        bits &= (1 << held) - 1;
    }
    out.push(SYMBOLS[(bits << (5 - held)) as usize & 31].into());
    out
}

pub(super) fn decode(text: &str) -> Option<[u8; 32]> {
    if text.len() != LENGTH {
        return None;
    }
    let mut out = [0; 32];
    let (mut bits, mut held, mut filled) = (0u32, 0u32, 0);
    for symbol in text.bytes() {
        bits = (bits << 5) | value(symbol)?;
        held += 5;
        if held >= 8 && filled < out.len() {
            held -= 8;
            out[filled] = (bits >> held) as u8;
            filled += 1;
            bits &= (1 << held) - 1;
        }
    }
    // The four bits left over must be zero, so that a fingerprint has one spelling.
    (bits == 0).then_some(out)
}

fn value(symbol: u8) -> Option<u32> {
    let symbol = match symbol.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    SYMBOLS.iter().position(|known| *known == symbol).map(|at| at as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_spelling() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37 + 5) as u8);
        let text = encode(&bytes);
        assert_eq!(text.len(), LENGTH);
        assert_eq!(decode(&text), Some(bytes));
        assert_eq!(decode(&text.to_lowercase()), Some(bytes));
        assert_eq!(decode(&text.replace('0', "o").replace('1', "l")), Some(bytes));
        assert_eq!(encode(&[0; 32]), "0".repeat(52));
        assert_eq!(encode(&[255; 32]), format!("{}G", "Z".repeat(51)));
    }

    #[test]
    fn other_texts_are_refused() {
        let good = encode(&[3; 32]);
        assert_eq!(decode(&good[..51]), None);
        assert_eq!(decode(&format!("{good}0")), None);
        assert_eq!(decode(&format!("U{}", &good[1..])), None);
        assert_eq!(decode(&format!("{}1", &encode(&[0; 32])[..51])), None, "spare bits");
        assert_eq!(decode(&"é".repeat(26)), None);
    }
}

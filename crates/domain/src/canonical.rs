//! Canonical CBOR (RFC 8949 §4.2.1): the one encoding of everything that is hashed or signed.
//!
//! Reading is strict: bytes that are not exactly what [`to_vec`] would write are refused, so a
//! structure has one encoding and therefore one hash.

use std::io::Cursor;

use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};

/// Deepest nesting of arrays and maps that is read.
pub const MAX_DEPTH: usize = 16;
/// Most items (numbers, strings, arrays, maps, keys) of one structure. An item of one byte takes dozens in memory: a
/// body of nothing but zeros would else take far more than the relay's bound on bodies says.
pub const MAX_ITEMS: usize = 1 << 18;

/// Why bytes are not a canonical value of the expected shape.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Not CBOR, truncated, nested too deeply, or of too many items.
    #[error("not well-formed")]
    Malformed,
    /// CBOR, but not its one canonical form (or trailing bytes, tags, floats, duplicate keys).
    #[error("not canonical")]
    NotCanonical,
    /// Canonical, but not the expected structure.
    #[error("unexpected structure")]
    Shape,
}

/// Encodes canonically. Fails only for values that the format excludes (floats, tags, duplicate keys).
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut value = Value::serialized(value).map_err(|_| CanonicalError::Shape)?;
    normalise(&mut value, 0)?;
    let bytes = write(&value)?;
    count_items(&bytes)?;
    Ok(bytes)
}

/// Decodes a value, refusing every encoding but the canonical one.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    value_from_slice(bytes)?.deserialized().map_err(|_| CanonicalError::Shape)
}

/// Decodes into a generic value, refusing every encoding but the canonical one.
pub fn value_from_slice(bytes: &[u8]) -> Result<Value, CanonicalError> {
    count_items(bytes)?;
    let mut cursor = Cursor::new(bytes);
    let mut value: Value = ciborium::de::from_reader_with_recursion_limit(&mut cursor, MAX_DEPTH + 2)
        .map_err(|_| CanonicalError::Malformed)?;
    if cursor.position() != bytes.len() as u64 {
        return Err(CanonicalError::NotCanonical);
    }
    normalise(&mut value, 0)?;
    if write(&value)? == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

/// Walks over the heads of items, before anything is made for them.
fn count_items(bytes: &[u8]) -> Result<(), CanonicalError> {
    let mut rest = bytes;
    for _ in 0..MAX_ITEMS {
        let Some((first, after)) = rest.split_first() else { return Ok(()) };
        let (argument, after) = match first & 0x1f {
            short @ 0..=23 => (u64::from(short), after),
            length @ 24..=27 => {
                let (argument, after) =
                    after.split_at_checked(1 << (length - 24)).ok_or(CanonicalError::Malformed)?;
                (argument.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), after)
            }
            _ => return Err(CanonicalError::NotCanonical),
        };
        let skipped = if matches!(first >> 5, 2 | 3) { argument } else { 0 };
        let skipped = usize::try_from(skipped).map_err(|_| CanonicalError::Malformed)?;
        rest = after.get(skipped..).ok_or(CanonicalError::Malformed)?;
    }
    if rest.is_empty() { Ok(()) } else { Err(CanonicalError::Malformed) }
}

fn write(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).map_err(|_| CanonicalError::Shape)?;
    Ok(out)
}

/// Sorts map keys by their encoded bytes and refuses what the format leaves out.
fn normalise(value: &mut Value, depth: usize) -> Result<(), CanonicalError> {
    if depth > MAX_DEPTH {
        return Err(CanonicalError::Malformed);
    }
    match value {
        Value::Integer(_) | Value::Bytes(_) | Value::Text(_) | Value::Bool(_) | Value::Null => Ok(()),
        Value::Array(items) => items.iter_mut().try_for_each(|item| normalise(item, depth + 1)),
        Value::Map(entries) => {
            for (key, item) in entries.iter_mut() {
                if !matches!(key, Value::Text(_)) {
                    return Err(CanonicalError::NotCanonical);
                }
                normalise(item, depth + 1)?;
            }
            // Text keys: the encoded form orders by length, then bytes.
            entries.sort_by(|(a, _), (b, _)| key_order(a).cmp(&key_order(b)));
            if entries.windows(2).any(|pair| key_order(&pair[0].0) == key_order(&pair[1].0)) {
                return Err(CanonicalError::NotCanonical);
            }
            Ok(())
        }
        _ => Err(CanonicalError::NotCanonical),
    }
}

fn key_order(key: &Value) -> (usize, &str) {
    match key {
        Value::Text(text) => (text.len(), text),
        _ => (0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_by_their_encoded_bytes() {
        let value = Value::Map(vec![
            (Value::Text("bb".into()), Value::from(1)),
            (Value::Text("c".into()), Value::from(2)),
            (Value::Text("a".into()), Value::from(3)),
        ]);
        assert_eq!(to_vec(&value).unwrap(), b"\xa3\x61a\x03\x61c\x02\x62bb\x01");
    }

    #[test]
    fn every_other_encoding_is_refused() {
        let refused: [&[u8]; 10] = [
            b"\x18\x01",               // a long integer
            b"\x9f\x01\xff",           // an indefinite array
            b"\xa2\x61b\x01\x61a\x02", // unsorted keys
            b"\xa2\x61a\x01\x61a\x02", // a duplicate key
            b"\xc0\x61a",              // a tag
            b"\xf9\x3c\x00",           // a float
            b"\xf7",                   // undefined
            b"\x01\x01",               // trailing bytes
            b"\xa1\x01\x01",           // a key that is no text
            b"\x82\x01",               // truncated
        ];
        for bytes in refused {
            assert!(value_from_slice(bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn hostile_lengths_and_depths_answer_an_error() {
        assert!(value_from_slice(b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(value_from_slice(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(value_from_slice(&[0x81; 10_000]).is_err());
    }

    #[test]
    fn memory_is_bounded_by_the_number_of_items() {
        let array = |items: usize| {
            let head = [&[0x9a][..], &u32::try_from(items).unwrap().to_be_bytes()].concat();
            [head, vec![0; items]].concat()
        };
        assert!(value_from_slice(&array(MAX_ITEMS - 1)).is_ok());
        assert_eq!(value_from_slice(&array(MAX_ITEMS)), Err(CanonicalError::Malformed));
        // The largest body that a relay reads: a quarter of a gigabyte as values.
        assert_eq!(value_from_slice(&array(8 << 20)), Err(CanonicalError::Malformed));
        // Nothing is written that nobody could read.
        assert!(to_vec(&vec![0u8; MAX_ITEMS - 1]).is_ok());
        assert_eq!(to_vec(&vec![0u8; MAX_ITEMS]), Err(CanonicalError::Malformed));
        // One long string is one item.
        assert!(to_vec(&Value::Bytes(vec![0; 8 << 20])).is_ok());
    }
}

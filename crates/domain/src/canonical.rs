//! Canonical CBOR (RFC 8949 §4.2.1): the one encoding of everything that is hashed or signed.
//!
//! Reading is strict: bytes that are not exactly what [`to_vec`] would write are refused, so a
//! structure has one encoding and therefore one hash.

mod read;

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
    if items(&value) > MAX_ITEMS {
        return Err(CanonicalError::Malformed);
    }
    write(&value)
}

/// Decodes a value, refusing every encoding but the canonical one.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    value_from_slice(bytes)?.deserialized().map_err(|_| CanonicalError::Shape)
}

/// Decodes into a generic value, refusing every encoding but the canonical one.
pub fn value_from_slice(bytes: &[u8]) -> Result<Value, CanonicalError> {
    read::value(bytes)
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

fn items(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(items).sum(),
        Value::Map(entries) => entries.iter().map(|(_, value)| 1 + items(value)).sum(),
        _ => 0,
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
    use proptest::prelude::*;

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

    /// Reading as it is defined: what a common reader of CBOR makes of the bytes must be written as these bytes again.
    fn by_definition(bytes: &[u8]) -> Option<Value> {
        let mut cursor = std::io::Cursor::new(bytes);
        let mut value: Value = ciborium::de::from_reader_with_recursion_limit(&mut cursor, 64).ok()?;
        normalise(&mut value, 0).ok()?;
        (write(&value).ok()? == bytes).then_some(value)
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(|number| Value::from(number >> (number % 64))),
            any::<bool>().prop_map(Value::Bool),
            Just(Value::Null),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
            "\\PC{0,30}".prop_map(Value::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map("[a-c]{0,3}", inner, 0..6)
                    .prop_map(|map| Value::Map(map.into_iter().map(|(k, v)| (Value::Text(k), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in values()) {
            let bytes = to_vec(&value).unwrap();
            prop_assert_eq!(Some(value_from_slice(&bytes).unwrap()), by_definition(&bytes));
        }

        #[test]
        fn any_other_bytes_are_read_as_defined(
            value in values(),
            change in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            length in any::<prop::sample::Index>(),
        ) {
            let mut bytes = to_vec(&value).unwrap();
            for (at, byte) in change {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            prop_assert_eq!(value_from_slice(&bytes).ok(), by_definition(&bytes));
            bytes.truncate(length.index(bytes.len() + 1));
            prop_assert_eq!(value_from_slice(&bytes).ok(), by_definition(&bytes));
        }

        #[test]
        fn any_bytes_at_all_are_read_as_defined(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            prop_assert_eq!(value_from_slice(&bytes).ok(), by_definition(&bytes));
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

//! Reading in one pass: everything that is refused is refused where it stands, so that nothing has to be written again
//! to compare. Every event of a case comes through here whenever the case is folded.

use ciborium::Value;

use super::{CanonicalError, MAX_DEPTH, MAX_ITEMS};

/// Reads exactly what [`super::to_vec`] can write.
pub(super) fn value(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let mut reader = Reader { rest: bytes, items: 0 };
    let value = reader.value(0)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

struct Reader<'a> {
    rest: &'a [u8],
    items: usize,
}

/// Major types of RFC 8949 §3.1.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;
const FALSE: u64 = 20;
const TRUE: u64 = 21;
const NULL: u64 = 22;

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], CanonicalError> {
        let count = usize::try_from(count).map_err(|_| CanonicalError::Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CanonicalError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Major type and argument, in the shortest form.
    fn head(&mut self) -> Result<(u8, u64), CanonicalError> {
        self.items += 1;
        if self.items > MAX_ITEMS {
            return Err(CanonicalError::Malformed);
        }
        let first = self.take(1)?[0];
        let (major, short) = (first >> 5, first & 0x1f);
        let (width, least) = match short {
            0..24 => return Ok((major, u64::from(short))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(CanonicalError::NotCanonical),
        };
        let argument = self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        // Simple values in use have a short head; a longer one is a float.
        if argument < least || major == SIMPLE {
            return Err(CanonicalError::NotCanonical);
        }
        Ok((major, argument))
    }

    fn text(&mut self, length: u64) -> Result<&'a str, CanonicalError> {
        std::str::from_utf8(self.take(length)?).map_err(|_| CanonicalError::Malformed)
    }

    fn value(&mut self, depth: usize) -> Result<Value, CanonicalError> {
        if depth > MAX_DEPTH {
            return Err(CanonicalError::Malformed);
        }
        let (major, argument) = self.head()?;
        Ok(match (major, argument) {
            (UNSIGNED, number) => Value::from(number),
            (NEGATIVE, number) => {
                let number = -1 - i128::from(number);
                Value::Integer(number.try_into().map_err(|_| CanonicalError::NotCanonical)?)
            }
            (BYTES, length) => Value::Bytes(self.take(length)?.to_vec()),
            (TEXT, length) => Value::Text(self.text(length)?.to_owned()),
            (ARRAY, count) => {
                let mut items = Vec::with_capacity(at_most(count));
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Value::Array(items)
            }
            (MAP, count) => self.map(count, depth + 1)?,
            (SIMPLE, FALSE) => Value::Bool(false),
            (SIMPLE, TRUE) => Value::Bool(true),
            (SIMPLE, NULL) => Value::Null,
            _ => return Err(CanonicalError::NotCanonical),
        })
    }

    /// Text keys: the encoded form orders by length, then bytes.
    fn map(&mut self, count: u64, depth: usize) -> Result<Value, CanonicalError> {
        let mut entries = Vec::with_capacity(at_most(count));
        let mut before: Option<&str> = None;
        for _ in 0..count {
            let (TEXT, length) = self.head()? else { return Err(CanonicalError::NotCanonical) };
            let key = self.text(length)?;
            if before.is_some_and(|before| (before.len(), before) >= (key.len(), key)) {
                return Err(CanonicalError::NotCanonical);
            }
            before = Some(key);
            entries.push((Value::Text(key.to_owned()), self.value(depth)?));
        }
        Ok(Value::Map(entries))
    }
}

/// Room for so many items: what a count claims may never be there.
fn at_most(count: u64) -> usize {
    const FIRST: usize = 64;
    usize::try_from(count).unwrap_or(FIRST).min(FIRST)
}

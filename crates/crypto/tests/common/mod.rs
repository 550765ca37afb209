//! Reading vector files.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "shared by tests, each uses a part")]

use std::{fs, path::PathBuf};

use serde_json::Value;

/// A path under `tests/` at the root of the repository.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

pub fn read(name: &str) -> Value {
    let file = path(name);
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap()
}

/// A hex field.
pub fn bytes(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(value, field)).unwrap_or_else(|error| panic!("{field}: {error}"))
}

/// A hex field of a fixed length.
pub fn array<const N: usize>(value: &Value, field: &str) -> [u8; N] {
    bytes(value, field).try_into().unwrap_or_else(|_| panic!("{field}: not {N} bytes"))
}

pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no field {field}"))
}

pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("no list {field}"))
}

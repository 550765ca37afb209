//! A reader in another language opens a frozen envelope: the protocol page is enough to write one.
//!
//! `AMANA_PYTHON` names an interpreter that has the packages `cryptography` and `cbor2`.

#![allow(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod common;

use std::process::Command;

use common::{path, read, text};
use serde_json::Value;

#[test]
fn a_python_reader_opens_a_frozen_envelope() {
    let Some(python) = std::env::var_os("AMANA_PYTHON") else {
        eprintln!("skipped: AMANA_PYTHON does not name an interpreter with cryptography and cbor2");
        return;
    };
    let run = |key: &str, envelope: &str| {
        let output = Command::new(&python)
            .arg(path("reader/read_envelope.py"))
            .args(["--log-key", key, "--envelope", envelope])
            .output()
            .expect("the interpreter that AMANA_PYTHON names starts");
        (output.status.success(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let frozen = &read("vectors/crypto-v1.json")["event"];
    let (key, envelope) = (text(frozen, "log_key"), text(frozen, "envelope"));
    let (success, stdout, stderr) = run(key, envelope);
    assert!(success, "{stderr}");
    let event: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(event["event"], frozen["event"]);
    assert_eq!(event["mailbox"], frozen["mailbox"]);
    assert_eq!(event["kind"], "message");
    assert_eq!(event["seq"], 1);
    assert_eq!(event["epoch"], Value::Null);
    assert_eq!(event["body"]["text"], "They keep my passport. ደመወዝ");

    // The other reader refuses what this one refuses.
    let changed = format!("{}00", &envelope[..envelope.len() - 2]);
    let other = format!("{}00", &key[..62]);
    for (key, envelope) in [(key, changed.as_str()), (other.as_str(), envelope)] {
        let (success, stdout, _) = run(key, envelope);
        assert!(!success && stdout.is_empty());
    }
}

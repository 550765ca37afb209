//! The built binary: exit statuses, and what goes to which stream.

use std::process::{Command, Output, Stdio};

fn amana() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command
        .env_remove("AMANA_PASSPHRASE")
        .env_remove("AMANA_LANG")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> Output {
    amana().args(words).output().expect("the binary was built")
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

#[test]
fn usage_errors_exit_2_and_are_json_too() {
    let plain = run(&["phone", "v", "say"]);
    assert_eq!(plain.status.code(), Some(2));
    assert!(plain.stdout.is_empty());
    assert!(String::from_utf8(plain.stderr).unwrap().contains("Usage"));
    for words in [["--json", "phone", "v", "say"], ["phone", "v", "say", "--json"]] {
        let output = run(&words);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let error = json(&output.stderr);
        assert_eq!(error["error"]["code"], "usage");
        assert!(error["error"]["message"].as_str().unwrap().contains("Usage"));
        assert_eq!(error.as_object().unwrap().len(), 1);
    }
}

#[test]
fn an_unbuilt_verb_exits_1_and_says_so() {
    let output = run(&[
        "--json",
        "gateway",
        "--listen",
        "127.0.0.1:0",
        "--relay",
        "http://127.0.0.1:1",
        "--config",
        "f",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(json(&output.stderr)["error"]["code"], "not_built_yet");
}

#[test]
fn help_and_version_exit_0_and_are_json_on_demand() {
    let plain = run(&["desk", "v", "queue", "--help"]);
    assert_eq!(plain.status.code(), Some(0));
    assert!(String::from_utf8(plain.stdout).unwrap().contains("triage order"));
    let version = run(&["--json", "--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert!(json(&version.stdout)["help"].as_str().unwrap().starts_with("amana "));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        amana().args(["desk", "--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

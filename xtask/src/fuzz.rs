//! `cargo xtask fuzz`: hostile bytes for every parser, with `cargo-fuzz` and the nightly toolchain, outside CI.
//!
//! The corpus in the repository is small and made from the frozen vectors; what a search finds beyond it stays under
//! the target folder, so that the next search goes on from there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::{Cargo, Workspace};

/// The version that `cargo install` gets if none is installed.
const CARGO_FUZZ: &str = "0.13.2";
/// Longest input, except where the format's own limit is of interest.
const MAX_LENGTH: u32 = 16_384;
/// An input that takes longer, or an allocation that is larger, is a finding.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=64", "-print_final_stats=1"];

/// `fuzz [TARGET [SECONDS]]` or `fuzz seeds`.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let (wanted, seconds) = match words[..] {
        ["seeds"] => return seeds(&workspace.root),
        [] => (None, "60"),
        [target] => (Some(target), "60"),
        [target, seconds] => (Some(target), seconds),
        _ => bail!("cargo xtask fuzz [TARGET [SECONDS]] | fuzz seeds"),
    };
    seconds.parse::<u32>().context("SECONDS is a whole number")?;
    let targets = targets(&workspace.root)?;
    let chosen: Vec<&String> =
        targets.iter().filter(|target| wanted.is_none_or(|wanted| wanted == *target)).collect();
    if chosen.is_empty() {
        bail!("no such target; there are {}", targets.join(", "));
    }
    let tool = tool(workspace)?;
    for target in chosen {
        println!("\n== {target}, {seconds} s");
        fuzz(workspace, &tool, target, seconds)?;
    }
    Ok(())
}

/// One target, from what earlier searches found and from the repository's corpus.
fn fuzz(workspace: &Workspace, tool: &Path, target: &str, seconds: &str) -> Result<()> {
    let build = workspace.target.join("fuzz");
    let found = build.join("corpus").join(target);
    let crashes = build.join("crashes").join(target);
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&crashes)?;
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path that is not UTF-8");
    let known = text(&workspace.root.join("fuzz/corpus").join(target))?;
    let max_length = if matches!(target, "canonical" | "bodies") { 1 << 18 } else { MAX_LENGTH };
    let mut run = vec!["fuzz".to_owned(), "run".to_owned()];
    run.extend(["--target-dir".to_owned(), text(&build)?, target.to_owned(), text(&found)?, known]);
    run.extend(["--".to_owned(), format!("-max_total_time={seconds}"), format!("-max_len={max_length}")]);
    run.push(format!("-artifact_prefix={}/", text(&crashes)?));
    run.extend(LIMITS.iter().map(|limit| (*limit).to_owned()));
    Cargo::program(workspace, tool)
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env("CARGO_TERM_COLOR", "never")
        .args(&run)
        .run()
        .with_context(|| format!("{target}: the input is in {}", crashes.display()))
}

/// The targets, by their files.
fn targets(root: &Path) -> Result<Vec<String>> {
    let mut targets: Vec<String> = fs::read_dir(root.join("fuzz/fuzz_targets"))?
        .map(|entry| Ok(entry?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    targets.sort();
    Ok(targets)
}

/// `cargo-fuzz`: the one under the target folder, which is installed if it is missing.
fn tool(workspace: &Workspace) -> Result<PathBuf> {
    let dir = workspace.target.join("tools/cargo-fuzz");
    let program = dir.join("bin/cargo-fuzz");
    let present = Cargo::program(workspace, &program).arg_list(&["--version"]).output();
    if present.is_ok_and(|version| version.contains(CARGO_FUZZ)) {
        return Ok(program);
    }
    println!("xtask: installing cargo-fuzz {CARGO_FUZZ} into {}", dir.display());
    let root = dir.to_str().context("the target folder's path is not UTF-8")?;
    Cargo::new(workspace, ["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root", root])
        .env("CARGO_TARGET_DIR", workspace.target.join("tools/build"))
        .run()?;
    Ok(program)
}

/// Writes the corpus: `fuzz seeds`, after vectors were added.
fn seeds(root: &Path) -> Result<()> {
    for (target, files) in corpus(root)? {
        let dir = root.join("fuzz/corpus").join(target);
        fs::create_dir_all(&dir)?;
        for (name, bytes) in files {
            fs::write(dir.join(name), bytes)?;
        }
    }
    Ok(())
}

type Files = Vec<(String, Vec<u8>)>;

/// The frozen vectors as inputs of the targets.
fn corpus(root: &Path) -> Result<Vec<(&'static str, Files)>> {
    let read = |name: &str| -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(root.join("tests/vectors").join(name))?)?)
    };
    let (wire, events, keys) = (read("protocol-v1.json")?, read("events-v1.json")?, read("crypto-v1.json")?);
    let structures = |names: &[&str]| -> Result<Files> {
        names.iter().map(|name| Ok(((*name).to_owned(), hex(&wire[*name])?))).collect()
    };
    let key = |path: &str| hex(keys.pointer(path).unwrap_or(&Value::Null)).context(path.to_owned());
    let texts = |texts: &[&str]| -> Files {
        texts
            .iter()
            .enumerate()
            .map(|(at, text)| (format!("text-{at:02}"), text.as_bytes().to_vec()))
            .collect()
    };
    let wire_texts = |names: &[&str]| -> Files {
        let text = |name: &str| wire[name].as_str().unwrap_or_default().as_bytes().to_vec();
        names.iter().map(|name| ((*name).to_owned(), text(name))).collect()
    };
    let together = |pieces: &[Vec<u8>]| -> Vec<u8> {
        let length = |piece: &[u8]| u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes();
        pieces.iter().flat_map(|piece| [&length(piece)[..], piece].concat()).collect()
    };
    let structure = |name: &str| hex(&wire[name]);

    let mut contents: Files = Vec::new();
    for event in events["events"].as_array().context("events")? {
        let kind = event["kind"].as_str().context("a kind")?;
        contents.push((kind.to_owned(), hex(&event["content"])?));
    }
    let all: Vec<Vec<u8>> = contents.iter().map(|(_, bytes)| bytes.clone()).collect();
    let with_statement = |kind: &str| -> Result<Vec<u8>> {
        let content = contents.iter().find(|(name, _)| name == kind).context("a statement")?;
        statement(&content.1).with_context(|| format!("{kind} has no statement"))
    };
    let statements = ["consent.grant", "consent.withdraw", "case.transfer"]
        .into_iter()
        .map(|kind| Ok((kind.to_owned(), with_statement(kind)?)))
        .collect::<Result<Files>>()?;

    let mut packs = Vec::new();
    for name in ["calendars.json", "domain_pack.json"] {
        let mut pack = serde_json::from_slice(&fs::read(root.join("crates/domain/data").join(name))?)?;
        shorten(&mut pack);
        packs.push((name.to_owned(), serde_json::to_vec(&pack)?));
    }

    Ok(vec![
        ("canonical", structures(&["directory_answer", "file_with_work", "mailboxes_read", "relay_info"])?),
        (
            "signed",
            structures(&["invite", "device_certificate", "directory_2_new_root", "join_proof", "roster_2"])?,
        ),
        ("statement", statements),
        ("event", contents.clone()),
        ("fold", vec![("all".into(), together(&all)), ("some".into(), together(&all[..9]))]),
        (
            "directory_chain",
            vec![("two".into(), together(&[structure("directory_1")?, structure("directory_2_new_root")?]))],
        ),
        (
            "roster_chain",
            vec![(
                "two".into(),
                together(&[structure("roster_1")?, structure("roster_2")?, structure("roster_part")?]),
            )],
        ),
        (
            "certificate",
            vec![("device".into(), together(&[structure("invite")?, structure("device_certificate")?]))],
        ),
        ("join_text", wire_texts(&["join_link", "invite_string"])),
        ("text", texts(TEXTS)),
        ("pack_json", packs),
        ("safe_contact_json", texts(PLANS)),
        (
            "envelope",
            vec![("event".into(), key("/event/envelope")?), ("content".into(), key("/event/content")?)],
        ),
        (
            "letter",
            vec![("letter".into(), key("/letter/envelope")?), ("content".into(), key("/event/content")?)],
        ),
        ("slots", vec![("header".into(), key("/slots/header")?[..256].to_vec())]),
        ("sealed_file", vec![("file".into(), key("/sealed_file/file")?)]),
        (
            "recovery",
            vec![
                ("by-officers".into(), key("/recovery/by_officers")?),
                ("by-code".into(), key("/recovery/by_code")?),
                ("capsule".into(), key("/capsule/capsule")?),
                ("name".into(), key("/name/sealed")?),
                ("backlink".into(), key("/backlink/sealed")?),
                ("wrap".into(), key("/wrap/wrap")?),
                ("code".into(), keys["recovery"]["printed"].as_str().unwrap_or_default().into()),
                ("passphrase".into(), keys["slots"]["passphrase"].as_str().unwrap_or_default().into()),
                ("half".into(), [&[2u8][..], &[0x42; 1168]].concat()),
            ],
        ),
        (
            "attachment",
            vec![(
                "chunk".into(),
                [&70_000u64.to_be_bytes()[..], &1u64.to_be_bytes(), &key("/attachment/last_chunk")?].concat(),
            )],
        ),
        ("request", wire_texts(&["authorization_desk", "authorization_phone"])),
        ("frames", structures(&["mailbox_frames"])?),
        ("reading", vec![("answer".into(), [&[3u8][..], &structure("mailboxes_read_answer")?].concat())]),
        (
            "bodies",
            structures(&[
                "directory_put",
                "rosters_put",
                "join_put",
                "file_of_a_team",
                "file_with_token",
                "file_with_work",
                "push",
                "mailbox_create",
                "mailbox_list",
                "mailboxes_read",
                "principal_organisation",
                "principal_phone",
            ])?,
        ),
        (
            "answers",
            structures(&[
                "relay_info",
                "directory_answer",
                "rosters_answer",
                "joins_answer",
                "answer_leaf_1_of_3",
                "answer_leaf_2_of_3",
                "mailbox_state",
                "newest",
                "feed_answer",
                "error_bare",
                "error_full",
                "done",
            ])?,
        ),
    ])
}

/// Keeps two items of each list, so that a pack stays a small seed; numbered indicators are all referred to.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            if items.iter().all(|item| item.get("n").is_none()) {
                items.truncate(2);
            }
            items.iter_mut().for_each(shorten);
        }
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The signed statement inside an event's content: the byte string after the key `statement`.
fn statement(content: &[u8]) -> Option<Vec<u8>> {
    let name = b"\x69statement";
    let at = content.windows(name.len()).position(|window| window == name)? + name.len();
    match content.get(at..)? {
        [0x58, length, rest @ ..] => rest.get(..usize::from(*length)).map(<[u8]>::to_vec),
        [0x59, high, low, rest @ ..] => {
            rest.get(..usize::from(u16::from_be_bytes([*high, *low]))).map(<[u8]>::to_vec)
        }
        _ => None,
    }
}

fn hex(text: &Value) -> Result<Vec<u8>> {
    let text = text.as_str().context("a vector is missing")?;
    (0..text.len())
        .step_by(2)
        .map(|at| Ok(u8::from_str_radix(text.get(at..at + 2).context("half a byte")?, 16)?))
        .collect()
}

const TEXTS: &[&str] = &[
    "GTRW-5HCC-P",
    "٠١٢٣ ABCZ",
    "QA",
    "ne-Deva",
    "QAR",
    "1800.50 QAR",
    "P2",
    "22:00-01:00,06:00-07:30",
    "2027-02-29",
    "WAG.UNPAID",
    "S01",
    "domestic_work",
    "25.2854,51.5310,30,12",
    "\u{202e}مرحبا\t",
    "Maria Santos",
    "48c3e366-4080-8e09-be4b-76318f253953",
];
const PLANS: &[&str] = &[
    r#"{"channels":[{"channel":"sms","address":"+974 1","hours":"22:00-01:00"},{"channel":"app"}],"do_not_reply":false}"#,
    r#"{"code_word":"blue","who_may_answer":"Maria","notes":"after work","channels":[]}"#,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_target_has_seeds_from_the_vectors() {
        let corpus = corpus(&root()).unwrap();
        let mut seeded: Vec<&str> = corpus.iter().map(|(target, _)| *target).collect();
        seeded.sort_unstable();
        assert_eq!(seeded, targets(&root()).unwrap());
        for (target, files) in &corpus {
            assert!(!files.is_empty() && files.iter().all(|(_, bytes)| !bytes.is_empty()), "{target}");
            assert!(root().join("fuzz/corpus").join(target).is_dir(), "{target}: cargo xtask fuzz seeds");
        }
    }

    #[test]
    fn targets_name_themselves() {
        for target in targets(&root()).unwrap() {
            let file = root().join(format!("fuzz/fuzz_targets/{target}.rs"));
            assert!(fs::read_to_string(file).unwrap().contains(&format!("\"{target}\"")), "{target}");
        }
    }
}

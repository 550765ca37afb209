use clap::{CommandFactory, Parser};

use crate::{args::Cli, named_lang, wants_json};

/// Every form of the contract, one per line.
const FORMS: &str = include_str!("forms.txt");

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.replace('_', " ")).collect()
}

fn forms() -> impl Iterator<Item = &'static str> {
    FORMS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_form_of_the_contract_parses() {
    for line in forms() {
        if let Err(error) = Cli::try_parse_from(words(line)) {
            panic!("{line}\n{error}");
        }
    }
}

#[test]
fn json_and_lang_stand_before_or_after_the_verb() {
    for line in forms() {
        let after: Vec<String> = [words(line), words("--json --lang ar")].concat();
        let before = words(&line.replacen("amana", "amana --json --lang ar", 1));
        for argv in [before, after] {
            let cli = Cli::try_parse_from(&argv).unwrap_or_else(|error| panic!("{argv:?}\n{error}"));
            assert!(cli.global.json, "{argv:?}");
            assert_eq!(cli.global.lang.as_deref(), Some("ar"), "{argv:?}");
        }
    }
}

#[test]
fn every_verb_has_a_form() {
    fn walk(command: &clap::Command, path: &str, missing: &mut Vec<String>) {
        let mut leaf = true;
        for sub in command.get_subcommands() {
            leaf = false;
            // What stands between a verb and its own verbs.
            let between = match sub.get_name() {
                "phone" | "desk" => " v",
                "spoken" => " c --heard h",
                _ => "",
            };
            walk(sub, &format!("{path} {}{between}", sub.get_name()), missing);
        }
        if leaf && !forms().any(|line| line == path || line.starts_with(&format!("{path} "))) {
            missing.push(path.to_owned());
        }
    }
    let mut missing = Vec::new();
    walk(&Cli::command(), "amana", &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for line in [
        "amana",
        "amana nosuch",
        "amana relay",
        "amana relay --data d --listen nowhere",
        "amana deploy init d --name n",
        "amana deploy invite d --organisation o --role boss",
        "amana phone v file --to o --language en",
        "amana phone v file --to o --language en --text a --text-file b",
        "amana phone v say c",
        "amana phone v sos",
        "amana phone v sos --situation X01 --place 1,2",
        "amana phone v arm --in soon --situation X01",
        "amana phone v consent c --to o --purpose p",
        "amana phone v origin-contact c",
        "amana phone v origin-contact c --allow --block",
        "amana desk v safeguard c",
        "amana desk v safeguard c --deceased perhaps",
        "amana desk v indicators c",
        "amana desk v decide c",
        "amana desk v adopt c",
        "amana desk v hand-over --from a",
        "amana desk v person c --role boss",
        "amana desk v status c --to nowhere",
        "amana desk v priority c --to 7 --reason r",
        "amana desk v task c --title t --due whenever",
        "amana desk v close-alert a --as lost --reason r",
        "amana desk v export --format xml --out f",
    ] {
        assert!(Cli::try_parse_from(words(line)).is_err(), "{line}");
    }
}

#[test]
fn text_may_begin_with_a_hyphen() {
    assert!(Cli::try_parse_from(["amana", "phone", "v", "say", "c", "--text", "- he hit me"]).is_ok());
}

#[test]
fn json_is_known_before_parsing() {
    let argv = |line: &str| words(line).into_iter().map(Into::into).collect::<Vec<_>>();
    assert!(wants_json(&argv("amana nosuch --json")));
    assert!(wants_json(&argv("amana --json nosuch")));
    assert!(!wants_json(&argv("amana desk v search -- --json")));
    assert_eq!(named_lang(&argv("amana --lang=ar nosuch")).as_deref(), Some("ar"));
    assert_eq!(named_lang(&argv("amana nosuch --lang fr")).as_deref(), Some("fr"));
    assert_eq!(named_lang(&argv("amana nosuch --lang")), None);
}

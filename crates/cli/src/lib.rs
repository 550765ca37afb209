//! The `amana` command: arguments in, one JSON document or plain text out.
//!
//! The contract with scripts is strict: verbs, JSON shapes, codes and exit statuses are frozen by snapshots.
//! Nothing below [`main_with`] ends the process, and only [`output`] writes to standard output.

pub mod args;
pub mod codes;
pub mod context;
pub mod error;
pub mod human;
pub mod json;
pub mod lang;
pub mod output;
pub mod passphrase;
pub mod progress;
pub mod reference;
pub mod run;
pub mod session;
pub mod text_arg;

use std::ffi::OsString;

use clap::Parser;

use crate::{args::Cli, context::Context, error::CliError, lang::Lang, output::Output};

rust_i18n::i18n!("../../locales", fallback = "en");

/// Parses `argv` (with the program's name first), runs the verb, writes its result; returns the exit status:
/// 0 done, 1 failed, 2 usage.
pub async fn main_with(argv: Vec<OsString>) -> u8 {
    let json = wants_json(&argv);
    let cli = match Cli::try_parse_from(&argv) {
        Ok(cli) => cli,
        Err(error) => {
            let lang = Lang::from_environment(named_lang(&argv).as_deref());
            let context = Context::new(json, lang);
            return if error.use_stderr() {
                context.fail(&CliError::usage(error.render().to_string()))
            } else {
                let text = error.render().to_string();
                context.finish(Output::new(&context, &json::HelpText { help: text }))
            };
        }
    };
    let context = Context::new(cli.global.json, Lang::from_environment(cli.global.lang.as_deref()));
    match run::run(&context, cli.command).await {
        Ok(output) => context.finish(output),
        Err(error) => context.fail(&error),
    }
}

/// Whether the caller asked for JSON, read before parsing so that usage errors can be JSON too.
fn wants_json(argv: &[OsString]) -> bool {
    argv.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

fn named_lang(argv: &[OsString]) -> Option<String> {
    let mut words = argv.iter().skip(1).take_while(|word| *word != "--").filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        if word == "--lang" {
            return words.next().map(str::to_owned);
        }
        if let Some(lang) = word.strip_prefix("--lang=") {
            return Some(lang.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests;

//! `amana demo`.

mod process;
mod story;
mod team;

use std::path::{Path, PathBuf};

use amana_crypto::{Random as _, SystemRandom};
use process::Amana;

use crate::{
    args::demo::DemoArgs, context::Context, error::CliError, json::DemoReport, output::Output, run::relay,
};

/// Plays 28 complaints from filing to closing, then one case between a team, a consulate and a shelter, on this computer
/// with real processes. The story goes to standard error as it happens. `--once` ends there and prints a JSON summary;
/// otherwise the relay stays up and the answer says what to try.
pub async fn run(context: &Context, args: DemoArgs) -> Result<Output, CliError> {
    context.tell(&context.lang().text("demo.intro"));
    let passphrase = passphrase();
    let amana = Amana::new(passphrase.clone())?;
    let (dir, temporary) = folder(args.dir.as_deref())?;
    let played = story::play(context, &amana, &dir).await;
    let keep = args.dir.is_some() || !args.once;
    if temporary && (!keep || played.is_err()) {
        // Best effort: everything in it is sealed under a passphrase that ends with this process.
        let _ = std::fs::remove_dir_all(&dir);
    }
    let played = played?;
    let ok = played.steps.iter().all(|step| step.ok)
        && played.cases.iter().all(|case| case.text_matches && case.priority == case.expected_priority);
    let report = DemoReport {
        ok,
        steps: played.steps,
        cases: played.cases,
        number: played.number.clone(),
        dir: keep.then(|| dir.to_string_lossy().into_owned()),
        hints: if args.once {
            Vec::new()
        } else {
            hints(&passphrase, &played.desk, &played.phone, &played.number)
        },
    };
    // The summary is for machines and people alike: a story that ends is told in JSON.
    let form = if args.once { Context::new(true, context.lang()) } else { *context };
    let output = Output::new(&form, &report);
    let output = if ok { output } else { output.failed() };
    if args.once {
        played.relay.kill().await?;
        return Ok(output);
    }
    context.emit(output)?;
    relay::stop_signal().await;
    played.relay.kill().await?;
    Ok(if ok { Output::done() } else { Output::done().failed() })
}

/// Commands to try while the relay is up.
fn hints(passphrase: &str, desk: &Path, phone: &Path, number: &str) -> Vec<String> {
    // Who builds from source has no `amana` on the path.
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("amana"));
    let amana = program.display();
    vec![
        format!("export AMANA_PASSPHRASE='{passphrase}'"),
        format!("{amana} desk {} queue --all", desk.display()),
        format!("{amana} desk {} show {number}", desk.display()),
        format!("{amana} phone {} say {number} --text 'I have a question'", phone.display()),
        format!("{amana} phone {} sync && {amana} desk {} sync", phone.display(), desk.display()),
    ]
}

/// Thirty-two random symbols: the demo's vaults are as well protected as any.
fn passphrase() -> String {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[usize::from(byte % 32)])).collect()
}

/// The given folder, which must be free, or a new temporary one.
fn folder(given: Option<&Path>) -> Result<(PathBuf, bool), CliError> {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    let name = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (dir, temporary) = match given {
        Some(dir) => (dir.to_owned(), false),
        None => (std::env::temp_dir().join(format!("amana-demo-{name}")), true),
    };
    std::fs::create_dir_all(&dir).map_err(|error| CliError::file(&dir, error))?;
    Ok((dir, temporary))
}

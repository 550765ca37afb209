//! `amana phone VAULT join`.

use std::path::Path;

use amana_client::{Client, Env, Setup, ops::join_phone};
use amana_domain::trust::link::fingerprint_text;

use crate::{
    args::phone::JoinArgs, context::Context, error::CliError, json::PhoneJoined, output::Output, session,
};

/// The steps in which the vault's files grow, in KiB: smaller ones for tests and the demo.
pub const STEP_KIB: &str = "AMANA_VAULT_STEP_KIB";

fn setup() -> Setup<'static> {
    let setup = Setup::new(Client::default_cost());
    let kib: Option<u64> = std::env::var(STEP_KIB).ok().and_then(|text| text.parse().ok());
    kib.map_or(setup, |kib| setup.step(kib.saturating_mul(1024)))
}

/// Makes the vault and joins a deployment, offline; then tries one sync.
pub async fn run(context: &Context, vault: &Path, args: JoinArgs) -> Result<Output, CliError> {
    let passphrase = session::chosen(context)?;
    let mut client =
        join_phone(vault, &passphrase, setup(), &args.link, Env::system(), session::transport()?)?;
    let report = session::first_sync(&mut client).await?;
    let trust = client.trust();
    let view = PhoneJoined {
        relay: client.relay_url().to_owned(),
        root_fingerprint: fingerprint_text(trust.directories().fingerprint()),
        deployment: Some(trust.deployment().to_string()),
        synced: report.is_some(),
        warnings: session::warnings(report),
    };
    Ok(Output::new(context, &view))
}

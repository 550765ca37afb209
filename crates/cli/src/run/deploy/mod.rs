//! The verbs of `amana deploy`, one file each.

pub mod add_organisation;
pub mod init;
pub mod invite;
pub mod publish;
pub mod renew;
pub mod renew_organisation;

use crate::{
    args::deploy::{DeployArgs, DeployVerb},
    context::Context,
    error::CliError,
    output::Output,
};

/// Runs the verb that was parsed.
pub async fn run(context: &Context, args: DeployArgs) -> Result<Output, CliError> {
    match args.verb {
        DeployVerb::Init(args) => init::run(context, args).await,
        DeployVerb::AddOrganisation(args) => add_organisation::run(context, args).await,
        DeployVerb::Invite(args) => invite::run(context, args).await,
        DeployVerb::Publish(args) => publish::run(context, args).await,
        DeployVerb::Renew(args) => renew::run(context, args).await,
        DeployVerb::RenewOrganisation(args) => renew_organisation::run(context, args).await,
    }
}

/// Opens a deploy folder.
fn open(context: &Context, dir: &std::path::Path) -> Result<amana_client::deploy::Deployment, CliError> {
    if !dir.exists() {
        return Err(CliError::new(crate::error::Code::VaultMissing));
    }
    let passphrase = crate::session::entered(context)?;
    Ok(amana_client::deploy::Deployment::open(dir, &passphrase, amana_client::Env::system())?)
}

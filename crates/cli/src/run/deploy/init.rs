//! `amana deploy init`.

use amana_client::{Client, Env, deploy::Deployment};
use amana_domain::trust::link::fingerprint_text;

use crate::{
    args::deploy::InitArgs, context::Context, error::CliError, json::DeployInit, output::Output, session,
};

/// Makes a deploy folder with a new root key.
pub async fn run(context: &Context, args: InitArgs) -> Result<Output, CliError> {
    let passphrase = session::chosen(context)?;
    let deployment = Deployment::init(
        &args.dir,
        &passphrase,
        Client::default_cost(),
        &args.name,
        &args.relay,
        Env::system(),
    )?;
    let fingerprint = deployment.fingerprint()?;
    let view = DeployInit {
        deployment: deployment.id()?.to_string(),
        root_fingerprint: fingerprint_text(&fingerprint),
    };
    Ok(Output::new(context, &view))
}

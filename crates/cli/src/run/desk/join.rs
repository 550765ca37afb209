//! `amana desk VAULT join`.

use std::path::Path;

use amana_client::{Client, Env, ops::join_desk};

use crate::{
    args::desk::JoinArgs, context::Context, error::CliError, error::Code, json::DeskJoined, output::Output,
    session,
};

/// Makes the vault and joins an organisation by invite, offline; then tries one sync.
pub async fn run(context: &Context, vault: &Path, args: JoinArgs) -> Result<Output, CliError> {
    let passphrase = session::chosen(context)?;
    let mut client = join_desk(
        vault,
        &passphrase,
        Client::default_cost(),
        &args.invite,
        &args.name,
        Env::system(),
        session::transport()?,
    )?;
    let report = session::first_sync(&mut client).await?;
    let admitted = client.role().is_some();
    let role = client.invited_role()?;
    let desk = client.desk().ok_or_else(|| CliError::new(Code::Forbidden))?;
    let view = DeskJoined {
        organisation: desk.organisation.to_string(),
        device: desk.device().to_string(),
        role,
        admitted,
        synced: report.is_some(),
        warnings: session::warnings(report),
    };
    Ok(Output::new(context, &view))
}

//! What verbs share: opening a vault, telling the client's errors and views in the contract's words.

mod error;
mod view;

use std::{path::Path, sync::Arc};

use amana_client::{
    Client, Env, Report, VaultRole,
    transport::{HttpTransport, Transport},
};
use amana_crypto::passphrase::Passphrase;
pub use error::{client_error, for_reference};
pub use view::{case_view, instant};

use crate::{
    codes::WarningCode,
    context::Context,
    error::{CliError, Code},
    json::Warning,
    passphrase,
};

/// The network of this computer.
pub fn transport() -> Result<Arc<dyn Transport>, CliError> {
    let transport = HttpTransport::new().map_err(|error| CliError::internal("tls", error))?;
    Ok(Arc::new(transport))
}

/// The passphrase for something that exists.
pub fn entered(context: &Context) -> Result<Passphrase, CliError> {
    let text = passphrase::open(context)?;
    Passphrase::entered(text.expose()).map_err(|error| CliError::new(Code::VaultWrongKey).caused_by(error))
}

/// The passphrase for something to be made.
pub fn chosen(context: &Context) -> Result<Passphrase, CliError> {
    let text = passphrase::create(context)?;
    Passphrase::parse(text.expose()).map_err(|error| CliError::new(Code::PassphraseWeak).caused_by(error))
}

/// Opens a phone's vault.
pub fn phone(context: &Context, vault: &Path) -> Result<Client, CliError> {
    open(context, vault, VaultRole::Phone)
}

/// Opens a desk's vault.
pub fn desk(context: &Context, vault: &Path) -> Result<Client, CliError> {
    open(context, vault, VaultRole::Desk)
}

fn open(context: &Context, vault: &Path, role: VaultRole) -> Result<Client, CliError> {
    // Whether there is anything to open is known before anybody types a passphrase.
    if !vault.exists() {
        return Err(CliError::new(Code::VaultMissing));
    }
    let passphrase = entered(context)?;
    Client::open(vault, &passphrase, role, Env::system(), transport()?).map_err(client_error)
}

/// Warnings of a sync as the contract spells them.
pub fn warnings(report: &Report) -> Vec<Warning> {
    report
        .warnings
        .iter()
        .map(|warning| Warning {
            code: warning.code.parse().unwrap_or(WarningCode::EventRefused),
            case: warning.case.map(|case| case.to_string()),
            log: warning.log.map(|log| log.to_string()),
        })
        .collect()
}

/// The one sync that a join tries: `None` when the relay is out of reach or has nothing yet.
pub async fn first_sync(client: &mut Client) -> Result<Option<Report>, CliError> {
    use amana_client::ClientError as E;
    match client.sync().await {
        Ok(report) => Ok(Some(report)),
        Err(E::RelayUnreachable | E::RelayNotPublished) => Ok(None),
        Err(error) => Err(client_error(error)),
    }
}

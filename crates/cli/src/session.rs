//! What verbs share: opening a vault, telling the client's errors and views in the contract's words.

use std::{path::Path, sync::Arc};

use amana_client::{
    Client, Env, Report, SoftwareKeystore, VaultRole,
    transport::{HttpTransport, Transport},
};
use amana_crypto::passphrase::Passphrase;

use crate::{
    context::Context,
    error::{CliError, Code},
    json::{Names, SyncReport, Warning},
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
    if role == VaultRole::Desk {
        let passphrase = entered(context)?;
        return Ok(Client::open(vault, &passphrase, role, Env::system(), transport()?)?);
    }
    let secret = match passphrase::pin()? {
        Some(pin) => pin_of(&pin)?,
        None => {
            let text = passphrase::open(context)?;
            Passphrase::typed(text.expose())
                .map_err(|error| CliError::new(Code::VaultWrongKey).caused_by(error))?
        }
    };
    let keystore = keystore(vault);
    Ok(Client::unlock(vault, &secret, role, &keystore, Env::system(), transport()?)?)
}

/// The keystore of a phone's vault on a computer: a file beside it.
pub fn keystore(vault: &Path) -> SoftwareKeystore {
    SoftwareKeystore::beside(vault)
}

/// A PIN to be set.
pub fn new_pin(context: &Context) -> Result<Passphrase, CliError> {
    pin_of(&passphrase::new_pin(context)?)
}

/// A passphrase to be set in place of another one.
pub fn new_passphrase(context: &Context) -> Result<Passphrase, CliError> {
    let text = passphrase::new_passphrase(context)?;
    Passphrase::parse(text.expose()).map_err(|error| CliError::new(Code::PassphraseWeak).caused_by(error))
}

fn pin_of(text: &passphrase::Passphrase) -> Result<Passphrase, CliError> {
    Passphrase::pin(text.expose()).map_err(|error| CliError::new(Code::PinTooShort).caused_by(error))
}

/// Names of this team's desks and of the directory's organisations.
pub fn names(client: &mut Client) -> Result<Names, CliError> {
    let listed = client.trust().directory().map(|directory| directory.organisations.as_slice());
    let organisations =
        listed.unwrap_or_default().iter().map(|listed| (listed.id, listed.name.clone())).collect();
    Ok(Names { desks: client.all_desk_names()?, organisations })
}

/// Warnings of a sync as the contract spells them.
pub fn warnings(report: Option<Report>) -> Vec<Warning> {
    report.map(|report| SyncReport::from(report).warnings).unwrap_or_default()
}

/// The one sync that a join tries: `None` when the relay is out of reach or has nothing yet.
pub async fn first_sync(client: &mut Client) -> Result<Option<Report>, CliError> {
    use amana_client::ClientError as E;
    match client.sync().await {
        Ok(report) => Ok(Some(report)),
        Err(E::RelayUnreachable | E::RelayNotPublished) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

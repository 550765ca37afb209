//! `pin` and `passphrase` of a vault. No answer tells what else is set.

use std::path::Path;

use crate::{
    args::secrets::{PassphraseVerb, PinVerb, Switch},
    context::Context,
    error::{CliError, Code},
    json::SecretSet,
    output::Output,
    session,
};

/// `amana phone VAULT pin`.
pub fn pin(context: &Context, vault: &Path, verb: PinVerb) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let keystore = session::keystore(vault);
    // Said before anybody types what is to be set.
    let needs_pin = !matches!(verb, PinVerb::Set | PinVerb::Duress { remove: true });
    if needs_pin && !client.opened_by_pin() {
        return Err(CliError::new(Code::PinNotSet));
    }
    let set = match verb {
        PinVerb::Set | PinVerb::Change => {
            client.change_secret(&session::new_pin(context)?, Some(&keystore))?;
            "pin"
        }
        PinVerb::Remove => {
            client.change_secret(&session::new_passphrase(context)?, None)?;
            "passphrase"
        }
        PinVerb::Duress { remove: true } => {
            client.remove_duress_pin()?;
            "duress"
        }
        PinVerb::Duress { remove: false } => {
            client.set_duress_pin(&session::new_pin(context)?, &keystore)?;
            "duress"
        }
        PinVerb::Wipe => {
            client.set_wipe_pin(&session::new_pin(context)?, &keystore)?;
            "wipe"
        }
        PinVerb::EraseAfterTen { state } => {
            client.set_erase_after_ten(state == Switch::On, &keystore)?;
            "erase-after-ten"
        }
    };
    client.lock()?;
    Ok(Output::new(context, &SecretSet { set }))
}

/// `amana phone VAULT passphrase`.
pub fn phone_passphrase(context: &Context, vault: &Path, verb: &PassphraseVerb) -> Result<Output, CliError> {
    passphrase(context, session::phone(context, vault)?, verb)
}

/// `amana desk VAULT passphrase`.
pub fn desk_passphrase(context: &Context, vault: &Path, verb: &PassphraseVerb) -> Result<Output, CliError> {
    passphrase(context, session::desk(context, vault)?, verb)
}

fn passphrase(
    context: &Context,
    mut client: amana_client::Client,
    verb: &PassphraseVerb,
) -> Result<Output, CliError> {
    let PassphraseVerb::Change = verb;
    client.change_secret(&session::new_passphrase(context)?, None)?;
    client.lock()?;
    Ok(Output::new(context, &SecretSet { set: "passphrase" }))
}

//! The one place where the client's errors become the command line's.

use amana_client::ClientError;

use crate::error::{CliError, Code};

/// Tells a client's error in the contract's words.
pub fn client_error(error: ClientError) -> CliError {
    for_reference("", error)
}

/// The same for a verb that was given a reference (case, organisation, name).
pub fn for_reference(reference: &str, error: ClientError) -> CliError {
    match &error {
        ClientError::NotFound => CliError::not_found(reference),
        ClientError::Ambiguous(candidates) => CliError::ambiguous(reference, candidates),
        ClientError::NameTaken => CliError::name_taken(reference),
        ClientError::NotAllowed => CliError::not_allowed("life-cycle"),
        ClientError::Relay(code) if error.code() == "relay_refused" => CliError::relay_refused(code.as_str()),
        ClientError::RelayAnswer => CliError::relay_refused("answer"),
        ClientError::Internal(place) => {
            let place = *place;
            CliError::internal(place, error)
        }
        other => match other.code().parse::<Code>() {
            Ok(code) => CliError::new(code).caused_by(error),
            Err(_) => CliError::internal("code", error),
        },
    }
}

//! Events and logs as people name them; cases, organisations and desks are the client's affair.

use amana_domain::{
    ids::{EventId, OrganisationId},
    role::LogKind,
};

use crate::error::{CliError, Code};

/// Shortest prefix that is taken for a reference.
const MIN_PREFIX: usize = 4;

/// The one event of these whose id is, or starts with, the reference; a full id may also name another one.
pub fn event(reference: &str, known: impl IntoIterator<Item = EventId>) -> Result<EventId, CliError> {
    if let Ok(id) = reference.parse() {
        return Ok(id);
    }
    let wanted = reference.to_ascii_lowercase();
    if wanted.len() < MIN_PREFIX {
        return Err(CliError::not_found(reference));
    }
    let mut fitting: Vec<EventId> =
        known.into_iter().filter(|id| id.to_string().starts_with(&wanted)).collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting.as_slice() {
        [] => Err(CliError::not_found(reference)),
        [only] => Ok(*only),
        many => {
            Err(CliError::ambiguous(reference, &many.iter().map(ToString::to_string).collect::<Vec<_>>()))
        }
    }
}

/// Parts of a case by their names.
pub fn logs(names: &[String]) -> Result<Vec<LogKind>, CliError> {
    names
        .iter()
        .map(|name| name.trim().parse().map_err(|_| CliError::bad_value(Code::CodeUnknown, name)))
        .collect()
}

/// An organisation of the directory.
pub fn organisation(client: &amana_client::Client, reference: &str) -> Result<OrganisationId, CliError> {
    client.find_organisation(reference).map_err(|error| CliError::from(error).about(reference))
}

/// A case of this vault.
pub fn case(
    client: &mut amana_client::Client,
    reference: &str,
) -> Result<amana_domain::ids::CaseId, CliError> {
    client.find_case(reference).map_err(|error| CliError::from(error).about(reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_by_prefix_or_full_id() {
        let ids = [EventId::from_bytes([0xab; 32]), EventId::from_bytes([0xac; 32])];
        assert_eq!(event("ABAB", ids).unwrap(), ids[0]);
        assert_eq!(event(&ids[1].to_string(), []).unwrap(), ids[1], "known to the client, if to nobody here");
        for reference in ["", "ab", "a", "ffff"] {
            assert_eq!(event(reference, ids).unwrap_err().code(), Code::NotFound, "{reference}");
        }
        let mut near = [0xab; 32];
        near[31] = 0;
        let many = event("abab", [ids[0], EventId::from_bytes(near)]).unwrap_err();
        assert_eq!(many.code(), Code::Ambiguous);
    }

    #[test]
    fn parts_are_known_words() {
        let read = logs(&["narrative".to_owned(), " wages".to_owned()]).unwrap();
        assert_eq!(read, [LogKind::Narrative, LogKind::Wages]);
        assert_eq!(logs(&["everything".to_owned()]).unwrap_err().code(), Code::CodeUnknown);
    }
}

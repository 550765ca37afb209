//! How people name things: a full id, a unique prefix of it, a case number, an exact name.

use amana_domain::{
    case_number::CaseNumber,
    ids::{CaseId, OrganisationId},
};

use crate::{Client, ClientError};

/// Shortest prefix that is taken for a reference.
const MIN_PREFIX: usize = 4;

/// The one thing whose id is, or starts with, the reference.
pub(crate) fn unique<T: Copy>(reference: &str, known: &[(T, String)]) -> Result<T, ClientError> {
    let wanted = reference.to_ascii_lowercase();
    if let Some((exact, _)) = known.iter().find(|(_, id)| *id == wanted) {
        return Ok(*exact);
    }
    if wanted.len() < MIN_PREFIX {
        return Err(ClientError::NotFound);
    }
    let fitting: Vec<&(T, String)> = known.iter().filter(|(_, id)| id.starts_with(&wanted)).collect();
    match fitting.as_slice() {
        [] => Err(ClientError::NotFound),
        [(only, _)] => Ok(*only),
        many => Err(ClientError::Ambiguous(many.iter().map(|(_, id)| id.clone()).collect())),
    }
}

impl Client {
    /// The case that somebody means.
    pub fn find_case(&mut self, reference: &str) -> Result<CaseId, ClientError> {
        if let Ok(number) = reference.parse::<CaseNumber>() {
            let fitting = self.write(|tx| Ok(tx.cases_numbered(&number.to_string())?))?;
            match fitting.as_slice() {
                [] => {}
                [case] => return Ok(*case),
                many => return Err(ClientError::Ambiguous(many.iter().map(ToString::to_string).collect())),
            }
        }
        let known: Vec<(CaseId, String)> =
            self.write(|tx| Ok(tx.case_ids()?))?.into_iter().map(|case| (case, case.to_string())).collect();
        unique(reference, &known)
    }

    /// The organisation that somebody means. A full id is taken even before any directory is known.
    pub fn find_organisation(&self, reference: &str) -> Result<OrganisationId, ClientError> {
        let known: Vec<_> =
            self.trust.directory().map(|directory| directory.organisations.clone()).unwrap_or_default();
        let named: Vec<_> = known.iter().filter(|organisation| organisation.name == reference).collect();
        match named.as_slice() {
            [one] => return Ok(one.id),
            [] => {}
            many => {
                return Err(ClientError::Ambiguous(
                    many.iter().map(|organisation| organisation.id.to_string()).collect(),
                ));
            }
        }
        let ids: Vec<_> =
            known.iter().map(|organisation| (organisation.id, organisation.id.to_string())).collect();
        match unique(reference, &ids) {
            Err(ClientError::NotFound) => reference.parse().map_err(|_| ClientError::NotFound),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_name_one_thing_or_none() {
        let known: Vec<(u8, String)> = vec![(1, "abcd1111".into()), (2, "abcd2222".into())];
        assert_eq!(unique("abcd1", &known).unwrap(), 1);
        assert_eq!(unique("ABCD2222", &known).unwrap(), 2);
        assert!(matches!(unique("abcd", &known), Err(ClientError::Ambiguous(many)) if many.len() == 2));
        assert!(matches!(unique("abc", &known), Err(ClientError::NotFound)));
        assert!(matches!(unique("ffff", &known), Err(ClientError::NotFound)));
    }
}

//! The people of a case, as far as their logs can be read here.

use amana_domain::{
    event::Body,
    ids::LogId,
    person::{Person, PersonRole},
    role::LogKind,
};
use serde::{Deserialize, Serialize};

use crate::case::Case;

/// A person of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonEntry {
    /// Her number; two logs opened apart may have the same.
    pub n: u32,
    /// Her log.
    pub log: LogId,
    /// Who she is.
    pub person: Person,
}

/// Those who can be read here, by number and log; each as last written.
pub(super) fn persons(case: &Case) -> Vec<PersonEntry> {
    let mut found: Vec<PersonEntry> = case
        .of_kind(LogKind::Identity)
        .filter_map(|log| {
            let person = log
                .applied()
                .filter_map(|event| match event.body() {
                    Body::PersonSet(person) => Some(person.clone()),
                    _ => None,
                })
                .last()?;
            Some(PersonEntry { n: log.log.n, log: log.log.log, person })
        })
        .collect();
    found.sort_by_key(|entry| (entry.n, entry.log));
    found
}

/// How many people have a log that cannot be read here, or not yet.
pub(super) fn unreadable(case: &Case) -> usize {
    let announced = case.core().map(|core| core.logs.as_slice()).unwrap_or_default();
    announced
        .iter()
        .filter(|log| log.kind == LogKind::Identity)
        .filter(|log| case.logs.iter().all(|known| known.log.log != log.log))
        .count()
}

/// The name that stands for the case: of whom it is about, before who only tells about it, before a group's members.
pub(super) fn name(persons: &[PersonEntry]) -> Option<String> {
    let rank = |role| match role {
        PersonRole::Both => 0,
        PersonRole::PersonInDanger => 1,
        PersonRole::Reporter => 2,
        PersonRole::GroupMember => 3,
    };
    persons
        .iter()
        .filter_map(|entry| Some((rank(entry.person.role), entry.person.name.as_ref()?)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, name)| name.as_str().to_owned())
}

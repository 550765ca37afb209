//! Cases that belong together: which duplicate goes with which case, and what must not get out of sight there.
//!
//! A log speaks of its own case only, so two desks may mark A a duplicate of B and B of A at the same time. Every
//! replica breaks such a ring alike: the case with the least id stays, and a desk reopens it.

use std::collections::{BTreeMap, BTreeSet};

use amana_domain::{
    case_number::CaseNumber,
    event::{AuthenticEvent, Body},
    fold::Reason,
    ids::{CaseId, EventId},
};
use amana_vault::{Tx, store::Merge};
use serde::{Deserialize, Serialize};

use super::{CaseView, RefusedEntry};
use crate::{ClientError, case::CaseLog};

/// A duplicate of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedEntry {
    /// The duplicate.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// Whether the migrant wrote something there that nobody of this organisation has opened.
    pub unread: bool,
}

/// Every merge that this device knows of.
pub(crate) struct Merges {
    merges: BTreeMap<CaseId, Merge>,
    /// Duplicates by the case at the end.
    ends: BTreeMap<CaseId, Vec<Merge>>,
}

impl Merges {
    /// Reads the projection.
    pub fn load(tx: &Tx<'_>) -> Result<Self, ClientError> {
        Ok(Self::of(tx.merges()?))
    }

    fn of(merges: Vec<Merge>) -> Self {
        let merges = merges.into_iter().map(|merge| (merge.case, merge)).collect();
        let mut all = Self { merges, ends: BTreeMap::new() };
        let mut ends: BTreeMap<CaseId, Vec<Merge>> = BTreeMap::new();
        for merge in all.merges.values() {
            let end = all.end(merge.case);
            if end != merge.case {
                ends.entry(end).or_default().push(*merge);
            }
        }
        all.ends = ends;
        all
    }

    /// The case at the end of a chain of duplicates; of a ring its least id.
    pub fn end(&self, case: CaseId) -> CaseId {
        let mut seen = BTreeSet::new();
        let mut at = case;
        while let Some(merge) = self.merges.get(&at) {
            if !seen.insert(at) {
                return self.ring(at).into_iter().min().unwrap_or(at);
            }
            at = merge.into;
        }
        at
    }

    /// The cases of the ring that a case stands in, in the order of the chain; empty if it stands in none.
    fn ring(&self, case: CaseId) -> Vec<CaseId> {
        let mut ring = vec![case];
        let mut at = case;
        while let Some(merge) = self.merges.get(&at) {
            at = merge.into;
            if at == case {
                return ring;
            }
            if ring.contains(&at) {
                break;
            }
            ring.push(at);
        }
        Vec::new()
    }

    /// Cases that are duplicates only of themselves, around a corner: the one of each ring that has to be reopened.
    pub fn to_reopen(&self) -> BTreeSet<CaseId> {
        self.merges.keys().filter(|case| self.ring(**case).iter().min() == Some(case)).copied().collect()
    }

    /// Duplicates that end at this case.
    fn duplicates(&self, case: CaseId) -> impl Iterator<Item = &Merge> {
        self.ends.get(&case).into_iter().flatten()
    }

    /// Adds to a view what other cases say about it.
    pub fn complete(&self, view: &mut CaseView) {
        view.merged_into = view.merged_into.map(|_| self.end(view.case)).filter(|end| *end != view.case);
        view.merged_from = self
            .duplicates(view.case)
            .map(|merge| MergedEntry {
                case: merge.case,
                number: CaseNumber::of(&merge.case).to_string(),
                unread: merge.unread,
            })
            .collect();
    }

    /// Duplicates that a queue with these cases must show itself: with unread words, when the case that they belong to
    /// does not stand in it.
    pub fn in_sight(&self, queue: &BTreeSet<CaseId>) -> Vec<CaseId> {
        self.merges
            .values()
            .filter(|merge| merge.unread && !queue.contains(&self.end(merge.case)))
            .map(|merge| merge.case)
            .collect()
    }
}

/// A refused event; of a note also what it says.
pub(super) fn refused(log: &CaseLog, event: EventId, reason: Reason) -> RefusedEntry {
    let found = log.events.get(&event).map(AuthenticEvent::body);
    let text = match found {
        Some(Body::Note(note)) => Some(note.text.clone()),
        _ => None,
    };
    let kind = found.map(|body| body.kind().as_str().to_owned()).unwrap_or_default();
    RefusedEntry { event, reason, kind, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(n: u8) -> CaseId {
        CaseId::from_slice(&[n; 16]).unwrap()
    }

    fn merges(pairs: &[(u8, u8)]) -> Merges {
        let merge = |(from, into): &(u8, u8)| Merge { case: case(*from), into: case(*into), unread: true };
        Merges::of(pairs.iter().map(merge).collect())
    }

    #[test]
    fn chains_are_followed_to_the_end() {
        let merges = merges(&[(1, 2), (2, 3)]);
        assert_eq!([1, 2, 3, 4].map(|n| merges.end(case(n))), [3, 3, 3, 4].map(case));
        assert!(merges.to_reopen().is_empty());
        let found: Vec<CaseId> = merges.duplicates(case(3)).map(|merge| merge.case).collect();
        assert_eq!(found, [1, 2].map(case));
    }

    #[test]
    fn of_each_ring_the_least_id_stays_whatever_leads_into_it() {
        // 5 → 4 → 2 → 3 → 4, a pair, and one that names itself.
        let merges = merges(&[(5, 4), (4, 2), (2, 3), (3, 4), (8, 9), (9, 8), (7, 7)]);
        assert_eq!(merges.to_reopen(), [2, 7, 8].map(case).into_iter().collect());
        assert_eq!([5, 4, 3, 2].map(|n| merges.end(case(n))), [2; 4].map(case));
        assert_eq!([8, 9, 7].map(|n| merges.end(case(n))), [8, 8, 7].map(case));
    }

    #[test]
    fn unread_words_are_in_sight_even_when_the_other_case_is_finished() {
        let merges = merges(&[(1, 2)]);
        assert_eq!(merges.in_sight(&BTreeSet::new()), [case(1)]);
        assert_eq!(merges.in_sight(&BTreeSet::from([case(2)])), []);
    }
}

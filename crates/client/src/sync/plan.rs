//! What to send in which request: a pure function of the outbox.

use std::collections::BTreeSet;

use amana_domain::ids::CaseId;
use amana_vault::store::{ItemKind, OutboxItem};

/// Most events of one push.
pub(crate) const MAX_EVENTS: usize = 256;

/// One request to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// First contact of a case.
    File(OutboxItem),
    /// Creates a mailbox or corrects its list.
    Mailbox(OutboxItem),
    /// Events that one principal appends. On a phone each case has a principal of its own.
    Events(Vec<OutboxItem>),
    /// Letters for an intake.
    Letters(Vec<OutboxItem>),
}

/// Orders pending items into requests: first contacts, then mailboxes, then letters, then events in the order they were
/// written: an event that says somebody was let in is never there without the letter that lets her. On a phone (`per_case`) cases never share a request. Whatever belongs to a case whose first
/// contact is still pending waits for it: nothing of it is at the relay yet.
pub(crate) fn plan(pending: &[OutboxItem], per_case: bool) -> Vec<Step> {
    let of = |kind: ItemKind| pending.iter().filter(move |item| item.kind == kind).cloned();
    let unfiled: BTreeSet<Option<CaseId>> = of(ItemKind::Filing).map(|item| item.case).collect();
    let mut steps: Vec<Step> = of(ItemKind::Filing).map(Step::File).collect();
    steps.extend(of(ItemKind::Mailbox).filter(|item| !unfiled.contains(&item.case)).map(Step::Mailbox));
    let letters: Vec<OutboxItem> =
        of(ItemKind::Letter).filter(|item| !unfiled.contains(&item.case)).collect();
    steps.extend(batches(letters, per_case).into_iter().map(Step::Letters));
    let events: Vec<OutboxItem> = of(ItemKind::Event).filter(|item| !unfiled.contains(&item.case)).collect();
    steps.extend(batches(events, per_case).into_iter().map(Step::Events));
    steps
}

fn batches(items: Vec<OutboxItem>, per_case: bool) -> Vec<Vec<OutboxItem>> {
    let mut batches: Vec<Vec<OutboxItem>> = Vec::new();
    for item in items {
        let open = batches.iter_mut().rev().find(|batch| !per_case || batch[0].case == item.case);
        match open {
            Some(batch) if batch.len() < MAX_EVENTS => batch.push(item),
            _ => batches.push(vec![item]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: i64, kind: ItemKind, case: u8) -> OutboxItem {
        let case = CaseId::from_hash(&[case; 32]);
        OutboxItem { item: number, kind, case: Some(case), reference: vec![], attempts: 0, next_ms: 0 }
    }

    #[test]
    fn events_wait_for_their_case_to_be_filed() {
        let pending =
            [item(1, ItemKind::Event, 1), item(2, ItemKind::Event, 2), item(3, ItemKind::Filing, 1)];
        let steps = plan(&pending, true);
        assert_eq!(steps, [Step::File(pending[2].clone()), Step::Events(vec![pending[1].clone()])]);
    }

    #[test]
    fn cases_of_a_phone_never_share_a_request() {
        let pending: Vec<_> = [1, 2, 1, 2]
            .iter()
            .enumerate()
            .map(|(at, case)| item(at as i64, ItemKind::Event, *case))
            .collect();
        assert_eq!(plan(&pending, true).len(), 2);
        assert_eq!(plan(&pending, false).len(), 1);
    }

    #[test]
    fn large_outboxes_are_split_and_keep_their_order() {
        let pending: Vec<_> = (0..1000).map(|at| item(at, ItemKind::Event, 1)).collect();
        let steps = plan(&pending, true);
        let order: Vec<i64> = steps
            .iter()
            .flat_map(|step| match step {
                Step::Events(items) => items.iter().map(|item| item.item).collect::<Vec<_>>(),
                _ => vec![],
            })
            .collect();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
        assert!(steps.len() > 1);
    }
}

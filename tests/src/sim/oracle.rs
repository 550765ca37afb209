//! What really happened, learned apart from what clients claim.

use std::collections::{BTreeMap, BTreeSet};

use amana_client::{CaseView, Delivery, Entry};
use amana_domain::ids::{BlobId, CaseId, EventId};
use amana_vault::VaultError;

use super::{Device, Net};

/// An operation that a client acknowledged.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub case: CaseId,
    pub event: EventId,
    /// What was written, if it was a text.
    pub text: Option<String>,
    /// For the organisation's own eyes.
    pub internal: bool,
}

/// What really happened.
#[derive(Default)]
pub struct Oracle {
    pub acknowledged: Vec<Acknowledged>,
    /// Filed cases with their text and the first events of their logs.
    pub cases: BTreeMap<CaseId, (String, Vec<EventId>)>,
    blobs: BTreeMap<EventId, BlobId>,
    at_desk: BTreeSet<EventId>,
    cases_at_desk: BTreeSet<CaseId>,
    opened: BTreeSet<EventId>,
    cases_opened: BTreeSet<CaseId>,
    on_phone: BTreeSet<EventId>,
}

/// Everything written in a case.
pub fn entries(view: &CaseView) -> impl Iterator<Item = &Entry> {
    view.additions.iter().chain(&view.messages).chain(&view.notes)
}

fn ids(view: &CaseView) -> impl Iterator<Item = EventId> {
    entries(view).map(|entry| entry.id)
}

impl Oracle {
    /// A case was filed on this phone.
    pub fn filed(&mut self, phone: &mut Device, case: CaseId, text: &str) {
        let first = phone.with_vault(|vault| {
            vault
                .read(|tx| {
                    let logs = tx.logs_of(case)?;
                    Ok::<_, VaultError>(
                        logs.iter().map(|log| EventId::from_bytes(*log.log.log.as_bytes())).collect(),
                    )
                })
                .unwrap()
        });
        self.cases.insert(case, (text.to_owned(), first));
        self.blobs.extend(phone.blobs());
    }

    /// A device acknowledged a write.
    pub fn wrote(
        &mut self,
        device: &mut Device,
        case: CaseId,
        event: EventId,
        text: Option<&str>,
        internal: bool,
    ) {
        self.acknowledged.push(Acknowledged { case, event, text: text.map(str::to_owned), internal });
        self.blobs.extend(device.blobs());
    }

    /// What a desk has in its lists.
    pub fn look_at_desk(&mut self, desk: &mut Device) {
        for view in desk.client().queue(true).unwrap() {
            self.at_desk.extend(ids(&view));
            self.cases_at_desk.insert(view.case);
        }
    }

    /// A person at a desk opened a case.
    pub fn opened(&mut self, view: &CaseView) {
        self.opened.extend(ids(view));
        self.cases_opened.insert(view.case);
    }

    pub fn look_at_phone(&mut self, phone: &mut Device) {
        for view in phone.client().queue(true).unwrap() {
            self.on_phone.extend(ids(&view));
        }
    }

    /// No delivery state on a phone may claim more than what happened.
    pub fn check_phone(&self, phone: &mut Device, net: &Net) {
        let stored = net.stored();
        let proven = |ids: &[EventId]| {
            ids.iter().all(|id| self.blobs.get(id).is_some_and(|blob| stored.contains(blob)))
        };
        for row in phone.client().queue(true).unwrap() {
            let view = phone.client().show(row.case).unwrap();
            for view in [row, view] {
                let (_, first) = &self.cases[&view.case];
                let honest = match view.delivery {
                    Delivery::OnPhone => true,
                    Delivery::Sent => proven(first),
                    Delivery::Received => self.cases_at_desk.contains(&view.case),
                    Delivery::Read => self.cases_opened.contains(&view.case),
                };
                assert!(
                    honest,
                    "{} claims {:?} for the opening of {}",
                    phone.name, view.delivery, view.number
                );
                for entry in entries(&view).filter(|entry| entry.author_role == "migrant") {
                    let honest = match entry.delivery {
                        Delivery::OnPhone => true,
                        Delivery::Sent => proven(&[entry.id]),
                        Delivery::Received => self.at_desk.contains(&entry.id),
                        Delivery::Read => self.opened.contains(&entry.id),
                    };
                    assert!(honest, "{} claims {:?} for {:?}", phone.name, entry.delivery, entry.id);
                }
            }
        }
    }

    /// The same at a desk. Looks at the list only: opening a case would count as reading.
    pub fn check_desk(&self, desk: &mut Device, net: &Net) {
        let stored = net.stored();
        for view in desk.client().queue(true).unwrap() {
            for entry in entries(&view) {
                let own = entry.author_role != "migrant";
                let honest = match entry.delivery {
                    Delivery::OnPhone => true,
                    Delivery::Sent => self.blobs.get(&entry.id).is_some_and(|blob| stored.contains(blob)),
                    Delivery::Received => !own || self.on_phone.contains(&entry.id),
                    Delivery::Read => self.opened.contains(&entry.id),
                };
                assert!(honest, "{} claims {:?} for {:?}", desk.name, entry.delivery, entry.id);
            }
        }
    }

    /// Every acknowledged operation is in this view exactly once, byte for byte.
    pub fn check_complete(&self, view: &CaseView, internal: bool) {
        let (text, _) = &self.cases[&view.case];
        assert_eq!(view.text.as_deref(), Some(text.as_str()), "the text of {}", view.number);
        for done in self.acknowledged.iter().filter(|done| done.case == view.case) {
            let Some(text) = &done.text else { continue };
            let found: Vec<&Entry> = entries(view).filter(|entry| entry.id == done.event).collect();
            let expected = usize::from(internal || !done.internal);
            assert_eq!(found.len(), expected, "{done:?} in {}", view.number);
            assert!(found.iter().all(|entry| entry.text == *text), "{done:?}");
        }
        let written = self
            .acknowledged
            .iter()
            .filter(|done| done.case == view.case && done.text.is_some() && (internal || !done.internal));
        assert_eq!(entries(view).count(), written.count(), "texts in {}", view.number);
    }
}

/// Where two views of a case differ in what both sides must see alike.
pub fn differences(phone: &CaseView, desk: &CaseView) -> Vec<String> {
    let plain = |view: &CaseView| {
        let mut value = serde_json::to_value(view).unwrap();
        let map = value.as_object_mut().unwrap();
        for own in ["delivery", "notes", "tasks", "readable_logs", "unread", "conflict_values"] {
            map.remove(own);
        }
        for list in ["additions", "messages"] {
            for entry in map.get_mut(list).unwrap().as_array_mut().unwrap() {
                entry.as_object_mut().unwrap().remove("delivery");
            }
        }
        value
    };
    let (phone, desk) = (plain(phone), plain(desk));
    phone
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, value)| desk.get(*key) != Some(value))
        .map(|(key, value)| format!("{key}: phone {value}, desk {}", desk[key]))
        .collect()
}

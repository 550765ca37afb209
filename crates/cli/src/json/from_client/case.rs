//! A case in the contract's shape.

use amana_client::{
    ClockEntry, ConflictValue as ClientValue, ConsentEntry, Entry, PersonEntry, RecordEntry, ReferralEntry,
    TaskEntry,
};

use amana_domain::{ids::DeviceId, priority::RuleHit, text::Line};

use super::{
    super::{
        Addition, AmountView, CaseView, ClockView, Conflict, ConflictValue, Consent, IndicatorView,
        InterpreterView, Merged, Message, Note, PersonView, PlaceView, ReadableBy, Recorded, Referral,
        Refused, Rule, SafeguardsView, Task,
    },
    Names, author, delivery, spelling, text, texts, time,
};
use crate::codes::{ConsentState, ReferralState};

impl Rule {
    pub(super) fn of(hit: &RuleHit) -> Self {
        Self { rule: hit.rule.clone(), priority: hit.priority.as_u8(), because: hit.because.clone() }
    }
}

pub(super) fn consent_of(consent: &ConsentEntry, names: &Names) -> Consent {
    Consent {
        organisation: consent.organisation.to_string(),
        organisation_name: names.organisation(&consent.organisation),
        logs: texts(&consent.logs),
        purpose: consent.purpose.clone(),
        until: consent.until_ms.map(time),
        // A state that is not known must not pass for a permission.
        state: consent.state.parse().unwrap_or(ConsentState::Withdrawn),
    }
}

pub(super) fn referral_of(referral: &ReferralEntry, names: &Names) -> Referral {
    Referral {
        organisation: referral.organisation.to_string(),
        organisation_name: names.organisation(&referral.organisation),
        state: referral.state.parse().unwrap_or(ReferralState::Proposed),
        logs: texts(&referral.logs),
        purpose: referral.purpose.clone(),
        until: referral.until_ms.map(time),
    }
}

pub(super) fn task_of(task: &TaskEntry, names: &Names) -> Task {
    Task {
        id: task.id.to_string(),
        title: task.title.clone(),
        due: time(task.due_ms),
        done: task.done,
        kind: task.kind,
        assigned: names.desk_if(&task.assigned),
        done_at: task.done_ms.map(time),
        blocked: task.blocked.clone(),
        interpreter: task.interpreter.as_ref().map(|asked| InterpreterView {
            language: asked.language.to_string(),
            sex: text(&asked.sex),
            at: asked.at_ms.map(time),
            hearing: asked.hearing.clone(),
            name: asked.name.clone(),
            conflicts: asked.conflicts.clone(),
        }),
    }
}

fn clock_of(clock: &ClockEntry, now_ms: i64) -> ClockView {
    let at = |ms: i64| time(u64::try_from(ms).unwrap_or(0));
    ClockView {
        step: clock.name,
        mark: clock.state(now_ms),
        started: at(clock.started_ms),
        half: at(clock.half_ms),
        due: at(clock.due_ms),
        met: clock.met_ms.map(at),
    }
}

fn line(line: &Option<Line>) -> Option<String> {
    line.as_ref().map(|line| line.as_str().to_owned())
}

fn person_of(entry: &PersonEntry) -> PersonView {
    let person = &entry.person;
    PersonView {
        n: entry.n,
        log: entry.log.to_string(),
        role: person.role,
        name: line(&person.name),
        native_name: line(&person.native_name),
        relation: line(&person.relation),
        sex: text(&person.sex),
        age_band: text(&person.age_band),
        birth_date: text(&person.birth_date),
        nationality: text(&person.nationality),
        language: text(&person.language),
        interpreter_sex: text(&person.interpreter_sex),
        phone: line(&person.phone),
        document: line(&person.document),
        unnamed: person.unnamed_to_group,
    }
}

pub(super) fn note_of(entry: &Entry, names: &Names) -> Note {
    Note {
        id: entry.id.to_string(),
        text: entry.text.clone(),
        author: names.desk_if(&entry.device),
        at: time(entry.at_ms),
    }
}

fn recorded_of(record: &RecordEntry, names: &Names) -> Recorded {
    let entry = &record.entry;
    let wage = record.wage.as_ref();
    let amounts = wage.map(|wage| wage.amounts.as_slice()).unwrap_or_default();
    let period = wage.and_then(|wage| wage.period);
    let degrees = |e6: i32| f64::from(e6) / 1e6;
    Recorded {
        id: entry.id.to_string(),
        log: spelling(&record.log),
        text: (!entry.text.is_empty()).then(|| entry.text.clone()),
        grievance: wage.map(|wage| wage.code.to_string()),
        amounts: amounts
            .iter()
            .map(|amount| AmountView {
                kind: amount.kind.as_str().to_owned(),
                amount: amount.money.amount().to_string(),
                currency: amount.money.currency().as_str().to_owned(),
            })
            .collect(),
        from: text(&period.and_then(|period| period.from())),
        until: text(&period.and_then(|period| period.to())),
        place: record.place.map(|place| PlaceView {
            latitude: degrees(place.lat_e6()),
            longitude: degrees(place.lon_e6()),
            accuracy_m: place.accuracy_m(),
            age_s: place.age_s(),
        }),
        author_role: author(&entry.author_role),
        author: names.desk_if(&entry.device),
        at: time(entry.at_ms),
    }
}

fn conflict_value(value: &ClientValue, names: &Names) -> ConflictValue {
    let told = match (value.field.as_str(), &value.value) {
        ("assigned", Some(device)) => {
            Some(device.parse().map_or_else(|_| device.clone(), |device: DeviceId| names.desk(&device)))
        }
        (_, told) => told.clone(),
    };
    ConflictValue {
        event: value.event.to_string(),
        value: told,
        author: names.desk_if(&value.device),
        at: time(value.at_ms),
    }
}

impl CaseView {
    /// The shape of `view`, with desks by their names.
    pub fn of(view: &amana_client::CaseView, names: &Names) -> Self {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let name = |device: &Option<DeviceId>| names.desk_if(device);
        Self {
            case: view.case.to_string(),
            number: view.number.clone(),
            kind: view.kind,
            owner: view.owner.to_string(),
            entered_by: names.desk_if(&view.entered_by),
            transfer_proposed: text(&view.transfer_proposed),
            transfer_proposed_name: view.transfer_proposed.as_ref().and_then(|to| names.organisation(to)),
            transfer_declined: text(&view.transfer_declined),
            transfer_declined_name: view.transfer_declined.as_ref().and_then(|to| names.organisation(to)),
            transferred_to: text(&view.transferred_to),
            continued_in: text(&view.continued_in),
            continues: text(&view.continues),
            grievances: texts(&view.grievances),
            situations: texts(&view.situations),
            priority: view.priority.as_u8(),
            rules: view.rules.iter().map(Rule::of).collect(),
            not_asked: view.not_asked.clone(),
            status: view.status,
            waiting_on: view.waiting_on,
            close_reason: text(&view.close_reason),
            clock_due: view.clock_due_ms.map(|ms| time(u64::try_from(ms).unwrap_or(0))),
            clocks: view.clocks.iter().map(|clock| clock_of(clock, now_ms)).collect(),
            indicators: view
                .indicators
                .possible()
                .map(|indicator| IndicatorView {
                    number: indicator.number(),
                    key: indicator.key().to_owned(),
                })
                .collect(),
            origin_contact_allowed: view.origin_contact_allowed,
            safeguards: SafeguardsView {
                return_is_safe: view.safeguards.return_is_safe,
                best_interests_decided: view.safeguards.best_interests_decided,
                deceased: view.safeguards.deceased,
            },
            assigned: name(&view.assigned),
            language: text(&view.language).unwrap_or_default(),
            origin: text(&view.origin),
            destination: text(&view.destination),
            sector: text(&view.sector),
            sex: text(&view.sex),
            age_band: text(&view.age_band),
            delivery: delivery(view.delivery),
            safe_contact: view.safe_contact.as_ref().and_then(|plan| serde_json::to_value(plan).ok()),
            name: view.name.clone(),
            persons: view.persons.iter().map(person_of).collect(),
            unreadable_persons: view.unreadable_persons,
            text: view.text.clone(),
            additions: view
                .additions
                .iter()
                .map(|entry| Addition {
                    id: entry.id.to_string(),
                    text: entry.text.clone(),
                    author_role: author(&entry.author_role),
                    at: time(entry.at_ms),
                })
                .collect(),
            messages: view
                .messages
                .iter()
                .map(|entry| Message {
                    id: entry.id.to_string(),
                    text: entry.text.clone(),
                    author_role: author(&entry.author_role),
                    delivery: delivery(entry.delivery),
                    at: time(entry.at_ms),
                })
                .collect(),
            attachments: Vec::new(),
            consents: view.consents.iter().map(|consent| consent_of(consent, names)).collect(),
            referrals: view.referrals.iter().map(|referral| referral_of(referral, names)).collect(),
            referred: view.referred,
            unread: view.unread,
            readable_logs: texts(&view.readable_logs),
            readable_by: view
                .exposed
                .iter()
                .map(|exposed| ReadableBy {
                    event: exposed.event.to_string(),
                    log: exposed.log.to_string(),
                    organisation: exposed.organisation.to_string(),
                    organisation_name: names.organisation(&exposed.organisation),
                    device: text(&exposed.device),
                    name: exposed.device.as_ref().and_then(|device| names.desks.get(device).cloned()),
                })
                .collect(),
            recused: view.recused.iter().map(|device| names.desk(device)).collect(),
            notes: view.notes.iter().map(|entry| note_of(entry, names)).collect(),
            tasks: view.tasks.iter().map(|task| task_of(task, names)).collect(),
            records: view.records.iter().map(|record| recorded_of(record, names)).collect(),
            emergency: None,
            merged_into: text(&view.merged_into),
            merged_from: view
                .merged_from
                .iter()
                .map(|merged| Merged {
                    case: merged.case.to_string(),
                    number: merged.number.clone(),
                    unread: merged.unread,
                })
                .collect(),
            links: view.links.iter().map(ToString::to_string).collect(),
            update_needed: view.update_needed,
            refused: view
                .refused
                .iter()
                .map(|refused| Refused {
                    event: refused.event.to_string(),
                    reason: spelling(&refused.reason),
                    kind: refused.kind.clone(),
                    text: refused.text.clone(),
                })
                .collect(),
            conflicts: view
                .conflicts
                .iter()
                .map(|conflict| Conflict {
                    field: conflict.field.clone(),
                    events: texts(&[&conflict.others[..], &[conflict.shown]].concat()),
                    shown: conflict.shown.to_string(),
                    values: view
                        .conflict_values
                        .iter()
                        .filter(|value| value.field == conflict.field)
                        .map(|value| conflict_value(value, names))
                        .collect(),
                })
                .collect(),
        }
    }
}

//! `verify`: every signature, chain and projection, against a fresh fold.

use std::collections::BTreeSet;

use amana_crypto::StrictVerifier;
use amana_domain::{
    event::AuthenticEvent,
    ids::{CaseId, EventId},
};
use serde::Serialize;

use crate::{
    Client, ClientError,
    case::{Case, verdict_name},
    sync::{expected_due, project, row},
    view::{search_digest, view},
};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable code: `pages`, `signature`, `event_id`, `log`, `verdict`, `projection`.
    pub code: &'static str,
    /// The case.
    pub case: Option<CaseId>,
    /// The event.
    pub event: Option<EventId>,
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Cases looked at.
    pub cases: u64,
    /// Events whose signature and place were checked.
    pub events: u64,
    /// What differs.
    pub problems: Vec<Problem>,
}

impl Client {
    /// Checks the whole vault. Changes nothing.
    pub fn verify(&mut self) -> Result<VerifyReport, ClientError> {
        let mut report = VerifyReport::default();
        if !self.vault.check_pages()? {
            report.problems.push(Problem { code: "pages", case: None, event: None });
        }
        let viewer = self.viewer();
        let trust = &self.trust;
        self.vault.read(|tx| {
            let waiting: BTreeSet<CaseId> = tx.unsearched(u32::MAX)?.into_iter().collect();
            for case in tx.case_ids()? {
                report.cases += 1;
                for log in tx.logs_of(case)? {
                    for row in tx.events(log.log.log)? {
                        report.events += 1;
                        let problem = match AuthenticEvent::read(&row.content, &StrictVerifier) {
                            Err(_) => Some("signature"),
                            Ok(event) if event.id() != row.id => Some("event_id"),
                            Ok(event) if event.event().log() != log.log.log || event.event().case != case => {
                                Some("log")
                            }
                            Ok(_) => None,
                        };
                        if let Some(code) = problem {
                            report.problems.push(Problem { code, case: Some(case), event: Some(row.id) });
                        }
                    }
                }
                let Ok(fresh) = Case::load(tx, trust, case) else { continue };
                let due = tx.dirty()?.contains(&case);
                for log in &fresh.logs {
                    for (id, kept) in tx.verdicts(log.log.log)? {
                        let folded = log.fold.verdicts.get(&id).map(|verdict| verdict_name(*verdict));
                        if folded != Some(kept.as_str()) && !due {
                            report.problems.push(Problem {
                                code: "verdict",
                                case: Some(case),
                                event: Some(id),
                            });
                        }
                    }
                }
                let view = view(&fresh, viewer);
                let times = view.as_ref().map(|view| expected_due(view, viewer)).unwrap_or_default();
                let waits = waiting.contains(&case);
                let indexed = view.as_ref().map(search_digest);
                let expected = view.map(|view| row(&view)).transpose()?;
                if (expected != tx.case_row(case)?
                    || times != tx.due_of(case)?
                    || (indexed != tx.search_digest(case)? && !waits))
                    && !due
                {
                    report.problems.push(Problem { code: "projection", case: Some(case), event: None });
                }
            }
            Ok::<_, ClientError>(())
        })?;
        Ok(report)
    }
}

impl Client {
    /// Makes every projection anew from the events; returns how many cases. The events themselves are not touched.
    pub fn rebuild(&mut self) -> Result<u64, ClientError> {
        let viewer = self.viewer();
        let trust = &self.trust;
        self.vault.write(|tx| {
            let cases = tx.case_ids()?;
            tx.clear_search()?;
            for case in &cases {
                tx.delete_case_row(*case)?;
                tx.set_due(*case, &[])?;
                project(tx, &Case::load(tx, trust, *case)?, viewer)?;
            }
            Ok(cases.len() as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use amana_crypto::{passphrase::Passphrase, slots::Cost};
    use amana_domain::{
        codes::CaseKind, event::Facts, ids::OrganisationId, text::CaseText, trust::link::fingerprint_text,
    };

    use amana_vault::store::DueRow;

    use crate::{
        Env,
        ops::{FileRequest, join_phone},
        transport::HttpTransport,
    };

    #[test]
    fn a_wrong_projection_is_found_and_made_anew_from_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let fingerprint = fingerprint_text(&amana_domain::ids::Hash::of(b"root"));
        let mut phone = join_phone(
            &dir.path().join("phone"),
            &Passphrase::parse("one two three four five six").unwrap(),
            Cost::for_tests(),
            &format!("http://127.0.0.1:9/#amana={fingerprint}"),
            Env::system(),
            Arc::new(HttpTransport::new().unwrap()),
        )
        .unwrap();
        let filed = phone
            .file(FileRequest {
                to: OrganisationId::from_hash(&[1; 32]),
                kind: CaseKind::Grievance,
                text: CaseText::new("not paid".to_owned()).unwrap(),
                grievances: vec![],
                situations: vec![],
                facts: Facts::default(),
                safe_contact: None,
                name: None,
            })
            .unwrap();
        assert_eq!(phone.verify().unwrap().problems, []);
        phone.write(|tx| Ok(tx.delete_case_row(filed.case)?)).unwrap();
        let found = phone.verify().unwrap().problems;
        assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["projection"]);
        assert_eq!(phone.rebuild().unwrap(), 1);
        assert_eq!(phone.verify().unwrap().problems, []);
        let wrong = DueRow { case: filed.case, what: "assign".into(), item: vec![], half: false, at_ms: 1 };
        phone.write(|tx| Ok(tx.set_due(filed.case, &[wrong])?)).unwrap();
        let found = phone.verify().unwrap().problems;
        assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["projection"]);
        assert_eq!(phone.rebuild().unwrap(), 1);
        assert_eq!(phone.verify().unwrap().problems, []);
        assert_eq!(phone.queue(true).unwrap()[0].text.as_deref(), Some("not paid"));
    }
}

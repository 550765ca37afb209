//! `hand-over`: all open cases of one desk go to another; `brief`: what the next person has to know.

use amana_domain::{
    ids::{CaseId, DeviceId},
    text::CaseText,
};

use super::reference::unique;
use crate::{
    Client, ClientError,
    view::{Brief, brief},
};

/// What became of a hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Whose cases they were.
    pub from: DeviceId,
    /// Whose they are now.
    pub to: DeviceId,
    /// Cases that changed hands.
    pub moved: Vec<CaseId>,
    /// Of these, where the note could not be written, with the code.
    pub without_note: Vec<(CaseId, &'static str)>,
    /// Cases that could not be given, with the code.
    pub refused: Vec<(CaseId, &'static str)>,
}

impl Client {
    /// Assigns every open case of one desk to another, each with its own event, and puts a note in each. Goes on past
    /// cases that refuse. `from` may be a desk that is no longer in the team.
    ///
    /// Errors: `NotFound` and `Ambiguous` for the desks, `NotAllowed` from a desk to itself.
    pub fn hand_over(
        &mut self,
        from: &str,
        to: &str,
        note: Option<&CaseText>,
    ) -> Result<HandOver, ClientError> {
        self.require_desk()?;
        let to = self.device_named(to)?;
        let from = self.holder_named(from)?;
        if from == to {
            return Err(ClientError::NotAllowed);
        }
        let mut done = HandOver { from, to, moved: vec![], without_note: vec![], refused: vec![] };
        let mine = self.queue(false)?.into_iter().filter(|view| view.assigned == Some(from));
        for case in mine.map(|view| view.case).collect::<Vec<_>>() {
            match self.assign_to(case, to) {
                Ok(_) => done.moved.push(case),
                Err(error @ ClientError::Vault(_)) => return Err(error),
                Err(error) => {
                    done.refused.push((case, error.code()));
                    continue;
                }
            }
            match note.map(|note| self.note(case, note)) {
                Some(Err(error @ ClientError::Vault(_))) => return Err(error),
                Some(Err(error)) => done.without_note.push((case, error.code())),
                Some(Ok(_)) | None => {}
            }
        }
        Ok(done)
    }

    /// A summary of a case for the next person. Does not count as read.
    pub fn brief(&mut self, case: CaseId) -> Result<Brief, ClientError> {
        Ok(brief(&self.peek(case)?))
    }

    /// A desk of the team, or one that still has cases.
    fn holder_named(&mut self, reference: &str) -> Result<DeviceId, ClientError> {
        match self.device_named(reference) {
            Err(ClientError::NotFound) => {}
            found => return found,
        }
        let mut holders: Vec<DeviceId> =
            self.queue(false)?.into_iter().filter_map(|view| view.assigned).collect();
        holders.sort_unstable();
        holders.dedup();
        let known: Vec<_> = holders.into_iter().map(|device| (device, device.to_string())).collect();
        unique(reference, &known)
    }
}

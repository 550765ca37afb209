//! `merge`: a case is a duplicate of another. Reopening it undoes that.

use amana_domain::{
    event::{Body, OtherCase, Remark},
    ids::{CaseId, EventId},
    role::LogKind,
};

use crate::{Client, ClientError, client::stored_case, sync::owner_of, view::Merges};

impl Client {
    /// Marks a case as a duplicate of another one of this organisation; if that is a duplicate itself, of the one at
    /// the end. What the migrant writes later in the duplicate shows as unread with the other case.
    ///
    /// Errors: `NotAllowed` into itself, around a corner too, or into a case that is finished or another
    /// organisation's.
    pub fn merge(&mut self, case: CaseId, into: CaseId) -> Result<EventId, ClientError> {
        self.require_desk()?;
        let (target, open, same_owner) = self.write(|tx| {
            let target = Merges::load(tx)?.end(into);
            let open = tx.case_row(target)?.ok_or(ClientError::NotFound)?.open;
            let owners = (owner_of(&stored_case(tx, case)?)?, owner_of(&stored_case(tx, target)?)?);
            Ok((target, open, owners.0 == owners.1))
        })?;
        if target == case || !open || !same_owner {
            return Err(ClientError::NotAllowed);
        }
        self.reopen_if_contradicted(case)?;
        self.write_case(case, |writer| {
            writer.append(LogKind::Core, Body::CaseMerge(OtherCase { case: target }))
        })
    }

    /// Reopens the one case of each ring of duplicates that stays. Returns how many it reopened.
    pub(crate) fn break_rings(&mut self) -> Result<u64, ClientError> {
        if self.desk().is_none() {
            return Ok(0);
        }
        let mut reopened = 0;
        for case in self.write(|tx| Ok(Merges::load(tx)?.to_reopen()))? {
            let done = self
                .write_case(case, |writer| writer.append(LogKind::Core, Body::CaseReopen(Remark::default())));
            match done {
                Ok(_) => reopened += 1,
                // Another desk of the team does it, or did.
                Err(
                    ClientError::Forbidden
                    | ClientError::NotAllowed
                    | ClientError::Recused
                    | ClientError::LogNotHereYet
                    | ClientError::OrganisationNotReady
                    | ClientError::UpdateNeeded,
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reopened)
    }
}

//! `link`: two cases belong together.

use amana_domain::{
    event::{Body, OtherCase},
    ids::CaseId,
    role::LogKind,
};

use crate::{Client, ClientError};

impl Client {
    /// Links two cases of this organisation; both say so. A link that is there already is not written again.
    ///
    /// Errors: `NotAllowed` with itself.
    pub fn link(&mut self, case: CaseId, other: CaseId) -> Result<(), ClientError> {
        self.require_desk()?;
        if case == other {
            return Err(ClientError::NotAllowed);
        }
        self.write_cases([case, other], |writers| {
            for (writer, there) in writers.iter_mut().zip([other, case]) {
                if writer.case.core().is_none_or(|core| !core.links.contains(&there)) {
                    writer.append(LogKind::Core, Body::CaseLink(OtherCase { case: there }))?;
                }
            }
            Ok(())
        })
    }
}

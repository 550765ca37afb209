//! `withdraw`: the migrant takes the case back.

use amana_domain::{
    event::{Body, Remark},
    ids::{CaseId, EventId},
    role::LogKind,
};

use crate::{Client, ClientError};

impl Client {
    /// Withdraws a case. What others have read they keep; nobody works it any more.
    pub fn withdraw(&mut self, case: CaseId) -> Result<EventId, ClientError> {
        self.reopen_if_contradicted(case)?;
        self.write_case(case, |writer| writer.append(LogKind::Core, Body::CaseWithdraw(Remark::default())))
    }
}

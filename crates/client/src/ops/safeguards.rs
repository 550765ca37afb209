//! What has to be known before tasks that may hurt, and what somebody ticked. Only results: whatever they rest on stays
//! in logs of its own clearance.

use amana_domain::{
    event::{Body, CodesSet, SafeguardSet},
    ids::{CaseId, EventId},
    indicators::Indicator,
    role::LogKind,
};

use crate::{Client, ClientError};

impl Client {
    /// Says what is known before returns and notifications. Fields left out stay as they are. To say yes takes a
    /// supervisor or admin ([`ClientError::Forbidden`]); any desk of the owner may take it back. Organisations that the
    /// case was referred to are told with the next sync.
    pub fn set_safeguards(&mut self, case: CaseId, set: SafeguardSet) -> Result<EventId, ClientError> {
        self.require_desk()?;
        self.write_case(case, |writer| writer.append(LogKind::Core, Body::SafeguardSet(set)))
    }

    /// Ticks ILO indicators beyond those that the codes point to; replaces what was ticked before.
    pub fn tick_indicators(
        &mut self,
        case: CaseId,
        ticked: impl IntoIterator<Item = Indicator>,
    ) -> Result<EventId, ClientError> {
        let mut indicators: Vec<Indicator> = ticked.into_iter().collect();
        indicators.sort_unstable();
        indicators.dedup();
        let set = CodesSet { indicators: Some(indicators), ..CodesSet::default() };
        self.write_case(case, |writer| writer.append(LogKind::Core, Body::CodesSet(set)))
    }
}

//! `link`: two cases belong together.

use amana_domain::{
    event::{Body, OtherCase},
    ids::CaseId,
    priority::{Priority, retaliation_floor, tells_of_retaliation},
    role::LogKind,
};

use super::write::Writer;
use crate::{
    Client, ClientError,
    view::{Viewer, view},
};

impl Client {
    /// Links two cases of this organisation; both say so. A link that is there already is not written again.
    /// Where one of them is about revenge for complaining, both become as urgent as the more urgent one, and at least P1.
    ///
    /// Errors: `NotAllowed` with itself.
    pub fn link(&mut self, case: CaseId, other: CaseId) -> Result<(), ClientError> {
        self.require_desk()?;
        if case == other {
            return Err(ClientError::NotAllowed);
        }
        let viewer = self.viewer();
        self.write_cases([case, other], |writers| {
            for (writer, there) in writers.iter_mut().zip([other, case]) {
                if writer.case.core().is_none_or(|core| !core.links.contains(&there)) {
                    writer.append(LogKind::Core, Body::CaseLink(OtherCase { case: there }))?;
                }
            }
            raise_for_retaliation(writers, viewer)
        })
    }
}

/// Reprisal makes both cases urgent: whoever complained is in danger for it.
fn raise_for_retaliation(writers: &mut [Writer<'_>], viewer: Viewer) -> Result<(), ClientError> {
    let tells =
        |writer: &Writer<'_>| writer.case.core().is_some_and(|core| tells_of_retaliation(&core.grievances));
    if !writers.iter().any(tells) {
        return Ok(());
    }
    let urgency = |writer: &Writer<'_>| {
        view(&writer.case, viewer).map_or(Priority::P3, |view| view.computed_priority())
    };
    let most = writers.iter().map(urgency).min().unwrap_or(Priority::P3);
    for writer in writers {
        let floor = retaliation_floor(urgency(writer), most);
        let there = writer.case.core().is_some_and(|core| {
            core.floors.iter().any(|known| known.rule == floor.rule && known.priority <= floor.priority)
        });
        if !there {
            writer.append(LogKind::Core, Body::PriorityFloor(floor))?;
        }
    }
    Ok(())
}

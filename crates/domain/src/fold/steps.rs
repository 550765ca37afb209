//! Life cycles: which steps count, judged by what their authors had seen.

use std::collections::BTreeMap;

use super::{
    Reason,
    authorise::{Party, accepted_in, needs_open_case},
    graph::Graph,
    members::{Author, Refusals, refuse},
};
use crate::{
    event::Body,
    lifecycle::{
        case::{self, CaseEvent, CaseState},
        emergency::{self, EmergencyEvent, EmergencyState, Outcome},
    },
};

/// Steps of a life cycle that count, by place, and the state after each.
pub(super) type Steps<S> = BTreeMap<usize, S>;

/// The life-cycle event that a body stands for; `None` when it is no step.
fn step_of(body: &Body) -> Option<CaseEvent> {
    match body {
        // Withdrawing, merging and transferring have events of their own, with rules of their own.
        Body::StatusSet(set) => match CaseEvent::to(set.to, set.waiting_on, set.reason).ok()? {
            CaseEvent::File | CaseEvent::MarkDuplicate | CaseEvent::Transfer | CaseEvent::Withdraw => None,
            step => Some(step),
        },
        Body::Assign(_) => Some(CaseEvent::Assign),
        Body::CaseWithdraw(_) => Some(CaseEvent::Withdraw),
        Body::CaseReopen(_) => Some(CaseEvent::Reopen),
        Body::CaseMerge(_) => Some(CaseEvent::MarkDuplicate),
        Body::CaseTransfer(_) => Some(CaseEvent::Transfer),
        _ => None,
    }
}

/// What the maximal steps in an event's past lead to; `initial` when there is none.
fn seen<S: Copy>(graph: &Graph<'_>, steps: &Steps<S>, at: usize, initial: &[S]) -> Vec<S> {
    if steps.is_empty() {
        return initial.to_vec();
    }
    let last = graph.last_before(at, |place| steps.contains_key(&place));
    if last.is_empty() {
        return initial.to_vec();
    }
    last.iter().filter_map(|place| steps.get(place).copied()).collect()
}

/// A step counts if it is allowed from at least one maximal step in its own past.
pub(super) fn case_steps(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    refused: &mut Refusals,
) -> Steps<CaseState> {
    let mut steps = Steps::new();
    for (at, author) in authors.iter().enumerate() {
        if refused.contains_key(&at) || author.is_none() {
            continue;
        }
        let event = graph.events[at];
        let kind = &event.event().kind;
        let step = step_of(event.body());
        // Most kinds are taken in every state: no need to look at the past.
        if step.is_none() && !matches!(event.body(), Body::StatusSet(_)) && !needs_open_case(kind) {
            continue;
        }
        // A desk that writes has received the case, whatever its receipt says.
        let before = seen(graph, &steps, at, &[CaseState::Received]);
        let accepted = before.iter().any(|status| accepted_in(*status, kind).is_ok());
        let after = match (event.body(), &step) {
            _ if !accepted => None,
            // A status that its details do not fit, or that has an event of its own.
            (Body::StatusSet(_), None) => None,
            (_, None) => continue,
            (Body::Assign(assign), Some(step)) => before
                .iter()
                .filter_map(|status| match status {
                    // Giving the case to another desk does not undo work that was begun; giving it to nobody moves
                    // nothing.
                    CaseState::ActionPlan | CaseState::Waiting(_) | CaseState::Resolved => Some(*status),
                    open if assign.device.is_none() && open.is_open() => Some(*open),
                    _ => case::transition(*status, step).ok(),
                })
                .next_back(),
            (_, Some(step)) => {
                before.iter().filter_map(|status| case::transition(*status, step).ok()).next_back()
            }
        };
        match after {
            Some(status) => {
                steps.insert(at, status);
            }
            None => refuse(refused, at, Reason::NotAllowed),
        }
    }
    steps
}

/// The step of an emergency that a party asks for by naming a state. From the phone come raising, disarming and
/// cancelling only: whoever holds it may be the reason for the alarm.
pub(super) fn emergency_step(party: Party, to: EmergencyState) -> Result<EmergencyEvent, Reason> {
    use EmergencyEvent as E;
    use EmergencyState as S;
    let migrant = party == Party::Migrant;
    match to {
        S::Armed => Err(Reason::NotAllowed),
        S::Raised => Ok(E::Raise),
        S::Disarmed if migrant => Ok(E::Disarm),
        S::FalseAlarm if migrant => Ok(E::Cancel),
        S::Delivered if !migrant => Ok(E::Deliver),
        S::Acknowledged if !migrant => Ok(E::Acknowledge),
        S::Responding if !migrant => Ok(E::Respond),
        S::Safe if !migrant => Ok(E::Close(Outcome::Safe)),
        S::FalseAlarm => Ok(E::Close(Outcome::FalseAlarm)),
        S::HandedOver if !migrant => Ok(E::Close(Outcome::HandedOver)),
        S::Disarmed | S::Delivered | S::Acknowledged | S::Responding | S::Safe | S::HandedOver => {
            Err(Reason::Forbidden)
        }
    }
}

/// The same rule as for the case: a step counts if something its author had seen allows it.
pub(super) fn emergency_steps(
    graph: &Graph<'_>,
    authors: &[Option<Author>],
    refused: &mut Refusals,
) -> Steps<EmergencyState> {
    // The request itself may stand in the opening, in a codes event or in another log: an author who saw no step
    // may take the alarm for armed or for raised.
    const INITIAL: [EmergencyState; 2] = [EmergencyState::Armed, EmergencyState::Raised];
    let mut steps = Steps::new();
    for (at, author) in authors.iter().enumerate() {
        let (Body::EmergencyStatus(set), Some(author), false) =
            (graph.events[at].body(), author, refused.contains_key(&at))
        else {
            continue;
        };
        let after = emergency_step(author.party, set.to).and_then(|step| {
            seen(graph, &steps, at, &INITIAL)
                .into_iter()
                .find_map(|state| emergency::transition(state, &step).ok())
                .ok_or(Reason::NotAllowed)
        });
        match after {
            Ok(state) => {
                steps.insert(at, state);
            }
            Err(reason) => refuse(refused, at, reason),
        }
    }
    steps
}

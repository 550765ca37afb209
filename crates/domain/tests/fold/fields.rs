//! The conflict table: what is shown when a field was written concurrently, and the life cycles.

use amana_domain::{
    codes::CaseKind,
    event::{
        Assign, Body, CodesSet, EmergencyStatus, Facts, LogHeads, OriginContactSet, OtherCase, Receipt,
        Remark, SafeContactSet, SafeguardSet, StatusSet,
    },
    fold::{Reason, SafeguardState},
    ids::EventId,
    indicators::Indicator,
    lifecycle::{
        case::{CaseState, CaseStatus, CloseReason, WaitingOn},
        emergency::EmergencyState,
    },
    priority::{Priority, PriorityFloor, PriorityOverride},
    safe_contact::SafeContact,
};

use crate::{members::empty_receipt, world::*};

fn core(scene: &Scene) -> amana_domain::fold::CoreState {
    scene.fold().core.unwrap()
}

fn shown(scene: &Scene) -> CaseState {
    core(scene).status
}

fn language(text: &str) -> Body {
    Body::FactsSet(Facts { language: Some(text.parse().unwrap()), ..Facts::default() })
}

fn assign(to: Option<Actor>) -> Body {
    Body::Assign(Assign { device: to.map(|actor| actor.device()) })
}

fn remark() -> Remark {
    Remark { note: None }
}

/// Received, assigned, planned, resolved: ready to close.
fn resolved() -> (Scene, EventId) {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    scene.write(caseworker(), &[genesis], assign(Some(caseworker())));
    scene.write(caseworker(), &[], status(CaseStatus::ActionPlan));
    let last = scene.write(caseworker(), &[], status(CaseStatus::Resolved));
    scene.assert_applied(last);
    (scene, last)
}

#[test]
fn an_ordinary_field_shows_the_later_write_and_keeps_the_other() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let late = scene.write_with(caseworker(), &[genesis], language("hi"), |draft| draft.claimed_ms = 9_000);
    let early = scene.write_with(colleague(), &[genesis], language("bn"), |draft| draft.claimed_ms = 8_000);
    let state = core(&scene);
    assert_eq!(state.facts.language, Some("hi".parse().unwrap()));
    let conflict = &state.conflicts[0];
    assert_eq!(
        (conflict.field.as_str(), conflict.shown, conflict.others.as_slice()),
        ("language", late, &[early][..])
    );
    // A decision has both in its past and ends the conflict, whatever its clock says.
    scene.write_with(migrant(), &[late, early], language("bn"), |draft| draft.claimed_ms = 5);
    let state = core(&scene);
    assert_eq!(state.facts.language, Some("bn".parse().unwrap()));
    assert!(state.conflicts.is_empty());
    // Fields not named stay; equal values are no conflict.
    let heads = scene.fold().heads_to_name();
    let country =
        |text: &str| Body::FactsSet(Facts { origin: Some(text.parse().unwrap()), ..Facts::default() });
    scene.write(caseworker(), &heads, country("NP"));
    scene.write(colleague(), &heads, country("NP"));
    let state = core(&scene);
    assert_eq!((state.facts.language.is_some(), state.facts.origin), (true, Some("NP".parse().unwrap())));
    assert!(state.conflicts.is_empty());
}

#[test]
fn codes_replace_what_they_saw() {
    let mut scene = Scene::core();
    assert_eq!(core(&scene).grievances, ["WAG.UNPAID".parse().unwrap()]);
    let codes = CodesSet { grievances: Some(vec!["DOC.RETAIN".parse().unwrap()]), ..CodesSet::default() };
    scene.next(caseworker(), Body::CodesSet(codes));
    assert_eq!(core(&scene).grievances, ["DOC.RETAIN".parse().unwrap()]);
    let codes = CodesSet { situations: Some(vec!["X03".parse().unwrap()]), ..CodesSet::default() };
    scene.next(migrant(), Body::CodesSet(codes));
    let state = core(&scene);
    assert_eq!((state.grievances.len(), state.situations.len()), (1, 1));
    assert_eq!(state.kind, Some(CaseKind::Grievance));
    let codes = CodesSet { kind: Some(CaseKind::Emergency), ..CodesSet::default() };
    scene.next(caseworker(), Body::CodesSet(codes));
    let state = core(&scene);
    assert_eq!((state.kind, state.grievances.len()), (Some(CaseKind::Emergency), 1));
}

#[test]
fn the_most_urgent_of_concurrent_floors_holds() {
    let floor = |priority, rule: &str| Body::PriorityFloor(PriorityFloor { priority, rule: rule.into() });
    for [first, second] in [[Priority::P3, Priority::P1], [Priority::P1, Priority::P3]] {
        let mut scene = Scene::core();
        let genesis = scene.genesis;
        let one = scene.write(caseworker(), &[genesis], floor(first, "danger"));
        let two = scene.write(colleague(), &[genesis], floor(second, "danger"));
        scene.write(supervisor(), &[genesis], floor(Priority::P2, "age"));
        let floors = core(&scene).floors;
        assert_eq!(floors.len(), 2);
        assert_eq!(floors.iter().find(|floor| floor.rule == "danger").unwrap().priority, Priority::P1);
        // Somebody who saw both decides.
        scene.write(supervisor(), &[one, two], floor(Priority::P4, "danger"));
        let floors = core(&scene).floors;
        assert_eq!(floors.iter().find(|floor| floor.rule == "danger").unwrap().priority, Priority::P4);
    }
}

#[test]
fn concurrent_safe_contact_plans_allow_only_what_both_allow() {
    let plan = |json: &str| {
        Body::SafeContactSet(SafeContactSet { plan: SafeContact::parse_json(json.as_bytes()).unwrap() })
    };
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let both = r#"{"channels":[{"channel":"app"},{"channel":"sms","address":"+1"},{"channel":"call","address":"+2"}]}"#;
    let quiet = r#"{"channels":[{"channel":"app"},{"channel":"sms","address":"+1","hours":"06:00-07:00"}],"do_not_reply":true}"#;
    let one = scene.write(migrant(), &[genesis], plan(both));
    let two = scene.write(caseworker(), &[genesis], plan(quiet));
    let merged = core(&scene).safe_contact.unwrap();
    assert!(merged.do_not_reply);
    assert_eq!(merged.channels.len(), 2);
    assert!(!merged.allows("call".parse().unwrap(), Some("+2"), None));
    assert_eq!(merged.channels.iter().filter(|channel| channel.hours.is_some()).count(), 1);
    scene.write(migrant(), &[one, two], plan(both));
    let decided = core(&scene).safe_contact.unwrap();
    assert!(!decided.do_not_reply && decided.channels.len() == 3);
}

#[test]
fn the_origin_is_told_only_if_every_word_in_force_allows_it() {
    let word = |allowed| Body::OriginContactSet(OriginContactSet { allowed });
    let mut scene = Scene::core();
    assert!(!core(&scene).origin_contact_allowed);
    let one = scene.next(migrant(), word(true));
    assert!(core(&scene).origin_contact_allowed);
    let genesis = scene.genesis;
    let two = scene.write_with(caseworker(), &[genesis], word(false), |draft| draft.claimed_ms = 1);
    assert!(!core(&scene).origin_contact_allowed);
    scene.write(migrant(), &[one, two], word(true));
    assert!(core(&scene).origin_contact_allowed);
}

#[test]
fn a_gate_opens_by_a_supervisors_word_and_closes_by_anybodys() {
    let word =
        |safe| Body::SafeguardSet(SafeguardSet { return_is_safe: Some(safe), ..SafeguardSet::default() });
    let safe = |scene: &Scene| core(scene).safeguards.return_is_safe;
    let mut scene = Scene::core();
    assert_eq!(core(&scene).safeguards, SafeguardState::default());
    let genesis = scene.genesis;
    let low = scene.write(caseworker(), &[genesis], word(true));
    scene.assert_refused(low, Reason::Forbidden);
    let hers = scene.write(migrant(), &[genesis], word(true));
    scene.assert_refused(hers, Reason::Forbidden);
    assert!(!safe(&scene));
    let one = scene.write(supervisor(), &[genesis], word(true));
    assert!(safe(&scene));
    assert!(!core(&scene).safeguards.best_interests_decided, "one gate does not open another");
    // Written by somebody who had not seen the other, long before by the clock: the doubt holds.
    let two = scene.write_with(caseworker(), &[genesis], word(false), |draft| draft.claimed_ms = 1);
    assert!(!safe(&scene));
    let three = scene.write(supervisor(), &[one, two], word(true));
    assert!(safe(&scene));
    scene.write(caseworker(), &[three], word(false));
    assert!(!safe(&scene));
}

#[test]
fn ticked_indicators_are_replaced_and_kept() {
    let tick = |numbers: &[u8]| {
        let indicators = numbers.iter().map(|n| Indicator::try_from(*n).unwrap()).collect();
        Body::CodesSet(CodesSet { indicators: Some(indicators), ..CodesSet::default() })
    };
    let mut scene = Scene::core();
    scene.next(caseworker(), tick(&[1, 4]));
    scene.next(caseworker(), tick(&[4]));
    let shown = core(&scene);
    assert_eq!(shown.indicators.iter().map(|one| one.number()).collect::<Vec<_>>(), [4]);
    assert_eq!(shown.grievances, ["WAG.UNPAID".parse().unwrap()], "what the opening said stays");
    assert_eq!(shown.conflicts, []);
}

#[test]
fn a_step_must_be_allowed_from_something_its_author_had_seen() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    assert_eq!(shown(&scene), CaseState::Queued);
    let receipt = scene.write(caseworker(), &[genesis], Body::Receipt(empty_receipt()));
    assert_eq!(shown(&scene), CaseState::Received);
    let jump = scene.write(caseworker(), &[receipt], status(CaseStatus::Resolved));
    scene.assert_refused(jump, Reason::NotAllowed);
    let triaged = scene.write(caseworker(), &[receipt], status(CaseStatus::Triaged));
    // Claimed an hour before what it follows: validity is about the past, not about clocks.
    let assigned =
        scene.write_with(colleague(), &[triaged], assign(Some(colleague())), |draft| draft.claimed_ms = 1);
    scene.assert_applied(assigned);
    assert_eq!(shown(&scene), CaseState::Assigned);
    // Valid from `assigned`, which it saw, not from `triaged`.
    let waiting = scene.write(colleague(), &[], status(CaseStatus::Waiting));
    assert_eq!(shown(&scene), CaseState::Waiting(WaitingOn::Employer));
    // One who had seen `triaged` only may not wait.
    let blind = scene.write(supervisor(), &[triaged], status(CaseStatus::Waiting));
    scene.assert_refused(blind, Reason::NotAllowed);
    // Two maximal steps in the past: allowed from one of them is enough.
    let beside = scene.write(admin(), &[triaged], assign(Some(admin())));
    let planned = scene.write(supervisor(), &[waiting, beside], status(CaseStatus::ActionPlan));
    scene.assert_applied(planned);
    assert_eq!(shown(&scene), CaseState::ActionPlan);
    // What a refused step would have allowed is not allowed either.
    let closed = scene.write(supervisor(), &[jump, planned], status(CaseStatus::Closed));
    scene.assert_refused(closed, Reason::NotAllowed);
}

#[test]
fn a_status_with_details_that_do_not_fit_is_refused() {
    let mut scene = Scene::core();
    scene.next(caseworker(), assign(Some(caseworker())));
    for (to, waiting_on, reason) in [
        (CaseStatus::Waiting, None, None),
        (CaseStatus::Resolved, None, Some(CloseReason::Remedied)),
        (CaseStatus::Resolved, Some(WaitingOn::Client), None),
        (CaseStatus::Draft, None, None),
        // These have events of their own: the migrant withdraws, a merge names the other case, a transfer needs her
        // signature.
        (CaseStatus::Withdrawn, None, None),
        (CaseStatus::Duplicate, None, None),
        (CaseStatus::Transferred, None, None),
    ] {
        let set = StatusSet { to, waiting_on, reason, note: None, seen: vec![] };
        let id = scene.next(caseworker(), Body::StatusSet(set));
        scene.assert_refused(id, Reason::NotAllowed);
    }
}

#[test]
fn assigning_again_does_not_undo_work() {
    let mut scene = Scene::core();
    let nobody = scene.next(caseworker(), assign(None));
    scene.assert_applied(nobody);
    assert_eq!((shown(&scene), core(&scene).assigned), (CaseState::Received, None));
    scene.next(caseworker(), assign(Some(caseworker())));
    scene.next(caseworker(), status(CaseStatus::ActionPlan));
    scene.next(caseworker(), assign(Some(colleague())));
    assert_eq!(shown(&scene), CaseState::ActionPlan);
    assert_eq!(core(&scene).assigned, Some(colleague().device()));
}

#[test]
fn a_closing_beside_something_the_migrant_wrote_shows_as_reopened() {
    let (mut scene, last) = resolved();
    let closed = scene.write(caseworker(), &[], status(CaseStatus::Closed));
    assert_eq!(shown(&scene), CaseState::Closed(CloseReason::Remedied));
    // Bookkeeping of her phone is not her voice.
    let receipt = scene.write(migrant(), &[last], Body::Receipt(empty_receipt()));
    assert_eq!(shown(&scene), CaseState::Closed(CloseReason::Remedied));
    let word = scene.write(migrant(), &[], language("bn"));
    assert_eq!(shown(&scene), CaseState::Reopened);
    assert!(
        core(&scene).conflicts.iter().any(|conflict| conflict.field == "status" && conflict.shown == closed)
    );
    // Reopening by decision, then closing with everything seen, holds.
    let reopened = scene.write(caseworker(), &[word, receipt], Body::CaseReopen(remark()));
    scene.assert_applied(reopened);
    scene.write(caseworker(), &[], status(CaseStatus::Resolved));
    scene.write(caseworker(), &[], status(CaseStatus::Closed));
    assert_eq!(shown(&scene), CaseState::Closed(CloseReason::Remedied));
    // What she says after it is no contradiction: she knows.
    scene.next(migrant(), language("hi"));
    assert_eq!(shown(&scene), CaseState::Closed(CloseReason::Remedied));
}

#[test]
fn a_closing_says_what_it_had_seen_of_other_logs() {
    let (mut scene, _) = resolved();
    let seen = vec![LogHeads { log: scene.log, heads: vec![scene.genesis] }];
    let set = StatusSet {
        to: CaseStatus::Closed,
        waiting_on: None,
        reason: Some(CloseReason::Remedied),
        note: None,
        seen: seen.clone(),
    };
    scene.next(caseworker(), Body::StatusSet(set));
    assert_eq!(core(&scene).closing_seen, seen);
    scene.next(caseworker(), Body::CaseReopen(remark()));
    assert!(core(&scene).closing_seen.is_empty());
}

#[test]
fn two_closings_beside_each_other_yield_to_what_stands() {
    let (mut scene, last) = resolved();
    scene.write(caseworker(), &[], status(CaseStatus::Closed));
    // Another desk plans on, earlier by its clock. Nothing contradicts the closing: the later step is shown.
    let planned =
        scene.write_with(colleague(), &[last], status(CaseStatus::ActionPlan), |draft| draft.claimed_ms = 1);
    assert_eq!(shown(&scene), CaseState::Closed(CloseReason::Remedied));
    // Once she has spoken beside it, the step that stands is shown.
    scene.write(migrant(), &[planned], language("bn"));
    assert_eq!(shown(&scene), CaseState::ActionPlan);
}

#[test]
fn the_migrants_withdrawal_wins_over_what_desks_did_meanwhile() {
    let (mut scene, last) = resolved();
    let withdrawn =
        scene.write_with(migrant(), &[last], Body::CaseWithdraw(remark()), |draft| draft.claimed_ms = 1);
    let closed = scene.write(caseworker(), &[], status(CaseStatus::Closed));
    let planned = scene.write(colleague(), &[last], status(CaseStatus::ActionPlan));
    for id in [withdrawn, closed, planned] {
        scene.assert_applied(id);
    }
    assert_eq!(shown(&scene), CaseState::Withdrawn);
    // Going on takes a decision that saw it.
    let reopened = scene.next(caseworker(), Body::CaseReopen(remark()));
    scene.assert_applied(reopened);
    assert_eq!(shown(&scene), CaseState::Reopened);
}

#[test]
fn a_finished_case_takes_no_new_work_until_it_is_reopened() {
    let (mut scene, _) = resolved();
    scene.next(caseworker(), status(CaseStatus::Closed));
    let over =
        || Body::PriorityOverride(PriorityOverride::new(Priority::P0, "new facts", Priority::P3).unwrap());
    for body in [assign(Some(colleague())), over(), crate::referrals::propose(OTHER)] {
        let id = scene.next(caseworker(), body);
        scene.assert_refused(id, Reason::NotAllowed);
    }
    let said = scene.next(migrant(), language("bn"));
    scene.assert_applied(said);
    scene.next(migrant(), Body::CaseReopen(remark()));
    let id = scene.next(caseworker(), over());
    scene.assert_applied(id);
    assert_eq!(core(&scene).priority_override.unwrap().priority(), Priority::P0);
}

#[test]
fn a_merge_names_its_case_only_while_it_stands() {
    let mut scene = Scene::core();
    let other = root_of(9).case().unwrap();
    scene.next(caseworker(), Body::CaseMerge(OtherCase { case: other }));
    assert_eq!((shown(&scene), core(&scene).merged_into), (CaseState::Duplicate, Some(other)));
    scene.next(caseworker(), Body::CaseReopen(remark()));
    assert_eq!((shown(&scene), core(&scene).merged_into), (CaseState::Reopened, None));
}

#[test]
fn two_merges_beside_each_other_are_a_conflict() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let into = |n| Body::CaseMerge(OtherCase { case: root_of(n).case().unwrap() });
    let one = scene.write(caseworker(), &[genesis], into(8));
    let two = scene.write(colleague(), &[genesis], into(9));
    let conflicts = core(&scene).conflicts;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].field, "merged_into");
    let mut events = vec![conflicts[0].shown];
    events.extend(&conflicts[0].others);
    assert!(events.contains(&one) && events.contains(&two));
    scene.next(caseworker(), Body::CaseReopen(remark()));
    scene.next(caseworker(), into(8));
    assert_eq!((core(&scene).merged_into, core(&scene).conflicts), (root_of(8).case().ok(), vec![]));
}

fn emergency(to: EmergencyState) -> Body {
    Body::EmergencyStatus(EmergencyStatus { to, reason: None })
}

#[test]
fn whoever_holds_the_phone_cannot_silence_an_alarm() {
    use EmergencyState as S;
    let mut scene = Scene::core();
    scene.next(migrant(), emergency(S::Raised));
    let raised = scene.fold().heads_to_name();
    for to in [S::Delivered, S::Acknowledged, S::Responding, S::Safe, S::HandedOver] {
        let id = scene.next(migrant(), emergency(to));
        scene.assert_refused(id, Reason::Forbidden);
    }
    // Nobody closes what nobody acknowledged.
    let id = scene.next(caseworker(), emergency(S::Safe));
    scene.assert_refused(id, Reason::NotAllowed);
    let acknowledged = scene.write(caseworker(), &raised, emergency(S::Acknowledged));
    scene.assert_applied(acknowledged);
    let seeing = scene.write(migrant(), &[acknowledged], emergency(S::FalseAlarm));
    scene.assert_refused(seeing, Reason::NotAllowed);
    assert_eq!(core(&scene).emergency, Some(S::Acknowledged));
}

#[test]
fn of_concurrent_emergency_states_the_open_one_is_shown() {
    use EmergencyState as S;
    let mut scene = Scene::core();
    let raised = scene.next(migrant(), emergency(S::Raised));
    let acknowledged =
        scene.write_with(caseworker(), &[raised], emergency(S::Acknowledged), |draft| draft.claimed_ms = 1);
    // A cancel that had not seen the acknowledgement is valid, later, and yet does not silence it.
    let cancelled = scene.write(migrant(), &[raised], emergency(S::FalseAlarm));
    scene.assert_applied(cancelled);
    assert_eq!(core(&scene).emergency, Some(S::Acknowledged));
    let safe = scene.write(caseworker(), &[acknowledged, cancelled], emergency(S::Safe));
    scene.assert_applied(safe);
    assert_eq!(core(&scene).emergency, Some(S::Safe));
    // Raised again beside the closing.
    let again = scene.write_with(migrant(), &[cancelled], emergency(S::Raised), |draft| draft.claimed_ms = 1);
    scene.assert_applied(again);
    assert_eq!(core(&scene).emergency, Some(S::Raised));
}

#[test]
fn receipts_add_up_and_the_owners_first_one_starts_the_clock() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let heads = |event: EventId| Receipt { heads: vec![LogHeads { log: scene_log(), heads: vec![event] }] };
    fn scene_log() -> amana_domain::ids::LogId {
        Scene::core().log
    }
    let one = scene
        .write_with(colleague(), &[genesis], Body::Receipt(heads(genesis)), |draft| draft.claimed_ms = 700);
    scene.write_with(caseworker(), &[genesis], Body::Read(heads(one)), |draft| draft.claimed_ms = 600);
    // Neither the migrant's clock nor a stranger's receipt starts the clock.
    scene.write_with(migrant(), &[genesis], Body::Receipt(heads(one)), |draft| draft.claimed_ms = 1);
    let stranger =
        scene.write_with(guest(), &[genesis], Body::Receipt(heads(one)), |draft| draft.claimed_ms = 2);
    scene.assert_refused(stranger, Reason::NotMember);
    let state = core(&scene);
    assert_eq!(state.first_received_ms, Some(600));
    assert_eq!(state.receipts.len(), 2);
    assert_eq!(state.receipts[&Some(organisation(OWNER))][0].heads, [genesis]);
    assert_eq!(state.receipts[&None][0].heads, [one]);
    assert_eq!(state.reads[&organisation(OWNER)][0].heads, [one]);
}

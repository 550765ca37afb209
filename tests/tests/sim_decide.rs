//! Values that were written beside each other, and the decision that settles them on every replica.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{CaseView, ClientError};
use amana_domain::{
    ids::{CaseId, EventId},
    lifecycle::case::{CaseStatus, CloseReason, WaitingOn},
    priority::Priority,
    role::Role,
};
use amana_tests::sim::{Device, World, settle, simulate, text};

/// Two desks of one team and a phone with a case that both have.
async fn team(seed: u64) -> (World, Device, Device, Device, CaseId) {
    let mut world = World::new(seed).await;
    let mut first = world.desk("first", Role::Admin);
    first.sync().await.unwrap();
    let mut second = world.desk("second", Role::Caseworker);
    let mut phone = world.phone();
    let case = world.file(phone.client(), "what happened").case;
    settle(&mut [&mut first, &mut second, &mut phone]).await;
    first.client().assign(case, "second").unwrap();
    first.client().set_status(case, CaseStatus::ActionPlan, None, None, None).unwrap();
    settle(&mut [&mut first, &mut second, &mut phone]).await;
    (world, first, second, phone, case)
}

/// The event of a field's value.
fn event(view: &CaseView, field: &str, value: &str) -> EventId {
    let found =
        view.conflict_values.iter().find(|one| one.field == field && one.value.as_deref() == Some(value));
    found.unwrap_or_else(|| panic!("no {value} in {:?}", view.conflict_values)).event
}

async fn decided(devices: &mut [&mut Device], case: CaseId) -> Vec<CaseView> {
    settle(devices).await;
    let views: Vec<CaseView> = devices.iter_mut().map(|device| device.client().show(case).unwrap()).collect();
    for view in &views {
        assert!(view.conflicts.is_empty(), "{:?}", view.conflicts);
        assert_eq!((view.status, view.waiting_on), (views[0].status, views[0].waiting_on));
        assert_eq!(view.assigned, views[0].assigned);
        assert_eq!(view.priority, views[0].priority);
    }
    for device in devices.iter_mut() {
        assert!(device.client().verify().unwrap().problems.is_empty());
    }
    views
}

#[test]
fn either_status_can_be_chosen() {
    for (seed, chosen, expected) in [
        (1, "waiting:employer", (CaseStatus::Waiting, Some(WaitingOn::Employer))),
        (2, "resolved", (CaseStatus::Resolved, None)),
    ] {
        simulate(async move {
            let (_world, mut first, mut second, mut phone, case) = team(seed).await;
            let employer = Some(WaitingOn::Employer);
            first.client().set_status(case, CaseStatus::Waiting, employer, None, None).unwrap();
            second.client().set_status(case, CaseStatus::Resolved, None, None, None).unwrap();
            settle(&mut [&mut first, &mut second, &mut phone]).await;
            let view = first.client().show(case).unwrap();
            assert_eq!(view.conflicts.len(), 1);
            assert_eq!(view.conflict_values, second.client().show(case).unwrap().conflict_values);
            let event = event(&view, "status", chosen);
            assert!(matches!(phone.client().decide(case, event), Err(ClientError::Forbidden)));
            second.client().decide(case, event).unwrap();
            assert!(matches!(second.client().decide(case, event), Err(ClientError::NotFound)), "settled");
            let views = decided(&mut [&mut first, &mut second, &mut phone], case).await;
            assert_eq!((views[0].status, views[0].waiting_on), expected);
        });
    }
}

#[test]
fn one_decision_settles_one_field_and_leaves_the_others() {
    simulate(async {
        let (_world, mut first, mut second, mut phone, case) = team(3).await;
        first.client().assign(case, "first").unwrap();
        second.client().assign(case, "second").unwrap();
        first.client().set_priority(case, Priority::P1, "locked in").unwrap();
        second.client().set_priority(case, Priority::P3, "safe now").unwrap();
        settle(&mut [&mut first, &mut second, &mut phone]).await;
        let view = first.client().show(case).unwrap();
        assert_eq!(view.conflicts.len(), 2, "{:?}", view.conflicts);
        let urgent = event(&view, "priority", "1");
        first.client().decide(case, urgent).unwrap();
        let view = first.client().show(case).unwrap();
        assert_eq!(view.priority, Priority::P1);
        let fields: Vec<&str> = view.conflicts.iter().map(|conflict| conflict.field.as_str()).collect();
        assert_eq!(fields, ["assigned"]);
        let other = view.conflicts[0].others[0];
        second.sync().await.unwrap();
        first.client().decide(case, other).unwrap();
        let views = decided(&mut [&mut first, &mut second, &mut phone], case).await;
        assert!(views[0].assigned.is_some() && views[0].assigned != view.assigned);
        // An event that is no value of an open conflict decides nothing.
        assert!(matches!(first.client().decide(case, urgent), Err(ClientError::NotFound)));
    });
}

#[test]
fn a_closing_that_she_contradicted_stands_only_if_somebody_says_so_again() {
    simulate(async {
        let (_world, mut first, mut second, mut phone, case) = team(4).await;
        first.client().set_status(case, CaseStatus::Resolved, None, None, None).unwrap();
        settle(&mut [&mut first, &mut second, &mut phone]).await;
        let reason = Some(CloseReason::Remedied);
        first.client().set_status(case, CaseStatus::Closed, None, reason, None).unwrap();
        phone.client().set_origin_contact(case, false).unwrap();
        settle(&mut [&mut first, &mut second, &mut phone]).await;
        let view = second.client().show(case).unwrap();
        assert_eq!(view.status, CaseStatus::Reopened);
        let closing = event(&view, "status", "closed:remedied");
        second.client().decide(case, closing).unwrap();
        let views = decided(&mut [&mut first, &mut second, &mut phone], case).await;
        assert_eq!((views[0].status, views[0].close_reason), (CaseStatus::Closed, reason));
        phone.client().say(case, &text("he did not pay")).unwrap();
        settle(&mut [&mut first, &mut second, &mut phone]).await;
        assert_eq!(first.client().show(case).unwrap().status, CaseStatus::Reopened);
    });
}

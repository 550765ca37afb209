//! A case goes to another owner only by the migrant's word.

use amana_domain::{
    event::{Body, CaseTransfer, ConsentGrant, Remark, Transfer, TransferDecline, TransferPropose},
    fold::Reason,
    ids::DeploymentId,
    lifecycle::case::{CaseState, CaseStatus},
    role::LogKind,
    signed::Signed,
};

use crate::world::*;

fn transfer(scene: &Scene, to: u8, change: impl FnOnce(&mut Transfer)) -> Body {
    let root = &scene.root;
    let mut body = Transfer {
        deployment: root.deployment,
        case: root.case().unwrap(),
        key: root.sign,
        organisation: organisation(to),
        nonce: [1; 16],
    };
    change(&mut body);
    let key = body.key;
    Body::CaseTransfer(CaseTransfer { statement: Signed::make(body, |message| sign(&key, message)).unwrap() })
}

fn propose(to: u8) -> Body {
    Body::TransferPropose(TransferPropose { organisation: organisation(to), reason: None })
}

fn decline(to: u8) -> Body {
    Body::TransferDecline(TransferDecline { organisation: organisation(to) })
}

#[test]
fn her_no_ends_the_proposals_that_she_had_seen_and_no_other() {
    let mut scene = Scene::core();
    scene.next(caseworker(), propose(OTHER));
    // A desk does not say no for her, and a no to somebody else is none to this one.
    let id = scene.next(caseworker(), decline(OTHER));
    scene.assert_refused(id, Reason::Forbidden);
    scene.next(migrant(), decline(7));
    let core = scene.fold().core.unwrap();
    assert_eq!((core.transfer_proposed, core.transfer_declined), (Some(organisation(OTHER)), None));
    let id = scene.next(migrant(), decline(OTHER));
    scene.assert_applied(id);
    let core = scene.fold().core.unwrap();
    assert_eq!((core.transfer_proposed, core.transfer_declined), (None, Some(organisation(OTHER))));
    // Proposed once more, knowing that she said no: she is asked again.
    scene.next(caseworker(), propose(OTHER));
    let core = scene.fold().core.unwrap();
    assert_eq!((core.transfer_proposed, core.transfer_declined), (Some(organisation(OTHER)), None));
    assert_eq!(core.conflicts, []);
}

#[test]
fn of_two_proposals_beside_each_other_her_no_leaves_the_other() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let one = scene.write_with(caseworker(), &[genesis], propose(OTHER), |draft| draft.claimed_ms = 2_000);
    let two = scene.write_with(supervisor(), &[genesis], propose(7), |draft| draft.claimed_ms = 1_000);
    let core = scene.fold().core.unwrap();
    assert_eq!(core.transfer_proposed, Some(organisation(OTHER)));
    assert_eq!((core.conflicts[0].shown, &core.conflicts[0].others[..]), (one, &[two][..]));
    // A no that had not seen the proposal does not count against it.
    let early = scene.write_with(migrant(), &[genesis], decline(7), |_| {});
    scene.assert_applied(early);
    assert_eq!(scene.fold().core.unwrap().conflicts.len(), 1);
    scene.write_with(migrant(), &[one, two, early], decline(OTHER), |_| {});
    let core = scene.fold().core.unwrap();
    assert_eq!((core.transfer_proposed, core.transfer_declined), (Some(organisation(7)), None));
    assert_eq!(core.conflicts, []);
}

#[test]
fn she_transfers_by_herself_or_her_owner_with_her_statement() {
    for by in [migrant(), caseworker()] {
        let mut scene = Scene::core();
        scene.next(caseworker(), propose(OTHER));
        let proposed = scene.fold().core.unwrap();
        assert_eq!((proposed.transfer_proposed, proposed.transferred_to), (Some(organisation(OTHER)), None));
        let body = transfer(&scene, OTHER, |_| {});
        let id = scene.next(by, body);
        scene.assert_applied(id);
        let core = scene.fold().core.unwrap();
        assert_eq!((core.status, core.transferred_to), (CaseState::Transferred, Some(organisation(OTHER))));
        // A finished case is proposed to nobody.
        let id = scene.next(caseworker(), propose(OTHER));
        scene.assert_refused(id, Reason::NotAllowed);
        scene.next(migrant(), Body::CaseReopen(Remark::default()));
        let core = scene.fold().core.unwrap();
        assert_eq!((core.status, core.transferred_to), (CaseState::Reopened, None));
    }
}

#[test]
fn a_statement_about_something_else_or_by_somebody_else_is_refused() {
    type Change = fn(&mut Transfer);
    let changes: [(&str, Change); 3] = [
        ("another case", |body| body.case = root_of(9).case().unwrap()),
        ("another deployment", |body| body.deployment = DeploymentId::from_root(&caseworker().key)),
        ("another key", |body| body.key = caseworker().key),
    ];
    for (what, change) in changes {
        let mut scene = Scene::core();
        let body = transfer(&scene, OTHER, change);
        let id = scene.next(caseworker(), body);
        scene.assert_refused(id, Reason::BadStatement);
        assert_ne!(scene.fold().core.unwrap().status, CaseState::Transferred, "{what}");
    }
    // Another organisation's desk cannot take a case.
    let mut scene = Scene::core();
    let statement = consent(&scene, OTHER, &[LogKind::Core], 1);
    scene.next(migrant(), Body::ConsentGrant(ConsentGrant { statement: statement.clone() }));
    scene.next(caseworker(), add(OTHER, Some(statement)));
    let body = transfer(&scene, OTHER, |_| {});
    let id = scene.next(guest(), body);
    scene.assert_refused(id, Reason::Forbidden);
    // A status cannot stand for it.
    let id = scene.next(caseworker(), status(CaseStatus::Transferred));
    scene.assert_refused(id, Reason::NotAllowed);
}

#[test]
fn her_transfer_holds_against_whatever_a_desk_did_beside_it_but_not_against_her_withdrawal() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let body = transfer(&scene, OTHER, |_| {});
    let transferred = scene.write_with(migrant(), &[genesis], body, |draft| draft.claimed_ms = 1_000);
    let triaged = scene.write_with(caseworker(), &[genesis], status(CaseStatus::Triaged), |draft| {
        draft.claimed_ms = 9_000;
    });
    let core = scene.fold().core.unwrap();
    assert_eq!((core.status, core.status_event), (CaseState::Transferred, Some(transferred)));
    assert_eq!(core.conflicts[0].others, [triaged]);
    // The owner hands over what she signed earlier, while she withdraws.
    let mut scene = Scene::core();
    let body = transfer(&scene, OTHER, |_| {});
    let transferred = scene.write_with(caseworker(), &[genesis], body, |draft| draft.claimed_ms = 9_000);
    let withdraw = Body::CaseWithdraw(Remark::default());
    let withdrawn = scene.write_with(migrant(), &[genesis], withdraw, |draft| draft.claimed_ms = 1_000);
    let core = scene.fold().core.unwrap();
    assert_eq!((core.status, core.status_event), (CaseState::Withdrawn, Some(withdrawn)));
    assert_eq!((core.transferred_to, &core.conflicts[0].others[..]), (None, &[transferred][..]));
}

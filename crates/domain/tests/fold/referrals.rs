//! Proposals, consents and answers, in `core` and in the log shared with the other organisation.

use amana_domain::{
    codes::CaseKind,
    event::{
        Body, CodesSet, Consent, ConsentDecline, ConsentExpired, ConsentGrant, MemberAdd, ReferralAnswer,
        ReferralPropose, ReferralReply, ReferralRevoke,
    },
    fold::{CoreState, Reason, Reply, Verdict},
    role::LogKind,
    signed::Signed,
};

use crate::world::*;

fn core(scene: &Scene) -> CoreState {
    scene.fold().core.unwrap()
}

fn grant(statement: &Signed<Consent>) -> Body {
    Body::ConsentGrant(ConsentGrant { statement: statement.clone() })
}

/// Who ends a consent with what, and how that is told.
type Ending = fn(&Scene, &Signed<Consent>) -> (Actor, Body, Reply);

fn revoke() -> Body {
    Body::ReferralRevoke(ReferralRevoke { organisation: organisation(OTHER) })
}

pub fn propose(to: u8) -> Body {
    Body::ReferralPropose(ReferralPropose {
        organisation: organisation(to),
        logs: vec![LogKind::Talk],
        purpose: "shelter".into(),
        until: None,
    })
}

#[test]
fn an_end_holds_against_every_answer_until_it_is_proposed_again() {
    let reply = |scene: &Scene| core(scene).referrals[0].reply;
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let declined_nothing = scene.write(
        migrant(),
        &[genesis],
        Body::ConsentDecline(ConsentDecline { organisation: organisation(OTHER) }),
    );
    scene.assert_applied(declined_nothing);
    assert!(core(&scene).referrals.is_empty());
    scene.next(caseworker(), propose(OTHER));
    assert_eq!(reply(&scene), None);
    scene.next(migrant(), Body::ConsentDecline(ConsentDecline { organisation: organisation(OTHER) }));
    assert_eq!(reply(&scene), Some(Reply::Declined));
    scene.next(caseworker(), propose(OTHER));
    assert_eq!(reply(&scene), None);
}

#[test]
fn a_referral_log_tells_its_own_story() {
    let answer = |reply| Body::ReferralAnswer(ReferralAnswer { reply, reason: None });
    let mut scene = Scene::open(LogKind::Referral, caseworker(), Some(OTHER));
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 1);
    let joined = scene.next(caseworker(), add(OTHER, Some(statement)));
    let accepted = scene.write(guest(), &[joined], answer(ReferralReply::Accepted));
    scene.assert_applied(accepted);
    assert_eq!(core(&scene).referrals[0].reply, Some(Reply::Accepted));
    let done = scene.write(guest_supervisor(), &[accepted], answer(ReferralReply::Done));
    assert_eq!(core(&scene).referrals[0].reply, Some(Reply::Done));
    // Revoked earlier by its clock, beside the answers: it holds.
    let revoke = Body::ReferralRevoke(ReferralRevoke { organisation: organisation(OTHER) });
    let revoked = scene.write_with(caseworker(), &[joined], revoke, |draft| draft.claimed_ms = 1);
    scene.assert_applied(revoked);
    assert_eq!(core(&scene).referrals[0].reply, Some(Reply::Revoked));
    let late = scene.write(guest(), &[done, revoked], answer(ReferralReply::Accepted));
    assert_eq!(scene.verdict(late), Verdict::Applied);
    assert_eq!(core(&scene).referrals[0].reply, Some(Reply::Revoked));
    // Only the other organisation answers.
    let own = scene.write(caseworker(), &[late], answer(ReferralReply::Done));
    scene.assert_refused(own, Reason::Forbidden);
}

#[test]
fn a_referral_log_says_kind_and_codes() {
    let mut scene = Scene::open(LogKind::Referral, caseworker(), Some(OTHER));
    assert_eq!(core(&scene).kind, None);
    let codes = CodesSet {
        kind: Some(CaseKind::Assistance),
        grievances: Some(vec!["DOC.RETAIN".parse().unwrap()]),
        ..CodesSet::default()
    };
    scene.next(caseworker(), Body::CodesSet(codes.clone()));
    let state = core(&scene);
    assert_eq!((state.kind, state.grievances.len()), (Some(CaseKind::Assistance), 1));
    // The other organisation does not code the case.
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 1);
    let (organisation, generation) = (organisation(OTHER), Some(3));
    let added = MemberAdd { organisation, statement: Some(statement), generation };
    let added = scene.next(caseworker(), Body::MemberAdd(added));
    scene.assert_applied(added);
    let own = scene.next(guest(), Body::CodesSet(CodesSet { kind: Some(CaseKind::Grievance), ..codes }));
    scene.assert_refused(own, Reason::Forbidden);
}

#[test]
fn a_consent_ends_by_withdrawal_date_or_revocation_and_may_be_given_anew() {
    let endings: [Ending; 3] = [
        |scene, consent| (migrant(), withdraw(scene, OTHER, Some(consent.hash())), Reply::Withdrawn),
        |_, consent| {
            let expired = ConsentExpired { consent: consent.hash() };
            (caseworker(), Body::ConsentExpired(expired), Reply::Expired)
        },
        |_, _| (caseworker(), revoke(), Reply::Revoked),
    ];
    for ending in endings {
        let mut scene = Scene::core();
        scene.next(caseworker(), propose(OTHER));
        let first = consent(&scene, OTHER, &[LogKind::Talk], 1);
        scene.next(migrant(), grant(&first));
        let state = core(&scene);
        assert!(state.consents[0].in_force());
        assert_eq!(state.referrals[0].reply, None);
        let (by, body, reply) = ending(&scene, &first);
        let id = scene.next(by, body);
        scene.assert_applied(id);
        let state = core(&scene);
        assert!(!state.consents[0].in_force());
        assert_eq!(state.referrals[0].reply, Some(reply));
        // The end of the first one says nothing about a second one.
        let second = consent(&scene, OTHER, &[LogKind::Wages], 2);
        scene.next(migrant(), grant(&second));
        let state = core(&scene);
        assert_eq!((state.consents.len(), state.consents[0].in_force()), (1, true));
        assert_eq!(state.consents[0].logs, [LogKind::Wages]);
        scene.next(caseworker(), propose(OTHER));
        assert_eq!(core(&scene).referrals[0].reply, None);
    }
}

#[test]
fn a_revocation_beside_a_grant_ends_it() {
    let mut scene = Scene::core();
    let proposed = scene.next(caseworker(), propose(OTHER));
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 1);
    scene.write(migrant(), &[proposed], grant(&statement));
    scene.write_with(colleague(), &[proposed], revoke(), |draft| draft.claimed_ms = 1);
    let state = core(&scene);
    assert!(state.consents[0].revoked && !state.consents[0].in_force());
    assert_eq!(state.referrals[0].reply, Some(Reply::Revoked));
}

#[test]
fn a_referral_log_carries_the_consent_that_opened_it() {
    let mut scene = Scene::open(LogKind::Referral, caseworker(), Some(OTHER));
    let genesis = scene.genesis;
    let statement = consent(&scene, OTHER, &[LogKind::Talk, LogKind::Wages], 1);
    // Two desks did the same work beside each other.
    let one = scene.write(caseworker(), &[genesis], add(OTHER, Some(statement.clone())));
    let two = scene.write(colleague(), &[genesis], add(OTHER, Some(statement.clone())));
    let state = core(&scene);
    assert_eq!(state.consents.len(), 1);
    assert_eq!(state.consents[0].consent, statement.hash());
    assert_eq!(state.consents[0].logs, [LogKind::Talk, LogKind::Wages]);
    let answer = Body::ReferralAnswer(ReferralAnswer { reply: ReferralReply::Accepted, reason: None });
    scene.write(guest(), &[one, two], answer);
    let gone = withdraw(&scene, OTHER, Some(statement.hash()));
    scene.write(migrant(), &[one], gone);
    let state = core(&scene);
    assert!(state.consents[0].withdrawn);
    assert_eq!(state.referrals[0].reply, Some(Reply::Withdrawn));
    assert!(!scene.fold().members.contains(&organisation(OTHER)));
}

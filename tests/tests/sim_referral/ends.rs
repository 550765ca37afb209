//! How a referral ends: withdrawal, date, a later consent, the owner's word; and what follows later.

use super::*;

#[test]
fn a_withdrawal_made_offline_ends_it_from_then_on() {
    simulate(async {
        let mut scene = scene(1003).await;
        let (case, shelter) = (scene.case, scene.shelter);
        let nothing = scene.phone.client().withdraw_consent(case, shelter);
        assert!(matches!(nothing, Err(ClientError::NotFound)));
        scene.consent(&[LogKind::Talk, LogKind::Narrative], None);
        scene.everybody().await;
        scene.at_shelter.client().accept(case).unwrap();
        scene.everybody().await;
        // Nobody hears of it yet.
        assert_eq!(scene.phone.client().withdraw_consent(case, shelter).unwrap(), 1);
        let again = scene.phone.client().withdraw_consent(case, shelter);
        assert!(matches!(again, Err(ClientError::NotAllowed)));
        scene.phone.client().say(case, &text("not for the shelter")).unwrap();
        assert_eq!(Scene::state(&mut scene.phone, case, shelter), "revoked");
        scene.at_shelter.client().say(case, &text("said meanwhile")).unwrap();
        scene.everybody().await;
        scene.caseworker.client().say(case, &text("from the helpline")).unwrap();
        scene.phone.client().add(case, &text("more of it")).unwrap();
        scene.everybody().await;
        scene.assert_state("revoked");
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.caseworker] {
            let view = device.client().show(case).unwrap();
            assert_eq!(view.consents[0].state, "withdrawn");
            assert!(
                said(&view).contains(&"not for the shelter") && said(&view).contains(&"from the helpline")
            );
        }
        // What it had read it keeps, and no more.
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert_eq!(seen.text.as_deref(), Some("what happened"));
        assert!(!said(&seen).contains(&"not for the shelter") && !said(&seen).contains(&"from the helpline"));
        assert!(seen.additions.is_empty());
        assert!(scene.at_shelter.client().queue(false).unwrap().is_empty());
        assert!(matches!(scene.at_shelter.client().accept(case), Err(ClientError::NotAllowed)));
        // A new consent begins anew. What the shelter said when it was out does not count after all.
        scene.consent(&[LogKind::Talk], None);
        scene.expected = vec!["event_refused"];
        scene.everybody().await;
        scene.assert_state("sent");
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert!(said(&seen).contains(&"from the helpline"));
        for device in [&mut scene.phone, &mut scene.at_shelter] {
            let view = device.client().show(case).unwrap();
            assert!(!said(&view).contains(&"said meanwhile"), "{}", device.name);
            assert!(view.refused.iter().all(|refused| refused.reason == Reason::NotMember));
        }
        assert!(seen.additions.is_empty());
        scene.at_shelter.client().accept(case).unwrap();
        scene.everybody().await;
        scene.assert_state("accepted");
        scene.verify();
    });
}

#[test]
fn a_consent_ends_with_its_date() {
    simulate(async {
        let mut scene = scene(1006).await;
        let (case, shelter) = (scene.case, scene.shelter);
        let past = scene.phone.client().consent(case, shelter, &[LogKind::Talk], "a bed", Some(START_MS));
        assert!(matches!(past, Err(ClientError::DatePassed)));
        scene.consent(&[LogKind::Talk], Some(START_MS + 2 * DAY_MS));
        scene.everybody().await;
        scene.assert_state("sent");
        scene.world.clock.advance(3 * DAY_MS);
        // Nobody has written so yet, and it is over for whoever looks.
        assert_eq!(scene.phone.client().show(case).unwrap().consents[0].state, "expired");
        scene.everybody().await;
        scene.phone.client().say(case, &text("afterwards")).unwrap();
        scene.everybody().await;
        scene.assert_state("revoked");
        assert_eq!(said(&scene.at_shelter.client().show(case).unwrap()), ["hello"]);
        assert!(scene.at_shelter.client().queue(false).unwrap().is_empty());
        scene.verify();
    });
}

#[test]
fn a_later_consent_takes_the_place_of_an_earlier_one() {
    simulate(async {
        let mut scene = scene(1007).await;
        let (case, shelter) = (scene.case, scene.shelter);
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.consent(&[LogKind::Narrative], None);
        scene.everybody().await;
        scene.phone.client().say(case, &text("not any more")).unwrap();
        scene.everybody().await;
        scene.assert_state("sent");
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert_eq!(seen.text.as_deref(), Some("what happened"));
        assert_eq!(said(&seen), ["hello"]);
        assert_eq!(seen.consents[0].logs, [LogKind::Narrative]);
        // Both are taken back together.
        assert_eq!(scene.phone.client().withdraw_consent(case, shelter).unwrap(), 2);
        scene.everybody().await;
        scene.assert_state("revoked");
        scene.verify();
    });
}

#[test]
fn the_owner_takes_a_referral_back() {
    simulate(async {
        let mut scene = scene(1008).await;
        let (case, shelter) = (scene.case, scene.shelter);
        let nothing = scene.caseworker.client().revoke_referral(case, shelter);
        assert!(matches!(nothing, Err(ClientError::NotFound)));
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.caseworker.client().revoke_referral(case, shelter).unwrap();
        let again = scene.caseworker.client().revoke_referral(case, shelter);
        assert!(matches!(again, Err(ClientError::NotAllowed)));
        scene.everybody().await;
        scene.phone.client().say(case, &text("afterwards")).unwrap();
        scene.everybody().await;
        scene.assert_state("revoked");
        assert_eq!(said(&scene.at_shelter.client().show(case).unwrap()), ["hello"]);
        // Her consent is spent; another one begins anew.
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.assert_state("sent");
        assert_eq!(said(&scene.at_shelter.client().show(case).unwrap()), ["hello", "afterwards"]);
        scene.verify();
    });
}

#[test]
fn a_log_opened_later_follows_and_an_organisation_without_desk_is_waited_for() {
    simulate(async {
        let mut scene = scene(1009).await;
        let case = scene.case;
        let union = scene.world.add_organisation("Union", OrganisationKind::Union, "LB", &[]);
        scene.world.publish().await.unwrap();
        scene.everybody().await;
        let logs = [LogKind::Talk, LogKind::Status];
        scene.phone.client().consent(case, union, &logs, "advice", None).unwrap();
        scene.phone.sync().await.unwrap();
        let report = scene.caseworker.sync().await.unwrap();
        assert!(codes(&report).contains(&"organisation_not_ready"), "{report:?}");
        let mut at_union = scene.world.desk_of(union, "hall", Role::Admin);
        at_union.sync().await.unwrap();
        scene.everybody().await;
        at_union.sync().await.unwrap();
        assert_eq!(Scene::state(&mut at_union, case, union), "sent");
        assert_eq!(said(&at_union.client().show(case).unwrap()), ["hello"]);
        scene.verify();
        assert_eq!(at_union.client().verify().unwrap().problems, []);
    });
}

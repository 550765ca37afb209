//! Referral and consent, end to end: what another organisation may read at each moment, and what never reaches it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod ends;

use std::collections::BTreeSet;

use amana_client::{CaseView, ClientError, Delivery, ops::FileRequest, transport::Response};
use amana_crypto::{KemPublic, SeededRandom, envelope};
use amana_domain::{
    codes::CaseKind,
    event::Facts,
    fold::Reason,
    ids::{BlobId, CaseId, Hash, OrganisationId},
    lifecycle::referral::ReferralState,
    role::{Clearance, LogKind, Role},
    safe_contact::SafeContact,
    trust::OrganisationKind,
};
use amana_tests::sim::{
    DAY_MS, Device, START_MS, World,
    letter::{Grant, Granted},
    lies::codes,
    simulate, text,
};
use amana_vault::store::{ItemKind, Letter};

/// An NGO with two desks, a shelter, the consulate of her country, a phone with a case.
struct Scene {
    world: World,
    admin: Device,
    caseworker: Device,
    shelter: OrganisationId,
    at_shelter: Device,
    consulate: OrganisationId,
    at_consulate: Device,
    phone: Device,
    case: CaseId,
    /// Warnings that are right at this moment.
    expected: Vec<&'static str>,
}

fn safe_contact() -> SafeContact {
    serde_json::from_str(r#"{"channels":[{"channel":"app"}],"do_not_reply":false,"notes":"not at night"}"#)
        .unwrap()
}

async fn scene(seed: u64) -> Scene {
    let mut world = World::new(seed).await;
    let shelter = world.add_organisation("Shelter", OrganisationKind::Shelter, "LB", &[]);
    let consulate = world.add_organisation("Consulate", OrganisationKind::Consulate, "LB", &["NP"]);
    world.publish().await.unwrap();
    let mut admin = world.desk("admin", Role::Admin);
    admin.sync().await.unwrap();
    let mut caseworker = world.desk("caseworker", Role::Caseworker);
    let mut at_shelter = world.desk_of(shelter, "night desk", Role::Admin);
    let mut at_consulate = world.desk_of(consulate, "counter", Role::Admin);
    for desk in [&mut caseworker, &mut at_shelter, &mut at_consulate, &mut admin] {
        desk.sync().await.unwrap();
    }
    let mut phone = world.phone();
    phone.sync().await.unwrap();
    let facts = Facts {
        language: Some("ne".parse().unwrap()),
        origin: Some("NP".parse().unwrap()),
        sex: Some("female".parse().unwrap()),
        ..Facts::default()
    };
    let filed = phone.client().file(FileRequest {
        to: world.organisation,
        kind: CaseKind::Assistance,
        text: text("what happened"),
        grievances: vec!["WAG.UNPAID".parse().unwrap()],
        situations: vec!["S03".parse().unwrap()],
        facts,
        safe_contact: Some(safe_contact()),
        name: Some("Sunita".parse().unwrap()),
    });
    let case = filed.unwrap().case;
    let mut scene = Scene {
        world,
        admin,
        caseworker,
        shelter,
        at_shelter,
        consulate,
        at_consulate,
        phone,
        case,
        expected: vec![],
    };
    scene.phone.client().say(case, &text("hello")).unwrap();
    scene.everybody().await;
    scene
}

impl Scene {
    fn devices(&mut self) -> [&mut Device; 5] {
        [&mut self.phone, &mut self.admin, &mut self.caseworker, &mut self.at_shelter, &mut self.at_consulate]
    }

    /// Syncs everybody until all have what all wrote; no sync warns of anything unexpected.
    async fn everybody(&mut self) {
        let expected = self.expected.clone();
        for _ in 0..4 {
            for device in self.devices() {
                let mut codes = codes(&device.sync().await.unwrap());
                codes.retain(|code| !expected.contains(code));
                assert_eq!(codes, Vec::<&str>::new(), "{}", device.name);
            }
        }
    }

    fn verify(&mut self) {
        for device in self.devices() {
            assert_eq!(device.client().verify().unwrap().problems, [], "{}", device.name);
        }
    }

    fn consent(&mut self, logs: &[LogKind], until: Option<u64>) {
        let (case, shelter) = (self.case, self.shelter);
        self.phone.client().consent(case, shelter, logs, "a safe bed", until).unwrap();
    }

    /// Where the referral to the shelter stands, as this device tells.
    fn state(device: &mut Device, case: CaseId, organisation: OrganisationId) -> String {
        let view = device.client().show(case).unwrap();
        let found = view.referrals.into_iter().find(|known| known.organisation == organisation);
        found.map(|referral| referral.state).unwrap_or_default()
    }

    #[track_caller]
    fn assert_state(&mut self, expected: &str) {
        let (case, shelter) = (self.case, self.shelter);
        for device in [&mut self.phone, &mut self.admin, &mut self.caseworker, &mut self.at_shelter] {
            assert_eq!(Self::state(device, case, shelter), expected, "{}", device.name);
        }
    }
}

fn said(view: &CaseView) -> Vec<&str> {
    view.messages.iter().map(|entry| entry.text.as_str()).collect()
}

/// Log ids whose keys are in the vault.
fn keyed(device: &mut Device, case: CaseId) -> BTreeSet<LogKind> {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let mut kinds = BTreeSet::new();
                for log in tx.logs_of(case)? {
                    if !tx.log_keys(log.log.log)?.is_empty() {
                        kinds.insert(log.log.kind);
                    }
                }
                Ok::<_, amana_vault::VaultError>(kinds)
            })
            .unwrap()
    })
}

#[test]
fn the_five_steps() {
    simulate(async {
        let mut scene = scene(1000).await;
        let (case, shelter) = (scene.case, scene.shelter);
        let logs = [LogKind::Talk, LogKind::Identity];
        // 1: proposed. No keys move.
        scene.caseworker.client().refer(case, shelter, &logs, "a safe bed", None).unwrap();
        scene.everybody().await;
        for device in [&mut scene.phone, &mut scene.admin] {
            let view = device.client().show(case).unwrap();
            assert_eq!((view.referrals[0].state.as_str(), view.referrals.len()), ("proposed", 1));
            assert_eq!(view.referrals[0].logs, logs);
            assert_eq!(view.referrals[0].purpose, "a safe bed");
        }
        assert!(scene.at_shelter.client().queue(true).unwrap().is_empty());
        assert!(keyed(&mut scene.at_shelter, case).is_empty());
        // 2: she agrees. On her phone that counts at once.
        scene.consent(&logs, None);
        let view = scene.phone.client().show(case).unwrap();
        assert_eq!(view.referrals[0].state, "consented");
        assert_eq!(view.consents[0].state, "granted");
        // 3: a desk shares by itself.
        scene.everybody().await;
        scene.assert_state("sent");
        let queue = scene.at_shelter.client().queue(false).unwrap();
        assert_eq!(queue.len(), 1);
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert_eq!(seen.referred, Some(ReferralState::Sent));
        assert_eq!(seen.kind, CaseKind::Assistance);
        assert_eq!(seen.grievances, ["WAG.UNPAID".parse().unwrap()]);
        assert_eq!(seen.situations, ["S03".parse().unwrap()]);
        assert_eq!(seen.language, Some("ne".parse().unwrap()));
        assert_eq!(seen.safe_contact, Some(safe_contact()));
        assert_eq!(seen.name.as_deref(), Some("Sunita"));
        assert_eq!(said(&seen), ["hello"]);
        // Nothing else.
        assert_eq!((seen.origin, seen.sex, seen.text), (None, None, None));
        let kinds: BTreeSet<LogKind> = logs.into_iter().chain([LogKind::Referral]).collect();
        assert_eq!(keyed(&mut scene.at_shelter, case), kinds);
        assert_eq!(seen.readable_logs.into_iter().collect::<BTreeSet<_>>(), kinds);
        assert_eq!(seen.consents.len(), 1);
        assert!(keyed(&mut scene.at_consulate, case).is_empty());
        // 4: it answers, speaks with her, and works by itself.
        assert!(matches!(scene.at_shelter.client().done(case), Err(ClientError::NotAllowed)));
        scene.at_shelter.client().accept(case).unwrap();
        assert!(matches!(scene.at_shelter.client().accept(case), Err(ClientError::NotAllowed)));
        scene.at_shelter.client().say(case, &text("come tonight")).unwrap();
        scene.at_shelter.client().note(case, &text("bed 4")).unwrap();
        scene.everybody().await;
        scene.assert_state("accepted");
        let view = scene.phone.client().show(case).unwrap();
        assert_eq!(said(&view), ["hello", "come tonight"]);
        assert_eq!(view.messages[1].author_role, "admin");
        assert!(scene.admin.client().show(case).unwrap().notes.is_empty());
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert_eq!(seen.notes.len(), 1);
        assert_eq!(seen.messages[1].delivery, Delivery::Received);
        // What changes in `core` follows.
        scene.phone.client().set_origin_contact(case, true).unwrap();
        scene.everybody().await;
        scene.at_shelter.client().done(case).unwrap();
        scene.everybody().await;
        scene.assert_state("done");
        assert!(scene.at_shelter.client().queue(false).unwrap().is_empty());
        scene.verify();
    });
}

#[test]
fn only_whom_it_concerns_answers() {
    simulate(async {
        let mut scene = scene(1001).await;
        let (case, shelter, owner) = (scene.case, scene.shelter, scene.world.organisation);
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.assert_state("sent");
        assert!(matches!(scene.caseworker.client().accept(case), Err(ClientError::Forbidden)));
        assert!(matches!(scene.phone.client().accept(case), Err(ClientError::Forbidden)));
        assert!(matches!(scene.at_shelter.client().reject(case, " "), Err(ClientError::ReasonRequired)));
        let talk = &[LogKind::Talk];
        let client = scene.at_shelter.client();
        assert!(matches!(client.refer(case, owner, talk, "why", None), Err(ClientError::Forbidden)));
        assert!(matches!(client.revoke_referral(case, shelter), Err(ClientError::Forbidden)));
        assert!(matches!(client.consent(case, shelter, talk, "why", None), Err(ClientError::Forbidden)));
        assert!(matches!(client.withdraw_consent(case, shelter), Err(ClientError::Forbidden)));
        assert!(matches!(client.set_origin_contact(case, true), Err(ClientError::Forbidden)));
        let client = scene.phone.client();
        assert!(matches!(client.consent(case, owner, talk, "why", None), Err(ClientError::NotAllowed)));
        assert!(matches!(client.decline(case, shelter), Err(ClientError::NotAllowed)));
        let work = &[LogKind::Work];
        assert!(matches!(client.consent(case, shelter, work, "why", None), Err(ClientError::LogsInvalid)));
        // It says no: it reads no more, and the consent is not used again.
        scene.at_shelter.client().reject(case, "no bed").unwrap();
        scene.everybody().await;
        scene.phone.client().say(case, &text("afterwards")).unwrap();
        scene.everybody().await;
        for device in [&mut scene.phone, &mut scene.admin] {
            assert_eq!(Scene::state(device, case, shelter), "rejected", "{}", device.name);
        }
        assert_eq!(said(&scene.at_shelter.client().show(case).unwrap()), ["hello"]);
        assert!(scene.at_shelter.client().queue(false).unwrap().is_empty());
        scene.verify();
    });
}

#[test]
fn a_declined_proposal_is_over() {
    simulate(async {
        let mut scene = scene(1002).await;
        let (case, shelter) = (scene.case, scene.shelter);
        assert!(matches!(scene.phone.client().decline(case, shelter), Err(ClientError::NotFound)));
        scene.admin.client().refer(case, shelter, &[LogKind::Talk], "a bed", None).unwrap();
        scene.everybody().await;
        scene.phone.client().decline(case, shelter).unwrap();
        assert!(matches!(scene.phone.client().decline(case, shelter), Err(ClientError::NotAllowed)));
        scene.everybody().await;
        assert_eq!(Scene::state(&mut scene.caseworker, case, shelter), "revoked");
        assert!(scene.at_shelter.client().queue(true).unwrap().is_empty());
        // She may change her mind by herself.
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.assert_state("sent");
    });
}

#[test]
fn two_desks_may_share_at_the_same_time() {
    simulate(async {
        let mut scene = scene(1004).await;
        let (case, shelter) = (scene.case, scene.shelter);
        scene.consent(&[LogKind::Talk, LogKind::Narrative], None);
        scene.phone.sync().await.unwrap();
        // The admin's desk does its part and cannot say so yet.
        let admin = scene.admin.number;
        scene.world.net.set_hook(Some(Box::new(move |device, request, response| {
            let writes = request.path == "/v1/push" || request.path.starts_with("/v1/mailboxes/");
            let held = device == admin && response.is_none() && writes && !request.body.is_empty();
            held.then(|| Response { status: 500, body: vec![] })
        })));
        let _held = scene.admin.sync().await;
        assert_eq!(Scene::state(&mut scene.admin, case, shelter), "sent");
        scene.caseworker.sync().await.unwrap();
        assert_eq!(Scene::state(&mut scene.caseworker, case, shelter), "sent");
        scene.world.net.set_hook(None);
        scene.world.clock.advance(DAY_MS);
        scene.everybody().await;
        scene.assert_state("sent");
        scene.at_shelter.client().accept(case).unwrap();
        scene.phone.client().say(case, &text("for all")).unwrap();
        scene.everybody().await;
        scene.assert_state("accepted");
        let seen = scene.at_shelter.client().show(case).unwrap();
        assert_eq!(said(&seen), ["hello", "for all"]);
        assert_eq!(seen.consents.len(), 1);
        // Nothing is left to do: no desk writes to the other's log for ever.
        scene.everybody().await;
        let before = scene.world.net.stored().len();
        scene.everybody().await;
        assert_eq!(scene.world.net.stored().len(), before);
        scene.phone.client().withdraw_consent(case, shelter).unwrap();
        scene.everybody().await;
        scene.phone.client().say(case, &text("not for the shelter")).unwrap();
        scene.everybody().await;
        scene.assert_state("revoked");
        assert!(!said(&scene.at_shelter.client().show(case).unwrap()).contains(&"not for the shelter"));
        scene.verify();
    });
}

#[test]
fn nothing_goes_to_her_own_country_unless_she_allows_it() {
    simulate(async {
        let mut scene = scene(1005).await;
        let (case, consulate) = (scene.case, scene.consulate);
        let talk = &[LogKind::Talk];
        let asked = |device: &mut Device| device.client().refer(case, consulate, talk, "papers", None);
        let agreed = |device: &mut Device| device.client().consent(case, consulate, talk, "papers", None);
        assert!(matches!(asked(&mut scene.admin), Err(ClientError::OriginBlocked)));
        assert!(matches!(agreed(&mut scene.phone), Err(ClientError::OriginBlocked)));
        scene.phone.client().set_origin_contact(case, true).unwrap();
        agreed(&mut scene.phone).unwrap();
        // She thinks better of it before a desk has seen either.
        scene.phone.client().set_origin_contact(case, false).unwrap();
        scene.phone.sync().await.unwrap();
        let report = scene.admin.sync().await.unwrap();
        assert!(codes(&report).contains(&"origin_blocked"), "{report:?}");
        scene.at_consulate.sync().await.unwrap();
        assert!(scene.at_consulate.client().queue(true).unwrap().is_empty());
        assert_eq!(Scene::state(&mut scene.admin, case, consulate), "consented");
        scene.phone.client().set_origin_contact(case, true).unwrap();
        scene.everybody().await;
        assert_eq!(Scene::state(&mut scene.at_consulate, case, consulate), "sent");
        asked(&mut scene.admin).unwrap();
        // Blocked again: it is taken out.
        scene.phone.client().set_origin_contact(case, false).unwrap();
        scene.everybody().await;
        scene.phone.client().say(case, &text("not for them")).unwrap();
        scene.everybody().await;
        assert_eq!(Scene::state(&mut scene.at_consulate, case, consulate), "revoked");
        assert_eq!(said(&scene.at_consulate.client().show(case).unwrap()), ["hello"]);
        scene.verify();
    });
}

#[test]
fn a_directory_past_its_date_lets_nobody_else_in() {
    simulate(async {
        let mut scene = scene(1010).await;
        let (case, shelter) = (scene.case, scene.shelter);
        // Certificates are renewed on the way; the directory is not.
        for _ in 0..18 {
            scene.world.clock.advance(20 * DAY_MS);
            for _ in 0..2 {
                for device in scene.devices() {
                    device.sync().await.unwrap();
                }
            }
        }
        scene.consent(&[LogKind::Talk], None);
        scene.phone.sync().await.unwrap();
        scene.world.clock.advance(10 * DAY_MS);
        for desk in [&mut scene.admin, &mut scene.caseworker] {
            assert!(codes(&desk.sync().await.unwrap()).contains(&"directory_expired"));
            let asked = desk.client().refer(case, shelter, &[LogKind::Talk], "a bed", None);
            assert!(matches!(asked, Err(ClientError::DirectoryExpired)));
        }
        let agreed = scene.phone.client().consent(case, shelter, &[LogKind::Wages], "a bed", None);
        assert!(matches!(agreed, Err(ClientError::DirectoryExpired)));
        scene.at_shelter.sync().await.unwrap();
        assert!(scene.at_shelter.client().queue(true).unwrap().is_empty());
        assert_eq!(Scene::state(&mut scene.admin, case, shelter), "consented");
        // Taking back is never blocked, and with a new directory everything goes on.
        scene.world.publish().await.unwrap();
        scene.everybody().await;
        scene.assert_state("sent");
    });
}

#[test]
fn keys_without_her_consent_are_not_taken() {
    simulate(async {
        let mut scene = scene(1011).await;
        let (case, intake) = (scene.case, scene.shelter.intake());
        let roster = scene.admin.client().trust().roster(scene.shelter).unwrap().clone();
        let to = KemPublic::from_slice(roster.body().clearance.get(Clearance::Open).key.as_bytes()).unwrap();
        // A desk of the owner that is not what it seems sends what it knows.
        scene.caseworker.with_vault(|vault| {
            vault
                .write(|tx| {
                    let stored = tx.case(case)?.unwrap();
                    let logs = tx.logs_of(case)?.into_iter().map(|log| Granted {
                        kind: log.log.kind,
                        n: log.log.n,
                        log: Hash::from_bytes(*log.log.log.as_bytes()),
                        mailbox: log.log.mailbox,
                        keys: vec![],
                    });
                    let content = Grant::new(case, &stored.root, logs.collect()).to_bytes();
                    let envelope =
                        envelope::seal_letter(&to, intake, &content, &SeededRandom::new(7)).unwrap();
                    let blob = BlobId::of(&envelope);
                    tx.add_letter(&Letter { blob, mailbox: intake, case: Some(case), envelope })?;
                    tx.enqueue(ItemKind::Letter, Some(case), blob.as_bytes())
                })
                .unwrap();
        });
        scene.caseworker.sync().await.unwrap();
        let report = scene.at_shelter.sync().await.unwrap();
        assert!(codes(&report).contains(&"grant_without_consent"), "{report:?}");
        assert!(scene.at_shelter.client().queue(true).unwrap().is_empty());
        assert!(keyed(&mut scene.at_shelter, case).is_empty());
        // Told once; what she allows later is not spoilt by it.
        scene.consent(&[LogKind::Talk], None);
        scene.everybody().await;
        scene.assert_state("sent");
        scene.verify();
    });
}

//! Forged and replayed consents, and grants without any: each refused, with a code, by every replica.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_crypto::{KemPublic, Seed, SeededRandom, SigningKey, envelope};
use amana_domain::{
    event::{AuthenticEvent, Body, Consent, LogRef, MemberAdd},
    fold::Reason,
    ids::{BlobId, CaseId, EventId, Hash, OrganisationId, VerifyKey},
    role::{Clearance, LogKind, Role},
    signed::Signed,
};
use amana_tests::sim::{
    DAY_MS, Device, Reader, RelayStore, World, held,
    letter::{Grant, Granted, Key},
    lies::codes,
    raw::{Raw, all_events},
    settle, simulate, text,
};
use amana_vault::{
    VaultError,
    store::{ItemKind, Letter},
};
use serde_bytes::ByteBuf;

/// A helpline with an admin and a caseworker who does what he likes, a consulate, a shelter, two cases of two people.
struct Scene {
    world: World,
    admin: Device,
    rogue: Device,
    consulate: Device,
    shelter: Device,
    phone: Device,
    other: Device,
    case: CaseId,
    other_case: CaseId,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let mut world = World::with_three(seed).await;
        let [helpline, consulate, shelter] = world.organisations[..] else { panic!("three") };
        let team = [("admin", Role::Admin), ("rogue", Role::Caseworker)];
        let [admin, rogue] = <[Device; 2]>::try_from(world.team(helpline, &team).await).ok().unwrap();
        let consulate = world.team(consulate, &[("consul", Role::Admin)]).await.remove(0);
        let shelter = world.team(shelter, &[("shelter", Role::Admin)]).await.remove(0);
        let (mut phone, mut other) = (world.phone(), world.phone());
        let case = world.file(phone.client(), "what happened").case;
        let other_case = world.file(other.client(), "something else").case;
        let mut scene = Self { world, admin, rogue, consulate, shelter, phone, other, case, other_case };
        scene.settle().await;
        for (device, case) in [(&mut scene.phone, case), (&mut scene.other, other_case)] {
            device.client().set_origin_contact(case, true).unwrap();
            device.client().say(case, &text("for the helpline only")).unwrap();
        }
        scene.settle().await;
        scene
    }

    async fn settle(&mut self) {
        let all = [
            &mut self.phone,
            &mut self.other,
            &mut self.admin,
            &mut self.rogue,
            &mut self.consulate,
            &mut self.shelter,
        ];
        settle(&mut all.into_iter().collect::<Vec<_>>()).await;
    }

    fn consul(&self) -> OrganisationId {
        self.world.organisations[1]
    }

    /// The rogue lets somebody into the conversation with this.
    fn let_in(&mut self, organisation: OrganisationId, statement: Option<Signed<Consent>>) -> EventId {
        let raw = Raw::of(&mut self.rogue, self.case);
        let add = MemberAdd { organisation, statement, generation: Some(1) };
        raw.append(&mut self.rogue, LogKind::Talk, Body::MemberAdd(add))
    }

    /// Everybody refuses the event for this reason; nobody was let in.
    async fn assert_refused(&mut self, event: EventId, reason: Reason) {
        self.settle().await;
        let case = self.case;
        for device in [&mut self.admin, &mut self.rogue, &mut self.phone] {
            let view = device.client().show(case).unwrap();
            let refused: Vec<_> = view.refused.iter().map(|entry| (entry.event, entry.reason)).collect();
            assert_eq!(refused, [(event, reason)], "{}", device.name);
        }
        self.assert_unread().await;
    }

    /// Neither the consulate nor the shelter reads anything of the case, whatever anybody writes.
    async fn assert_unread(&mut self) {
        let case = self.case;
        self.phone.client().say(case, &text("still for the helpline only")).unwrap();
        self.admin.client().say(case, &text("of course")).unwrap();
        self.settle().await;
        let store = RelayStore::open(self.world.folder());
        let events: Vec<EventId> =
            all_events(&mut self.phone, case).into_iter().map(|(_, event)| event.id()).collect();
        for device in [&mut self.consulate, &mut self.shelter] {
            assert!(device.client().show(case).is_err(), "{}", device.name);
            let reader = Reader::of(device, &store);
            assert!(events.iter().all(|event| !reader.opens(*event)), "{}", device.name);
        }
    }
}

fn consents(device: &mut Device, case: CaseId) -> Vec<Signed<Consent>> {
    let found = |(_, event): (LogKind, AuthenticEvent)| match event.body() {
        Body::ConsentGrant(grant) => Some(grant.statement.clone()),
        _ => None,
    };
    all_events(device, case).into_iter().filter_map(found).collect()
}

/// A consent to the consulate for the conversation that a thief signed, in the name of this key.
fn forge(scene: &mut Scene, key: impl FnOnce(&Raw, &SigningKey) -> VerifyKey) -> Signed<Consent> {
    let raw = Raw::of(&mut scene.rogue, scene.case);
    let thief = SigningKey::from_seed(&Seed::from_bytes([3; 32]));
    let consent = Consent {
        deployment: raw.root.deployment,
        case: scene.case,
        key: key(&raw, &thief),
        organisation: scene.consul(),
        logs: vec![LogKind::Talk],
        purpose: "passport".into(),
        until: None,
        nonce: [1; 16],
    };
    Signed::make(consent, |message| thief.sign(message)).unwrap()
}

#[test]
fn forged_consent() {
    simulate(async {
        let mut scene = Scene::new(3200).await;
        let forged = forge(&mut scene, |raw, _| raw.root.sign);
        let event = scene.let_in(scene.consul(), Some(forged));
        scene.assert_refused(event, Reason::BadStatement).await;
    });
}

#[test]
fn consent_with_a_key_of_its_own() {
    simulate(async {
        let mut scene = Scene::new(3201).await;
        let forged = forge(&mut scene, |_, thief| thief.verify_key());
        let event = scene.let_in(scene.consul(), Some(forged));
        scene.assert_refused(event, Reason::BadStatement).await;
    });
}

#[test]
fn consent_replayed_in_another_case() {
    simulate(async {
        let mut scene = Scene::new(3202).await;
        let (other, consul) = (scene.other_case, scene.consul());
        scene.other.client().consent(other, consul, &[LogKind::Talk], "passport", None).unwrap();
        scene.settle().await;
        let given = consents(&mut scene.rogue, other).remove(0);
        let event = scene.let_in(consul, Some(given));
        scene.assert_refused(event, Reason::BadStatement).await;
    });
}

#[test]
fn consent_replayed_for_another_organisation() {
    simulate(async {
        let mut scene = Scene::new(3203).await;
        let (case, shelter, consul) = (scene.case, scene.world.organisations[2], scene.consul());
        // She trusts the shelter with what happened, nobody with the conversation.
        scene.phone.client().consent(case, shelter, &[LogKind::Narrative], "bed", None).unwrap();
        scene.settle().await;
        let given = consents(&mut scene.rogue, case).remove(0);
        let for_other = scene.let_in(consul, Some(given.clone()));
        let for_more = scene.let_in(shelter, Some(given));
        scene.settle().await;
        let view = scene.admin.client().show(case).unwrap();
        let mut refused: Vec<_> = view.refused.iter().map(|entry| (entry.event, entry.reason)).collect();
        refused.sort_by_key(|(event, _)| *event != for_other);
        assert_eq!(refused, [(for_other, Reason::BadStatement), (for_more, Reason::BadStatement)]);
        let store = RelayStore::open(scene.world.folder());
        let talk = Raw::of(&mut scene.phone, case).log(LogKind::Talk).log;
        for device in [&mut scene.consulate, &mut scene.shelter] {
            let reader = Reader::of(device, &store);
            assert!(reader.opened.values().all(|opened| opened.log != talk), "{}", device.name);
        }
    });
}

#[test]
fn consent_used_after_its_end() {
    simulate(async {
        let mut scene = Scene::new(3204).await;
        let (case, consul) = (scene.case, scene.consul());
        let until = scene.phone.now_ms() + DAY_MS;
        scene.phone.client().consent(case, consul, &[LogKind::Talk], "passport", Some(until)).unwrap();
        scene.phone.sync().await.unwrap();
        // No desk syncs before the date has passed.
        scene.world.clock.advance(2 * DAY_MS);
        scene.settle().await;
        scene.assert_unread().await;
        // Letting in by hand, with the keys in a letter: the consulate does not believe it.
        let given = consents(&mut scene.rogue, case).remove(0);
        let letter = grant(&mut scene.rogue, case, &[LogKind::Talk], Some(&given), |_| {});
        let key = scene.consulate_key();
        send(&mut scene.rogue, &key, consul, case, &letter);
        scene.rogue.sync().await.unwrap();
        let report = scene.consulate.sync().await.unwrap();
        assert!(codes(&report).contains(&"grant_without_consent"), "{report:?}");
        assert!(scene.consulate.client().show(case).is_err());
    });
}

#[test]
fn grant_without_consent() {
    simulate(async {
        let mut scene = Scene::new(3205).await;
        let (case, consul) = (scene.case, scene.consul());
        let event = scene.let_in(consul, None);
        scene.assert_refused(event, Reason::NoConsent).await;
        // By letter alone: without a statement, with somebody else's, for more than was said.
        let (other, shelter) = (scene.other_case, scene.world.organisations[2]);
        scene.other.client().consent(other, consul, &[LogKind::Talk], "passport", None).unwrap();
        scene.phone.client().consent(case, shelter, &[LogKind::Narrative], "bed", None).unwrap();
        scene.settle().await;
        let others = consents(&mut scene.rogue, other).remove(0);
        let shelters = consents(&mut scene.rogue, case).remove(0);
        for statement in [None, Some(&others), Some(&shelters)] {
            let letter = grant(&mut scene.rogue, case, &[LogKind::Talk], statement, |_| {});
            let key = scene.consulate_key();
            send(&mut scene.rogue, &key, consul, case, &letter);
            scene.rogue.sync().await.unwrap();
            let report = scene.consulate.sync().await.unwrap();
            assert!(codes(&report).contains(&"grant_without_consent"), "{report:?}");
            assert!(scene.consulate.client().show(case).is_err());
        }
        assert!(held(&mut scene.consulate).iter().all(|event| !held(&mut scene.phone).contains(event)));
    });
}

#[test]
fn key_letter_with_a_wrong_mailbox() {
    simulate(async {
        let mut scene = Scene::new(3206).await;
        let (case, consul) = (scene.case, scene.consul());
        let logs = [LogKind::Talk, LogKind::Narrative];
        scene.phone.client().consent(case, consul, &logs, "passport", None).unwrap();
        scene.phone.sync().await.unwrap();
        scene.rogue.sync().await.unwrap();
        // Before the honest letter: the conversation is said to lie where the narrative lies, and the other way round.
        let given = consents(&mut scene.rogue, case).remove(0);
        let letter = grant(&mut scene.rogue, case, &logs, Some(&given), |logs| {
            let mailbox = logs[0].mailbox;
            logs[0].mailbox = std::mem::replace(&mut logs[1].mailbox, mailbox);
        });
        let key = scene.consulate_key();
        send(&mut scene.rogue, &key, consul, case, &letter);
        scene.settle().await;
        let view = scene.consulate.client().show(case).unwrap();
        assert_eq!(view.text.as_deref(), Some("what happened"));
        assert_eq!(view.messages.len(), 1);
        scene.consulate.client().say(case, &text("from the consulate")).unwrap();
        scene.settle().await;
        assert_eq!(scene.phone.client().show(case).unwrap().messages.len(), 2);
        for device in [&mut scene.consulate, &mut scene.admin, &mut scene.phone] {
            assert_eq!(device.client().verify().unwrap().problems, [], "{}", device.name);
        }
    });
}

#[test]
fn poisoned_key_in_a_letter_for_a_known_epoch() {
    simulate(async {
        let mut scene = Scene::new(3207).await;
        let helpline = scene.world.organisation;
        let key = open_key(&mut scene.admin, helpline);
        let logs = [LogKind::Core, LogKind::Talk, LogKind::Narrative];
        let poison = |device: &mut Device, case| {
            grant(device, case, &logs, None, |logs| {
                for key in logs.iter_mut().flat_map(|log| &mut log.keys) {
                    key.key = ByteBuf::from(vec![9; 32]);
                }
            })
        };
        // A case that is known, and one whose filing has not arrived yet.
        let known = poison(&mut scene.phone, scene.case);
        let coming = scene.world.file(scene.other.client(), "third case").case;
        let early = poison(&mut scene.other, coming);
        send(&mut scene.rogue, &key, helpline, scene.case, &known);
        send(&mut scene.rogue, &key, helpline, coming, &early);
        for device in [&mut scene.rogue, &mut scene.admin] {
            device.sync().await.unwrap();
        }
        scene.settle().await;
        // A desk that meets all of it at once.
        let mut fresh = scene.world.desk("fresh", Role::Caseworker);
        settle(&mut [&mut fresh, &mut scene.admin]).await;
        for (case, heard) in [(scene.case, 1), (coming, 0)] {
            for (at, device) in [&mut scene.admin, &mut scene.rogue, &mut fresh].into_iter().enumerate() {
                device.sync().await.unwrap();
                let view = device.client().show(case).unwrap();
                assert_eq!(view.messages.len(), heard + at, "{}", device.name);
                assert!(view.text.is_some(), "{}", device.name);
                device.client().say(case, &text("answer")).unwrap();
                settle(&mut [&mut scene.phone, &mut scene.other, device]).await;
            }
        }
        let all = [&mut scene.phone, &mut scene.other, &mut scene.admin, &mut scene.rogue, &mut fresh];
        settle(&mut all.into_iter().collect::<Vec<_>>()).await;
        assert_eq!(scene.phone.client().show(scene.case).unwrap().messages.len(), 4);
        assert_eq!(scene.other.client().show(coming).unwrap().messages.len(), 3);
    });
}

/// A letter with all keys that a device has of these logs.
fn grant(
    device: &mut Device,
    case: CaseId,
    kinds: &[LogKind],
    statement: Option<&Signed<Consent>>,
    change: impl FnOnce(&mut [Granted]),
) -> Vec<u8> {
    let raw = Raw::of(device, case);
    let kem = amana_tests::sim::raw::migrant_key(device, case);
    let logs: Vec<LogRef> = kinds.iter().map(|kind| raw.log(*kind)).collect();
    let mut granted = device.with_vault(|vault| {
        vault
            .read(|tx| {
                logs.iter()
                    .map(|log| {
                        let keys = tx.log_keys(log.log)?.into_iter().map(|(epoch, key)| Key {
                            epoch: Hash::from_bytes(*epoch.as_bytes()),
                            key: ByteBuf::from(key.to_vec()),
                        });
                        Ok::<_, VaultError>(Granted {
                            kind: log.kind,
                            n: log.n,
                            log: Hash::from_bytes(*log.log.as_bytes()),
                            mailbox: log.mailbox,
                            keys: keys.collect(),
                        })
                    })
                    .collect::<Result<Vec<_>, _>>()
            })
            .unwrap()
    });
    change(&mut granted);
    let root = raw.root.to_bytes().unwrap();
    let kem = Some(ByteBuf::from(kem.as_bytes().to_vec()));
    let statement = statement.map(|statement| ByteBuf::from(statement.to_bytes()));
    Grant { kem, statement, ..Grant::new(case, &root, granted) }.to_bytes()
}

impl Scene {
    fn consulate_key(&mut self) -> KemPublic {
        let organisation = self.consul();
        open_key(&mut self.consulate, organisation)
    }
}

fn open_key(device: &mut Device, organisation: OrganisationId) -> KemPublic {
    let roster = device.client().trust().roster(organisation).unwrap();
    KemPublic::from_slice(roster.body().clearance.get(Clearance::Open).key.as_bytes()).unwrap()
}

/// Puts a letter to another organisation in a desk's outbox.
fn send(device: &mut Device, to: &KemPublic, organisation: OrganisationId, case: CaseId, content: &[u8]) {
    let mailbox = organisation.intake();
    let envelope = envelope::seal_letter(to, mailbox, content, &SeededRandom::new(device.now_ms())).unwrap();
    let blob = BlobId::of(&envelope);
    device.with_vault(|vault| {
        vault
            .write(|tx| {
                tx.add_letter(&Letter { blob, mailbox, case: Some(case), envelope })?;
                tx.enqueue(ItemKind::Letter, Some(case), blob.as_bytes())
            })
            .unwrap();
    });
}

//! Attacks by people who had, or have, a place in a team: each refused, with a code.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{
    ClientError,
    transport::{Method, Request},
};
use amana_crypto::{KemPublic, KemSecret, LogKey, Random, Seed, SeededRandom, SigningKey, wrap};
use amana_domain::{
    canonical,
    event::{Adopt, Body, EpochBody, Text, Wrap},
    fold::Reason,
    ids::{CaseId, EpochId, EventId, Hash, OrganisationId},
    role::{Clearance, LogKind, Role},
    signed::Signed,
    trust::{KemKey, RosterHead},
};
use amana_protocol::wire::{DirectoryAnswer, RostersAnswer, RostersPut};
use amana_tests::sim::{
    Device, HOUR_MS, Reader, RelayStore, World,
    lies::{answer, codes, messages, read},
    raw::{Raw, events, migrant_key},
    settle, simulate, text,
};
use serde_bytes::ByteBuf;

/// A team with an admin, somebody who is going to leave, and a caseworker; a shelter; a phone with a case.
struct Scene {
    world: World,
    admin: Device,
    leaver: Device,
    caseworker: Device,
    shelter: Device,
    phone: Device,
    case: CaseId,
    left: bool,
}

impl Scene {
    async fn new(seed: u64, leaver: Role) -> Self {
        let mut world = World::with_three(seed).await;
        let [helpline, _, shelter] = world.organisations[..] else { panic!("three") };
        let team = [("admin", Role::Admin), ("leaver", leaver), ("caseworker", Role::Caseworker)];
        let team = world.team(helpline, &team).await;
        let [admin, leaver, caseworker] = <[Device; 3]>::try_from(team).ok().unwrap();
        let shelter = world.team(shelter, &[("shelter", Role::Admin)]).await.remove(0);
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        let mut scene = Self { world, admin, leaver, caseworker, shelter, phone, case, left: false };
        scene.settle().await;
        scene.phone.client().say(case, &text("before")).unwrap();
        scene.settle().await;
        scene
    }

    /// Everybody who is there.
    async fn settle(&mut self) {
        let there = !self.left;
        let mut all = vec![&mut self.phone, &mut self.admin, &mut self.caseworker, &mut self.shelter];
        all.extend(there.then_some(&mut self.leaver));
        settle(&mut all).await;
    }

    /// The leaver is removed; everybody else knows, she does not.
    async fn remove(&mut self) {
        self.world.clock.advance(HOUR_MS);
        self.admin.client().remove_desk("leaver").unwrap();
        self.left = true;
        self.settle().await;
    }

    fn organisation(&self) -> OrganisationId {
        self.world.organisation
    }

    /// The epoch that an event of the conversation was sealed under.
    fn epoch_of(device: &mut Device, case: CaseId, event: EventId) -> EpochId {
        let talk = Raw::of(device, case).log(LogKind::Talk).log;
        events(device, talk).into_iter().find(|known| known.id() == event).unwrap().event().epoch()
    }
}

/// An epoch whose key somebody made for these readers.
fn epoch(case: CaseId, log: amana_domain::ids::LogId, to: &[(Wrap, &KemPublic)]) -> (Body, LogKey) {
    let random = SeededRandom::new(77);
    let mut nonce = [0; 32];
    random.fill(&mut nonce);
    let key = LogKey::make(&random);
    let context = canonical::to_vec(&(case, log, Hash::from_bytes(nonce))).unwrap();
    let wraps = to
        .iter()
        .map(|(label, public)| Wrap {
            wrap: ByteBuf::from(wrap::wrap_secret(public, &context, key.expose(), &random)),
            ..label.clone()
        })
        .collect();
    (Body::Epoch(EpochBody { wraps, earlier: vec![], nonce: ByteBuf::from(nonce.to_vec()) }), key)
}

fn label(organisation: Option<OrganisationId>, generation: u64) -> Wrap {
    Wrap {
        organisation,
        device: None,
        clearance: organisation.map(|_| Clearance::Open),
        generation: u32::try_from(generation).unwrap(),
        wrap: ByteBuf::new(),
    }
}

/// The open key of a team in the newest roster that a device knows, and its generation.
fn open_key(device: &mut Device, organisation: OrganisationId) -> (KemPublic, u64) {
    let roster = device.client().trust().roster(organisation).unwrap();
    let open = roster.body().clearance.get(Clearance::Open);
    (KemPublic::from_slice(open.key.as_bytes()).unwrap(), open.generation)
}

#[test]
fn event_by_a_removed_device_with_a_back_dated_clock() {
    simulate(async {
        let mut scene = Scene::new(3300, Role::Supervisor).await;
        let case = scene.case;
        let raw = Raw::of(&mut scene.leaver, case);
        scene.remove().await;
        scene.phone.client().say(case, &text("after")).unwrap();
        scene.settle().await;
        let talk = raw.log(LogKind::Talk).log;
        let body = Body::Message(amana_domain::event::MessageText { text: "forged".into(), language: None });
        let mut draft = raw.draft(&mut scene.leaver, talk, body);
        draft.claimed_ms -= 24 * HOUR_MS;
        let event = draft.sign(|message| raw.key.sign(message)).unwrap();
        // Her own way is closed; somebody carries it to the relay for her.
        raw.put(&mut scene.leaver, &event);
        assert!(matches!(scene.leaver.sync().await, Err(ClientError::DeviceRemoved)));
        raw.put(&mut scene.phone, &event);
        scene.settle().await;
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.caseworker] {
            let view = device.client().show(case).unwrap();
            let refused: Vec<_> = view.refused.iter().map(|entry| (entry.event, entry.reason)).collect();
            assert_eq!(refused, [(event.id(), Reason::DeviceRemoved)], "{}", device.name);
            let heard: Vec<String> = messages(device, case).into_iter().map(|(text, _)| text).collect();
            assert_eq!(heard, ["before", "after"], "{}", device.name);
        }
    });
}

#[test]
fn epoch_by_a_removed_device_under_which_nobody_writes() {
    simulate(async {
        let mut scene = Scene::new(3301, Role::Supervisor).await;
        let (case, organisation) = (scene.case, scene.organisation());
        let raw = Raw::of(&mut scene.leaver, case);
        let talk = raw.log(LogKind::Talk).log;
        scene.remove().await;
        // The newest keys are public: she makes a key for all who are entitled, which she knows herself.
        let (team, generation) = open_key(&mut scene.admin, organisation);
        let migrant = migrant_key(&mut scene.phone, case);
        let readers = [(label(None, 0), &migrant), (label(Some(organisation), generation), &team)];
        let (body, _) = epoch(case, talk, &readers);
        let draft = raw.draft(&mut scene.leaver, talk, body);
        let event = draft.sign(|message| raw.key.sign(message)).unwrap();
        // Somebody carries it to the relay for her.
        raw.put(&mut scene.caseworker, &event);
        scene.caseworker.sync().await.unwrap();
        scene.phone.sync().await.unwrap();
        scene.admin.sync().await.unwrap();
        let hers = EpochId::from(event.id());
        for device in [&mut scene.phone, &mut scene.admin] {
            let said = device.client().say(case, &text("after")).unwrap();
            assert_ne!(Scene::epoch_of(device, case, said), hers, "{}", device.name);
        }
        scene.settle().await;
        let said = scene.phone.client().say(case, &text("later")).unwrap();
        assert_ne!(Scene::epoch_of(&mut scene.phone, case, said), hers);
        assert_eq!(messages(&mut scene.admin, case).len(), 3);
    });
}

#[test]
fn epoch_that_wraps_to_an_outsider_under_which_nobody_writes() {
    simulate(async {
        let mut scene = Scene::new(3302, Role::Supervisor).await;
        let (case, organisation) = (scene.case, scene.organisation());
        let shelter = scene.world.organisations[2];
        let raw = Raw::of(&mut scene.caseworker, case);
        let talk = raw.log(LogKind::Talk).log;
        let (team, generation) = open_key(&mut scene.admin, organisation);
        let (outsider, theirs) = open_key(&mut scene.admin, shelter);
        let migrant = migrant_key(&mut scene.phone, case);
        let readers = [
            (label(None, 0), &migrant),
            (label(Some(organisation), generation), &team),
            (label(Some(shelter), theirs), &outsider),
        ];
        let (body, _) = epoch(case, talk, &readers);
        let event = raw.append(&mut scene.caseworker, LogKind::Talk, body);
        scene.settle().await;
        let hers = EpochId::from(event);
        let mut said = Vec::new();
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.leaver] {
            let event = device.client().say(case, &text("after")).unwrap();
            assert_ne!(Scene::epoch_of(device, case, event), hers, "{}", device.name);
            said.push(event);
        }
        scene.settle().await;
        assert_eq!(messages(&mut scene.phone, case).len(), 4);
        let reader = Reader::of(&mut scene.shelter, &RelayStore::open(scene.world.folder()));
        assert!(reader.opened.is_empty(), "{:?}", reader.opened);
    });
}

#[test]
fn second_genesis_for_a_case() {
    simulate(async {
        let mut scene = Scene::new(3303, Role::Supervisor).await;
        let case = scene.case;
        let raw = Raw::of(&mut scene.caseworker, case);
        // A caseworker opens a second `core` and a second conversation with the case's true root.
        let core = raw.log(LogKind::Core).log;
        let opening = events(&mut scene.phone, core).iter().find_map(|event| match event.body() {
            Body::Genesis(genesis) => genesis.opening.clone(),
            _ => None,
        });
        let mut forged = Vec::new();
        for kind in [LogKind::Core, LogKind::Talk] {
            let opening = opening.clone().filter(|_| kind == LogKind::Core);
            let (genesis, log) =
                raw.genesis_with(&mut scene.caseworker, kind, 0, |body| body.opening = opening);
            raw.announce(&mut scene.caseworker, &genesis, log);
            forged.push((genesis.id(), log));
        }
        scene.settle().await;
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.leaver] {
            let view = device.client().show(case).unwrap();
            assert_eq!(view.text.as_deref(), Some("what happened"), "{}", device.name);
            let said = device.client().say(case, &text("goes on")).unwrap();
            let talk = raw.log(LogKind::Talk).log;
            assert!(events(device, talk).iter().any(|event| event.id() == said), "{}", device.name);
        }
        scene.settle().await;
        assert_eq!(messages(&mut scene.phone, case).len(), 4);
        // The caseworker's logs are no logs: nobody writes there, whatever he says himself.
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.leaver] {
            for (genesis, log) in &forged {
                let there = events(device, log.log);
                assert!(there.iter().all(|event| event.id() == *genesis), "{} in {}", device.name, log.kind);
            }
            assert_eq!(device.client().verify().unwrap().problems, [], "{}", device.name);
        }
    });
}

#[test]
fn caseworker_who_adopts() {
    simulate(async {
        let mut scene = Scene::new(3304, Role::Supervisor).await;
        let case = scene.case;
        scene.admin.client().note(case, &text("the work log")).unwrap();
        scene.settle().await;
        let leaver = Raw::of(&mut scene.leaver, case);
        let work = leaver.log(LogKind::Work).log;
        let draft = leaver.draft(&mut scene.leaver, work, Body::Note(Text { text: "late note".into() }));
        scene.remove().await;
        scene.admin.client().note(case, &text("after")).unwrap();
        let note = draft.sign(|message| leaver.key.sign(message)).unwrap();
        leaver.put(&mut scene.admin, &note);
        scene.settle().await;
        assert!(matches!(scene.caseworker.client().adopt(case, &[note.id()]), Err(ClientError::Forbidden)));
        let raw = Raw::of(&mut scene.caseworker, case);
        let adopted = Body::Adopt(Adopt { events: vec![note.id()] });
        let adopt = raw.append(&mut scene.caseworker, LogKind::Work, adopted);
        scene.settle().await;
        let view = scene.admin.client().show(case).unwrap();
        let mut refused: Vec<_> = view.refused.iter().map(|entry| (entry.event, entry.reason)).collect();
        refused.sort_by_key(|(event, _)| *event != note.id());
        assert_eq!(refused, [(note.id(), Reason::DeviceRemoved), (adopt, Reason::Forbidden)]);
        assert_eq!(view.notes.len(), 2);
    });
}

#[test]
fn caseworker_who_removes() {
    simulate(async {
        let mut scene = Scene::new(3305, Role::Supervisor).await;
        assert!(matches!(scene.caseworker.client().remove_desk("leaver"), Err(ClientError::Forbidden)));
        let promote = scene.caseworker.client().set_desk_role("caseworker", Role::Admin);
        assert!(matches!(promote, Err(ClientError::Forbidden)));
        scene.settle().await;
        assert_eq!(scene.admin.client().team().unwrap().1.len(), 3);
    });
}

/// The roster after this one, as somebody would like it: she alone, as admin, with keys of her own.
fn usurped(after: &Signed<RosterHead>, signer: &SigningKey, key: &KemSecret) -> Signed<RosterHead> {
    let mut head = after.body().clone();
    head.n += 1;
    head.prev = Some(after.hash());
    head.founding = None;
    head.signer = signer.verify_key();
    let device = amana_domain::ids::DeviceId::from_key(&signer.verify_key());
    head.devices.retain(|entry| entry.device == device);
    head.devices[0].role = Role::Admin;
    for clearance in [&mut head.clearance.open, &mut head.clearance.need, &mut head.clearance.strict] {
        clearance.generation += 1;
        clearance.key = KemKey::from_slice(key.public().as_bytes()).unwrap();
    }
    Signed::make(head, |message| signer.sign(message)).unwrap()
}

/// The relay shows this chain as a team's.
fn serve(world: &World, organisation: OrganisationId, chain: Vec<Signed<RosterHead>>) {
    world.net.set_hook(Some(Box::new(move |_, request, response| {
        let response = response?;
        let newest = chain.last().unwrap();
        if request.path.starts_with("/v1/directory?") {
            let mut known: DirectoryAnswer = read(&response.body);
            for roster in known.rosters.iter_mut().filter(|roster| roster.organisation == organisation) {
                (roster.n, roster.hash) = (newest.body().n, newest.hash());
            }
            return answer(&known);
        }
        let rosters = format!("/v1/rosters/{organisation}?after=");
        if request.method == Method::Get
            && let Some(after) = request.path.strip_prefix(&rosters)
        {
            let after: u64 = after.parse().unwrap();
            let heads = chain.iter().filter(|head| head.body().n > after);
            return answer(&RostersAnswer {
                heads: heads.map(|head| ByteBuf::from(head.to_bytes())).collect(),
            });
        }
        None
    })));
}

#[test]
fn roster_signed_by_a_caseworker() {
    simulate(async {
        let mut scene = Scene::new(3306, Role::Supervisor).await;
        let (case, organisation) = (scene.case, scene.organisation());
        let raw = Raw::of(&mut scene.caseworker, case);
        let newest = scene.admin.client().trust().roster(organisation).unwrap().clone();
        let key = KemSecret::from_seed(Seed::from_bytes([8; 32]));
        let forged = usurped(&newest, &raw.key, &key);
        let put = RostersPut { heads: vec![ByteBuf::from(forged.to_bytes())], part: None };
        let request = Request {
            method: Method::Put,
            path: format!("/v1/rosters/{organisation}"),
            body: canonical::to_vec(&put).unwrap(),
            authorization: None,
        };
        let refused = scene.world.net.deliver(scene.caseworker.number, request).await.unwrap();
        assert_eq!(refused.status, 422, "roster_invalid");
        let mut chain = scene.admin.client().trust().chain(organisation).after(0).to_vec();
        chain.push(forged);
        serve(&scene.world, organisation, chain);
        for device in [&mut scene.phone, &mut scene.admin] {
            let report = device.sync().await.unwrap();
            assert!(codes(&report).contains(&"relay_fork"), "{report:?}");
            assert_eq!(device.client().trust().roster(organisation).unwrap().hash(), newest.hash());
        }
    });
}

#[test]
fn roster_fork_at_the_relay_by_an_admin_who_was_removed() {
    simulate(async {
        let mut scene = Scene::new(3307, Role::Admin).await;
        let (case, organisation) = (scene.case, scene.organisation());
        let raw = Raw::of(&mut scene.leaver, case);
        let mut chain = scene.leaver.client().trust().chain(organisation).after(0).to_vec();
        scene.remove().await;
        let newest = scene.admin.client().trust().roster(organisation).unwrap().clone();
        // She was admin once, and goes on from there; her chain becomes the longer one.
        let key = KemSecret::from_seed(Seed::from_bytes([8; 32]));
        while chain.len() < newest.body().n as usize + 3 {
            chain.push(usurped(chain.last().unwrap(), &raw.key, &key));
        }
        serve(&scene.world, organisation, chain);
        for device in [&mut scene.phone, &mut scene.admin, &mut scene.caseworker] {
            let report = device.sync().await.unwrap();
            assert!(codes(&report).contains(&"relay_fork"), "{report:?}");
            assert_eq!(
                device.client().trust().roster(organisation).unwrap().hash(),
                newest.hash(),
                "{} follows somebody who was removed",
                device.name
            );
        }
    });
}

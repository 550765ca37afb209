//! A relay, or somebody at it, that forges: keys, directories, rosters, certificates, acknowledgements, letters.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::sync::{Arc, Mutex};

use amana_client::{
    ClientError, Delivery,
    transport::{Method, Response},
};
use amana_crypto::{KemPublic, Seed, SeededRandom, SigningKey, envelope};
use amana_domain::{
    canonical,
    ids::{BlobId, CaseId, Hash, MailboxId},
    role::{Clearance, Role},
    signed::{Signed, Unverified},
    trust::{Directory, RosterHead},
};
use amana_protocol::{
    ack::AckEntry,
    frames,
    mailbox::{chain_next, chain_start},
    wire::{Answer, DirectoryAnswer, JoinRow, JoinsAnswer, Push, RelayInfo, RostersAnswer},
};
use amana_tests::sim::{
    Device, Forger, World,
    letter::{Grant, Granted, Key},
    lies::{answer, codes, forger, mailboxes, messages, read, story},
    simulate, text,
};
use amana_vault::VaultError;
use serde_bytes::ByteBuf;

#[test]
fn a_relay_with_another_key_gets_nothing() {
    simulate(async {
        let (world, mut desk, mut phone, case) = story(160).await;
        phone.client().say(case, &text("secret")).unwrap();
        let stranger = SigningKey::from_seed(&Seed::from_bytes([9; 32])).verify_key();
        world.net.set_hook(Some(Box::new(move |_, request, response| {
            let response = response.filter(|_| request.path == "/v1/relay")?;
            let info: RelayInfo = read(&response.body);
            answer(&RelayInfo { key: stranger, ..info })
        })));
        let signed = |world: &World, device: &Device| world.net.seen(device.number).len();
        let before = (signed(&world, &phone), signed(&world, &desk));
        assert!(matches!(phone.sync().await, Err(ClientError::RelayKeyChanged)));
        assert!(matches!(desk.sync().await, Err(ClientError::RelayKeyChanged)));
        assert_eq!((signed(&world, &phone), signed(&world, &desk)), before, "something was signed for it");
        assert_eq!(messages(&mut phone, case)[0].1, Delivery::OnPhone);
    });
}

fn next_directory(
    newest: &Signed<Directory>,
    signer: &SigningKey,
    change: impl FnOnce(&mut Directory),
) -> Vec<u8> {
    let mut directory = newest.body().clone();
    directory.version += 1;
    directory.prev = Some(newest.hash());
    change(&mut directory);
    Signed::make(directory, |message| signer.sign(message)).unwrap().to_bytes()
}

#[test]
fn a_root_that_nobody_announced_is_refused() {
    simulate(async {
        let (world, mut desk, mut phone, _) = story(170).await;
        let thief = SigningKey::from_seed(&Seed::from_bytes([8; 32]));
        let newest = phone.client().trust().directories().newest().unwrap().clone();
        let root = thief.verify_key();
        let honest = newest.body().root;
        let cases: [(Vec<u8>, &str); 3] = [
            (next_directory(&newest, &thief, |directory| directory.root = root), "root_changed"),
            // Names the right root, is signed by another key.
            (next_directory(&newest, &thief, |directory| directory.root = honest), "directory_invalid"),
            (
                {
                    let mut bytes = newest.to_bytes();
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    bytes
                },
                "directory_invalid",
            ),
        ];
        for (forged, code) in cases {
            world.net.set_hook(Some(Box::new(move |_, request, response| {
                let response = response.filter(|_| request.path.starts_with("/v1/directory?"))?;
                let mut known: DirectoryAnswer = read(&response.body);
                known.directories = vec![ByteBuf::from(forged.clone())];
                answer(&known)
            })));
            for device in [&mut phone, &mut desk] {
                let error = device.sync().await.unwrap_err();
                assert!(error.code() == code || error.code() == "root_changed", "{error:?}, not {code}");
                assert_eq!(device.client().trust().directories().version(), newest.body().version);
            }
        }
        // A phone that joins now is not fooled either: it pins the root of its link.
        world.net.set_hook(None);
        phone.sync().await.unwrap();
    });
}

#[test]
fn a_roster_that_no_admin_signed_is_refused() {
    simulate(async {
        let (world, mut desk, mut phone, case) = story(180).await;
        let organisation = world.organisation;
        let newest = phone.client().trust().roster(organisation).unwrap().clone();
        let thief = SigningKey::from_seed(&Seed::from_bytes([6; 32]));
        let device = amana_domain::ids::DeviceId::from_key(&thief.verify_key());
        let mut head: RosterHead = newest.body().clone();
        head.n += 1;
        head.prev = Some(newest.hash());
        head.founding = None;
        head.signer = thief.verify_key();
        head.devices[0].device = device;
        let forged = Signed::make(head, |message| thief.sign(message)).unwrap();
        let bytes = forged.to_bytes();
        let (n, hash) = (forged.body().n, forged.hash());
        world.net.set_hook(Some(Box::new(move |_, request, response| {
            let response = response?;
            if request.path.starts_with("/v1/directory?") {
                let mut known: DirectoryAnswer = read(&response.body);
                for roster in &mut known.rosters {
                    (roster.n, roster.hash) = (n, hash);
                }
                return answer(&known);
            }
            if request.method == Method::Get
                && request.path.starts_with("/v1/rosters/")
                && !request.path.contains("part")
            {
                let mut known: RostersAnswer = read(&response.body);
                known.heads.push(ByteBuf::from(bytes.clone()));
                return answer(&known);
            }
            None
        })));
        for device in [&mut phone, &mut desk] {
            let report = device.sync().await.unwrap();
            assert!(codes(&report).contains(&"relay_fork"), "{report:?}");
            assert_eq!(device.client().trust().roster(organisation).unwrap().hash(), newest.hash());
        }
        // Everything else goes on under the roster that is known.
        phone.client().say(case, &text("still")).unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(messages(&mut desk, case).len(), 1);
    });
}

#[derive(serde::Serialize)]
struct JoinLetter {
    t: String,
    certificate: ByteBuf,
    invite: ByteBuf,
    name: String,
}

#[test]
fn a_certificate_that_the_invite_did_not_sign_is_not_admitted() {
    simulate(async {
        let (mut world, mut desk, _phone, _) = story(190).await;
        let mut second = world.desk("second desk", Role::Caseworker);
        let (invite, certificate) = {
            let desk = second.client().desk().unwrap();
            (desk.invite.clone(), desk.certificate.clone())
        };
        let roster = desk.client().trust().roster(world.organisation).unwrap().clone();
        let open =
            KemPublic::from_slice(roster.body().clearance.get(Clearance::Open).key.as_bytes()).unwrap();
        let honest = Unverified::<amana_domain::trust::DeviceCertificate>::parse(&certificate).unwrap();
        let thief = SigningKey::from_seed(&Seed::from_bytes([5; 32]));
        let mut stolen = honest.claimed().clone();
        stolen.sign = thief.verify_key();
        let mut raised = honest.claimed().clone();
        raised.role = Role::Admin;
        let sign = |body| Signed::make(body, |message| thief.sign(message)).unwrap().to_bytes();
        let mut flipped = certificate.clone();
        let last = flipped.len() - 1;
        flipped[last] ^= 1;
        let random = SeededRandom::new(1);
        let intake = world.organisation.intake();
        let requests: Vec<JoinRow> = [sign(stolen), sign(raised), flipped]
            .into_iter()
            .enumerate()
            .map(|(at, certificate)| {
                let letter = JoinLetter {
                    t: "join".into(),
                    certificate: ByteBuf::from(certificate),
                    invite: ByteBuf::from(invite.clone()),
                    name: format!("thief {at}"),
                };
                let request =
                    envelope::seal_letter(&open, intake, &canonical::to_vec(&letter).unwrap(), &random)
                        .unwrap();
                JoinRow { invite: Hash::of(&[at as u8]), request }
            })
            .collect();
        world.net.set_hook(Some(Box::new(move |_, request, response| {
            response.filter(|_| request.method == Method::Get && request.path.starts_with("/v1/joins/"))?;
            answer(&JoinsAnswer { requests: requests.clone(), renewals: vec![] })
        })));
        desk.sync().await.unwrap();
        let (number, team) = desk.client().team().unwrap();
        assert_eq!((number, team.len()), (1, 1), "{team:?}");
        // The honest one still gets in.
        world.net.set_hook(None);
        second.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(desk.client().team().unwrap().1.len(), 2);
        assert_eq!(
            desk.client().team().unwrap().1.iter().filter(|entry| entry.role == Role::Admin).count(),
            1
        );
    });
}

#[test]
fn nothing_counts_as_sent_without_the_relays_own_signature_for_it() {
    simulate(async {
        let (world, _desk, mut phone, case) = story(200).await;
        let relay = forger(&world).await;
        let stranger =
            Forger { key: SigningKey::from_seed(&Seed::from_bytes([4; 32])), generation: relay.generation };
        let relay = Arc::new(relay);
        let old = Arc::new(Mutex::new(None));
        // Remembers an honest acknowledgement for later.
        let keep = Arc::clone(&old);
        world.net.set_hook(Some(Box::new(move |_, request, response| {
            let response = response.filter(|_| request.path == "/v1/push")?;
            *keep.lock().unwrap() = read::<Answer>(&response.body).ack;
            None
        })));
        phone.client().say(case, &text("honest")).unwrap();
        phone.sync().await.unwrap();
        assert!(old.lock().unwrap().is_some());
        type Lie = Box<dyn Fn(&Push, Answer) -> Answer + Send>;
        let stolen = old.lock().unwrap().clone();
        let (first, second) = (Arc::clone(&relay), Arc::clone(&relay));
        let lies: Vec<Lie> = vec![
            // A flipped bit in the signature.
            Box::new(|_, mut honest| {
                if let Some(ack) = &mut honest.ack {
                    let mut bytes = *ack.signature.as_bytes();
                    bytes[10] ^= 1;
                    ack.signature = amana_domain::ids::Signature::from_slice(&bytes).unwrap();
                }
                honest
            }),
            // Signed by somebody else.
            Box::new(move |push, _| stranger.swear(&push.appends, |_| (0, None))),
            // Somebody else's, or an older one.
            Box::new(move |_, honest| Answer { ack: stolen.clone(), ..honest }),
            // No acknowledgement, only words.
            Box::new(|_, honest| Answer { ack: None, ..honest }),
            // For the right blob in another mailbox.
            Box::new(move |push, honest| {
                let blob = BlobId::of(&push.appends[0].1);
                let entry = AckEntry(MailboxId::from_bytes([3; 16]), blob, 1, Hash::of(b"x"));
                Answer { ack: Some(first.prove(vec![entry])), ..honest }
            }),
            // Entries that the signed root does not cover.
            Box::new(move |push, honest| {
                let mut ack =
                    second.prove(vec![AckEntry(push.appends[0].0, BlobId::of(b"x"), 1, Hash::of(b"x"))]);
                ack.entries =
                    vec![AckEntry(push.appends[0].0, BlobId::of(&push.appends[0].1), 1, Hash::of(b"x"))];
                Answer { ack: Some(ack), ..honest }
            }),
        ];
        for (at, lie) in lies.into_iter().enumerate() {
            let event = phone.client().say(case, &text(&format!("lie {at}"))).unwrap();
            world.net.set_hook(Some(Box::new(move |_, request, response| {
                if request.path.starts_with("/v1/feed") {
                    // Nothing is read back meanwhile: the acknowledgement is all there is.
                    return Some(Response { status: 503, body: vec![] });
                }
                let response = response.filter(|_| request.path == "/v1/push")?;
                answer(&lie(&read(&request.body), read(&response.body)))
            })));
            let _seen = phone.sync().await;
            let view = phone.client().show(case).unwrap();
            let entry = view.messages.iter().find(|entry| entry.id == event).unwrap();
            assert_eq!(entry.delivery, Delivery::OnPhone, "lie {at}");
        }
        world.net.set_hook(None);
        phone.sync().await.unwrap();
        assert!(messages(&mut phone, case).iter().all(|(_, delivery)| *delivery >= Delivery::Sent));
    });
}

/// What a false letter says, in front of all honest ones in the intake.
fn letter_first(world: &World, desk: &mut Device, letters: Vec<Vec<u8>>) {
    let roster = desk.client().trust().roster(world.organisation).unwrap().clone();
    let open = KemPublic::from_slice(roster.body().clearance.get(Clearance::Open).key.as_bytes()).unwrap();
    let intake = world.organisation.intake();
    let random = SeededRandom::new(3);
    let sealed: Vec<Vec<u8>> = letters
        .iter()
        .map(|content| envelope::seal_letter(&open, intake, content, &random).unwrap())
        .collect();
    let path = format!("/v1/mailboxes/{intake}?after=0");
    world.net.set_hook(Some(Box::new(move |_, request, response| {
        let response = response.filter(|_| request.path.starts_with(&path))?;
        let honest = frames::decode(&response.body).unwrap();
        let blobs: Vec<&[u8]> =
            sealed.iter().map(Vec::as_slice).chain(honest.blobs.iter().copied()).collect();
        let chain =
            blobs.iter().fold(chain_start(&intake), |chain, blob| chain_next(&chain, &BlobId::of(blob)));
        let mut header = honest.header;
        (header.to, header.head, header.chain) = (blobs.len() as u64, blobs.len() as u64, chain);
        Some(Response { status: 200, body: frames::encode(&header, blobs.iter().copied()).unwrap() })
    })));
}

#[test]
fn a_letter_cannot_claim_what_is_not_its_own() {
    simulate(async {
        let mut world = World::new(210).await;
        let mut desk = world.desk("first desk", Role::Admin);
        desk.sync().await.unwrap();
        let mut phone = world.phone();
        let case = world.file(phone.client(), "the true words").case;
        let mut thief = world.phone();
        let own = world.file(thief.client(), "the thief's words").case;
        phone.sync().await.unwrap();
        let victim = mailboxes(&mut phone, case);
        let root = |device: &mut Device, case: CaseId| {
            device.with_vault(|vault| {
                vault.read(|tx| Ok::<_, VaultError>(tx.case(case)?.unwrap().root)).unwrap()
            })
        };
        let (own_root, victim_root) = (root(&mut thief, own), root(&mut phone, case));
        let own_logs = mailboxes(&mut thief, own);
        let granted = |log: Hash, kind: &str, mailbox| Granted {
            kind: kind.parse().unwrap(),
            n: 0,
            log,
            mailbox,
            keys: vec![Key { epoch: log, key: ByteBuf::from(vec![7; 32]) }],
        };
        let letter = |case: CaseId, root: &[u8], logs: Vec<Granted>| Grant::new(case, root, logs).to_bytes();
        let claimed: Vec<Granted> = victim
            .iter()
            .enumerate()
            .map(|(at, log)| granted(Hash::of(&[at as u8]), &log.kind.to_string(), log.mailbox))
            .collect();
        let named: Vec<Granted> = victim
            .iter()
            .map(|log| granted(Hash::from_bytes(*log.log.as_bytes()), &log.kind.to_string(), log.mailbox))
            .collect();
        let letters = vec![
            // The thief's case, the victim's mailboxes under logs of its own making.
            letter(own, &own_root, claimed),
            // The victim's case with the thief's root, and the other way round.
            letter(case, &own_root, vec![granted(Hash::of(b"a"), "core", victim[0].mailbox)]),
            letter(own, &victim_root, vec![granted(Hash::of(b"b"), "core", victim[0].mailbox)]),
            // The thief's logs for its own case, of which no first event fits: they name the victim's genesis.
            letter(own, &own_root, vec![granted(Hash::of(b"c"), "core", own_logs[0].mailbox)]),
            // The victim's logs by their own names, for the thief's case.
            letter(own, &own_root, named),
            // The team's own intake: nobody's letters would be read any more.
            letter(own, &own_root, vec![granted(Hash::of(b"d"), "core", world.organisation.intake())]),
            b"not a letter".to_vec(),
        ];
        letter_first(&world, &mut desk, letters);
        desk.sync().await.unwrap();
        let views = desk.client().queue(true).unwrap();
        assert_eq!(views.iter().map(|view| view.case).collect::<Vec<_>>(), [case], "{views:?}");
        assert_eq!(views[0].text.as_deref(), Some("the true words"));
        world.net.set_hook(None);
        // The true case works, both ways.
        phone.client().say(case, &text("hello")).unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        desk.client().say(case, &text("answer")).unwrap();
        desk.sync().await.unwrap();
        phone.sync().await.unwrap();
        assert_eq!(messages(&mut phone, case).len(), 2);
        assert_eq!(desk.client().verify().unwrap().problems, []);
        // And the thief's own case arrives as its own, once it is really filed.
        thief.sync().await.unwrap();
        for _ in 0..2 {
            desk.sync().await.unwrap();
        }
        let mine = desk.client().show(own).unwrap();
        assert_eq!(mine.text.as_deref(), Some("the thief's words"));
        assert_eq!(desk.client().show(case).unwrap().text.as_deref(), Some("the true words"));
    });
}

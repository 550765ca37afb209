//! Roots that change, announced or not; directories that grow old; a relay that moves.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{fs, path::Path, sync::Arc};

use amana_client::{
    ClientError, Delivery,
    deploy::{Deployment, NewOrganisation},
    transport::{Answer, Method, NoAnswer, Request, Transport},
};
use amana_crypto::{Seed, SigningKey, sealed_file::SealedFile};
use amana_domain::{
    canonical,
    ids::{Hash, OrganisationId},
    role::Role,
    signed::Signed,
    trust::{Directory, DirectoryChain, Organisation, OrganisationKind},
};
use amana_protocol::wire::{DirectoryAnswer, DirectoryPut};
use amana_tests::sim::{
    Device, World,
    lies::{answer, codes, messages, read, story},
    passphrase, simulate, text,
};
use serde_bytes::ByteBuf;

const DAY_MS: u64 = 86_400_000;

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&Seed::from_bytes([n; 32]))
}

/// What a thief of the folder and its passphrase has.
fn root_of(folder: &Path) -> SigningKey {
    #[derive(serde::Deserialize)]
    struct Root {
        #[serde(with = "serde_bytes")]
        root: [u8; 32],
    }
    let file = fs::read(folder.join("deploy.sealed")).unwrap();
    let (_, content) = SealedFile::open(&file, &passphrase(), None, b"amana/1/deploy").unwrap();
    let Root { root } = canonical::from_slice(&content).unwrap();
    SigningKey::from_seed(&Seed::from_bytes(root))
}

fn add(world: &mut World, name: &str) -> OrganisationId {
    let new = NewOrganisation {
        name: name.into(),
        kind: OrganisationKind::Union,
        country: "LB".parse().unwrap(),
        origin: vec![],
    };
    world.deployment.add_organisation(new).unwrap()
}

async fn renew(world: &mut World, organisation: OrganisationId) -> Result<OrganisationId, ClientError> {
    let line = world.net.line(0);
    world.deployment.renew_organisation(&organisation.to_string(), line).await
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A directory that continues `last`, signed by whom the closure returns.
fn forged(last: &Signed<Directory>, change: impl FnOnce(&mut Directory) -> SigningKey) -> Vec<u8> {
    let mut directory = last.body().clone();
    directory.version += 1;
    directory.prev = Some(last.hash());
    let signer = change(&mut directory);
    Signed::make(directory, |message| signer.sign(message)).unwrap().to_bytes()
}

/// The relay serves these directories after its own.
fn serve(world: &World, directories: Vec<Vec<u8>>) {
    world.net.set_hook(Some(Box::new(move |_, request, response| {
        let response = response.filter(|_| request.path.starts_with("/v1/directory?"))?;
        let mut known: DirectoryAnswer = read(&response.body);
        known.directories.extend(directories.iter().cloned().map(ByteBuf::from));
        answer(&known)
    })));
}

fn chain(device: &mut Device) -> DirectoryChain {
    device.client().trust().directories().clone()
}

#[test]
fn an_announced_root_takes_over_everywhere_and_keeps_what_it_signs() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(900).await;
        let before = chain(&mut phone);
        let first = before.newest().unwrap().body().clone();
        world.clock.advance(60 * DAY_MS);
        // Signed and kept before anybody hears of it: a crash now loses nothing and signs nothing twice.
        let renewed = world.deployment.renew().unwrap();
        assert_eq!((renewed.version, &renewed.join), (first.version + 1, &world.link));
        let open =
            |world: &World| Deployment::open(&world.path("deploy"), &passphrase(), world.operator()).unwrap();
        world.deployment = open(&world);
        assert_eq!(world.publish().await.unwrap(), renewed.version, "nothing is signed again");
        for device in [&mut phone, &mut desk] {
            device.sync().await.unwrap();
            let now = chain(device);
            let newest = now.newest().unwrap().body();
            assert_eq!(newest.version, renewed.version);
            assert_eq!(Hash::of(newest.root.as_bytes()), first.next_root);
            assert_ne!(newest.next_root, first.next_root);
            assert!(newest.expires_ms > first.expires_ms);
            device.reopen();
        }
        // Again, twice without publishing in between: whoever was away follows the chain. The link stays good.
        world.deployment.renew().unwrap();
        world.deployment = open(&world);
        world.deployment.renew().unwrap();
        assert_eq!(world.publish().await.unwrap(), first.version + 3);
        let mut late = world.phone();
        let other = world.file(late.client(), "by a newcomer").case;
        for device in [&mut phone, &mut late, &mut desk] {
            device.sync().await.unwrap();
            assert_eq!(chain(device).version(), first.version + 3);
        }
        phone.client().say(case, &text("still here")).unwrap();
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(messages(&mut desk, case).len(), 1);
        assert_eq!(desk.client().show(other).unwrap().text.as_deref(), Some("by a newcomer"));
    });
}

#[test]
fn a_root_that_was_not_announced_stops_every_phone_and_desk_and_loses_nothing() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(901).await;
        let old = chain(&mut phone).newest().unwrap().clone();
        let old_root = root_of(&world.path("deploy"));
        world.deployment.renew().unwrap();
        world.publish().await.unwrap();
        for device in [&mut phone, &mut desk] {
            device.sync().await.unwrap();
        }
        let newest = chain(&mut phone).newest().unwrap().clone();
        let good = forged(&newest, |_| key(0));
        let cases: Vec<(&str, Vec<Vec<u8>>, &str)> = vec![
            (
                "wrong root",
                vec![forged(&newest, |d| {
                    d.root = key(8).verify_key();
                    key(8)
                })],
                "root_changed",
            ),
            (
                "the root before",
                vec![forged(&newest, |d| {
                    d.root = old_root.verify_key();
                    old_root.clone()
                })],
                "root_changed",
            ),
            (
                "the root before, in the place of the new one",
                vec![forged(&old, |_| old_root.clone())],
                "root_changed",
            ),
            (
                "announced and not signed by it",
                vec![forged(&newest, |d| {
                    d.root = key(7).verify_key();
                    key(8)
                })],
                "directory_invalid",
            ),
            (
                "a version is left out",
                vec![forged(&newest, |d| {
                    d.version += 1;
                    key(8)
                })],
                "directory_invalid",
            ),
            (
                "the announcement exchanged",
                vec![forged(&old, |d| {
                    d.next_root = Hash::of(key(8).verify_key().as_bytes());
                    old_root.clone()
                })],
                "root_changed",
            ),
            (
                "true and false ones mixed",
                vec![
                    newest.to_bytes(),
                    old.to_bytes(),
                    forged(&newest, |d| {
                        d.root = key(8).verify_key();
                        key(8)
                    }),
                ],
                "root_changed",
            ),
            ("signed by nobody", vec![good], "directory_invalid"),
        ];
        for (at, (name, directories, code)) in cases.into_iter().enumerate() {
            serve(&world, directories);
            for device in [&mut phone, &mut desk] {
                let error = device.sync().await.unwrap_err();
                assert_eq!(error.code(), code, "{name}");
                assert_eq!(chain(device).newest().unwrap().hash(), newest.hash(), "{name}");
                device.reopen();
            }
            // Writing and filing go on, offline, and wait.
            phone.client().say(case, &text(&format!("word {at}"))).unwrap();
            world.file(phone.client(), &format!("case {at}"));
            assert_eq!(messages(&mut phone, case)[at].1, Delivery::OnPhone, "{name}");
        }
        world.net.set_hook(None);
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!((messages(&mut desk, case).len(), desk.client().queue(true).unwrap().len()), (8, 9));
        assert_eq!(phone.client().verify().unwrap().problems, []);
        assert_eq!(desk.client().verify().unwrap().problems, []);
    });
}

#[test]
fn an_older_copy_of_the_folder_signs_no_number_again() {
    simulate(async {
        let (mut world, _desk, mut phone, _) = story(902).await;
        let copied = world.path("copy");
        copy(&world.path("deploy"), &copied);
        let mut old = Deployment::open(&copied, &passphrase(), world.operator()).unwrap();
        // A version that this copy does not know, with an organisation whose keys it does not hold.
        let other = add(&mut world, "Union");
        let version = world.publish().await.unwrap();
        let published = old.publish(None, world.net.line(0)).await.unwrap();
        assert_eq!(published.version, version);
        old.set_relay("http://elsewhere.sim").unwrap();
        assert_eq!(old.publish(None, world.net.line(0)).await.unwrap().version, version + 1);
        phone.sync().await.unwrap();
        let directory = phone.client().trust().directory().unwrap();
        assert!(directory.organisation(&other).is_some(), "what the other copy added stays");
        // A root that was renewed elsewhere cannot be gone on with.
        world.deployment.set_relay("http://elsewhere.sim").unwrap();
        world.publish().await.unwrap();
        world.deployment.renew().unwrap();
        world.publish().await.unwrap();
        assert!(matches!(old.publish(None, world.net.line(0)).await, Err(ClientError::RootChanged)));
        phone.sync().await.unwrap();
    });
}

#[test]
fn an_organisations_announced_root_takes_over_and_the_old_one_lets_nobody_in() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(903).await;
        let organisation = world.organisation;
        let unused = world.deployment.invite(&organisation.to_string(), Role::Admin).unwrap();
        let line = world.net.line(0);
        world.deployment.renew_organisation(&organisation.to_string(), line).await.unwrap();
        // Not in force before it is published; a second change has to be announced first.
        let again = renew(&mut world, organisation).await;
        assert!(matches!(again, Err(ClientError::RootNotAnnounced)));
        world.deployment = Deployment::open(&world.path("deploy"), &passphrase(), world.operator()).unwrap();
        world.publish().await.unwrap();
        // Who joins offline with an invite of the old root learns at the first sync that it is void.
        let mut thief = world.desk_with("thief", &unused).unwrap();
        assert!(matches!(thief.sync().await, Err(ClientError::InviteInvalid)));
        // The desk that the old root let in goes on; an invite of the new root works, with the id as before.
        desk.sync().await.unwrap();
        let mut second = world.desk("second desk", Role::Caseworker);
        let asked = second.sync().await.unwrap();
        assert!(codes(&asked).contains(&"awaiting_admission"), "{asked:?}");
        desk.sync().await.unwrap();
        second.sync().await.unwrap();
        assert_eq!(desk.client().team().unwrap().1.len(), 2);
        phone.client().say(case, &text("after the change")).unwrap();
        phone.sync().await.unwrap();
        for device in [&mut desk, &mut second] {
            device.sync().await.unwrap();
            device.reopen();
            assert_eq!(messages(device, case).len(), 1);
        }
        // A newcomer verifies the old founding, because the directory names it.
        let mut late = world.phone();
        let other = world.file(late.client(), "later").case;
        late.sync().await.unwrap();
        second.sync().await.unwrap();
        assert_eq!(second.client().show(other).unwrap().text.as_deref(), Some("later"));
        assert_eq!(late.client().trust().roster(organisation).unwrap().body().n, 2);
        // And once more, now that the next one is announced.
        renew(&mut world, organisation).await.unwrap();
        world.publish().await.unwrap();
        for device in [&mut desk, &mut second, &mut phone] {
            device.sync().await.unwrap();
        }
        assert!(chain(&mut phone).roots(&organisation).next().is_some());
    });
}

#[test]
fn an_organisations_root_that_was_not_announced_stops_everybody() {
    simulate(async {
        let (mut world, mut desk, mut phone, _) = story(904).await;
        let root = root_of(&world.path("deploy"));
        let newest = chain(&mut phone).newest().unwrap().clone();
        let with = |change: fn(&mut Organisation)| {
            forged(&newest, |directory| {
                change(&mut directory.organisations[0]);
                root.clone()
            })
        };
        let false_ones = [
            with(|entry| entry.root = key(8).verify_key()),
            with(|entry| entry.next_root = Some(Hash::of(key(8).verify_key().as_bytes()))),
            with(|entry| entry.next_root = None),
        ];
        for directory in false_ones {
            serve(&world, vec![directory.clone()]);
            for device in [&mut phone, &mut desk] {
                assert!(matches!(device.sync().await, Err(ClientError::RootChanged)));
                assert_eq!(chain(device).version(), newest.body().version);
            }
            world.file(phone.client(), "offline");
            // An honest relay does not take it in the first place.
            world.net.set_hook(None);
            let put = DirectoryPut { directories: vec![ByteBuf::from(directory)], claim: None };
            let body = canonical::to_vec(&put).unwrap();
            let request =
                Request { method: Method::Put, path: "/v1/directory".into(), body, authorization: None };
            assert_eq!(world.net.deliver(0, request).await.unwrap().status, 422);
        }
        phone.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(desk.client().queue(true).unwrap().len(), 4);
        // Without a team there is no founding to name: such a root is not changed.
        let other = add(&mut world, "Nobody yet");
        world.publish().await.unwrap();
        let refused = renew(&mut world, other).await;
        assert!(matches!(refused, Err(ClientError::OrganisationNotReady)), "{refused:?}");
    });
}

#[test]
fn a_directory_that_has_expired_is_told_by_the_relays_time_and_stops_no_filing() {
    simulate(async {
        let (mut world, mut desk, mut phone, _) = story(905).await;
        // A device's own clock does not make a directory old.
        phone.set_skew((400 * DAY_MS).cast_signed());
        assert!(!codes(&phone.sync().await.unwrap()).contains(&"directory_expired"));
        assert!(!phone.client().directory_is_stale().unwrap());
        phone.client().require_fresh_directory().unwrap();
        phone.set_skew(0);
        let expires = phone.client().trust().directory().unwrap().expires_ms;
        world.clock.advance(expires - world.operator().now_ms() - 1);
        assert!(!codes(&phone.sync().await.unwrap()).contains(&"directory_expired"));
        world.clock.advance(1);
        world.file(phone.client(), "in spite of it");
        assert!(codes(&phone.sync().await.unwrap()).contains(&"directory_expired"));
        assert!(matches!(phone.client().require_fresh_directory(), Err(ClientError::DirectoryExpired)));
        // Renewing helps, also after the day.
        world.deployment.renew().unwrap();
        world.publish().await.unwrap();
        assert!(!codes(&phone.sync().await.unwrap()).contains(&"directory_expired"));
        phone.client().require_fresh_directory().unwrap();
        drop(desk.sync().await);
    });
}

/// A way to relays that have addresses of their own.
struct Addresses {
    inner: Arc<dyn Transport>,
    dead: Vec<&'static str>,
}

impl Transport for Addresses {
    fn send<'a>(&'a self, base: &'a str, request: Request) -> Answer<'a> {
        if self.dead.contains(&base) {
            return Box::pin(async { Err(NoAnswer) });
        }
        self.inner.send(base, request)
    }
}

#[test]
fn a_relay_that_moved_is_found_at_its_new_address() {
    simulate(async {
        let (mut world, mut desk, mut phone, case) = story(906).await;
        world.deployment.set_relay("http://new.sim").unwrap();
        world.publish().await.unwrap();
        assert!(world.link.starts_with("http://new.sim/"));
        // Both learn it at the old address.
        for device in [&mut phone, &mut desk] {
            device.sync().await.unwrap();
            assert_eq!(device.client().trust().directory().unwrap().relay.url.as_str(), "http://new.sim");
        }
        let only = |device: &Device, dead: Vec<&'static str>| -> Arc<dyn Transport> {
            Arc::new(Addresses { inner: world.net.line(device.number), dead })
        };
        // The old address is gone; then the new one is not to be reached and the old one still leads there.
        for (at, dead) in ["http://relay.sim", "http://new.sim"].into_iter().enumerate() {
            for device in [&mut phone, &mut desk] {
                let line = only(device, vec![dead]);
                device.set_line(line);
            }
            phone.client().say(case, &text(&format!("word {at}"))).unwrap();
            phone.sync().await.unwrap();
            desk.sync().await.unwrap();
            assert_eq!(messages(&mut desk, case).len(), at + 1, "without {dead}");
        }
        let line = only(&phone, vec!["http://new.sim", "http://relay.sim"]);
        phone.set_line(line);
        assert!(matches!(phone.sync().await, Err(ClientError::RelayUnreachable)));
    });
}

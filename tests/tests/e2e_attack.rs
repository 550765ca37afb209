//! Attacks over the wire and on the disk: refused with a code, and nothing changed.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{fs, path::PathBuf, sync::Arc};

use amana_client::{Client, Env, VaultRole, transport::HttpTransport};
use amana_crypto::{
    SeededRandom, SigningKey, StrictVerifier,
    passphrase::Passphrase,
    slots::{Contents, Header},
};
use amana_domain::{
    canonical,
    ids::{DeviceId, Hash, Nonce, OrganisationId, VerifyKey, sha256},
    role::Role,
    signed::{Signable, Signed, Unverified},
    trust::{DeviceCertificate, Directory, Invite, RosterDevice, RosterHead, RosterPart},
};
use amana_protocol::{
    ErrorBody, ErrorCode,
    request::Request,
    wire::{DirectoryAnswer, DirectoryPut, JoinProof, JoinPut, RelayInfo, RostersAnswer, RostersPut},
};
use amana_tests::harness::{Deploy, Got, PASSPHRASE, Random, Relay, Team, Vault, World, request, snapshot};
use serde_bytes::ByteBuf;

fn signed<T: Signable>(body: T, key: &SigningKey) -> Signed<T> {
    Signed::make(body, |message| key.sign(message)).unwrap()
}

#[track_caller]
fn ok<T: serde::de::DeserializeOwned>(got: &Got) -> T {
    assert_eq!(got.status, 200, "{:?}", canonical::from_slice::<ErrorBody>(&got.body));
    canonical::from_slice(&got.body).unwrap()
}

#[track_caller]
fn refused(got: &Got) -> ErrorCode {
    let error: ErrorBody =
        canonical::from_slice(&got.body).unwrap_or_else(|_| panic!("{}: no error", got.status));
    assert_eq!(got.status, error.code.status());
    error.code
}

/// The relay as an attacker sees it.
struct Wire<'a> {
    relay: &'a Relay,
    info: RelayInfo,
}

impl<'a> Wire<'a> {
    fn new(relay: &'a Relay) -> Self {
        Self { relay, info: ok(&request(relay.port(), "GET", "/v1/relay", None, b"")) }
    }
    fn get(&self, path: &str) -> Got {
        request(self.relay.port(), "GET", path, None, b"")
    }
    fn put(&self, path: &str, body: &impl serde::Serialize) -> Got {
        request(self.relay.port(), "PUT", path, None, &canonical::to_vec(body).unwrap())
    }
    /// A signed request's header.
    fn sign(&self, key: &SigningKey, organisation: Option<OrganisationId>, path: &str, nonce: u8) -> String {
        let body = Request {
            method: "GET".into(),
            path: path.into(),
            body: Hash::of(b""),
            relay: self.info.key,
            time_ms: Env::system().now_ms(),
            nonce: Nonce::from_bytes([nonce; 16]),
            key: key.verify_key(),
            organisation,
        };
        body.sign(|message| key.sign(message)).unwrap()
    }
    fn signed_get(&self, path: &str, header: &str) -> Got {
        request(self.relay.port(), "GET", path, Some(header), b"")
    }
    fn directories(&self) -> Vec<ByteBuf> {
        ok::<DirectoryAnswer>(&self.get("/v1/directory?after=0")).directories
    }
    fn rosters(&self, organisation: &str) -> Vec<ByteBuf> {
        ok::<RostersAnswer>(&self.get(&format!("/v1/rosters/{organisation}?after=0"))).heads
    }
}

/// Opens a vault in this process, as somebody does who holds the device and its passphrase.
fn open(vault: &Vault, role: VaultRole) -> Client {
    let transport = Arc::new(HttpTransport::new().unwrap());
    Client::open(&vault.path(), &Passphrase::entered(PASSPHRASE).unwrap(), role, Env::system(), transport)
        .unwrap()
}

fn device_key(vault: &Vault) -> SigningKey {
    let client = open(vault, VaultRole::Desk);
    SigningKey::from_seed(&client.desk().unwrap().sign.seed())
}

#[test]
fn forged_directories_rosters_and_requests_are_refused() {
    let world = World::new();
    let team = Team::start(&world);
    let desk = team.another_desk(&world, "brahim");
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    phone.file(&team.organisation, "before");
    phone.sync();
    desk.sync();
    let wire = Wire::new(&team.relay);
    let org: OrganisationId = team.organisation.parse().unwrap();
    let stranger = SigningKey::make(&SeededRandom::new(1));
    let brahim = device_key(&desk);
    let admin = device_key(&team.desk);

    // Directories: a next version by a stranger, in the root's name or in his own; the true one with a flipped bit.
    let chain = wire.directories();
    let newest = checked::<Directory>(chain.last().unwrap(), |body| body.root);
    for own_root in [false, true] {
        let mut forged = newest.body().clone();
        forged.version += 1;
        forged.prev = Some(newest.hash());
        forged.relay.url = "http://127.0.0.1:1".parse().unwrap();
        if own_root {
            forged.root = stranger.verify_key();
        }
        let mut put = DirectoryPut { directories: chain.clone(), claim: None };
        put.directories.push(ByteBuf::from(signed(forged, &stranger).to_bytes()));
        assert_eq!(refused(&wire.put("/v1/directory", &put)), ErrorCode::DirectoryInvalid);
    }
    for at in [3, 40, 200, chain[0].len() - 1] {
        let mut spoilt = chain[0].clone();
        spoilt[at] ^= 1;
        let put = DirectoryPut { directories: vec![spoilt], claim: None };
        let code = refused(&wire.put("/v1/directory", &put));
        assert!([ErrorCode::DirectoryInvalid, ErrorCode::DirectoryRollback].contains(&code), "{at}: {code}");
    }
    assert_eq!(wire.directories(), chain);

    // Rosters: by a stranger, by a device that is no admin, by an admin of nothing.
    let path = format!("/v1/rosters/{org}");
    let heads = wire.rosters(&team.organisation);
    let last = checked::<RosterHead>(heads.last().unwrap(), |body| body.signer);
    for (signer, role) in [(&stranger, Role::Admin), (&brahim, Role::Admin), (&stranger, Role::Caseworker)] {
        let mut forged = last.body().clone();
        forged.n += 1;
        forged.prev = Some(last.hash());
        forged.founding = None;
        forged.signer = signer.verify_key();
        let device = DeviceId::from_key(&signer.verify_key());
        forged.devices.retain(|entry| entry.device != device);
        forged.devices.push(RosterDevice { device, role, not_after_day: forged.devices[0].not_after_day });
        forged.devices.sort_unstable_by_key(|entry| entry.device);
        let forged = signed(forged, signer).to_bytes();
        let put = RostersPut { heads: vec![ByteBuf::from(forged)], part: None };
        assert_eq!(refused(&wire.put(&path, &put)), ErrorCode::RosterInvalid);
    }
    assert_eq!(wire.rosters(&team.organisation), heads);

    // A join with an invite that the organisation never gave.
    let invite = signed(
        Invite {
            deployment: newest.body().deployment,
            organisation: org,
            root: stranger.verify_key(),
            key: stranger.verify_key(),
            role: Role::Admin,
            expires_day: 30_000,
        },
        &stranger,
    );
    let proof =
        JoinProof { deployment: newest.body().deployment, organisation: org, request: Hash::of(b"x") };
    let put = JoinPut {
        invite: invite.to_bytes(),
        request: b"x".to_vec(),
        proof: signed(proof, &stranger).to_bytes(),
    };
    assert_eq!(refused(&wire.put(&format!("/v1/joins/{org}"), &put)), ErrorCode::JoinInvalid);

    // Requests: a stranger in the team's name; a true one replayed, spoilt, or sent to another path.
    let feed = "/v1/feed?after=0";
    let forged = wire.sign(&stranger, Some(org), feed, 1);
    assert_eq!(refused(&wire.signed_get(feed, &forged)), ErrorCode::DeviceRemoved);
    let header = wire.sign(&brahim, Some(org), feed, 2);
    assert_eq!(wire.signed_get(feed, &header).status, 200);
    assert_eq!(refused(&wire.signed_get(feed, &header)), ErrorCode::Replayed);
    let header = wire.sign(&brahim, Some(org), feed, 3);
    assert_eq!(refused(&wire.signed_get("/v1/feed?after=1", &header)), ErrorCode::Unauthorised);
    let mut spoilt = header.clone().into_bytes();
    let middle = spoilt.len() / 2;
    spoilt[middle] = if spoilt[middle] == b'A' { b'B' } else { b'A' };
    assert_eq!(
        refused(&wire.signed_get(feed, std::str::from_utf8(&spoilt).unwrap())),
        ErrorCode::Unauthorised
    );
    assert_eq!(refused(&wire.get(feed)), ErrorCode::Unauthorised);

    // Nobody noticed any of it.
    assert_eq!(phone.sync(), Vec::<String>::new());
    assert_eq!(desk.sync(), Vec::<String>::new());

    // The admin takes a desk off the roster: it is out everywhere at once, and still shows what it had.
    let header = wire.sign(&admin, Some(org), &format!("{path}/part/{}", last.body().n), 4);
    let part = wire.signed_get(&format!("{path}/part/{}", last.body().n), &header);
    let mut part: RosterPart = ok(&part);
    let gone = DeviceId::from_key(&brahim.verify_key());
    part.devices.retain(|device| {
        let certificate = Unverified::<DeviceCertificate>::parse(&device.certificate).unwrap();
        certificate.claimed().sign != brahim.verify_key()
    });
    part.wraps.retain(|wrap| wrap.device != gone);
    let part = canonical::to_vec(&part).unwrap();
    let mut head = last.body().clone();
    head.n += 1;
    head.prev = Some(last.hash());
    head.founding = None;
    head.signer = admin.verify_key();
    head.devices.retain(|entry| entry.device != gone);
    head.part = Hash::of(&part);
    let put = RostersPut {
        heads: vec![ByteBuf::from(signed(head, &admin).to_bytes())],
        part: Some(ByteBuf::from(part)),
    };
    assert_eq!(wire.put(&path, &put).status, 200);
    let header = wire.sign(&brahim, Some(org), feed, 5);
    assert_eq!(refused(&wire.signed_get(feed, &header)), ErrorCode::DeviceRemoved);
    desk.fails(&["sync"], "device_removed");
    assert_eq!(desk.ok(&["queue"])[0]["text"], "before");
    let case = phone.file(&team.organisation, "after").case;
    phone.sync();
    desk.fails(&["sync"], "device_removed");
    desk.fails(&["show", &case], "not_found");
    team.desk.sync();
    assert_eq!(team.desk.show(&case)["text"], "after");
    desk.verify();
}

/// Something signed by the key that it names itself.
fn checked<T: Signable>(bytes: &[u8], key: impl Fn(&T) -> VerifyKey) -> Signed<T> {
    let read = Unverified::<T>::parse(bytes).unwrap();
    let key = key(read.claimed());
    read.verify(&key, &StrictVerifier).unwrap()
}

/// What the passphrase of a vault opens.
fn contents(vault: &Vault) -> Contents {
    let header = Header::parse(&fs::read(vault.path().join("header")).unwrap()).unwrap();
    header.open(&Passphrase::entered(PASSPHRASE).unwrap(), None).unwrap().contents
}

/// The database that the passphrase of a vault opens; beside it a phone has another one.
fn database(vault: &Vault) -> PathBuf {
    let label: String = contents(vault).label.iter().map(|byte| format!("{byte:02x}")).collect();
    vault.path().join(format!("{label}.db"))
}

#[test]
fn a_damaged_vault_is_told_and_never_written_to() {
    let world = World::new();
    let link = Deploy::init(&world, "deploy", "http://127.0.0.1:9").link();
    let phone = Vault::joined_phone(&world, "phone", &link);
    let case = phone.file("01234567-89ab-8def-8123-456789abcdef", &"long text ".repeat(3000)).case;
    let whole = snapshot(&phone.path());
    let header = phone.path().join("header");
    let mut random = Random::from_env(5);
    let good = fs::read(&header).unwrap();
    for at in [0, 12, 40, 70, 500, 2000, 4000, 4095] {
        let mut bad = good.clone();
        bad[at] ^= 1 << random.below(8);
        fs::write(&header, &bad).unwrap();
        let before = snapshot(&phone.path());
        phone.fails(&["cases"], "vault_damaged");
        assert!(snapshot(&phone.path()) == before, "byte {at}");
    }
    fs::write(&header, &good[..4000]).unwrap();
    phone.fails(&["cases"], "vault_damaged");
    fs::remove_file(&header).unwrap();
    phone.fails(&["cases"], "vault_damaged");
    phone.fails(&["join", &link], "vault_exists");
    fs::write(&header, &good).unwrap();

    let path = database(&phone);
    let good = fs::read(&path).unwrap();
    let pages = good.len() / 4096;
    assert!(pages > 10, "{pages}");
    for n in 0..10 {
        // The first page always; then others at random: a whole check finds every one.
        let page = if n == 0 { 0 } else { usize::try_from(random.below(pages as u64)).unwrap() };
        let at = page * 4096 + usize::try_from(random.below(4096)).unwrap();
        let mut bad = good.clone();
        bad[at] ^= 1 << random.below(8);
        fs::write(&path, &bad).unwrap();
        let out = phone.run(&["verify"]);
        if page == 0 || out.stdout.is_empty() {
            out.fails("vault_damaged");
        } else {
            assert_eq!(out.status, Some(1), "byte {at} of page {page}: {out}");
            assert_ne!(out.json()["differences"], serde_json::json!([]));
        }
        assert!(fs::read(&path).unwrap() == bad, "byte {at}: a damaged vault stays as it is");
    }
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert_eq!(phone.run(&["verify"]).status, Some(1));
    fs::remove_file(&path).unwrap();
    phone.fails(&["cases"], "vault_damaged");
    fs::write(&path, &good).unwrap();
    phone.verify();
    assert_eq!(phone.show(&case)["text"].as_str().map(str::len), Some(30_000));
    assert!(snapshot(&phone.path()).keys().eq(whole.keys()), "nothing was added or removed");
}

#[test]
fn a_vault_of_a_newer_version_is_not_touched() {
    let world = World::new();
    let link = Deploy::init(&world, "deploy", "http://127.0.0.1:9").link();
    let phone = Vault::joined_phone(&world, "phone", &link);
    let header = phone.path().join("header");
    let good = fs::read(&header).unwrap();
    let mut newer = good.clone();
    newer[9] = 2;
    let sum = sha256(&[&newer[..4064]]);
    newer[4064..].copy_from_slice(&sum);
    fs::write(&header, &newer).unwrap();
    phone.fails(&["cases"], "vault_too_new");
    assert!(fs::read(&header).unwrap() == newer);
    fs::write(&header, &good).unwrap();

    let key: String = contents(&phone).key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    let set_version = |version: i64| {
        let connection = rusqlite::Connection::open(database(&phone)).unwrap();
        connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
        let before: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        before
    };
    let version = set_version(9999);
    phone.fails(&["cases"], "vault_too_new");
    phone.fails(&["sync"], "vault_too_new");
    phone.fails(&["join", &link], "vault_exists");
    assert_eq!(set_version(version), 9999, "nothing changed it");
    phone.ok(&["cases"]);

    // The deploy folder: damaged, and of a newer version.
    let file = world.path("deploy/deploy.sealed");
    let good = fs::read(&file).unwrap();
    let deploy = |args: &[&str]| world.run(&[&["--json", "deploy"], args].concat());
    let invite = ["invite", "deploy", "--organisation", "Aid", "--role", "admin"];
    for at in [0, 100, 4090, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&file, &bad).unwrap();
        deploy(&invite).fails("vault_damaged");
        assert!(fs::read(&file).unwrap() == bad);
    }
    fs::remove_file(&file).unwrap();
    world.file("deploy/other", "x");
    deploy(&invite).fails("vault_damaged");
    fs::write(&file, &good).unwrap();
    deploy(&invite).fails("not_found");
}

#[test]
fn somebody_elses_relay_in_the_place_of_ours_gets_nothing() {
    let world = World::new();
    let mut team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let case = phone.file(&team.organisation, "for the team only").case;
    let port = team.relay.port();
    team.relay.kill();
    let late = Vault::joined_phone(&world, "late", &team.link);
    let mut other = Relay::start_at(&world, "other-relay", port);
    let theirs = Deploy::init(&world, "theirs", &other.url());
    theirs.organisation("Aid");
    theirs.publish(other.claim());
    // Who knows a directory sees another relay's key; who knows only the link sees another root.
    phone.fails(&["sync"], "relay_key_changed");
    team.desk.fails(&["sync"], "relay_key_changed");
    late.fails(&["sync"], "root_changed");
    // The operator signs nothing for a key that is not the relay's that was published.
    team.deploy.run(&["publish", "deploy"]).fails("relay_key_changed");
    assert_eq!(phone.show(&case)["delivery"], "on-phone");
    other.kill();
    team.relay.restart();
    assert_eq!(team.deploy.run(&["publish", "deploy"]).ok()["version"], 1);
    assert_eq!(phone.sync(), Vec::<String>::new());
    assert_eq!(late.sync(), Vec::<String>::new());
    team.desk.sync();
    assert_eq!(team.desk.show(&case)["text"], "for the team only");
}

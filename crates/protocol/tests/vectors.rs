//! The frozen bytes of every wire structure of version 1, with real keys and signatures.
//!
//! A failure here means that old clients and relays no longer understand the new ones. To add a
//! structure, run `cargo test -p amana-protocol --test vectors -- --ignored` and look at the diff:
//! lines may be added, never changed.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{collections::BTreeMap, fmt::Debug, path::PathBuf};

use amana_crypto::{Seed, SigningKey, StrictVerifier};
use amana_domain::{
    canonical,
    ids::{BlobId, DeploymentId, DeviceId, Generation, Hash, MailboxId, Nonce, OrganisationId},
    role::{Clearance, Role},
    signed::{Signable, Signed, Unverified},
    trust::{
        Backlink, ClearanceKey, Clearances, DeviceCertificate, Directory, DirectoryChain, Founding, Invite,
        InviteSecret, InviteString, JoinLink, KemKey, Organisation, OrganisationKind, PartDevice, PartWrap,
        RelayAddress, RosterChain, RosterDevice, RosterHead, RosterPart, SmsKey, link::fingerprint_of,
    },
};
use amana_protocol::{
    ErrorBody, ErrorCode, Principal,
    ack::{self, AckEntry, AckProof, Tree},
    frames::{self, FrameHeader},
    mailbox::{chain_next, chain_start, feed_next, feed_start, mailbox_id},
    pow,
    reading::{self, ReadFrom, ReadMailboxes, Section},
    request::{self, Request},
    wire::*,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

const NAMES: &str = "../../tests/vectors/protocol-v1.json";

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&Seed::from_bytes([n; 32]))
}

fn sign<T: Signable>(body: T, key: &SigningKey) -> Signed<T> {
    Signed::make(body, |message| key.sign(message)).unwrap()
}

#[derive(Default)]
struct Vectors(BTreeMap<String, String>);

impl Vectors {
    /// A canonical structure: what is frozen must read back as this value.
    fn structure<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, name: &str, value: &T) {
        let bytes = canonical::to_vec(value).unwrap();
        assert_eq!(canonical::from_slice::<T>(&bytes).unwrap(), *value, "{name}");
        self.bytes(name, &bytes);
    }
    fn signed<T: Signable + PartialEq + Debug + Clone>(
        &mut self,
        name: &str,
        value: &Signed<T>,
        key: &SigningKey,
    ) {
        let read = Unverified::<T>::parse(&value.to_bytes()).unwrap();
        assert_eq!(read.verify(&key.verify_key(), &StrictVerifier).unwrap(), *value, "{name}");
        self.bytes(name, &value.to_bytes());
    }
    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.text(name, &hex::encode(bytes));
    }
    fn text(&mut self, name: &str, text: &str) {
        assert!(self.0.insert(name.to_owned(), text.to_owned()).is_none(), "{name} twice");
    }
}

fn make() -> Vectors {
    let mut vectors = Vectors::default();
    trust(&mut vectors);
    requests(&mut vectors);
    bodies(&mut vectors);
    answers(&mut vectors);
    vectors
}

fn deployment() -> DeploymentId {
    DeploymentId::from_root(&key(1).verify_key())
}

fn organisation() -> OrganisationId {
    OrganisationId::from_root(&key(2).verify_key())
}

fn invite() -> Signed<Invite> {
    let invite = Invite {
        deployment: deployment(),
        organisation: organisation(),
        root: key(2).verify_key(),
        key: key(3).verify_key(),
        role: Role::Admin,
        expires_day: 20_507,
    };
    sign(invite, &key(2))
}

fn kem(byte: u8) -> KemKey {
    KemKey::from_slice(&[byte; 1216]).unwrap()
}

fn trust(vectors: &mut Vectors) {
    let (root, next, team, invite_key, admin) = (key(1), key(11), key(2), key(3), key(4));
    vectors.text("deployment_id", &deployment().to_string());
    vectors.text("organisation_id", &organisation().to_string());
    vectors.bytes("device_id", DeviceId::from_key(&admin.verify_key()).as_bytes());
    vectors.bytes("intake_mailbox_id", organisation().intake().as_bytes());

    let directory = Directory {
        deployment: deployment(),
        version: 1,
        prev: None,
        root: root.verify_key(),
        next_root: Hash::of(next.verify_key().as_bytes()),
        issued_ms: 1_771_200_000_000,
        expires_ms: 1_802_736_000_000,
        name: "Example".into(),
        relay: RelayAddress { url: "https://relay.example".parse().unwrap(), key: key(9).verify_key() },
        pow_bits: 18,
        organisations: vec![Organisation {
            id: organisation(),
            root: team.verify_key(),
            next_root: None,
            founding: None,
            name: "Helpers".into(),
            kind: OrganisationKind::Ngo,
            country: "KW".into(),
            origin: vec!["NP".into(), "PH".into()],
            sms: Some(SmsKey::from_bytes([5; 32])),
            ladder: vec![organisation()],
        }],
    };
    let first = sign(directory.clone(), &root);
    let second = Directory {
        version: 2,
        prev: Some(first.hash()),
        root: next.verify_key(),
        organisations: vec![Organisation { sms: None, ..directory.organisations[0].clone() }],
        ..directory
    };
    let second = sign(second, &next);
    vectors.signed("directory_1", &first, &root);
    vectors.signed("directory_2_new_root", &second, &next);
    let fingerprint = fingerprint_of(&root.verify_key());
    let mut chain = DirectoryChain::pinned(fingerprint);
    for link in [&first, &second] {
        chain.extend(&link.to_bytes(), &StrictVerifier).unwrap();
    }
    let url = "https://relay.example".parse().unwrap();
    let link = JoinLink { url, fingerprint };
    assert_eq!(link.to_string().parse::<JoinLink>().unwrap(), link);
    vectors.text("join_link", &link.to_string());

    let certificate = DeviceCertificate {
        deployment: deployment(),
        organisation: organisation(),
        sign: admin.verify_key(),
        kem: kem(6),
        role: Role::Admin,
        not_after_day: 20_590,
    };
    let certificate = sign(certificate, &invite_key);
    vectors.signed("invite", &invite(), &team);
    vectors.signed("device_certificate", &certificate, &invite_key);
    let text = InviteString::new(link.url, fingerprint, &invite(), InviteSecret::from_bytes([3; 32]));
    assert_eq!(text.to_text().parse::<InviteString>().unwrap(), text);
    vectors.text("invite_string", &text.to_text());

    let device = DeviceId::from_key(&admin.verify_key());
    let part = RosterPart {
        devices: vec![PartDevice {
            certificate: certificate.to_bytes(),
            invite: invite().to_bytes(),
            name: vec![1, 2, 3],
        }],
        wraps: vec![PartWrap { device, clearance: Clearance::Open, generation: 0, wrap: vec![4, 5] }],
        backlinks: vec![Backlink { clearance: Clearance::Strict, generation: 0, sealed: vec![6] }],
        recovery: vec![ByteBuf::from(vec![7])],
    };
    vectors.structure("roster_part", &part);
    let clearance = |byte| ClearanceKey { generation: 0, key: kem(byte) };
    let head = RosterHead {
        deployment: deployment(),
        organisation: organisation(),
        n: 1,
        prev: None,
        devices: vec![RosterDevice { device, role: Role::Admin, not_after_day: 20_590 }],
        clearance: Clearances { open: clearance(1), need: clearance(2), strict: clearance(3) },
        sms: SmsKey::from_bytes([5; 32]),
        invites: vec![invite().hash()],
        part: Hash::of(&canonical::to_vec(&part).unwrap()),
        signer: admin.verify_key(),
        recovery: vec![],
        founding: Some(Founding {
            invite: invite().to_bytes(),
            certificate: certificate.to_bytes(),
            proof: None,
        }),
        issued_ms: 1_771_200_000_000,
    };
    let first = sign(head.clone(), &admin);
    let second = sign(RosterHead { n: 2, prev: Some(first.hash()), founding: None, ..head }, &admin);
    vectors.signed("roster_1", &first, &admin);
    vectors.signed("roster_2", &second, &admin);
    let mut chain = RosterChain::new(deployment(), organisation());
    for head in [&first, &second] {
        chain.extend(&head.to_bytes(), &StrictVerifier).unwrap();
    }
}

fn requests(vectors: &mut Vectors) {
    let phone = key(7);
    let request = Request {
        method: "POST".into(),
        path: "/v1/push".into(),
        body: Hash::of(b"body"),
        relay: key(9).verify_key(),
        time_ms: 1_771_200_000_000,
        nonce: Nonce::from_bytes([8; 16]),
        key: phone.verify_key(),
        organisation: None,
    };
    let desk = Request {
        method: "GET".into(),
        path: "/v1/feed?after=7&limit=100".into(),
        body: Hash::of(b""),
        key: key(4).verify_key(),
        organisation: Some(organisation()),
        ..request.clone()
    };
    for (name, request, key) in
        [("authorization_phone", request, &phone), ("authorization_desk", desk, &key(4))]
    {
        let header = request.clone().sign(|message| key.sign(message)).unwrap();
        let read = request::parse(&header).unwrap();
        assert_eq!(*read.verify(&key.verify_key(), &StrictVerifier).unwrap().body(), request);
        vectors.text(name, &header);
    }
    vectors.structure("principal_phone", &Principal::Phone(phone.verify_key()));
    vectors.structure("principal_organisation", &Principal::Organisation(organisation()));
}

fn owners() -> Vec<Principal> {
    vec![Principal::Phone(key(7).verify_key()), Principal::Organisation(organisation())]
}

fn mailbox() -> MailboxId {
    mailbox_id(&owners(), &Nonce::from_bytes([9; 16])).unwrap()
}

fn bodies(vectors: &mut Vectors) {
    vectors.bytes("mailbox_id", mailbox().as_bytes());
    let nonce = Nonce::from_bytes([9; 16]);
    let strangers = vec![Principal::Phone(key(8).verify_key())];
    let new =
        NewMailbox { id: mailbox(), owners: owners(), nonce, readers: strangers.clone(), writers: vec![] };
    let letter = vec![1; 40];
    let blob = BlobId::of(&letter);
    let found = pow::find(&blob, 20_500, 12, 0, 1 << 20, || false).unwrap();
    vectors.text("proof_of_work_12_bits", &format!("{blob} day 20500 nonce {found}"));
    let filing = File {
        mailboxes: vec![new],
        appends: vec![Append(mailbox(), vec![2; 30])],
        letters: vec![Letter(organisation(), letter)],
        admission: Some(Admission::Pow { day: 20_500, nonce: found }),
    };
    vectors.structure("file_with_work", &filing);
    let token = Some(Admission::Token(vec![3; 16]));
    vectors.structure("file_with_token", &File { admission: token, ..filing.clone() });
    vectors.structure("file_of_a_team", &File { admission: None, ..filing });
    vectors.structure("push", &Push { appends: vec![Append(mailbox(), vec![2; 30])] });
    let put = MailboxPut {
        create: Some(MailboxCreate { owners: owners(), nonce }),
        list_version: 0,
        readers: strangers.clone(),
        writers: strangers,
    };
    vectors.structure("mailbox_create", &put);
    vectors.structure("mailbox_list", &MailboxPut { create: None, list_version: 3, ..put });
    let directories = vec![ByteBuf::from(vec![1, 2])];
    let claim = Some("0123-4567-89AB-CDEF".into());
    vectors.structure("directory_put", &DirectoryPut { directories, claim });
    let heads = vec![ByteBuf::from(vec![1, 2])];
    vectors.structure("rosters_put", &RostersPut { heads, part: Some(ByteBuf::from(vec![3])) });
    let proof =
        JoinProof { deployment: deployment(), organisation: organisation(), request: Hash::of(b"request") };
    let proof = sign(proof, &key(3));
    vectors.signed("join_proof", &proof, &key(3));
    let join = JoinPut { invite: invite().to_bytes(), request: b"request".to_vec(), proof: proof.to_bytes() };
    vectors.structure("join_put", &join);
}

fn answers(vectors: &mut Vectors) {
    let generation = Generation::from_bytes([6; 16]);
    let relay = key(9);
    let info = RelayInfo {
        key: relay.verify_key(),
        generation,
        time_ms: 1_771_200_000_000,
        claimed: true,
        directory_version: 2,
        pow_bits: 18,
        v: vec![1],
    };
    vectors.structure("relay_info", &info);
    let rosters = vec![RosterRef { organisation: organisation(), n: 2, hash: Hash::of(b"roster") }];
    let directories = vec![ByteBuf::from(vec![1])];
    vectors.structure("directory_answer", &DirectoryAnswer { directories, rosters });
    vectors.structure("rosters_answer", &RostersAnswer { heads: vec![ByteBuf::from(vec![1])] });
    vectors.structure("newest", &Newest { version: 2 });
    let requests = vec![JoinRow { invite: invite().hash(), request: vec![1] }];
    vectors.structure("joins_answer", &JoinsAnswer { requests, renewals: vec![] });
    vectors.structure("mailbox_state", &MailboxState { list_version: 4 });
    vectors.structure("done", &Done {});
    let blob = BlobId::of(b"blob");
    let row = |feed_seq, change| FeedRow { feed_seq, mailbox: mailbox(), change };
    let rows = vec![
        row(1, FeedChange::Joined { seq: 0 }),
        row(2, FeedChange::Blob { seq: 1, blob, size: 2048 }),
        row(3, FeedChange::Left),
    ];
    let owner = Principal::Organisation(organisation());
    let next = rows.iter().fold(feed_start(&owner), |chain, row| feed_next(&chain, row));
    vectors.bytes("feed_chain_0", feed_start(&owner).as_bytes());
    vectors.bytes("feed_chain_3", next.as_bytes());
    let answer = FeedAnswer { generation, head: 3, chain: feed_start(&owner), next, rows, more: false };
    vectors.structure("feed_answer", &answer);

    let chain = chain_next(&chain_start(&mailbox()), &blob);
    vectors.bytes("chain_0", chain_start(&mailbox()).as_bytes());
    vectors.bytes("chain_1", chain.as_bytes());
    let header = FrameHeader { generation, from: 0, to: 1, head: 1, chain };
    let framed = frames::encode(&header, [&b"blob"[..]]).unwrap();
    assert_eq!(frames::decode(&framed).unwrap().header, header);
    vectors.bytes("mailbox_frames", &framed);
    let gone = MailboxId::from_bytes([4; 16]);
    let asked = vec![ReadFrom(mailbox(), 0), ReadFrom(gone, 7), ReadFrom(MailboxId::from_bytes([5; 16]), 0)];
    let sections = [
        Section { mailbox: mailbox(), found: Ok(frames::decode(&framed).unwrap()) },
        Section { mailbox: gone, found: Err(ErrorCode::NoMailbox) },
    ];
    let read = reading::encode(generation, &sections).unwrap();
    assert_eq!(reading::decode(&read, &asked).unwrap(), (generation, sections.to_vec()));
    vectors.bytes("mailboxes_read_answer", &read);
    vectors.structure("mailboxes_read", &ReadMailboxes { mailboxes: asked });

    // A group of three requests, so that one path has two steps and one has one.
    let entries = |seq| vec![AckEntry(mailbox(), blob, seq, chain)];
    let leaves = (1..=3).map(|seq| ack::leaf(&entries(seq)).unwrap()).collect();
    let tree = Tree::build(leaves).unwrap();
    let signed = ack::sign(&tree, relay.verify_key(), generation, |message| relay.sign(message)).unwrap();
    for at in [1, 2] {
        let proof = AckProof {
            message: signed.message().to_vec(),
            signature: *signed.signature(),
            path: tree.path(at),
            entries: entries(at as u64 + 1),
        };
        proof.verify(&relay.verify_key(), &StrictVerifier).unwrap();
        let refused = AppendResult::Refused { blob, error: ErrorCode::NoMailbox };
        let results = vec![AppendResult::Stored { blob, seq: at as u64 + 1 }, refused];
        vectors.structure(&format!("answer_leaf_{at}_of_3"), &Answer { results, ack: Some(proof) });
    }
    let body = ErrorBody {
        code: ErrorCode::ClockSkew,
        time_ms: Some(1_771_200_000_000),
        version: Some(2),
        pow_bits: Some(18),
        detail: Some("fixed words".into()),
    };
    vectors.structure("error_full", &body);
    vectors.structure("error_bare", &ErrorBody::from(ErrorCode::Busy));
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| format!("{code} {}", code.status())).collect();
    vectors.text("error_codes", &codes.join(", "));
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(NAMES)
}

#[test]
fn every_structure_is_what_was_frozen() {
    let frozen: BTreeMap<String, String> =
        serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap();
    let made = make().0;
    for (name, expected) in &frozen {
        assert_eq!(made.get(name), Some(expected), "{name} changed");
    }
    assert_eq!(made.len(), frozen.len(), "a structure is not frozen yet");
}

#[test]
#[ignore = "writes the file that the other test reads"]
fn freeze() {
    std::fs::write(path(), serde_json::to_string_pretty(&make().0).unwrap() + "\n").unwrap();
}

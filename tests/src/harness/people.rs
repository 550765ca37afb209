//! The people: an operator with a deploy folder, phones and desks with vaults.

use std::{ffi::OsStr, path::PathBuf};

use serde_json::Value;

use super::{Out, Process, World};

/// An operator's folder.
#[derive(Clone, Debug)]
pub struct Deploy {
    world: World,
    dir: String,
    relay: String,
    fingerprint: String,
}

impl Deploy {
    /// Makes one in the folder `dir` of the world.
    #[track_caller]
    pub fn init(world: &World, dir: &str, relay: &str) -> Self {
        let mut deploy = Self {
            world: world.clone(),
            dir: dir.to_owned(),
            relay: relay.to_owned(),
            fingerprint: String::new(),
        };
        let made = deploy.run(&["init", dir, "--name", "Test", "--relay", relay]).ok();
        deploy.fingerprint = made["root_fingerprint"].as_str().unwrap().to_owned();
        deploy
    }
    /// Runs `amana --json deploy …`.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Out {
        let mut words: Vec<&OsStr> = vec!["--json".as_ref(), "deploy".as_ref()];
        words.extend(args.iter().map(AsRef::as_ref));
        self.world.run(&words)
    }
    /// Adds an NGO; its id.
    #[track_caller]
    pub fn organisation(&self, name: &str) -> String {
        let out =
            self.run(&["add-organisation", &self.dir, "--name", name, "--kind", "ngo", "--country", "QA"]);
        out.ok()["organisation"].as_str().unwrap().to_owned()
    }
    /// Makes an invite.
    #[track_caller]
    pub fn invite(&self, organisation: &str, role: &str) -> String {
        let out = self.run(&["invite", &self.dir, "--organisation", organisation, "--role", role]);
        out.ok()["invite"].as_str().unwrap().to_owned()
    }
    /// Publishes; the join link.
    #[track_caller]
    pub fn publish(&self, claim: Option<&str>) -> String {
        let mut args = vec!["publish", &self.dir];
        args.extend(claim.into_iter().flat_map(|claim| ["--claim", claim]));
        self.run(&args).ok()["join"].as_str().unwrap().to_owned()
    }
    /// The link that phones will join by, known before anything is published: address and fingerprint.
    pub fn link(&self) -> String {
        format!("{}/#amana={}", self.relay, self.fingerprint)
    }
    /// The folder's path.
    pub fn path(&self) -> PathBuf {
        self.world.path(&self.dir)
    }
}

/// A case as the phone that filed it knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub case: String,
    /// Its number.
    pub number: String,
}

/// A phone or a desk.
#[derive(Clone, Debug)]
pub struct Vault {
    world: World,
    group: &'static str,
    name: String,
}

impl Vault {
    /// A phone whose vault is not made yet.
    pub fn phone(world: &World, name: &str) -> Self {
        Self { world: world.clone(), group: "phone", name: name.to_owned() }
    }
    /// A desk whose vault is not made yet.
    pub fn desk(world: &World, name: &str) -> Self {
        Self { world: world.clone(), group: "desk", name: name.to_owned() }
    }
    /// A phone that has joined.
    #[track_caller]
    pub fn joined_phone(world: &World, name: &str, link: &str) -> Self {
        let phone = Self::phone(world, name);
        phone.ok(&["join", link]);
        phone
    }
    /// A desk that has joined; its name in the team is that of its vault.
    #[track_caller]
    pub fn joined_desk(world: &World, name: &str, invite: &str) -> Self {
        let desk = Self::desk(world, name);
        desk.ok(&["join", invite, "--name", name]);
        desk
    }
    /// The same vault, with commands as another world starts them.
    pub fn within(&self, world: &World) -> Self {
        Self { world: world.clone(), ..self.clone() }
    }
    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.world.path(&self.name)
    }
    fn words<'a, S: AsRef<OsStr>>(&'a self, args: &'a [S]) -> Vec<&'a OsStr> {
        let mut words: Vec<&OsStr> = vec!["--json".as_ref(), self.group.as_ref(), self.name.as_ref()];
        words.extend(args.iter().map(AsRef::as_ref));
        words
    }
    /// Runs `amana --json phone|desk VAULT …`.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Out {
        self.world.run(&self.words(args))
    }
    /// The same with standard input.
    #[track_caller]
    pub fn run_with_input<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Out {
        self.world.run_with_input(&self.words(args), input)
    }
    /// Starts it only.
    #[track_caller]
    pub fn start<S: AsRef<OsStr>>(&self, args: &[S]) -> Process {
        self.world.start(&self.words(args))
    }
    /// Runs a verb that must succeed.
    #[track_caller]
    pub fn ok<S: AsRef<OsStr>>(&self, args: &[S]) -> Value {
        self.run(args).ok()
    }
    /// Runs a verb that must fail with this code and exit status 1.
    #[track_caller]
    pub fn fails<S: AsRef<OsStr>>(&self, args: &[S], code: &str) -> String {
        self.run(args).fails(code)
    }
    /// Syncs; codes of the warnings.
    #[track_caller]
    pub fn sync(&self) -> Vec<String> {
        warnings(&self.ok(&["sync"]))
    }
    /// Files a grievance in English with a text and nothing else.
    #[track_caller]
    pub fn file(&self, to: &str, text: &str) -> Case {
        self.file_with(to, text, &[])
    }
    /// Files with more arguments.
    #[track_caller]
    pub fn file_with(&self, to: &str, text: &str, more: &[&str]) -> Case {
        let mut args = vec!["file", "--to", to, "--language", "en", "--text", text];
        args.extend(more);
        let filed = self.ok(&args);
        let part = |name: &str| filed[name].as_str().unwrap().to_owned();
        Case { case: part("case"), number: part("number") }
    }
    /// One case.
    #[track_caller]
    pub fn show(&self, case: &str) -> Value {
        self.ok(&["show", case])
    }
    /// All cases that it has.
    #[track_caller]
    pub fn cases(&self) -> Vec<Value> {
        let list = if self.group == "desk" { self.ok(&["queue", "--all"]) } else { self.ok(&["cases"]) };
        list.as_array().expect("an array").clone()
    }
    /// Checks the whole vault; the number of events.
    #[track_caller]
    pub fn verify(&self) -> u64 {
        let report = self.ok(&["verify"]);
        assert_eq!(report["differences"], Value::Array(vec![]), "{report}");
        report["events"].as_u64().unwrap()
    }
}

/// Codes of the warnings in a report.
fn warnings(report: &Value) -> Vec<String> {
    let list = report["warnings"].as_array().expect("warnings");
    list.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

/// A relay, one organisation with its first desk, and a link for phones.
#[derive(Debug)]
pub struct Team {
    /// The relay.
    pub relay: super::Relay,
    /// The operator's folder.
    pub deploy: Deploy,
    /// The organisation's id.
    pub organisation: String,
    /// The join link.
    pub link: String,
    /// The first desk, an admin's, called `asha`.
    pub desk: Vault,
}

impl Team {
    /// Starts everything in `world`.
    #[track_caller]
    pub fn start(world: &World) -> Self {
        let relay = super::Relay::start(world, "relay");
        let url = relay.url();
        Self::behind(world, relay, &url)
    }
    /// The same with a relay that people reach at `url`.
    #[track_caller]
    pub fn behind(world: &World, relay: super::Relay, url: &str) -> Self {
        let deploy = Deploy::init(world, "deploy", url);
        let organisation = deploy.organisation("Aid");
        let invite = deploy.invite("Aid", "admin");
        let link = deploy.publish(relay.claim());
        let desk = Vault::joined_desk(world, "asha", &invite);
        Self { relay, deploy, organisation, link, desk }
    }
    /// One more desk, admitted: its role is a caseworker's.
    #[track_caller]
    pub fn another_desk(&self, world: &World, name: &str) -> Vault {
        let desk = Vault::joined_desk(world, name, &self.deploy.invite("Aid", "caseworker"));
        self.desk.sync();
        assert_eq!(desk.sync(), Vec::<String>::new(), "admitted");
        desk
    }
}

/// All texts of a case: narrative, additions, messages.
pub fn texts(case: &Value) -> Vec<String> {
    let mut found: Vec<String> = case["text"].as_str().map(str::to_owned).into_iter().collect();
    for list in ["additions", "messages"] {
        let entries = case[list].as_array().expect("an array");
        found.extend(entries.iter().map(|entry| entry["text"].as_str().unwrap().to_owned()));
    }
    found
}

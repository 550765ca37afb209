//! A relay in this process, a published deployment, an admitted desk, phones: the real code throughout.

use std::{cell::RefCell, sync::Arc};

use amana_client::{
    Client, Env,
    deploy::{Deployment, NewOrganisation},
    ops::{FileRequest, join_desk, join_phone},
    transport::{HttpTransport, Transport},
};
use amana_crypto::{passphrase::Passphrase, slots::Cost};
use amana_domain::{
    codes::CaseKind, event::Facts, ids::OrganisationId, role::Role, text::CaseText, trust::OrganisationKind,
};
use amana_server::{Config, Relay};
use tokio::{net::TcpListener, runtime::Runtime};

/// Everything a row needs.
pub struct World {
    pub runtime: Runtime,
    pub relay: Arc<Relay>,
    pub url: String,
    pub organisation: OrganisationId,
    pub link: String,
    pub invite: String,
    pub deployment: RefCell<Deployment>,
    pub dir: tempfile::TempDir,
}

pub fn passphrase() -> Passphrase {
    Passphrase::parse("one two three four five six").unwrap()
}

pub fn http() -> Arc<dyn Transport> {
    Arc::new(HttpTransport::new().unwrap())
}

impl World {
    /// Starts a relay with no price for admission and quotas out of the way.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config { proof_of_work_bits: Some(0), ..Config::default() };
        config.quotas.phone_bytes = 1 << 40;
        let (relay, url) = runtime.block_on(async {
            let relay = Arc::new(Relay::open_now(dir.path().join("relay"), config).await.unwrap());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let serving = Arc::clone(&relay);
            tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
            (relay, url)
        });
        let mut deploy = Deployment::init(
            &dir.path().join("deploy"),
            &passphrase(),
            Cost::for_tests(),
            "Bench",
            &url,
            Env::system(),
        )
        .unwrap();
        let organisation = deploy
            .add_organisation(NewOrganisation {
                name: "Aid".into(),
                kind: OrganisationKind::Ngo,
                country: "QA".parse().unwrap(),
                origin: vec![],
            })
            .unwrap();
        let invite = deploy.invite("Aid", Role::Admin).unwrap().to_string();
        let published = runtime.block_on(deploy.publish(relay.claim_code(), http())).unwrap();
        let deployment = RefCell::new(deploy);
        Self { runtime, relay, url, organisation, link: published.join, invite, deployment, dir }
    }

    /// The first admin's desk, which makes the team.
    pub fn desk(&self, name: &str) -> Client {
        self.join(name, &self.invite, http())
    }

    /// Another desk, which waits until an admin's desk has let it in.
    pub fn colleague(&self, name: &str, role: Role, transport: Arc<dyn Transport>) -> Client {
        let invite = self.deployment.borrow_mut().invite("Aid", role).unwrap().to_string();
        self.join(name, &invite, transport)
    }

    fn join(&self, name: &str, invite: &str, transport: Arc<dyn Transport>) -> Client {
        let path = self.dir.path().join(name);
        let mut desk =
            join_desk(&path, &passphrase(), Cost::for_tests(), invite, name, Env::system(), transport)
                .unwrap();
        self.runtime.block_on(desk.sync()).unwrap();
        desk
    }

    pub fn phone(&self, name: &str, transport: Arc<dyn Transport>) -> Client {
        join_phone(
            &self.dir.path().join(name),
            &passphrase(),
            Cost::for_tests(),
            &self.link,
            Env::system(),
            transport,
        )
        .unwrap()
    }
}

/// A complaint of about `length` characters.
pub fn complaint(to: OrganisationId, length: usize) -> FileRequest {
    FileRequest {
        to,
        kind: CaseKind::Grievance,
        text: text(length),
        grievances: vec!["WAG.UNPAID".parse().unwrap(), "DOC.RETAIN".parse().unwrap()],
        situations: vec![],
        facts: Facts {
            language: Some("en".parse().unwrap()),
            origin: Some("NP".parse().unwrap()),
            destination: Some("QA".parse().unwrap()),
            ..Facts::default()
        },
        safe_contact: None,
        name: None,
    }
}

pub fn text(length: usize) -> CaseText {
    let sentence = "They did not pay me for five months and keep my passport. ";
    CaseText::new(sentence.chars().cycle().take(length).collect()).unwrap()
}

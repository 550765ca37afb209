//! The story: 28 people file complaints with no network; a caseworker works them until they are closed.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    process::{Amana, RelayProcess, text},
    team::{self, CONSULATE, SHELTER},
};
use crate::{
    context::Context,
    error::CliError,
    json::{DemoCase, DemoStep},
    progress::Progress,
};

/// The sample complaints; see `data/README.md`.
const COMPLAINTS: &str = include_str!("../../../data/complaints.jsonl");
/// How many phones act at the same time.
const AT_ONCE: usize = 4;
/// How many steps the story has.
const STEPS: u64 = 23;

/// One line of the sample data.
#[derive(Clone, Deserialize)]
struct Complaint {
    id: String,
    lang: String,
    origin: String,
    destination: String,
    sector: String,
    sex: String,
    #[serde(default)]
    age_band: Option<String>,
    kind: String,
    text: String,
    grievances: Vec<String>,
    #[serde(default)]
    situations: Vec<String>,
    expected_priority: u8,
}

/// A phone and the case on it.
#[derive(Clone)]
struct Phone {
    vault: PathBuf,
    case: String,
    number: String,
    complaint: Complaint,
}

/// What came of it.
pub struct Played {
    pub steps: Vec<DemoStep>,
    pub cases: Vec<DemoCase>,
    pub relay: RelayProcess,
    pub desk: PathBuf,
    pub phone: PathBuf,
    pub number: String,
}

/// The story so far.
pub struct Story<'a> {
    context: &'a Context,
    progress: Progress,
    pub amana: &'a Amana,
    pub dir: &'a Path,
    steps: Vec<DemoStep>,
}

/// Plays the whole story in a folder.
pub async fn play(context: &Context, amana: &Amana, dir: &Path) -> Result<Played, CliError> {
    let mut story =
        Story { context, progress: context.progress("human.demo_progress"), amana, dir, steps: Vec::new() };
    let desk = dir.join("desk");
    let (relay, organisation, link) = story.found(&desk).await?;
    let listen = relay.url.trim_start_matches("http://").to_owned();
    relay.kill().await?;

    let phones = story.file(&organisation, &link).await?;
    let relay = amana.relay(&dir.join("relay"), &listen).await?;
    story
        .each(&phones, |amana, phone| async move { amana.vault("phone", &phone.vault, &["sync"]).await })
        .await?;
    let sent = story.deliveries(&phones).await?.iter().all(|delivery| delivery == "sent");
    story.step("sent", sent);

    amana.vault("desk", &desk, &["sync"]).await?;
    let queue = amana.vault("desk", &desk, &["queue"]).await?;
    story.step("received", queue_is_right(&queue, &phones));

    for phone in &phones {
        amana.vault("desk", &desk, &["show", &phone.case]).await?;
        amana.vault("desk", &desk, &["assign", &phone.case, "--to", "Asha"]).await?;
        amana
            .vault("desk", &desk, &["say", &phone.case, "--text", "We have read this. Are you safe now?"])
            .await?;
    }
    amana.vault("desk", &desk, &["sync"]).await?;
    story
        .each(&phones, |amana, phone| async move { amana.vault("phone", &phone.vault, &["sync"]).await })
        .await?;
    let read = story.deliveries(&phones).await?.iter().all(|delivery| delivery == "read");
    story.step("read", read);
    story
        .each(&phones, |amana, phone| async move {
            let answer = format!("{} ✓", phone.complaint.text.chars().take(12).collect::<String>());
            amana.vault("phone", &phone.vault, &["say", &phone.case, "--text", &answer]).await?;
            amana.vault("phone", &phone.vault, &["sync"]).await
        })
        .await?;
    amana.vault("desk", &desk, &["sync"]).await?;
    let queue = amana.vault("desk", &desk, &["queue"]).await?;
    let answered = array(&queue).iter().all(|case| array(&case["messages"]).len() == 2);
    story.step("answered", answered && array(&queue).len() == phones.len());

    for phone in &phones {
        for status in
            [&["--to", "action-plan"][..], &["--to", "resolved"], &["--to", "closed", "--reason", "remedied"]]
        {
            let words = [&["status", phone.case.as_str()][..], status].concat();
            amana.vault("desk", &desk, &words).await?;
        }
    }
    amana.vault("desk", &desk, &["sync"]).await?;
    story
        .each(&phones, |amana, phone| async move { amana.vault("phone", &phone.vault, &["sync"]).await })
        .await?;
    let all = amana.vault("desk", &desk, &["queue", "--all"]).await?;
    let cases = summary(&all, &phones);
    let on_phones = story.statuses(&phones).await?;
    let closed =
        cases.iter().all(|case| case.status == "closed") && on_phones.iter().all(|status| status == "closed");
    story.step("closed", closed && cases.len() == phones.len());

    team::play(&mut story, &organisation, &link, &desk).await?;

    let checked = amana.vault("desk", &desk, &["verify"]).await?;
    let phones_fine = story
        .each(&phones, |amana, phone| async move { amana.vault("phone", &phone.vault, &["verify"]).await })
        .await;
    story.step("verified", array(&checked["differences"]).is_empty() && phones_fine.is_ok());
    let first = phones.first().ok_or_else(|| CliError::internal("demo", "no complaints"))?;
    Ok(Played {
        steps: story.steps,
        cases,
        relay,
        desk,
        phone: first.vault.clone(),
        number: first.number.clone(),
    })
}

impl Story<'_> {
    /// Notes how a step came out, and tells it.
    pub fn step(&mut self, step: &str, ok: bool) {
        let step = DemoStep { step: step.to_owned(), ok };
        self.progress.clear();
        self.context.tell(&step.told(self.context.lang()));
        self.steps.push(step);
        self.progress.step(self.steps.len() as u64, STEPS);
    }

    /// A relay, a deployment, an organisation and its desk.
    async fn found(&mut self, desk: &Path) -> Result<(RelayProcess, String, String), CliError> {
        let relay = self.amana.relay(&self.dir.join("relay"), "127.0.0.1:0").await?;
        self.step("relay_up", true);
        let deploy = self.dir.join("deploy");
        let deploy = deploy.to_string_lossy();
        self.amana.run(["deploy", "init", &deploy, "--name", "Demo", "--relay", &relay.url]).await?;
        let added = self
            .amana
            .run([
                "deploy",
                "add-organisation",
                &deploy,
                "--name",
                "Workers Aid",
                "--kind",
                "ngo",
                "--country",
                "QA",
            ])
            .await?;
        let organisation = text(&added, "organisation");
        for (name, kind, more) in
            [(CONSULATE, "consulate", &["--origin", "NP"][..]), (SHELTER, "shelter", &[][..])]
        {
            let words =
                ["deploy", "add-organisation", &deploy, "--name", name, "--kind", kind, "--country", "QA"];
            self.amana.run(words.iter().chain(more)).await?;
        }
        let invite = self
            .amana
            .run(["deploy", "invite", &deploy, "--organisation", "Workers Aid", "--role", "admin"])
            .await?;
        let claim = relay.claim.clone().unwrap_or_default();
        let published = self.amana.run(["deploy", "publish", &deploy, "--claim", &claim]).await?;
        self.step("founded", true);
        let joined =
            self.amana.vault("desk", desk, &["join", &text(&invite, "invite"), "--name", "Asha"]).await?;
        self.step("desks_joined", joined["admitted"] == true);
        Ok((relay, organisation, text(&published, "join")))
    }

    /// Every complaint on a phone of its own, with the relay down.
    async fn file(&mut self, organisation: &str, link: &str) -> Result<Vec<Phone>, CliError> {
        let complaints: Vec<Complaint> = COMPLAINTS
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|error| CliError::internal("sample data", error)))
            .collect::<Result<_, _>>()?;
        let mut phones = Vec::new();
        for complaint in complaints {
            let vault = self.dir.join(format!("phone-{}", complaint.id));
            phones.push(Phone { vault, case: String::new(), number: String::new(), complaint });
        }
        let (organisation, link) = (organisation.to_owned(), link.to_owned());
        let filed = self
            .each(&phones, move |amana, phone| {
                let (organisation, link) = (organisation.clone(), link.clone());
                async move { file_one(&amana, &phone, &organisation, &link).await }
            })
            .await?;
        for (phone, filed) in phones.iter_mut().zip(&filed) {
            phone.case = text(filed, "case");
            phone.number = text(filed, "number");
        }
        self.step("phone_joined", true);
        let waiting = self.deliveries(&phones).await?.iter().all(|delivery| delivery == "on-phone");
        self.step("filed_offline", waiting);
        Ok(phones)
    }

    /// Does something with every phone, a few at a time; answers in the order of the phones.
    async fn each<F, R>(&self, phones: &[Phone], act: F) -> Result<Vec<Value>, CliError>
    where
        F: Fn(Amana, Phone) -> R,
        R: Future<Output = Result<Value, CliError>> + Send + 'static,
    {
        let mut answers = vec![Value::Null; phones.len()];
        let mut running = JoinSet::new();
        for (at, phone) in phones.iter().enumerate() {
            if running.len() >= AT_ONCE {
                keep(&mut answers, running.join_next().await)?;
            }
            let future = act(self.amana.clone(), phone.clone());
            running.spawn(async move { future.await.map(|answer| (at, answer)) });
        }
        while let Some(done) = running.join_next().await {
            keep(&mut answers, Some(done))?;
        }
        Ok(answers)
    }

    async fn deliveries(&self, phones: &[Phone]) -> Result<Vec<String>, CliError> {
        self.field(phones, "delivery").await
    }

    async fn statuses(&self, phones: &[Phone]) -> Result<Vec<String>, CliError> {
        self.field(phones, "status").await
    }

    async fn field(&self, phones: &[Phone], key: &'static str) -> Result<Vec<String>, CliError> {
        let cases = self
            .each(phones, |amana, phone| async move { amana.vault("phone", &phone.vault, &["cases"]).await })
            .await?;
        Ok(cases.iter().map(|cases| text(&cases[0], key)).collect())
    }
}

type Finished = Option<Result<Result<(usize, Value), CliError>, tokio::task::JoinError>>;

fn keep(answers: &mut [Value], finished: Finished) -> Result<(), CliError> {
    if let Some(finished) = finished {
        let (at, answer) = finished.map_err(|error| CliError::internal("demo", error))??;
        answers[at] = answer;
    }
    Ok(())
}

async fn file_one(amana: &Amana, phone: &Phone, organisation: &str, link: &str) -> Result<Value, CliError> {
    amana.vault("phone", &phone.vault, &["join", link]).await?;
    let complaint = &phone.complaint;
    let grievances = complaint.grievances.join(",");
    let situations = complaint.situations.join(",");
    let mut words = vec![
        "file",
        "--to",
        organisation,
        "--language",
        &complaint.lang,
        "--text",
        &complaint.text,
        "--kind",
        &complaint.kind,
        "--grievance",
        &grievances,
        "--origin",
        &complaint.origin,
        "--destination",
        &complaint.destination,
        "--sector",
        &complaint.sector,
        "--sex",
        &complaint.sex,
    ];
    if !situations.is_empty() {
        words.extend(["--situation", &situations]);
    }
    if let Some(band) = &complaint.age_band {
        words.extend(["--age-band", band]);
    }
    amana.vault("phone", &phone.vault, &words).await
}

/// The items of an array; none if it is no array.
pub fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// All cases are there, in triage order, each with the priority and text that were filed and a reason.
fn queue_is_right(queue: &Value, phones: &[Phone]) -> bool {
    let cases = array(queue);
    let order: Vec<(u64, Timestamp, &str)> = cases
        .iter()
        .map(|case| {
            let due = case["clock_due"].as_str().and_then(|due| due.parse().ok()).unwrap_or(Timestamp::MAX);
            (case["priority"].as_u64().unwrap_or(9), due, case["case"].as_str().unwrap_or_default())
        })
        .collect();
    let each = phones.iter().all(|phone| {
        cases.iter().find(|case| case["case"] == phone.case.as_str()).is_some_and(|case| {
            case["priority"] == phone.complaint.expected_priority
                && case["text"] == phone.complaint.text.as_str()
                && !array(&case["rules"]).is_empty()
        })
    });
    cases.len() == phones.len() && order.is_sorted() && each
}

fn summary(queue: &Value, phones: &[Phone]) -> Vec<DemoCase> {
    array(queue)
        .iter()
        .filter_map(|case| {
            let phone = phones.iter().find(|phone| case["case"] == phone.case.as_str())?;
            Some(DemoCase {
                id: phone.complaint.id.clone(),
                case: phone.case.clone(),
                number: phone.number.clone(),
                language: text(case, "language"),
                priority: u8::try_from(case["priority"].as_u64().unwrap_or(9)).unwrap_or(9),
                expected_priority: phone.complaint.expected_priority,
                rules: array(&case["rules"]).iter().map(|rule| text(rule, "because")).collect(),
                status: text(case, "status"),
                delivery: text(case, "delivery"),
                text_matches: case["text"] == phone.complaint.text.as_str(),
            })
        })
        .collect()
}

//! The second half of the story: a team of three desks, a consulate and a shelter around one case. Every claim is
//! checked at the side that it is about.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    process::{Amana, text},
    story::{Story, array},
};
use crate::error::CliError;

/// Names in the directory.
pub const SHELTER: &str = "Safe House";
pub const CONSULATE: &str = "Embassy";

const TOLD: &str = "My employer keeps my passport and locks the door at night.";
const NAME: &str = "Sita Gurung";
const ANSWER: &str = "We have read this. Can you leave the house on Friday?";
const AFTER: &str = "Please do not tell the shelter about my brother.";
const LATE: &str = "I wrote this before my phone knew that somebody had left.";
const NEW: &str = "And this after it knew.";

/// The vaults of this half.
struct Cast {
    amana: Amana,
    asha: PathBuf,
    brahim: PathBuf,
    chandra: PathBuf,
    consulate: PathBuf,
    shelter: PathBuf,
    phone: PathBuf,
    case: String,
}

impl Cast {
    async fn desk(&self, vault: &Path, args: &[&str]) -> Result<Value, CliError> {
        self.amana.vault("desk", vault, args).await
    }

    async fn phone(&self, args: &[&str]) -> Result<Value, CliError> {
        self.amana.vault("phone", &self.phone, args).await
    }

    async fn sync(&self, desks: &[&Path]) -> Result<(), CliError> {
        for desk in desks {
            self.desk(desk, &["sync"]).await?;
        }
        Ok(())
    }

    async fn show(&self, vault: &Path) -> Result<Value, CliError> {
        self.desk(vault, &["show", &self.case]).await
    }
}

/// Plays it in a deployment whose first desk is Asha's.
pub async fn play(story: &mut Story<'_>, helpline: &str, link: &str, asha: &Path) -> Result<(), CliError> {
    let mut cast = gather(story, asha).await?;
    open_case(story, &mut cast, helpline, link).await?;
    refer(story, &cast).await?;
    share(story, &cast).await?;
    withdraw(story, &cast).await?;
    decide(story, &cast).await?;
    remove(story, &cast).await?;
    verify(story, &cast).await
}

/// Two more desks for the helpline; a consulate and a shelter with a desk each.
async fn gather(story: &mut Story<'_>, asha: &Path) -> Result<Cast, CliError> {
    let amana = story.amana.clone();
    let deploy = story.dir.join("deploy");
    let deploy = deploy.to_string_lossy().into_owned();
    let vault = |name: &str| story.dir.join(name);
    let cast = Cast {
        asha: asha.to_owned(),
        brahim: vault("desk-brahim"),
        chandra: vault("desk-chandra"),
        consulate: vault("desk-embassy"),
        shelter: vault("desk-shelter"),
        phone: vault("phone-sita"),
        case: String::new(),
        amana: amana.clone(),
    };
    let joining = [
        ("Workers Aid", "caseworker", &cast.brahim, "Brahim"),
        ("Workers Aid", "supervisor", &cast.chandra, "Chandra"),
        (CONSULATE, "admin", &cast.consulate, "Deepak"),
        (SHELTER, "admin", &cast.shelter, "Elena"),
    ];
    for (organisation, role, vault, name) in joining {
        let invite =
            amana.run(["deploy", "invite", &deploy, "--organisation", organisation, "--role", role]).await?;
        cast.desk(vault, &["join", &text(&invite, "invite"), "--name", name]).await?;
    }
    cast.sync(&[&cast.asha, &cast.brahim, &cast.chandra]).await?;
    let roster = cast.desk(&cast.chandra, &["roster"]).await?;
    let names: BTreeSet<&str> =
        array(&roster["desks"]).iter().filter_map(|desk| desk["name"].as_str()).collect();
    story.step("team_joined", names == BTreeSet::from(["Asha", "Brahim", "Chandra"]));
    Ok(cast)
}

async fn open_case(
    story: &mut Story<'_>,
    cast: &mut Cast,
    helpline: &str,
    link: &str,
) -> Result<(), CliError> {
    cast.phone(&["join", link]).await?;
    let words = [
        "file",
        "--to",
        helpline,
        "--language",
        "ne",
        "--text",
        TOLD,
        "--grievance",
        "DOC.RETAIN,FRE.CONFINE",
        "--origin",
        "NP",
        "--destination",
        "QA",
        "--name",
        NAME,
    ];
    cast.case = text(&cast.phone(&words).await?, "case");
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha]).await?;
    let case = cast.case.clone();
    cast.desk(&cast.asha, &["assign", &case, "--to", "Brahim"]).await?;
    cast.desk(&cast.asha, &["say", &case, "--text", ANSWER]).await?;
    cast.sync(&[&cast.asha, &cast.brahim, &cast.chandra]).await?;
    cast.phone(&["sync"]).await?;
    let seen = cast.show(&cast.brahim).await?;
    let right = seen["text"] == TOLD && seen["name"] == NAME && seen["assigned"] == "Brahim";
    story.step("team_works", right && messages(&seen) == [ANSWER]);
    Ok(())
}

/// Two proposals; the one to the consulate of her own country only once she says so.
async fn refer(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let case = cast.case.as_str();
    let consulate = ["refer", case, "--to", CONSULATE, "--logs", "identity", "--purpose", "a new passport"];
    let refused = cast.amana.refused("desk", &cast.asha, &consulate).await?;
    cast.phone(&["origin-contact", case, "--allow"]).await?;
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha]).await?;
    cast.desk(&cast.asha, &consulate).await?;
    story.step("origin_blocked", refused == "origin_blocked");
    let shelter = ["refer", case, "--to", SHELTER, "--logs", "narrative,talk", "--purpose", "a safe bed"];
    cast.desk(&cast.asha, &shelter).await?;
    cast.sync(&[&cast.asha, &cast.consulate, &cast.shelter]).await?;
    cast.phone(&["sync"]).await?;
    let asked = cast.phone(&["show", case]).await?;
    let proposed = [CONSULATE, SHELTER].iter().all(|name| referral(&asked, name) == "proposed");
    let mut seen = Vec::new();
    for desk in [&cast.consulate, &cast.shelter] {
        seen.extend(array(&cast.desk(desk, &["queue", "--all"]).await?).to_vec());
    }
    story.step("referred", proposed && seen.is_empty());
    Ok(())
}

/// She allows some parts to each; each reads exactly these.
async fn share(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let case = cast.case.as_str();
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 90);
    let until = until.strftime("%Y-%m-%d").to_string();
    for (to, logs, purpose) in
        [(SHELTER, "narrative,talk", "a safe bed"), (CONSULATE, "identity", "a new passport")]
    {
        let words = ["consent", case, "--to", to, "--logs", logs, "--purpose", purpose, "--until", &until];
        cast.phone(&words).await?;
    }
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha, &cast.consulate, &cast.shelter]).await?;
    let given = cast.phone(&["show", case]).await?;
    story.step("consented", [CONSULATE, SHELTER].iter().all(|name| consent(&given, name) == "granted"));

    let shelter = cast.show(&cast.shelter).await?;
    let consulate = cast.show(&cast.consulate).await?;
    let shelter_right = readable(&shelter) == ["narrative", "referral", "talk"]
        && shelter["text"] == TOLD
        && messages(&shelter) == [ANSWER]
        && shelter["name"].is_null();
    let consulate_right = readable(&consulate) == ["identity", "referral"]
        && consulate["name"] == NAME
        && consulate["text"].is_null()
        && messages(&consulate).is_empty();
    story.step("shared", shelter_right && consulate_right);

    cast.desk(&cast.shelter, &["accept", case]).await?;
    cast.sync(&[&cast.shelter, &cast.asha]).await?;
    cast.phone(&["sync"]).await?;
    let told = [cast.phone(&["show", case]).await?, cast.show(&cast.asha).await?];
    story.step("accepted", told.iter().all(|view| referral(view, SHELTER) == "accepted"));
    Ok(())
}

/// She takes one consent back: what is written after does not reach the shelter; the consulate keeps its part.
async fn withdraw(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let case = cast.case.as_str();
    cast.phone(&["withdraw-consent", case, "--to", SHELTER]).await?;
    cast.phone(&["say", case, "--text", AFTER]).await?;
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha]).await?;
    cast.desk(&cast.asha, &["say", case, "--text", "It stays between us."]).await?;
    cast.sync(&[&cast.asha, &cast.shelter, &cast.consulate, &cast.brahim, &cast.chandra]).await?;
    cast.phone(&["sync"]).await?;
    let shelter = cast.show(&cast.shelter).await?;
    let consulate = cast.show(&cast.consulate).await?;
    let helpline = cast.show(&cast.brahim).await?;
    let states = cast.phone(&["show", case]).await?;
    let right = messages(&shelter) == [ANSWER]
        && !shelter.to_string().contains(AFTER)
        && messages(&helpline) == [ANSWER, AFTER, "It stays between us."]
        && consent(&states, SHELTER) == "withdrawn"
        && referral(&states, SHELTER) == "revoked"
        && consent(&states, CONSULATE) == "granted"
        && consulate["name"] == NAME;
    story.step("withdrawn", right);
    Ok(())
}

/// Two desks give the case away at the same time; a decision settles it on every device.
async fn decide(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let case = cast.case.as_str();
    let team = [cast.asha.as_path(), &cast.chandra, &cast.brahim];
    cast.desk(&cast.asha, &["assign", case, "--to", "Chandra"]).await?;
    cast.desk(&cast.chandra, &["assign", case, "--to", "Asha"]).await?;
    cast.sync(&team).await?;
    cast.sync(&team).await?;
    let mut both = true;
    let mut chosen = String::new();
    for desk in team {
        let conflicts = cast.show(desk).await?["conflicts"].clone();
        both &= array(&conflicts).len() == 1 && conflicts[0]["field"] == "assigned";
        let values = array(&conflicts[0]["values"]);
        let other = values.iter().find(|value| value["event"] != conflicts[0]["shown"]);
        chosen = other.map(|value| text(value, "event")).unwrap_or_default();
    }
    story.step("conflict", both);
    let before = cast.show(&cast.asha).await?;
    cast.desk(&cast.chandra, &["decide", case, "--event", &chosen]).await?;
    cast.sync(&[&cast.chandra, &cast.asha, &cast.brahim]).await?;
    cast.phone(&["sync"]).await?;
    let mut settled = array(&cast.phone(&["show", case]).await?["conflicts"]).is_empty();
    for desk in team {
        let view = cast.show(desk).await?;
        let expected = if before["assigned"] == "Asha" { "Chandra" } else { "Asha" };
        settled &= array(&view["conflicts"]).is_empty() && view["assigned"] == expected;
    }
    story.step("decided", settled);
    Ok(())
}

/// Brahim's desk leaves: nothing new reaches it, and what a phone writes before it knows is flagged.
async fn remove(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let case = cast.case.as_str();
    let had = messages(&cast.show(&cast.brahim).await?);
    let roster = cast.desk(&cast.asha, &["remove", "Brahim"]).await?;
    let code = cast.amana.refused("desk", &cast.brahim, &["sync"]).await?;
    let kept = cast.show(&cast.brahim).await?;
    let cut = roster["synced"] == true && array(&roster["desks"]).len() == 2 && code == "device_removed";
    story.step("removed", cut && kept["text"] == TOLD && messages(&kept) == had);

    cast.phone(&["say", case, "--text", LATE]).await?;
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha]).await?;
    cast.desk(&cast.asha, &["note", case, "--text", "Brahim has left"]).await?;
    cast.sync(&[&cast.asha]).await?;
    cast.phone(&["sync"]).await?;
    cast.phone(&["say", case, "--text", NEW]).await?;
    cast.phone(&["sync"]).await?;
    cast.sync(&[&cast.asha, &cast.chandra]).await?;
    let code = cast.amana.refused("desk", &cast.brahim, &["sync"]).await?;
    let view = cast.show(&cast.asha).await?;
    let event = |said: &str| {
        let found = array(&view["messages"]).iter().find(|message| message["text"] == said);
        found.map(|message| text(message, "id")).unwrap_or_default()
    };
    let readable_by = |said: &str| {
        let event = event(said);
        let names = array(&view["readable_by"]).iter().filter(move |row| row["event"] == event.as_str());
        names.map(|row| text(row, "name")).collect::<Vec<_>>()
    };
    let flagged = readable_by(LATE).contains(&"Brahim".to_owned())
        && !event(NEW).is_empty()
        && !readable_by(NEW).contains(&"Brahim".to_owned());
    let kept = cast.show(&cast.brahim).await?;
    story.step("flagged", flagged && code == "device_removed" && messages(&kept) == had);
    Ok(())
}

async fn verify(story: &mut Story<'_>, cast: &Cast) -> Result<(), CliError> {
    let mut fine = true;
    for desk in [&cast.asha, &cast.brahim, &cast.chandra, &cast.consulate, &cast.shelter] {
        fine &= array(&cast.desk(desk, &["verify"]).await?["differences"]).is_empty();
    }
    fine &= array(&cast.phone(&["verify"]).await?["differences"]).is_empty();
    story.step("team_verified", fine);
    Ok(())
}

/// The texts of a conversation, in order.
fn messages(case: &Value) -> Vec<String> {
    array(&case["messages"]).iter().map(|message| text(message, "text")).collect()
}

/// The parts that a desk can read, its own internal notes left out.
fn readable(case: &Value) -> Vec<String> {
    let logs = array(&case["readable_logs"]).iter().filter_map(Value::as_str);
    let logs: BTreeSet<&str> = logs.filter(|log| *log != "work").collect();
    logs.into_iter().map(str::to_owned).collect()
}

fn state(case: &Value, list: &str, organisation: &str) -> String {
    let found = array(&case[list]).iter().rfind(|entry| entry["organisation_name"] == organisation);
    found.map(|entry| text(entry, "state")).unwrap_or_default()
}

fn referral(case: &Value, organisation: &str) -> String {
    state(case, "referrals", organisation)
}

fn consent(case: &Value, organisation: &str) -> String {
    state(case, "consents", organisation)
}

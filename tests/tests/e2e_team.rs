//! A team of three desks, a consulate and a shelter around one case, with real processes.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_tests::harness::{Team, Vault, World, texts};
use serde_json::{Value, json};

/// Everybody, with one case filed, received and given to Brahim.
struct Stage {
    team: Team,
    brahim: Vault,
    chandra: Vault,
    embassy: Vault,
    shelter: Vault,
    phone: Vault,
    case: String,
}

impl Stage {
    fn set(world: &World) -> Self {
        let relay = amana_tests::harness::Relay::start(world, "relay");
        let url = relay.url();
        let deploy = amana_tests::harness::Deploy::init(world, "deploy", &url);
        let organisation = deploy.organisation("Aid");
        let add = |name: &str, kind: &str, more: &[&str]| {
            let words = ["add-organisation", "deploy", "--name", name, "--kind", kind, "--country", "QA"];
            deploy.run(&[&words[..], more].concat()).ok();
        };
        add("Embassy", "consulate", &["--origin", "NP"]);
        add("Safe House", "shelter", &[]);
        let link = deploy.publish(relay.claim());
        let desk = |name: &str, organisation: &str, role: &str| {
            Vault::joined_desk(world, name, &deploy.invite(organisation, role))
        };
        let asha = desk("asha", "Aid", "admin");
        let brahim = desk("brahim", "Aid", "caseworker");
        let chandra = desk("chandra", "Aid", "supervisor");
        let embassy = desk("deepak", "Embassy", "admin");
        let shelter = desk("elena", "Safe House", "admin");
        for desk in [&asha, &brahim, &chandra] {
            desk.sync();
        }
        let phone = Vault::joined_phone(world, "phone", &link);
        let case = phone
            .file_with(&organisation, "he keeps my passport", &["--origin", "NP", "--name", "Sita"])
            .case;
        phone.sync();
        asha.sync();
        asha.ok(&["assign", &case, "--to", "brahim"]);
        asha.ok(&["say", &case, "--text", "are you safe"]);
        for desk in [&asha, &brahim, &chandra] {
            desk.sync();
        }
        phone.sync();
        let team = Team { relay, deploy, organisation, link, desk: asha };
        Self { team, brahim, chandra, embassy, shelter, phone, case }
    }

    fn asha(&self) -> &Vault {
        &self.team.desk
    }

    fn helpline(&self) -> [&Vault; 3] {
        [self.asha(), &self.chandra, &self.brahim]
    }

    fn verify(&self) {
        for vault in [self.asha(), &self.brahim, &self.chandra, &self.embassy, &self.shelter, &self.phone] {
            vault.verify();
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

/// The state of a referral or consent, by the organisation's name.
#[track_caller]
fn state<'a>(case: &'a Value, key: &str, organisation: &str) -> &'a str {
    let found = list(&case[key]).iter().rfind(|entry| entry["organisation_name"] == organisation);
    found.unwrap_or_else(|| panic!("no {organisation} in {}", case[key]))["state"].as_str().unwrap()
}

fn readable(case: &Value) -> Vec<&str> {
    let mut logs: Vec<&str> =
        list(&case["readable_logs"]).iter().filter_map(Value::as_str).filter(|log| *log != "work").collect();
    logs.sort_unstable();
    logs
}

#[test]
fn a_case_is_shared_as_far_as_she_allows_and_no_further() {
    let world = World::new();
    let stage = Stage::set(&world);
    let (case, asha, phone) = (stage.case.as_str(), stage.asha(), &stage.phone);

    // Not to the authorities of her own country, unless she says so.
    let identity = ["refer", case, "--to", "Embassy", "--logs", "identity", "--purpose", "passport"];
    asha.fails(&identity, "origin_blocked");
    asha.fails(&["refer", case, "--to", "Embassy", "--logs", "work", "--purpose", "p"], "logs_invalid");
    asha.fails(&["refer", case, "--to", "Embassy", "--logs", "all", "--purpose", "p"], "code_unknown");
    asha.fails(&["refer", case, "--to", "Nobody", "--logs", "talk", "--purpose", "p"], "not_found");
    phone.ok(&["origin-contact", case, "--allow"]);
    phone.sync();
    asha.sync();
    asha.ok(&identity);
    asha.ok(&["refer", case, "--to", "Safe House", "--logs", "narrative,talk", "--purpose", "a bed"]);
    for vault in [asha, &stage.embassy, &stage.shelter, phone] {
        vault.sync();
    }
    assert!(stage.embassy.cases().is_empty() && stage.shelter.cases().is_empty(), "no key has moved");
    let asked = phone.show(case);
    assert_eq!(state(&asked, "referrals", "Safe House"), "proposed");
    assert!(asked["referrals"][0]["purpose"].as_str().is_some_and(|purpose| !purpose.is_empty()), "{asked}");
    asha.fails(&["accept", case], "forbidden");

    phone.ok(&["consent", case, "--to", "Safe House", "--logs", "narrative,talk", "--purpose", "a bed"]);
    phone.ok(&[
        "consent",
        case,
        "--to",
        "Embassy",
        "--logs",
        "identity",
        "--purpose",
        "p",
        "--until",
        "2999-01-01",
    ]);
    phone.fails(
        &["consent", case, "--to", "Safe House", "--logs", "talk", "--purpose", "p", "--until", "2001-01-01"],
        "date_passed",
    );
    for vault in [phone, asha, &stage.embassy, &stage.shelter] {
        vault.sync();
    }
    let shelter = stage.shelter.show(case);
    assert_eq!(readable(&shelter), ["narrative", "referral", "talk"]);
    assert_eq!(texts(&shelter), ["he keeps my passport", "are you safe"]);
    assert!(shelter["name"].is_null(), "{shelter}");
    assert_eq!(shelter["referred"], "sent");
    let embassy = stage.embassy.show(case);
    assert_eq!(readable(&embassy), ["identity", "referral"]);
    assert_eq!(embassy["name"], "Sita");
    assert_eq!(texts(&embassy), Vec::<String>::new());

    stage.shelter.ok(&["accept", case]);
    stage.embassy.ok(&["reject", case, "--reason", "another mission"]);
    for vault in [&stage.shelter, &stage.embassy, asha, phone] {
        vault.sync();
    }
    for view in [asha.show(case), phone.show(case)] {
        assert_eq!(state(&view, "referrals", "Safe House"), "accepted");
        assert_eq!(state(&view, "referrals", "Embassy"), "rejected");
    }

    // She takes it back while the relay cannot be reached; it goes out with the next sync.
    phone.ok(&["withdraw-consent", case, "--to", "Safe House"]);
    phone.ok(&["say", case, "--text", "only for you"]);
    phone.sync();
    for vault in [asha, &stage.shelter, &stage.chandra] {
        vault.sync();
    }
    assert_eq!(texts(&asha.show(case)), ["he keeps my passport", "are you safe", "only for you"]);
    let after = stage.shelter.show(case);
    assert_eq!(texts(&after), ["he keeps my passport", "are you safe"], "what it had read it keeps");
    assert!(!after.to_string().contains("only for you"));
    let view = phone.show(case);
    assert_eq!(state(&view, "consents", "Safe House"), "withdrawn");
    assert_eq!(state(&view, "referrals", "Safe House"), "revoked");
    stage.shelter.fails(&["done", case], "not_allowed");

    let text = world.run(&["desk", "asha", "show", case]);
    assert!(
        text.text().contains("SAFE CONTACT") && text.text().contains("Safe House: Taken back"),
        "{text:?}"
    );
    stage.verify();
}

#[test]
fn desks_that_wrote_beside_each_other_agree_after_a_decision() {
    let world = World::new();
    let stage = Stage::set(&world);
    let (case, asha) = (stage.case.as_str(), stage.asha());
    asha.ok(&["assign", case, "--to", "chandra"]);
    stage.chandra.ok(&["assign", case, "--to", "asha"]);
    for desk in stage.helpline().into_iter().chain(stage.helpline()) {
        desk.sync();
    }
    let conflicts = stage.helpline().map(|desk| desk.show(case)["conflicts"].clone());
    assert_eq!(conflicts[0], conflicts[1]);
    assert_eq!(conflicts[0], conflicts[2]);
    let conflict = &conflicts[0][0];
    assert_eq!((list(&conflicts[0]).len(), &conflict["field"]), (1, &json!("assigned")), "{conflict}");
    let values = list(&conflict["values"]);
    assert_eq!(values.len(), 2);
    let other = values.iter().find(|value| value["event"] != conflict["shown"]).unwrap();
    let event = other["event"].as_str().unwrap();
    stage.chandra.fails(&["decide", case, "--event", &"0".repeat(64)], "not_found");
    stage.chandra.ok(&["decide", case, "--event", &event[..12]]);
    for desk in stage.helpline().into_iter().chain(stage.helpline()) {
        desk.sync();
    }
    stage.phone.sync();
    for desk in stage.helpline() {
        let view = desk.show(case);
        assert_eq!(view["conflicts"], json!([]));
        assert_eq!(view["assigned"], other["value"]);
    }
    assert_eq!(stage.phone.show(case)["conflicts"], json!([]));

    // Two cases, one desk's work to another, and what falls due.
    let twin = stage.phone.file(&stage.team.organisation, "the same once more");
    stage.phone.sync();
    asha.sync();
    asha.ok(&["link", case, "--with", &twin.number]);
    asha.ok(&["merge", &twin.case, "--into", case]);
    assert_eq!(asha.show(&twin.case)["merged_into"], case);
    assert_eq!(asha.show(case)["merged_from"][0]["number"], twin.number.as_str());
    assert_eq!(asha.show(case)["links"], json!([twin.case]));
    asha.ok(&["reopen", &twin.case, "--note", "not the same"]);
    assert_eq!(asha.show(&twin.case)["status"], "reopened");
    let task = asha.ok(&["task", case, "--title", "call her", "--due", "2020-01-01", "--kind", "follow-up"]);
    let task = task["event"].as_str().unwrap();
    asha.fails(
        &["task", case, "--title", "flight", "--due", "2030-01-01", "--kind", "return"],
        "not_screened",
    );
    let due = asha.ok(&["due", "--overdue"]);
    let found = list(&due).iter().find(|row| row["task"] == task).unwrap();
    assert_eq!((&found["title"], &found["overdue"]), (&json!("call her"), &json!(true)));
    asha.ok(&["task-done", case, &task[..8]]);
    assert!(list(&asha.ok(&["due", "--overdue"])).iter().all(|row| row["task"] != task));
    asha.ok(&["indicators", case, "--tick", "3,isolation"]);
    let numbers: Vec<u64> =
        list(&asha.show(case)["indicators"]).iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert!(numbers.contains(&3) && numbers.contains(&4), "{numbers:?}");
    let handed = asha.ok(&["hand-over", "--from", "asha", "--to", "chandra", "--note", "on leave"]);
    assert_eq!(handed["refused"], json!([]), "{handed}");
    let brief = asha.ok(&["brief", case]);
    assert_eq!(
        (&brief["number"], &brief["contact_warnings"]),
        (&asha.show(case)["number"], &json!(["not_asked"]))
    );
    stage.brahim.fails(&["safeguard", case, "--return-is-safe", "yes"], "forbidden");

    // Who stands aside writes no more, and gets no key of what comes.
    asha.sync();
    stage.chandra.sync();
    stage.brahim.sync();
    stage.chandra.ok(&["recuse", case, "--desk", "brahim"]);
    stage.chandra.ok(&["say", case, "--text", "between us"]);
    stage.chandra.sync();
    stage.brahim.sync();
    stage.brahim.fails(&["say", case, "--text", "let me see"], "recused");
    assert!(!texts(&stage.brahim.show(case)).contains(&"between us".to_owned()));
    assert_eq!(stage.chandra.show(case)["recused"], json!(["brahim"]));
    stage.verify();
}

#[test]
fn a_removed_desk_gets_nothing_more_and_keeps_what_it_had() {
    let world = World::new();
    let stage = Stage::set(&world);
    let (case, asha, brahim) = (stage.case.as_str(), stage.asha(), &stage.brahim);
    brahim.fails(&["remove", "asha"], "forbidden");
    asha.fails(&["remove", "asha"], "last_admin");
    asha.fails(&["remove", "nobody"], "not_found");
    let roster = asha.ok(&["remove", "brahim"]);
    assert_eq!((&roster["synced"], list(&roster["desks"]).len()), (&json!(true), 2), "{roster}");
    brahim.fails(&["sync"], "device_removed");
    assert_eq!(texts(&brahim.show(case)), ["he keeps my passport", "are you safe"]);

    // The phone does not know yet: it is taken in, and said so.
    stage.phone.ok(&["say", case, "--text", "too late"]);
    stage.phone.sync();
    asha.sync();
    let view = asha.show(case);
    let rows: Vec<&Value> = list(&view["readable_by"]).iter().filter(|row| row["name"] == "brahim").collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["log"] == "talk"), "{}", view["readable_by"]);
    let page = world.run(&["desk", "asha", "show", case]);
    assert!(page.text().contains("! brahim has left"), "{page:?}");
    asha.ok(&["say", case, "--text", "new keys"]);
    asha.sync();
    stage.phone.sync();
    stage.phone.ok(&["say", case, "--text", "and now"]);
    stage.phone.sync();
    stage.chandra.sync();
    brahim.fails(&["sync"], "device_removed");
    assert_eq!(texts(&brahim.show(case)), ["he keeps my passport", "are you safe"]);
    let view = stage.chandra.show(case);
    let now = list(&view["messages"]).iter().find(|message| message["text"] == "and now").unwrap();
    assert!(list(&view["readable_by"]).iter().all(|row| row["event"] != now["id"]));
    let changed = asha.ok(&["role", "chandra", "--to", "caseworker"]);
    let chandra = list(&changed["desks"]).iter().find(|desk| desk["name"] == "chandra").unwrap();
    assert_eq!(chandra["role"], "caseworker", "{changed}");
    stage.verify();
}

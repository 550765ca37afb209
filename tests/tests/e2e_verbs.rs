//! Cases of people without a phone, a change of owner, and sealed records, with real processes: what each side reads,
//! and what it does not.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_tests::harness::{Team, Vault, World, texts};
use serde_json::{Value, json};

const LOCKED: &str = "locked in, she told us through the wall";

/// A helpline with an admin, a caseworker and a supervisor, and a shelter with a desk of its own.
struct Stage {
    world: World,
    team: Team,
    brahim: Vault,
    chandra: Vault,
    shelter: Vault,
}

impl Stage {
    fn set() -> Self {
        let world = World::new();
        let team = Team::start(&world);
        team.deploy.organisation("Safe House");
        team.deploy.publish(None);
        let desk = |name: &str, organisation: &str, role: &str| {
            Vault::joined_desk(&world, name, &team.deploy.invite(organisation, role))
        };
        let brahim = desk("brahim", "Aid", "caseworker");
        let chandra = desk("chandra", "Aid", "supervisor");
        let shelter = desk("elena", "Safe House", "admin");
        let stage = Self { world, team, brahim, chandra, shelter };
        stage.settle();
        stage
    }

    fn asha(&self) -> &Vault {
        &self.team.desk
    }

    fn desks(&self) -> [&Vault; 4] {
        [self.asha(), &self.brahim, &self.chandra, &self.shelter]
    }

    /// Everybody sends, and then fetches what everybody sent.
    fn settle(&self) {
        for desk in self.desks().into_iter().chain(self.desks()) {
            desk.sync();
        }
    }

    /// A phone with one case, received by the helpline.
    fn phone(&self) -> (Vault, String) {
        let phone = Vault::joined_phone(&self.world, "phone", &self.team.link);
        let filed = phone.file_with(
            &self.team.organisation,
            "not paid since March",
            &["--grievance", "WAG.UNPAID", "--name", "Maya"],
        );
        phone.sync();
        self.settle();
        phone.sync();
        (phone, filed.case)
    }

    /// A case that Brahim enters for Lakshmi, received by the helpline.
    fn entered(&self) -> String {
        let filed = self.brahim.ok(&[
            "enter",
            "--language",
            "ne",
            "--text",
            LOCKED,
            "--grievance",
            "DOC.RETAIN",
            "--origin",
            "NP",
            "--name",
            "Lakshmi",
            "--on-behalf",
            "her brother, by telephone",
        ]);
        assert_eq!(filed.as_object().unwrap().len(), 2, "{filed}");
        self.settle();
        filed["case"].as_str().unwrap().to_owned()
    }

    fn verify(&self) {
        for desk in self.desks() {
            desk.verify();
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

fn notes(case: &Value) -> Vec<&str> {
    list(&case["notes"]).iter().map(|note| note["text"].as_str().unwrap()).collect()
}

/// The state of the only consent to an organisation.
#[track_caller]
fn consent<'a>(case: &'a Value, organisation: &str) -> &'a str {
    let found: Vec<&Value> =
        list(&case["consents"]).iter().filter(|entry| entry["organisation_name"] == organisation).collect();
    let [only] = found.as_slice() else { panic!("{}", case["consents"]) };
    only["state"].as_str().unwrap()
}

/// A vault holds nothing of a case: not by its id, not in a list.
#[track_caller]
fn knows_nothing(vault: &Vault, case: &str) {
    vault.fails(&["show", case], "not_found");
    assert!(vault.cases().iter().all(|known| known["case"] != case));
}

#[test]
fn staff_enter_a_case_for_somebody_without_a_phone_and_the_whole_team_has_it() {
    let stage = Stage::set();
    let unsaid = stage.brahim.run(&["enter", "--language", "ne", "--text", LOCKED]);
    assert_eq!(unsaid.error(2).0, "usage", "who told it has to be said");
    let (phone, _) = stage.phone();
    let case = stage.entered();
    for desk in [stage.asha(), &stage.brahim, &stage.chandra] {
        let view = desk.show(&case);
        assert_eq!(view["entered_by"], "brahim");
        assert_eq!(view["text"], LOCKED);
        assert_eq!((&view["name"], &view["language"]), (&json!("Lakshmi"), &json!("ne")));
        assert_eq!(view["grievances"], json!(["DOC.RETAIN"]));
        assert_eq!(notes(&view), ["her brother, by telephone"]);
        assert_eq!(view["status"], "received");
    }
    let queue = stage.asha().ok(&["queue"]);
    assert!(list(&queue).iter().any(|row| row["case"] == case.as_str() && row["entered_by"] == "brahim"));
    let page = stage.world.run(&["desk", "asha", "show", &case]);
    assert!(page.text().contains("brahim") && page.text().contains(LOCKED), "{page:?}");

    // It is worked on like any other; nothing is ever shown as seen by her.
    stage.asha().ok(&["assign", &case, "--to", "chandra"]);
    let said = stage.chandra.ok(&["say", &case, "--text", "we are coming"]);
    stage.settle();
    let view = stage.asha().show(&case);
    let message = list(&view["messages"]).iter().find(|message| message["id"] == said["event"]).unwrap();
    assert_eq!((&message["delivery"], &view["assigned"]), (&json!("sent"), &json!("chandra")));
    phone.sync();
    knows_nothing(&phone, &case);
    knows_nothing(&stage.shelter, &case);

    // The desk that entered it leaves: the case stays with the team.
    stage.asha().ok(&["remove", "brahim"]);
    stage.chandra.sync();
    let heard = ["spoken", case.as_str(), "--heard", "visit, Chandra"];
    stage.chandra.ok(&[&heard[..], &["add", "--text", "she is ill"]].concat());
    stage.chandra.sync();
    stage.asha().sync();
    assert_eq!(texts(&stage.asha().show(&case)), [LOCKED, "she is ill", "we are coming"]);
    stage.brahim.fails(&["sync"], "device_removed");
    assert!(!texts(&stage.brahim.show(&case)).contains(&"she is ill".to_owned()));
    stage.verify();
}

#[test]
fn what_somebody_without_a_phone_says_counts_as_her_word() {
    let stage = Stage::set();
    let case = stage.entered();
    let by = |desk: &Vault, heard: &str, said: &[&str]| {
        desk.run(&[&["spoken", case.as_str(), "--heard", heard][..], said].concat())
    };
    let grant = ["consent", "--to", "Safe House", "--logs", "narrative", "--purpose", "a bed"];
    // A desk does not decide for her; what she says is recorded by whoever hears it.
    stage.asha().ok(&["refer", &case, "--to", "Safe House", "--logs", "narrative", "--purpose", "a bed"]);
    stage.settle();
    knows_nothing(&stage.shelter, &case);
    by(&stage.chandra, "by telephone, Chandra", &grant).ok();
    by(&stage.chandra, "by telephone, Chandra", &["add", "--text", "the door opens at noon"]).ok();
    stage.settle();
    let view = stage.asha().show(&case);
    assert_eq!(consent(&view, "Safe House"), "granted");
    assert_eq!(view["additions"][0]["author_role"], "migrant");
    assert_eq!(
        notes(&view),
        ["her brother, by telephone", "by telephone, Chandra", "by telephone, Chandra"],
        "who heard it is in the notes"
    );
    // The shelter reads what she allowed: not her name, not who heard it.
    let theirs = stage.shelter.show(&case);
    assert_eq!(texts(&theirs), [LOCKED, "the door opens at noon"]);
    assert!(theirs["name"].is_null() && notes(&theirs).is_empty(), "{theirs}");
    for hidden in ["Lakshmi", "telephone"] {
        assert!(!theirs.to_string().contains(hidden), "{theirs}");
    }
    stage.shelter.ok(&["accept", &case]);
    // Nobody else's desk records her words.
    assert_eq!(by(&stage.shelter, "I", &["withdraw"]).error(1).0, "forbidden");

    // She takes it back; the shelter keeps what it read and gets nothing more.
    by(stage.asha(), "visit, Asha", &["withdraw-consent", "--to", "Safe House"]).ok();
    by(stage.asha(), "visit, Asha", &["add", "--text", "only for the helpline"]).ok();
    stage.settle();
    assert_eq!(consent(&stage.brahim.show(&case), "Safe House"), "withdrawn");
    assert!(!stage.shelter.show(&case).to_string().contains("only for the helpline"));
    stage.shelter.fails(&["done", &case], "not_allowed");

    // She says no to a second proposal, and to her own country's authorities.
    stage.asha().ok(&["refer", &case, "--to", "Safe House", "--logs", "talk", "--purpose", "advice"]);
    stage.asha().sync();
    stage.brahim.sync();
    by(&stage.brahim, "visit", &["decline", "--to", "Safe House"]).ok();
    assert_eq!(by(&stage.brahim, "visit", &["decline", "--to", "Nobody"]).error(1).0, "not_found");
    by(&stage.brahim, "visit", &["origin-contact", "--allow"]).ok();
    assert_eq!(stage.brahim.show(&case)["origin_contact_allowed"], true);
    by(&stage.brahim, "visit", &["origin-contact", "--block"]).ok();
    assert_eq!(stage.brahim.show(&case)["origin_contact_allowed"], false);
    by(&stage.brahim, "visit", &["withdraw"]).ok();
    stage.settle();
    assert_eq!(stage.asha().show(&case)["status"], "withdrawn");
    assert!(list(&stage.asha().ok(&["queue"])).iter().all(|row| row["case"] != case.as_str()));

    // Nobody speaks for a person who has a phone.
    let (_phone, hers) = stage.phone();
    let spoken = ["spoken", hers.as_str(), "--heard", "she said", "add", "--text", "words"];
    stage.asha().fails(&spoken, "forbidden");
    assert!(notes(&stage.asha().show(&hers)).is_empty(), "nothing is noted of what was refused");
    stage.verify();
}

#[test]
fn a_transfer_is_hers_to_make_and_the_new_owner_gets_what_she_told() {
    let stage = Stage::set();
    let (phone, old) = stage.phone();
    phone.ok(&["add", &old, "--text", "and he keeps my passport"]);
    phone.sync();
    stage.settle();
    stage.asha().ok(&["say", &old, "--text", "between you and us"]);
    stage.asha().ok(&["note", &old, "--text", "careful with the agent"]);
    stage.asha().fails(&["transfer", &old, "--to", "Aid"], "not_allowed");
    stage.asha().ok(&["transfer", &old, "--to", "Safe House", "--reason", "they have a bed"]);
    stage.settle();
    phone.sync();
    assert_eq!(phone.show(&old)["transfer_proposed_name"], "Safe House");
    knows_nothing(&stage.shelter, &old);
    // It says how to answer.
    let page = stage.world.run(&["phone", "phone", "show", &old]);
    assert!(page.text().contains("Safe House"), "{page:?}");

    let new = phone.ok(&["transfer", &old, "--to", "Safe House"]);
    let new = new["case"].as_str().unwrap();
    phone.fails(&["transfer", &old, "--to", "Safe House"], "not_allowed");
    phone.sync();
    stage.settle();
    phone.sync();
    let ended = stage.asha().show(&old);
    assert_eq!(ended["status"], "transferred");
    assert!(ended["transferred_to"].is_string() && ended["transfer_proposed"].is_null(), "{ended}");
    assert!(list(&stage.asha().ok(&["queue"])).iter().all(|row| row["case"] != old.as_str()));
    // The new owner reads her own words and her name; the conversation and the notes stay where they are.
    let theirs = stage.shelter.show(new);
    assert_eq!(texts(&theirs), ["not paid since March", "and he keeps my passport"]);
    assert_eq!((&theirs["name"], &theirs["grievances"]), (&json!("Maya"), &json!(["WAG.UNPAID"])));
    for hidden in ["between you and us", "careful with the agent", old.as_str()] {
        assert!(!theirs.to_string().contains(hidden), "{theirs}");
    }
    knows_nothing(&stage.shelter, &old);
    for desk in [stage.asha(), &stage.brahim, &stage.chandra] {
        knows_nothing(desk, new);
        assert!(!desk.show(&old).to_string().contains(new));
    }
    // It goes on there.
    stage.shelter.ok(&["say", new, "--text", "your room is ready"]);
    stage.shelter.sync();
    phone.sync();
    assert!(texts(&phone.show(new)).contains(&"your room is ready".to_owned()));
    assert_eq!(
        (&phone.show(old.as_str())["continued_in"], &phone.show(new)["continues"]),
        (&json!(new), &json!(old))
    );
    phone.verify();
    stage.verify();
}

#[test]
fn she_says_no_to_a_transfer_and_both_sides_see_it() {
    let stage = Stage::set();
    let (phone, case) = stage.phone();
    phone.fails(&["decline", &case, "--to", "Safe House"], "not_found");
    let propose = ["transfer", case.as_str(), "--to", "Safe House"];
    stage.asha().ok(&propose);
    stage.asha().sync();
    phone.sync();
    let page = stage.world.run(&["phone", "phone", "show", &case]);
    assert!(page.text().contains("or decline"), "it says how to answer: {page:?}");
    phone.ok(&["decline", &case, "--to", "Safe House"]);
    phone.fails(&["decline", &case, "--to", "Safe House"], "not_allowed");
    phone.sync();
    stage.settle();
    for vault in [&phone, stage.asha(), &stage.brahim] {
        let view = vault.show(&case);
        assert_eq!(
            (&view["transfer_proposed"], &view["transfer_declined_name"]),
            (&json!(null), &json!("Safe House"))
        );
        assert_eq!(view["status"], "received", "the case stays where it is");
    }
    for words in [["phone", "phone", "show"], ["desk", "asha", "show"]] {
        let page = stage.world.run(&[&words[..], &[case.as_str()]].concat());
        assert!(
            page.text().contains("Declined to move to") && page.text().contains("Safe House"),
            "{page:?}"
        );
    }
    knows_nothing(&stage.shelter, &case);
    // A desk may ask again, and she may still say yes.
    stage.asha().ok(&propose);
    stage.settle();
    phone.sync();
    assert_eq!(phone.show(&case)["transfer_proposed_name"], "Safe House");
    phone.ok(&["transfer", &case, "--to", "Safe House"]);
    phone.verify();

    // The case of somebody without a phone stays: nobody could accept, so nobody is asked.
    let hers = stage.entered();
    stage.chandra.fails(&["transfer", &hers, "--to", "Safe House"], "not_allowed");
    stage.verify();
}

#[test]
fn what_is_recorded_is_read_by_those_who_hold_its_part_and_by_nobody_else() {
    let stage = Stage::set();
    let (phone, case) = stage.phone();
    let record = |desk: &Vault, more: &[&str]| desk.run(&[&["record", case.as_str()][..], more].concat());
    let wages =
        ["--log", "wages", "--amount", "due=3600.00 QAR", "--amount", "fee=1500 USD", "--from", "2027-01-01"];
    record(&stage.brahim, &[&wages[..], &["--until", "2027-03-31", "--text", "three months"]].concat()).ok();
    record(&stage.brahim, &["--log", "location", "--place", "-25.2854,51.5310,30,12"]).ok();
    // Health and migration status: not for a caseworker, neither to write nor to read.
    for log in ["medical", "status"] {
        assert_eq!(record(&stage.brahim, &["--log", log, "--text", "words"]).error(1).0, "forbidden");
    }
    record(&stage.chandra, &["--log", "medical", "--text", "needs insulin"]).ok();
    record(stage.asha(), &["--log", "status", "--text", "visa ran out in May"]).ok();
    stage.settle();
    stage.settle();
    phone.sync();
    let logs = |view: &Value| -> Vec<String> {
        list(&view["records"]).iter().map(|record| record["log"].as_str().unwrap().to_owned()).collect()
    };
    for desk in [stage.asha(), &stage.chandra] {
        let view = desk.show(&case);
        assert_eq!(logs(&view), ["wages", "location", "medical", "status"]);
        let records = list(&view["records"]);
        assert_eq!(
            (&records[2]["text"], &records[2]["author"]),
            (&json!("needs insulin"), &json!("chandra"))
        );
        assert_eq!(records[3]["text"], "visa ran out in May");
    }
    let view = stage.brahim.show(&case);
    assert_eq!(logs(&view), ["wages", "location"]);
    let wage = &view["records"][0];
    assert_eq!((&wage["grievance"], &wage["text"]), (&json!("WAG.UNPAID"), &json!("three months")));
    assert_eq!(wage["amounts"][0], json!({"kind": "due", "amount": "3600.00", "currency": "QAR"}));
    assert_eq!((&wage["from"], &wage["until"]), (&json!("2027-01-01"), &json!("2027-03-31")));
    assert_eq!(view["records"][1]["place"]["latitude"], -25.2854);
    for hidden in ["insulin", "visa ran out"] {
        assert!(!view.to_string().contains(hidden), "{view}");
        assert!(!stage.brahim.ok(&["queue", "--all"]).to_string().contains(hidden));
    }
    // They are about her: her own phone has them all.
    assert_eq!(logs(&phone.show(&case)).len(), 4);

    // The shelter reads the part that she allows.
    phone.ok(&["consent", &case, "--to", "Safe House", "--logs", "wages", "--purpose", "advice"]);
    phone.sync();
    stage.settle();
    let theirs = stage.shelter.show(&case);
    assert_eq!(logs(&theirs), ["wages"]);
    assert!(!theirs.to_string().contains("insulin"), "{theirs}");
    assert_eq!(record(&stage.shelter, &wages).error(1).0, "forbidden");

    // What does not fit the part is refused, never left out silently.
    for wrong in [
        &["--log", "wages"][..],
        &["--log", "medical"],
        &["--log", "location", "--text", "at home"],
        &["--log", "medical", "--text", "t", "--amount", "due=1 QAR"],
        &["--log", "status", "--text", "t", "--place", "1,2,3,4"],
        &["--log", "wages", "--text", "t", "--from", "2027-02-01", "--until", "2027-01-01"],
        &["--log", "identity", "--text", "t"],
    ] {
        assert_eq!(record(stage.asha(), wrong).error(2).0, "usage", "{wrong:?}");
    }
    assert_eq!(
        record(stage.asha(), &["--log", "wages", "--text", "t", "--grievance", "NO.SUCH"]).error(1).0,
        "code_unknown"
    );
    let page = stage.world.run(&["desk", "chandra", "show", &case]);
    for shown in ["Due: 3600.00 QAR", "needs insulin", "-25.2854, 51.5310"] {
        assert!(page.text().contains(shown), "{shown}: {page:?}");
    }
    phone.verify();
    stage.verify();
}

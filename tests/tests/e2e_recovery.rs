//! Numbers that two people compare, and a team that lost its admins, with real processes.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_tests::harness::{Team, Vault, World, texts};
use serde_json::{Value, json};

/// What `safety` answers: what it is about, and the digits.
fn number(vault: &Vault, with: &[&str]) -> (String, Value) {
    let answer = vault.ok(&[&["safety"], with].concat());
    let groups = answer["groups"].as_array().unwrap();
    assert!(
        groups.iter().all(|group| group.as_str().unwrap().len() == 5) && groups.len() >= 6,
        "five digits at a time: {answer}"
    );
    (answer["about"].as_str().unwrap().to_owned(), answer["groups"].clone())
}

#[test]
fn both_sides_of_a_comparison_read_out_the_same_number() {
    let world = World::new();
    let team = Team::start(&world);
    team.deploy.organisation("Safe House");
    team.deploy.publish(None);
    let asha = &team.desk;
    let brahim = team.another_desk(&world, "brahim");
    let chandra = team.another_desk(&world, "chandra");
    let shelter = Vault::joined_desk(&world, "elena", &team.deploy.invite("Safe House", "admin"));
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    for vault in [asha, &brahim, &chandra, &shelter, &phone].into_iter().cycle().take(10) {
        vault.sync();
    }

    let pair = number(asha, &["brahim"]);
    assert_eq!(pair, number(&brahim, &["asha"]));
    assert_eq!(pair.0, "desks");
    assert_ne!(pair.1, number(asha, &["chandra"]).1);
    assert_ne!(number(&brahim, &["chandra"]).1, number(asha, &["chandra"]).1);
    asha.fails(&["safety", "nobody"], "not_found");

    let organisations = number(asha, &["Safe House"]);
    assert_eq!(organisations, number(&shelter, &["Aid"]));
    assert_eq!(organisations, number(&brahim, &["Safe House"]), "every desk of a team reads the same");
    assert_eq!(organisations.0, "organisations");

    let deployment = number(asha, &[]);
    for vault in [&brahim, &shelter, &phone] {
        assert_eq!(number(vault, &[]), deployment);
    }
    assert_eq!(deployment.0, "deployment");

    // A desk that is replaced has other keys, whatever it is called.
    asha.ok(&["remove", "brahim"]);
    let impostor = Vault::desk(&world, "second");
    impostor.ok(&["join", &team.deploy.invite("Aid", "caseworker"), "--name", "brahim"]);
    for vault in [asha, &impostor, asha] {
        vault.sync();
    }
    let now = number(asha, &["brahim"]);
    assert_eq!(now, number(&impostor, &["asha"]));
    assert_ne!(now.1, pair.1);
    // Another deployment has another number.
    let elsewhere = World::new();
    let other = Team::start(&elsewhere);
    assert_ne!(number(&other.desk, &[]), deployment);
    // So has an organisation whose team changed, alike on both sides once they have synced.
    shelter.sync();
    let changed = number(asha, &["Safe House"]);
    assert_eq!(changed, number(&shelter, &["Aid"]));
    assert_ne!(changed.1, organisations.1);
    let page = world.run(&["desk", "asha", "safety", "Safe House"]);
    let first = changed.1[0].as_str().unwrap();
    assert!(page.status == Some(0) && page.text().contains(first), "{page:?}");
}

/// A team whose only admin will be gone: with a supervisor and two caseworkers, and one case.
struct Stage {
    world: World,
    team: Team,
    officers: [Vault; 3],
    case: String,
}

impl Stage {
    fn set() -> Self {
        let world = World::new();
        let team = Team::start(&world);
        let brahim = team.another_desk(&world, "brahim");
        let deepak = team.another_desk(&world, "deepak");
        let chandra = Vault::joined_desk(&world, "chandra", &team.deploy.invite("Aid", "supervisor"));
        let phone = Vault::joined_phone(&world, "phone", &team.link);
        let case = phone.file(&team.organisation, "from before").case;
        phone.sync();
        let officers = [brahim, chandra, deepak];
        let stage = Self { world, team, officers, case };
        stage.settle();
        stage
    }

    fn settle(&self) {
        for _ in 0..2 {
            for desk in [&self.team.desk, &self.officers[0], &self.officers[1], &self.officers[2]] {
                desk.sync();
            }
        }
    }

    /// A desk that the organisation's root lets in as an admin.
    fn fresh(&self, name: &str) -> Vault {
        Vault::joined_desk(&self.world, name, &self.team.deploy.invite("Aid", "admin"))
    }

    /// After a recovery by `fresh`: the old admin is out, everybody else works on and sees who came in.
    fn assert_recovered(&self, fresh: &Vault, name: &str) {
        assert_eq!(texts(&fresh.show(&self.case)), ["from before"]);
        self.team.desk.fails(&["sync"], "device_removed");
        for officer in &self.officers {
            assert!(officer.sync().contains(&"team_recovered".to_owned()));
            let shown = officer.ok(&["recovery", "show"]);
            assert_eq!((&shown["code"], &shown["officers"]), (&json!(false), &json!(null)), "{shown}");
            let uses = shown["uses"].as_array().unwrap();
            assert_eq!((uses.len(), &uses[0]["name"]), (1, &json!(name)), "{shown}");
        }
        fresh.ok(&["say", &self.case, "--text", "we are back"]);
        fresh.sync();
        for officer in &self.officers {
            officer.sync();
            assert_eq!(texts(&officer.show(&self.case)), ["from before", "we are back"]);
            officer.verify();
        }
        assert!(!texts(&self.team.desk.show(&self.case)).contains(&"we are back".to_owned()));
        fresh.verify();
    }
}

#[test]
fn a_printed_code_brings_the_team_back_on_a_fresh_desk() {
    let stage = Stage::set();
    let asha = &stage.team.desk;
    assert_eq!(asha.ok(&["recovery", "show"])["code"], false);
    stage.officers[0].fails(&["recovery", "code"], "forbidden");
    let made = asha.ok(&["recovery", "code"]);
    assert_eq!(made["synced"], true, "{made}");
    let code = made["code"].as_str().unwrap().to_owned();
    stage.settle();
    let shown = stage.officers[1].ok(&["recovery", "show"]);
    assert_eq!((&shown["code"], &shown["waiting"]), (&json!(true), &json!(false)), "{shown}");
    assert!(!shown.to_string().contains(&code), "it was shown once");

    // The invite alone lets nobody in, a replaced or mistyped code neither, nor the code without an admin's invite.
    let replaced = code;
    let code = asha.ok(&["recovery", "code"])["code"].as_str().unwrap().to_owned();
    stage.settle();
    let fresh = stage.fresh("farid");
    let restore = |desk: &Vault, code: &str| {
        desk.run_with_input(&["recovery", "restore", "--code-file", "-"], code.as_bytes())
    };
    assert_eq!(restore(&fresh, "AAAA-BBBB").error(1).0, "recovery_invalid");
    assert_eq!(restore(&fresh, &replaced).error(1).0, "recovery_wrong");
    assert_eq!(restore(&stage.officers[1], &code).error(1).0, "forbidden");
    assert!(fresh.cases().is_empty());

    let team = restore(&fresh, &format!("{}\n", code.to_lowercase())).ok();
    assert_eq!(team["synced"], true, "{team}");
    let names: Vec<&str> =
        team["desks"].as_array().unwrap().iter().map(|desk| desk["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"farid") && !names.contains(&"asha"), "{team}");
    stage.assert_recovered(&fresh, "farid");

    // It is used up.
    let again = stage.fresh("gita");
    assert_eq!(restore(&again, &code).error(1).0, "recovery_not_set");
    let page = stage.world.run(&["desk", "farid", "recovery", "show"]);
    assert!(page.text().contains("farid"), "{page:?}");
}

#[test]
fn two_of_three_officers_bring_the_team_back_and_one_does_not() {
    let stage = Stage::set();
    let asha = &stage.team.desk;
    let [brahim, chandra, deepak] = &stage.officers;
    asha.fails(&["recovery", "officers", "brahim", "chandra", "nobody"], "not_found");
    brahim.fails(&["recovery", "officers", "brahim", "chandra", "deepak"], "forbidden");
    asha.ok(&["recovery", "officers", "brahim", "chandra", "deepak"]);
    stage.settle();
    let shown = brahim.ok(&["recovery", "show"]);
    assert_eq!(shown["officers"].as_array().map(Vec::len), Some(3), "{shown}");

    let fresh = stage.fresh("farid");
    let text = |answer: Value| answer["text"].as_str().unwrap().to_owned();
    let request = text(fresh.ok(&["recovery", "request"]));
    let half = text(brahim.ok(&["recovery", "begin"]));
    let finish = ["recovery", "finish", "--half", &half, "--request", &request];
    brahim.fails(&finish, "recovery_wrong");
    fresh.fails(&["recovery", "restore", "--share", &half], "recovery_invalid");
    let share = text(chandra.ok(&finish));
    // Made for one fresh desk, worth nothing at another.
    let thief = stage.fresh("thief");
    thief.fails(&["recovery", "restore", "--share", &share], "recovery_wrong");
    assert!(deepak.ok(&["recovery", "show"])["uses"].as_array().unwrap().is_empty());
    fresh.ok(&["recovery", "restore", "--share", &share]);
    stage.assert_recovered(&fresh, "farid");
}

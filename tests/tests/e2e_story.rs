//! A complaint from filing to closing, and everything else that the command line promises.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_tests::harness::{Deploy, Relay, Team, Vault, World};
use serde_json::{Value, json};

/// Keys that every case has, whoever asks.
const CASE_KEYS: &[&str] = &[
    "case",
    "number",
    "kind",
    "grievances",
    "situations",
    "priority",
    "rules",
    "status",
    "waiting_on",
    "clock_due",
    "assigned",
    "language",
    "origin",
    "destination",
    "delivery",
    "additions",
    "messages",
    "attachments",
    "consents",
    "referrals",
    "readable_logs",
    "refused",
    "conflicts",
];

#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} is missing: {value}");
    }
}

#[track_caller]
fn only_keys(value: &Value, keys: &[&str]) {
    has_keys(value, keys);
    assert_eq!(value.as_object().unwrap().len(), keys.len(), "{value}");
}

#[test]
fn a_complaint_goes_from_filing_to_closing() {
    let world = World::new();
    // The phone exists before the relay does: filing needs no network at all.
    let relay = Relay::start_at(&world, "relay", 0);
    assert_ne!(relay.port(), 0);
    let out = world.run(&["--json", "deploy", "init", "deploy", "--name", "Test", "--relay", &relay.url()]);
    only_keys(&out.ok(), &["deployment", "root_fingerprint"]);
    let fingerprint = out.json()["root_fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(fingerprint.len(), 52);
    let deploy = Deploy::init(&world, "other", &relay.url());
    assert_ne!(deploy.link(), format!("{}/#amana={fingerprint}", relay.url()));

    let deploy = |args: &[&str]| world.run(&[&["--json", "deploy"], args].concat());
    let added = deploy(&[
        "add-organisation",
        "deploy",
        "--name",
        "Aid",
        "--kind",
        "ngo",
        "--country",
        "QA",
        "--origin",
        "NP,BD",
    ])
    .ok();
    only_keys(&added, &["organisation"]);
    let org = added["organisation"].as_str().unwrap();
    deploy(&["add-organisation", "deploy", "--name", "Aid", "--kind", "union", "--country", "QA"])
        .fails("name_taken");
    deploy(&["invite", "deploy", "--organisation", "Aid", "--role", "caseworker"])
        .fails("first_desk_must_be_admin");
    let invited = deploy(&["invite", "deploy", "--organisation", &org[..8], "--role", "admin"]).ok();
    only_keys(&invited, &["invite"]);
    let invite = invited["invite"].as_str().unwrap();
    deploy(&["publish", "deploy"]).fails("claim_required");
    deploy(&["publish", "deploy", "--claim", "0000-0000"]).fails("claim_wrong");
    let published = deploy(&["publish", "deploy", "--claim", relay.claim().unwrap()]).ok();
    only_keys(&published, &["join", "version"]);
    let link = published["join"].as_str().unwrap();
    assert_eq!(link, format!("{}/#amana={fingerprint}", relay.url()));
    let again = deploy(&["publish", "deploy"]).ok();
    assert_eq!(again["version"], published["version"], "nothing changed, no new version");

    let phone = Vault::phone(&world, "phone");
    let joined = phone.ok(&["join", link]);
    assert_eq!((&joined["synced"], &joined["warnings"]), (&json!(true), &json!([])), "{joined}");
    let text = world.file("what.txt", "मेरो पासपोर्ट\n");
    let filed = phone.ok(&[
        "file",
        "--to",
        org,
        "--language",
        "tl",
        "--text-file",
        &text,
        "--grievance",
        "WAG.UNPAID,DOC.RETAIN",
        "--origin",
        "NP",
        "--destination",
        "QA",
        "--sector",
        "domestic work",
        "--sex",
        "female",
        "--age-band",
        "adult",
        "--name",
        "Sita",
    ]);
    only_keys(&filed, &["case", "number"]);
    let (case, number) = (filed["case"].as_str().unwrap(), filed["number"].as_str().unwrap());
    let shown = phone.show(case);
    has_keys(&shown, CASE_KEYS);
    assert_eq!(shown["delivery"], "on-phone");
    assert_eq!(shown["language"], "fil", "`tl` is read as `fil`");
    assert_eq!(shown["grievances"], json!(["WAG.UNPAID", "DOC.RETAIN"]));
    assert_eq!(shown["text"], "मेरो पासपोर्ट\n");
    has_keys(&shown["rules"][0], &["rule", "priority", "because"]);

    // Nobody can read it yet: it stays here, and says so.
    let report = phone.ok(&["sync"]);
    only_keys(&report, &["pushed", "pulled", "warnings"]);
    assert_eq!(report["warnings"][0]["code"], "organisation_not_ready", "{report}");
    only_keys(&report["warnings"][0], &["code", "case", "log"]);
    assert_eq!(report["warnings"][0]["case"], case);

    let desk = Vault::desk(&world, "desk");
    let joined = desk.ok(&["join", invite, "--name", "Asha"]);
    assert_eq!(joined["admitted"], true, "the first admin founds the team: {joined}");
    assert_eq!(phone.sync(), Vec::<String>::new());
    assert_eq!(phone.show(case)["delivery"], "sent");
    desk.sync();
    let queue = desk.ok(&["queue"]);
    has_keys(&queue[0], CASE_KEYS);
    assert_eq!(queue[0]["text"], "मेरो पासपोर्ट\n");
    phone.sync();
    assert_eq!(phone.show(case)["delivery"], "received", "a queue is not a person who reads");
    let shown = desk.show(number);
    assert_eq!(shown["name"], "Sita", "the name follows the case");
    assert!(shown["clock_due"].is_string(), "{shown}");
    desk.sync();
    phone.sync();
    assert_eq!(phone.show(case)["delivery"], "read");

    let written = desk.ok(&["say", number, "--text", "Can you talk?"]);
    has_keys(&written, &["case", "event"]);
    desk.ok(&["assign", number, "--to", "Asha"]);
    desk.ok(&["note", number, "--text", "called the shelter"]);
    desk.ok(&["task", number, "--title", "Call", "--due", "2027-01-31"]);
    desk.sync();
    phone.sync();
    let shown = phone.show(case);
    has_keys(&shown["messages"][0], &["id", "text", "author_role", "delivery", "at"]);
    assert_eq!(
        (&shown["messages"][0]["text"], &shown["messages"][0]["author_role"]),
        (&json!("Can you talk?"), &json!("admin"))
    );
    assert!(!shown.to_string().contains("shelter"), "internal notes stay internal");
    assert!(!shown["readable_logs"].as_array().unwrap().contains(&json!("work")), "{shown}");
    phone.ok(&["say", case, "--text", "yes"]);
    phone.ok(&["add", case, "--text", "he came back"]);
    phone.sync();
    desk.sync();
    let shown = desk.show(number);
    assert_eq!(shown["messages"][1]["text"], "yes");
    has_keys(&shown["additions"][0], &["id", "text", "author_role", "at"]);
    assert_eq!(shown["additions"][0]["text"], "he came back");
    assert_eq!(shown["messages"][0]["delivery"], "received", "the phone's signed heads cover it");
    assert_eq!(shown["assigned"], "Asha");
    assert_eq!(shown["notes"][0]["text"], "called the shelter");
    assert_eq!(shown["tasks"][0]["due"], "2027-01-31T23:59:59Z");

    // The life cycle decides, not the hand that types.
    desk.fails(&["status", number, "--to", "closed", "--reason", "remedied"], "not_allowed");
    desk.ok(&["status", number, "--to", "action-plan", "--note", "plan"]);
    desk.fails(&["status", number, "--to", "waiting"], "waiting_on_required");
    desk.ok(&["status", number, "--to", "waiting", "--waiting-on", "employer"]);
    assert_eq!(desk.show(number)["waiting_on"], "employer");
    desk.ok(&["status", number, "--to", "resolved"]);
    desk.fails(&["status", number, "--to", "closed"], "reason_required");
    desk.fails(&["status", number, "--to", "closed", "--reason", "because"], "code_unknown");
    desk.ok(&["status", number, "--to", "closed", "--reason", "remedied"]);
    assert_eq!(desk.ok(&["queue"]), json!([]));
    assert_eq!(desk.ok(&["queue", "--all"])[0]["status"], "closed");
    desk.sync();
    phone.sync();
    assert_eq!(phone.ok(&["cases"])[0]["status"], "closed");
    // What she writes opens it again.
    phone.ok(&["say", case, "--text", "he did not pay"]);
    phone.sync();
    desk.sync();
    assert_eq!(desk.ok(&["queue"])[0]["status"], "reopened");
    phone.ok(&["withdraw", case]);
    phone.sync();
    desk.sync();
    assert_eq!(desk.ok(&["queue"]), json!([]));
    assert_eq!(desk.show(number)["status"], "withdrawn");

    let roster = desk.ok(&["roster"]);
    assert_eq!(
        (roster["desks"][0]["name"].as_str(), roster["desks"][0]["role"].as_str()),
        (Some("Asha"), Some("admin"))
    );
    assert!(phone.verify() > 5);
    assert!(desk.verify() > 5);
}

#[test]
fn texts_come_back_byte_for_byte() {
    let scripts = [
        "मलाई तलब दिइएको छैन। क्ष्म्य",
        "لم أستلم راتبي منذ ثلاثة أشهر\u{200f}\u{202e}abc\u{202c}",
        "ক্ষমা করবেন, আমার পাসপোর্ট নেই",
        "ကျွန်မ အိမ်ပြန်ချင်တယ်",
        "ខ្ញុំចង់ទៅផ្ទះ",
        "我没有收到工资 — 沒有護照",
        "אין לי דרכון",
        "e\u{301} é ﬁ Å Å ẛ̣",
        "👩🏽‍⚕️🏳️‍🌈 \u{200b}\u{feff}\u{2028}\u{2029}",
        "\u{feff}\r\n\ttab, CR LF, and spaces at the end  \r\n\n",
        "ሰላም ነው። ደመወዝ አልተከፈለኝም",
        "= 1 + 2 @ -3 <script>alert('x')</script> %{name} $HOME",
        "\u{1}\u{7}\u{1b}[2J\u{7f}\u{85}",
        "Z̸̛̤a̷l̶g̴o̵ ",
    ];
    let world = World::new();
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    // One of them is the narrative, the others additions; by argument, file and standard input in turn.
    let case = phone.file(&team.organisation, scripts[0]).case;
    for (at, text) in scripts.iter().enumerate().skip(1) {
        let verb = if at % 2 == 0 { "add" } else { "say" };
        match at % 3 {
            0 => drop(phone.ok(&[verb, &case, "--text", text])),
            1 => {
                let file = world.file("text.txt", text);
                phone.ok(&[verb, &case, "--text-file", &file]);
            }
            _ => drop(phone.run_with_input(&[verb, &case, "--text-file", "-"], text.as_bytes()).ok()),
        }
    }
    // The longest text that is allowed, of two-byte characters.
    let longest = "é".repeat(32 * 1024);
    phone.run_with_input(&["say", &case, "--text-file", "-"], longest.as_bytes()).ok();
    phone.sync();
    team.desk.sync();
    for shown in [phone.show(&case), team.desk.show(&case)] {
        let mut found = amana_tests::harness::texts(&shown);
        let mut wanted: Vec<String> = scripts.iter().map(|text| (*text).to_owned()).collect();
        wanted.push(longest.clone());
        found.sort();
        wanted.sort();
        assert!(found == wanted, "{found:?}");
    }

    phone
        .run_with_input(&["say", &case, "--text-file", "-"], (longest + "a").as_bytes())
        .fails("text_too_long");
    phone.run_with_input(&["say", &case, "--text-file", "-"], b"a\xffb").fails("text_not_utf8");
    phone.run_with_input(&["say", &case, "--text-file", "-"], b"a\0b").fails("text_has_nul");
    phone.fails(&["say", &case, "--text-file", "no-such-file"], "file_unreadable");
    phone.run(&["say", &case]).usage();
    phone.run(&["say", &case, "--text", "a", "--text-file", "b"]).usage();
    assert_eq!(phone.sync(), Vec::<String>::new());
    assert_eq!(
        phone.show(&case)["messages"].as_array().unwrap().len()
            + phone.show(&case)["additions"].as_array().unwrap().len(),
        scripts.len()
    );
}

#[test]
fn vaults_are_opened_or_refused_and_never_replaced() {
    let world = World::new();
    let deploy = Deploy::init(&world, "deploy", "http://127.0.0.1:9");
    deploy.run(&["init", "deploy", "--name", "Again", "--relay", "http://127.0.0.1:9"]).fails("vault_exists");
    let link = deploy.link();
    let phone = Vault::joined_phone(&world, "phone", &link);
    let before = amana_tests::harness::snapshot(&phone.path());
    phone.fails(&["join", &link], "vault_exists");
    let weak = world.with_passphrase("one two three four five");
    Vault::phone(&weak, "weak").fails(&["join", &link], "passphrase_weak");
    assert!(!world.path("weak").exists());
    let wrong = world.with_passphrase("one two three four five seven");
    phone.within(&wrong).fails(&["cases"], "vault_wrong_key");
    deploy.run(&["invite", "nowhere", "--organisation", "Aid", "--role", "admin"]).fails("vault_missing");
    wrong.run(&["--json", "deploy", "publish", "deploy"]).fails("vault_wrong_key");
    let none = world.with_passphrase("");
    phone.within(&none).fails(&["cases"], "passphrase_missing");
    Vault::phone(&world, "nothing").fails(&["cases"], "vault_missing");
    assert!(!world.path("nothing").exists());
    Vault::desk(&world, "phone").fails(&["queue"], "vault_other_role");
    Vault::phone(&world, "other").fails(&["join", "http://127.0.0.1:9/#amana=ABC"], "link_invalid");
    Vault::phone(&world, "other").fails(&["join", "hello"], "link_invalid");
    Vault::desk(&world, "other").fails(&["join", "amana-invite-1.AAAA", "--name", "A"], "invite_invalid");
    let org = deploy.organisation("Aid");
    let invite = deploy.invite(&org, "admin");
    for cut in [invite.len() - 1, invite.len() / 2] {
        Vault::desk(&world, "other").fails(&["join", &invite[..cut], "--name", "A"], "invite_invalid");
    }
    assert!(!world.path("other").exists(), "a failed join leaves nothing");
    // A file in the vault's place, and a folder with something else in it.
    world.file("note.txt", "x");
    Vault::phone(&world, "note.txt").fails(&["join", &link], "vault_exists");
    Vault::phone(&world, "note.txt").fails(&["cases"], "vault_damaged");
    phone.ok(&["cases"]);
    assert_eq!(amana_tests::harness::snapshot(&phone.path()).len(), before.len());
}

#[test]
fn arguments_are_checked_before_anything_is_opened() {
    let world = World::new();
    let link = Deploy::init(&world, "deploy", "http://127.0.0.1:9").link();
    let phone = Vault::joined_phone(&world, "phone", &link);
    let org = "01234567-89ab-8def-8123-456789abcdef";
    let file = |more: &[&str]| {
        let mut args = vec!["file", "--to", org, "--text", "x"];
        if !more.contains(&"--language") {
            args.extend(["--language", "en"]);
        }
        args.extend(more);
        phone.run(&args)
    };
    file(&["--grievance", "WAG.UNPAID,NO.SUCH"]).fails("code_unknown");
    file(&["--situation", "S99"]).fails("code_unknown");
    file(&["--origin", "XYZ"]).fails("country_invalid");
    file(&["--language", "not a language"]).fails("language_invalid");
    file(&["--kind", "wish"]).usage();
    file(&["--age-band", "old"]).usage();
    let bad = world.file("bad.json", "{\"do_not_repply\": true}");
    file(&["--safe-contact", &bad]).fails("safe_contact_invalid");
    file(&["--safe-contact", "no-such-file"]).fails("file_unreadable");
    file(&["--attach", &bad]).fails("not_built_yet");
    assert_eq!(phone.cases().len(), 0, "nothing was filed");
    phone.fails(&["file", "--to", "Aid", "--language", "en", "--text", "x"], "not_found");
    phone.fails(&["file", "--to", "0123", "--language", "en", "--text", "x"], "not_found");
    let filed = file(&[]).ok();
    assert_eq!(
        phone.show(filed["case"].as_str().unwrap())["text"],
        "x",
        "a full id works before any directory"
    );

    // Usage errors are JSON too, wherever --json stands; plain text without it.
    for args in [
        &["--json", "phone"][..],
        &["phone", "p", "--json", "fly"],
        &["phone", "p", "fly", "--json"],
        &["--json"],
        &["--json", "desk", "d", "status", "x", "--to", "nowhere"],
        &["--json", "desk", "d", "priority", "x", "--to", "7", "--reason", "r"],
    ] {
        world.run(args).usage();
    }
    let plain = world.run(&["phone", "p", "fly"]);
    assert_eq!(plain.status, Some(2));
    assert!(plain.stdout.is_empty() && !plain.stderr.starts_with(b"{"), "{plain}");
    let after = world.run(&["phone", "phone", "cases", "--json"]).ok();
    assert_eq!(after, world.run(&["--json", "phone", "phone", "cases"]).ok());
    let unbuilt = world.run(&["--json", "phone", "phone", "notices"]);
    assert_eq!(unbuilt.fails("not_built_yet").matches("phone notices").count(), 1);
    assert!(world.run(&["--json", "--help"]).ok()["help"].as_str().unwrap().contains("amana"));
    assert!(world.run(&["--version"]).text().starts_with("amana "));

    // The same error in other languages: same code, other words.
    let mut messages = std::collections::BTreeSet::new();
    for lang in ["en", "ar", "fr", "es", "hi", "ne", "bn", "fil", "id"] {
        let out = world.run(&["--json", "--lang", lang, "phone", "nowhere", "cases"]);
        messages.insert(out.fails("vault_missing"));
    }
    assert_eq!(messages.len(), 9, "{messages:?}");
    let arabic = world.with_env("AMANA_LANG", "ar").run(&["phone", "nowhere", "cases"]);
    let text = String::from_utf8(arabic.stderr.clone()).unwrap();
    assert!(
        text.contains("[vault_missing]") && text.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c)),
        "{text}"
    );
}

#[test]
fn a_relay_out_of_reach_is_told_within_ten_seconds() {
    let world = World::new();
    // A port where nobody answers, and one that takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for url in ["http://127.0.0.1:9".to_owned(), format!("http://{}", silent.local_addr().unwrap())] {
        let name = url.replace(['/', ':'], "");
        let link = Deploy::init(&world, &format!("deploy{name}"), &url).link();
        let phone = Vault::phone(&world, &format!("phone{name}"));
        let started = std::time::Instant::now();
        let joined = phone.ok(&["join", &link]);
        assert_eq!(joined["synced"], false, "joining works offline");
        let case = phone.file("01234567-89ab-8def-8123-456789abcdef", "kept").case;
        phone.fails(&["sync"], "relay_unreachable");
        // Two attempts (join and sync), each ten seconds at most, and the commands themselves.
        assert!(started.elapsed().as_secs() < 25, "{:?}", started.elapsed());
        assert_eq!(phone.show(&case)["delivery"], "on-phone");
        assert_eq!(phone.show(&case)["text"], "kept");
    }
}

#[test]
fn the_queue_is_in_triage_order_and_references_find_one_case() {
    let world = World::new();
    let team = Team::start(&world);
    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let org = &team.organisation;
    let urgent = phone.file_with(org, "urgent", &["--kind", "emergency", "--situation", "S01"]);
    let low = phone.file_with(org, "low", &["--grievance", "WAG.LATE"]);
    let middle = phone.file_with("Aid", "middle", &["--grievance", "WAG.UNPAID"]);
    let second = phone.file_with(&org[..6], "second", &["--grievance", "WAG.UNPAID"]);
    phone.sync();
    let desk = &team.desk;
    desk.sync();
    let queue = desk.ok(&["queue"]);
    let order: Vec<&str> =
        queue.as_array().unwrap().iter().map(|case| case["case"].as_str().unwrap()).collect();
    assert_eq!(order.first(), Some(&&*urgent.case));
    assert_eq!(order.last(), Some(&&*low.case));
    let key = |case: &Value| {
        (
            case["priority"].as_u64(),
            case["clock_due"].as_str().map(str::to_owned),
            case["case"].as_str().map(str::to_owned),
        )
    };
    assert!(queue.as_array().unwrap().is_sorted_by_key(key), "{queue}");
    assert_eq!(order.len(), 4);

    // A person decides otherwise, with a reason; the most urgent first again.
    desk.run(&["priority", &low.case, "--to", "0"]).usage();
    desk.fails(&["priority", &low.case, "--to", "0", "--reason", ""], "reason_required");
    desk.ok(&["priority", &low.number, "--to", "P0", "--reason", "locked in at night"]);
    let shown = desk.show(&low.case);
    assert_eq!(shown["priority"], 0);
    assert!(shown["rules"].to_string().contains("override"), "{shown}");

    // Full id, prefix, number in several spellings.
    let number = &middle.number;
    let spoken = number.replace('-', " ").to_lowercase();
    for reference in [&*middle.case, &middle.case[..13], number, &spoken, &number.replace('-', "")] {
        assert_eq!(desk.show(reference)["case"], middle.case.as_str(), "{reference}");
    }
    desk.fails(&["show", &middle.case[..3]], "not_found");
    desk.fails(&["show", "ffffffff"], "not_found");
    desk.fails(&["show", ""], "not_found");
    desk.fails(&["assign", &middle.case, "--to", "Nobody"], "not_found");
    desk.ok(&["assign", &middle.case, "--to", "asha"]);
    let mut wrong = number.clone().into_bytes();
    wrong[0] = if wrong[0] == b'2' { b'3' } else { b'2' };
    desk.fails(&["show", std::str::from_utf8(&wrong).unwrap()], "not_found");

    // Messages of a person to a person keep what they hold in one's own language; the code stays.
    let out = world.run(&["--json", "--lang", "ne", "desk", "asha", "show", "ffffffff"]);
    assert!(out.fails("not_found").contains("ffffffff"));
    phone.ok(&["withdraw", &second.number]);
    phone.sync();
    desk.sync();
    assert_eq!(desk.ok(&["queue"]).as_array().unwrap().len(), 3);
    assert_eq!(desk.cases().len(), 4);
    assert_eq!(desk.verify() > 0, phone.verify() > 0);
}

#[test]
fn desks_join_once_wait_for_an_admin_and_share_a_queue() {
    let world = World::new();
    let team = Team::start(&world);
    let invite = team.deploy.invite("Aid", "caseworker");
    let brahim = Vault::desk(&world, "brahim");
    let joined = brahim.ok(&["join", &invite, "--name", "Brahim"]);
    assert_eq!((joined["admitted"].as_bool(), joined["role"].as_str()), (Some(false), Some("caseworker")));
    assert_eq!(joined["warnings"][0]["code"], "awaiting_admission", "{joined}");
    // Waiting is no failure, however often it asks.
    assert_eq!(brahim.sync(), ["awaiting_admission"]);
    assert_eq!(brahim.sync(), ["awaiting_admission"]);
    // The invite's second use, from another computer.
    let thief = Vault::desk(&world, "thief");
    let out = thief.run(&["join", &invite, "--name", "Thief"]);
    if out.status == Some(0) {
        thief.fails(&["sync"], "invite_used");
    } else {
        out.fails("invite_used");
    }
    team.desk.sync();
    assert_eq!(brahim.sync(), Vec::<String>::new());
    let roster = brahim.ok(&["roster"]);
    let mut names: Vec<&str> =
        roster["desks"].as_array().unwrap().iter().map(|desk| desk["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Brahim", "asha"]);
    // A used invite stays used.
    thief.fails(&["sync"], "invite_used");

    let phone = Vault::joined_phone(&world, "phone", &team.link);
    let case = phone.file(&team.organisation, "for both").case;
    phone.sync();
    brahim.sync();
    assert_eq!(brahim.ok(&["queue"])[0]["text"], "for both", "the second desk reads what came for the team");
    brahim.ok(&["assign", &case, "--to", "asha"]);
    brahim.ok(&["note", &case, "--text", "between us"]);
    brahim.sync();
    team.desk.sync();
    let shown = team.desk.show(&case);
    assert_eq!(
        (shown["assigned"].as_str(), shown["notes"][0]["text"].as_str()),
        (Some("asha"), Some("between us"))
    );
    assert_eq!(shown["notes"][0]["author"], "Brahim");

    // Names of desks are unique in an organisation.
    let twin = Vault::desk(&world, "twin");
    twin.ok(&["join", &team.deploy.invite("Aid", "officer"), "--name", "Brahim"]);
    team.desk.sync();
    twin.fails(&["sync"], "name_taken");
    let roster = team.desk.ok(&["roster"]);
    assert_eq!(roster["desks"].as_array().unwrap().len(), 2, "{roster}");
}

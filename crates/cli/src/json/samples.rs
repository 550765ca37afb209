//! A filled example of each shape; snapshots freeze their JSON and their English text.

use super::*;
use crate::{
    codes::{
        AuthorRole, CaseKind, CaseStatus, ConsentState, Delivery, DueKind, EmergencyState, ExportFormat,
        InterpreterConflict, Mark, NoticeAnswer, PersonRole, ReferralState, Role, Step, TaskKind, WaitingOn,
        WarningCode,
    },
    lang::Lang,
    output::View,
};

const CASE: &str = "5d41402a-bc4b-8a76-b971-9d911017c592";
const ORGANISATION: &str = "7b8b965a-d4bc-8a0e-8ab5-1de7e8b48133";
const AT: &str = "2027-01-31T16:00:00Z";

fn s(text: &str) -> String {
    text.to_owned()
}

fn id(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

fn place() -> PlaceView {
    PlaceView { latitude: 25.2854, longitude: 51.531, accuracy_m: 30, age_s: 12 }
}

pub(crate) fn case() -> CaseView {
    CaseView {
        case: s(CASE),
        number: s("4T7K-2MQX-9"),
        kind: CaseKind::Grievance,
        owner: s(ORGANISATION),
        entered_by: Some(s("Asha")),
        transfer_proposed: Some(s(ORGANISATION)),
        transfer_proposed_name: Some(s("Union")),
        transfer_declined: None,
        transfer_declined_name: None,
        transferred_to: None,
        continued_in: None,
        continues: Some(s(CASE)),
        grievances: vec![s("WAG.UNPAID"), s("DOC.RETAIN")],
        situations: vec![s("X03")],
        priority: 0,
        rules: vec![Rule { rule: s("situation"), priority: 0, because: s("X03") }],
        not_asked: vec![s("age-band")],
        status: CaseStatus::Waiting,
        waiting_on: Some(WaitingOn::Employer),
        close_reason: None,
        clock_due: Some(s(AT)),
        clocks: vec![ClockView {
            step: Step::HumanContact,
            mark: Mark::Half,
            started: s("2027-01-31T14:00:00Z"),
            half: s("2027-01-31T15:00:00Z"),
            due: s(AT),
            met: None,
        }],
        indicators: vec![IndicatorView { number: 7, key: s("retention_of_identity_documents") }],
        origin_contact_allowed: false,
        safeguards: SafeguardsView { return_is_safe: false, best_interests_decided: false, deceased: false },
        assigned: Some(s("Asha")),
        language: s("ar"),
        origin: Some(s("NP")),
        destination: Some(s("QA")),
        sector: Some(s("domestic work")),
        sex: Some(s("female")),
        age_band: Some(s("adult")),
        delivery: Delivery::Read,
        safe_contact: Some(serde_json::json!({"channel": "app", "do_not_reply": false})),
        name: Some(s("مريم")),
        persons: vec![PersonView {
            n: 0,
            log: id(10),
            role: PersonRole::Both,
            name: Some(s("Maryam")),
            native_name: Some(s("مريم")),
            relation: None,
            sex: Some(s("female")),
            age_band: Some(s("adult")),
            birth_date: None,
            nationality: Some(s("NP")),
            language: Some(s("ar")),
            interpreter_sex: Some(s("female")),
            phone: None,
            document: None,
            unnamed: true,
        }],
        unreadable_persons: 1,
        text: Some(s("لم يدفعوا لي أجري.\nThey locked the door.")),
        additions: vec![Addition { id: id(1), text: s("more"), author_role: AuthorRole::Migrant, at: s(AT) }],
        messages: vec![Message {
            id: id(2),
            text: s("We are here."),
            author_role: AuthorRole::Caseworker,
            delivery: Delivery::Received,
            at: s(AT),
        }],
        attachments: vec![Attachment {
            id: id(3),
            name: s("contract.pdf"),
            media_type: s("application/pdf"),
            bytes: 48_213,
            cleaned: false,
            complete: true,
        }],
        consents: vec![Consent {
            organisation: s(ORGANISATION),
            organisation_name: Some(s("Embassy")),
            logs: vec![s("narrative"), s("wages")],
            purpose: s("wage claim"),
            until: Some(s("2027-06-30T23:59:59Z")),
            state: ConsentState::Granted,
        }],
        referrals: vec![Referral {
            organisation: s(ORGANISATION),
            organisation_name: Some(s("Embassy")),
            state: ReferralState::Proposed,
            logs: vec![s("narrative"), s("wages")],
            purpose: s("wage claim"),
            until: None,
        }],
        referred: None,
        unread: true,
        readable_logs: vec![s("core"), s("narrative"), s("talk")],
        readable_by: vec![ReadableBy {
            event: id(2),
            log: s("talk"),
            organisation: s(ORGANISATION),
            organisation_name: Some(s("Workers Aid")),
            device: Some(id(9)),
            name: Some(s("Brahim")),
        }],
        recused: vec![s("Chandra")],
        notes: vec![Note { id: id(4), text: s("one bed free"), author: Some(s("Asha")), at: s(AT) }],
        records: vec![
            Recorded {
                id: id(12),
                log: s("wages"),
                text: Some(s("three months")),
                grievance: Some(s("WAG.UNPAID")),
                amounts: vec![AmountView { kind: s("due"), amount: s("3600.00"), currency: s("QAR") }],
                from: Some(s("2027-01-01")),
                until: Some(s("2027-03-31")),
                place: None,
                author_role: AuthorRole::Caseworker,
                author: Some(s("Brahim")),
                at: s(AT),
            },
            Recorded {
                id: id(13),
                log: s("location"),
                text: None,
                grievance: None,
                amounts: vec![],
                from: None,
                until: None,
                place: Some(place()),
                author_role: AuthorRole::Migrant,
                author: None,
                at: s(AT),
            },
        ],
        tasks: vec![Task {
            id: id(5),
            title: s("Call the labour office"),
            due: s(AT),
            done: false,
            kind: TaskKind::Interpreter,
            assigned: Some(s("Asha")),
            done_at: None,
            blocked: Some(s("origin_blocked")),
            interpreter: Some(InterpreterView {
                language: s("ne"),
                sex: Some(s("female")),
                at: Some(s(AT)),
                hearing: Some(s("labour court")),
                name: Some(s("Hari")),
                conflicts: vec![InterpreterConflict::IsParty],
            }),
        }],
        emergency: Some(EmergencyView {
            state: EmergencyState::Acknowledged,
            places: vec![place()],
            drill: false,
        }),
        merged_into: None,
        merged_from: vec![Merged { case: s(CASE), number: s("8Z1C-55RD-0"), unread: true }],
        links: vec![s(CASE)],
        update_needed: false,
        refused: vec![Refused {
            event: id(6),
            reason: s("device_removed"),
            kind: s("note"),
            text: Some(s("she moved")),
        }],
        conflicts: vec![Conflict {
            field: s("sector"),
            events: vec![id(7), id(8)],
            shown: id(8),
            values: vec![
                ConflictValue { event: id(7), value: Some(s("care")), author: Some(s("Brahim")), at: s(AT) },
                ConflictValue { event: id(8), value: Some(s("domestic work")), author: None, at: s(AT) },
            ],
        }],
    }
}

/// A case of which only `core` is readable.
pub(crate) fn sealed_case() -> CaseView {
    CaseView {
        number: s("8Z1C-55RD-0"),
        grievances: vec![],
        situations: vec![],
        priority: 3,
        status: CaseStatus::Received,
        waiting_on: None,
        clock_due: None,
        assigned: None,
        delivery: Delivery::Received,
        safe_contact: None,
        name: None,
        text: None,
        additions: vec![],
        messages: vec![],
        attachments: vec![],
        consents: vec![],
        referrals: vec![],
        referred: Some(ReferralState::Sent),
        unread: false,
        readable_by: vec![],
        recused: vec![],
        merged_from: vec![],
        links: vec![],
        clocks: vec![],
        indicators: vec![],
        persons: vec![],
        unreadable_persons: 0,
        readable_logs: vec![s("core")],
        notes: vec![],
        tasks: vec![],
        records: vec![],
        emergency: None,
        refused: vec![],
        conflicts: vec![],
        ..case()
    }
}

fn brief() -> BriefView {
    let case = case();
    BriefView {
        case: case.case,
        number: case.number,
        name: case.name,
        language: Some(case.language),
        sex: case.sex,
        age_band: case.age_band,
        kind: case.kind,
        grievances: case.grievances,
        situations: case.situations,
        text: case.text,
        status: case.status,
        waiting_on: case.waiting_on,
        priority: case.priority,
        rules: case.rules,
        not_asked: case.not_asked,
        clock_due: case.clock_due,
        last_contact: Some(LastContact { at: s(AT), by_migrant: true }),
        unread: false,
        next_task: case.tasks.first().cloned(),
        open_tasks: 2,
        last_note: case.notes.first().cloned(),
        consents: case.consents,
        referrals: case.referrals,
        safe_contact: case.safe_contact,
        contact_warnings: vec![s("do_not_reply"), s("code_word")],
    }
}

fn warning() -> Warning {
    Warning { code: WarningCode::RelayGap, case: Some(s(CASE)), log: Some(id(9)) }
}

fn check<V: View + ?Sized>(name: &str, view: &V) {
    insta::assert_json_snapshot!(format!("{name}_json"), serde_json::to_value(view).unwrap());
    insta::assert_snapshot!(format!("{name}_text"), view.render(Lang::ENGLISH));
}

#[test]
fn shapes_are_frozen() {
    check("case", &case());
    check("case_sealed", &sealed_case());
    check("cases", &CasesView(vec![sealed_case()]));
    check("queue", &QueueView(vec![sealed_case()]));
    check("help", &HelpText { help: s("text\n") });
    check("person_added", &PersonAdded { case: s(CASE), log: Some(id(10)) });
    check("changed", &Changed { case: s(CASE) });
    check("brief", &brief());
    let stayed = NotHanded { case: s(CASE), code: s("not_allowed") };
    let without_note = vec![NotHanded { case: s(CASE), code: s("recused") }];
    let handed = HandedOver {
        from: s("Brahim"),
        to: s("Chandra"),
        moved: vec![s(CASE)],
        without_note,
        refused: vec![stayed],
    };
    check("handed_over", &handed);
    let due = |what, step, overdue| DueView {
        case: s(CASE),
        number: s("4T7K-2MQX-9"),
        what,
        step,
        task: (what == DueKind::Task).then(|| id(5)),
        title: (what == DueKind::Task).then(|| s("Call the labour office")),
        at: s(AT),
        overdue,
    };
    let list = [
        due(DueKind::Half, Some(Step::HumanContact), true),
        due(DueKind::Clock, Some(Step::Assign), true),
        due(DueKind::Task, None, false),
    ];
    check("due", list.as_slice());
    check("sync", &SyncReport { pushed: 3, pulled: 5, warnings: vec![warning()] });
    let joined = PhoneJoined {
        relay: s("https://relay.example"),
        root_fingerprint: s("2Q5J"),
        deployment: Some(s(CASE)),
        synced: true,
        warnings: vec![],
    };
    check("phone_joined", &joined);
    check("filed", &Filed { case: s(CASE), number: s("4T7K-2MQX-9") });
    check("written", &Written { case: s(CASE), event: id(1), attachments: vec![id(3)] });
    let difference = Difference { check: s("chain"), case: Some(s(CASE)), log: Some(id(9)), event: None };
    check("verify", &VerifyReport { cases: 2, events: 40, differences: vec![difference] });
    check("verify_fine", &VerifyReport { cases: 2, events: 40, differences: vec![] });
}

#[test]
fn desk_and_deploy_shapes_are_frozen() {
    check(
        "listening_fresh",
        &Listening { listening: s("http://127.0.0.1:7400"), claim: Some(s("7K2M-9QXD")) },
    );
    check("listening", &Listening { listening: s("http://127.0.0.1:7400"), claim: None });
    check("deploy_init", &DeployInit { deployment: s(CASE), root_fingerprint: s("2Q5J") });
    check("organisation_added", &OrganisationAdded { organisation: s(ORGANISATION) });
    check("invite", &InviteMade { invite: s("amana-invite-1.AbC") });
    check("published", &Published { join: s("https://relay.example/#amana=2Q5J"), version: 2 });
    check("serving", &Serving { link: s("http://127.0.0.1:4711/#launch") });
    let joined = DeskJoined {
        organisation: s(ORGANISATION),
        device: id(1),
        role: Role::Caseworker,
        admitted: false,
        synced: false,
        warnings: vec![Warning { code: WarningCode::AwaitingAdmission, case: None, log: None }],
    };
    check("desk_joined", &joined);
    let desk = |name: Option<&str>, role, this| RosterDesk {
        device: id(1),
        name: name.map(s),
        role,
        not_after: s("2027-03-01"),
        this,
        leaving: false,
        becomes: None,
    };
    let desks = vec![desk(Some("Asha"), Role::Admin, true), desk(None, Role::Officer, false)];
    let roster = RosterView { organisation: s(ORGANISATION), n: 4, desks, synced: None, warnings: vec![] };
    check("roster", &roster);
    let mut changed = RosterView { synced: Some(false), ..roster };
    changed.desks[0].becomes = Some(Role::Officer);
    changed.desks[1].leaving = true;
    check("roster_changed", &changed);
    let safety = SafetyView {
        about: s("organisations"),
        with: vec![s("Workers Aid"), s("Embassy")],
        rosters: vec![4, 1],
        groups: (0..12).map(|n| format!("{:05}", n * 7919)).collect(),
    };
    check("safety", &safety);
    let recovery = RecoveryView {
        code: true,
        officers: Some(vec![s("Asha"), s("Brahim"), s("Chandra")]),
        waiting: true,
        uses: vec![RecoveryUsed { n: 5, device: id(7), name: Some(s("Elena")), at: s(AT) }],
    };
    check("recovery", &recovery);
    check("recovery_code", &RecoveryCode { code: s("AAAA-BBBB"), synced: false });
    check("recovery_text", &RecoveryText { text: s("amana-share-1.AbC") });
    check("secret_set", &SecretSet { set: "pin" });
    check("attachment_saved", &AttachmentSaved { id: id(3), out: s("a.pdf"), bytes: 48_213, sha256: id(4) });
    check("exported", &Exported { out: s("cases.csv"), format: ExportFormat::Csv, cases: 12 });
    let steps =
        vec![DemoStep { step: s("filed_offline"), ok: true }, DemoStep { step: s("closed"), ok: false }];
    let played = DemoCase {
        id: s("c01"),
        case: s(CASE),
        number: s("4T7K-2MQX-9"),
        language: s("ne"),
        priority: 2,
        expected_priority: 2,
        rules: vec![s("WAG.UNPAID Wages not paid")],
        status: s("closed"),
        delivery: s("read"),
        text_matches: true,
    };
    let report = DemoReport {
        ok: false,
        steps,
        cases: vec![played],
        number: s("4T7K-2MQX-9"),
        dir: Some(s("/tmp/demo")),
        hints: vec![s("amana desk desk queue --all")],
    };
    check("demo", &report);
}

#[test]
fn emergency_shapes_are_frozen() {
    check("sos", &SosView { case: s(CASE), number: s("4T7K-2MQX-9"), sms: Some(s("AbC+")) });
    check("armed", &ArmedView { armed: id(1), deadline: Some(s(AT)) });
    check("disarmed", &ArmedView { armed: id(1), deadline: None });
    let alert = AlertView {
        alert: id(2),
        case: Some(s(CASE)),
        number: Some(s("4T7K-2MQX-9")),
        state: EmergencyState::Raised,
        priority: 0,
        situations: vec![s("X03")],
        at: s(AT),
        place: Some(place()),
        note: Some(s("third floor")),
        people: Some(4),
        silent: true,
        drill: false,
        verified: true,
        acknowledged_by: None,
    };
    check("alerts", std::slice::from_ref(&alert));
    check("ladder", &LadderView { rungs: vec![RungView { who: s("Asha"), after_s: 300 }] });
    let shift = ShiftView { shift: id(3), who: s("Asha"), from: s(AT), until: s("2027-02-01T00:00:00Z") };
    check("shifts", [shift].as_slice());
    check("notice_published", &NoticePublished { notice: id(4) });
    let notice = NoticeView {
        notice: id(4),
        organisation: s("Workers Aid"),
        text: s("Storm tomorrow.\nStay inside."),
        language: s("en"),
        until: s(AT),
        answer: Some(NoticeAnswer::Safe),
    };
    check("notices", [notice].as_slice());
}

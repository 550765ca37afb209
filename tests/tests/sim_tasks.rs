//! Tasks that may hurt wait for what must be known; clocks and follow-ups; what falls due is found by time.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{
    ClientError,
    ops::{Due, DueWhat, FileRequest},
};
use amana_domain::{
    clock::{Mark, Step},
    codes::CaseKind,
    event::{Facts, SafeguardSet},
    ids::CaseId,
    interpreter::{Interpreter, InterpreterConflict, InterpreterRequest},
    lifecycle::case::{CaseStatus, CloseReason},
    role::Role,
    task::{About, Task, TaskKind},
};
use amana_server::Clock as _;
use amana_tests::sim::{DAY_MS, Device, START_MS, World, simulate, text};

const HOUR_MS: i64 = 3_600_000;

fn task(about: About, due_ms: u64) -> Task {
    Task { title: "a task".parse().unwrap(), due_ms, about, assigned: None, done_ms: None }
}

fn interpreter(state: Option<&str>) -> About {
    About::Interpreter(Box::new(InterpreterRequest {
        language: "ne".parse().unwrap(),
        sex: None,
        at_ms: None,
        hearing: Some("labour court".parse().unwrap()),
        interpreter: Some(Interpreter {
            name: "Maria Cruz".parse().unwrap(),
            phone: None,
            organisation: None,
            state: state.map(|code| code.parse().unwrap()),
        }),
    }))
}

/// An admin's desk, a caseworker's, a phone and its case, known everywhere.
async fn ready(seed: u64) -> (World, Device, Device, Device, CaseId) {
    let mut world = World::new(seed).await;
    let mut admin = world.desk("admin", Role::Admin);
    admin.sync().await.unwrap();
    let mut worker = world.desk("worker", Role::Caseworker);
    worker.sync().await.unwrap();
    admin.sync().await.unwrap();
    let mut phone = world.phone();
    let case = world.file(phone.client(), "not paid").case;
    phone.sync().await.unwrap();
    for desk in [&mut admin, &mut worker] {
        desk.sync().await.unwrap();
    }
    (world, admin, worker, phone, case)
}

async fn exchange(devices: &mut [&mut Device]) {
    for _ in 0..2 {
        for device in devices.iter_mut() {
            device.sync().await.unwrap();
        }
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_return_waits_for_screening_and_for_a_decision_about_who_may_be_a_child() {
    simulate(async {
        let (_world, mut admin, mut worker, _phone, case) = ready(30).await;
        let home = || task(About::Return, START_MS);
        assert_eq!(code(worker.client().add_task(case, home())), "not_screened");
        let safe = SafeguardSet { return_is_safe: Some(true), ..SafeguardSet::default() };
        assert_eq!(code(worker.client().set_safeguards(case, safe)), "forbidden");
        admin.client().set_safeguards(case, safe).unwrap();
        exchange(&mut [&mut admin, &mut worker]).await;
        // Nobody asked how old she is.
        assert_eq!(code(worker.client().add_task(case, home())), "no_best_interests_decision");
        let decided = SafeguardSet { best_interests_decided: Some(true), ..SafeguardSet::default() };
        admin.client().set_safeguards(case, decided).unwrap();
        exchange(&mut [&mut admin, &mut worker]).await;
        let id = worker.client().add_task(case, home()).unwrap();
        let shown = worker.client().show(case).unwrap();
        assert_eq!((shown.tasks[0].id, shown.tasks[0].blocked.as_deref()), (id, None));
        // A doubt needs no rank, and it reaches the task that was opened before.
        let doubt = SafeguardSet { return_is_safe: Some(false), ..SafeguardSet::default() };
        worker.client().set_safeguards(case, doubt).unwrap();
        let shown = worker.client().show(case).unwrap();
        assert_eq!(shown.tasks[0].blocked.as_deref(), Some("not_screened"));
        assert_eq!(code(worker.client().add_task(case, home())), "not_screened");
        exchange(&mut [&mut worker, &mut admin]).await;
        assert_eq!(code(admin.client().add_task(case, home())), "not_screened");
        assert!(worker.client().verify().unwrap().problems.is_empty());
    });
}

#[test]
fn the_origin_is_not_told_and_sends_no_interpreter_unless_she_allows_it() {
    simulate(async {
        let (_world, mut admin, mut worker, mut phone, case) = ready(31).await;
        let tell = || task(About::NotifyOrigin, START_MS);
        assert_eq!(code(worker.client().add_task(case, tell())), "origin_blocked");
        assert_eq!(
            code(worker.client().add_task(case, task(interpreter(Some("NP")), START_MS))),
            "origin_blocked"
        );
        phone.client().set_origin_contact(case, true).unwrap();
        exchange(&mut [&mut phone, &mut worker]).await;
        worker.client().add_task(case, tell()).unwrap();
        worker.client().add_task(case, task(interpreter(Some("NP")), START_MS)).unwrap();
        assert!(worker.client().show(case).unwrap().tasks.iter().all(|task| task.blocked.is_none()));
        // She takes it back: what was opened is shown as blocked, with the reason.
        phone.client().set_origin_contact(case, false).unwrap();
        exchange(&mut [&mut phone, &mut worker]).await;
        let shown = worker.client().show(case).unwrap();
        assert!(shown.tasks.iter().all(|task| task.blocked.as_deref() == Some("origin_blocked")));
        let asked = shown.tasks.iter().find(|task| task.kind == TaskKind::Interpreter).unwrap();
        let conflicts = &asked.interpreter.as_ref().unwrap().conflicts;
        assert_eq!(conflicts, &[InterpreterConflict::OriginAuthority]);
        // Her death is told without consent.
        let died = SafeguardSet { deceased: Some(true), ..SafeguardSet::default() };
        admin.client().set_safeguards(case, died).unwrap();
        admin.client().add_task(case, tell()).unwrap();
    });
}

#[test]
fn help_is_given_with_nothing_known() {
    simulate(async {
        let (_world, _admin, mut worker, _phone, case) = ready(32).await;
        for about in [About::General, About::FollowUp, interpreter(None)] {
            worker.client().add_task(case, task(about, START_MS)).unwrap();
        }
        assert_eq!(worker.client().show(case).unwrap().tasks.len(), 3);
    });
}

fn what(due: &[Due]) -> Vec<DueWhat> {
    due.iter().map(|due| due.what).collect()
}

#[test]
fn what_falls_due_is_found_by_time_and_follows_the_case() {
    simulate(async {
        let (world, mut admin, mut worker, _phone, case) = ready(33).await;
        let now = || i64::try_from(world.clock.now_ms()).unwrap();
        // P3: nobody has it, nobody has spoken to her.
        let all = worker.client().due(i64::MAX, 100).unwrap();
        let clocks = [Step::HumanContact, Step::Assign];
        for clock in clocks {
            assert!(
                what(&all).contains(&DueWhat::Half(clock)) && what(&all).contains(&DueWhat::Clock(clock))
            );
        }
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by_key(|due| due.at_ms));
        assert_eq!(worker.client().due(i64::MAX, 1).unwrap(), all[..1]);
        assert!(worker.client().overdue(now(), 100).unwrap().is_empty());
        let assign = all.iter().find(|due| due.what == DueWhat::Clock(Step::Assign)).unwrap().at_ms;
        assert!(
            !what(&worker.client().overdue(assign - 1, 100).unwrap()).contains(&DueWhat::Clock(Step::Assign))
        );
        assert_eq!(what(&worker.client().overdue(assign, 100).unwrap()), [DueWhat::Clock(Step::Assign)]);

        // An emergency: an hour for both, by the wall clock.
        admin.client().set_priority(case, "P0".parse().unwrap(), "danger").unwrap();
        exchange(&mut [&mut admin, &mut worker]).await;
        let shown = worker.client().show(case).unwrap();
        let started = shown.clocks[0].started_ms;
        assert_eq!(shown.clocks[0].due_ms, started + HOUR_MS);
        assert_eq!(shown.clocks[0].state(started + HOUR_MS / 2), Mark::Half);
        assert_eq!(worker.client().overdue(started + HOUR_MS, 100).unwrap().len(), 2);

        // Assigned and answered: the next contact is due a day later.
        worker.client().assign(case, "worker").unwrap();
        world.clock.advance(1000);
        worker.client().say(case, &text("we are coming")).unwrap();
        let said = now();
        let due = worker.client().due(i64::MAX, 100).unwrap();
        assert_eq!(what(&due), [DueWhat::Half(Step::FollowUp), DueWhat::Clock(Step::FollowUp)]);
        assert_eq!(due[1].at_ms, said + 24 * HOUR_MS);

        // A call leaves no message; the task that tells of it counts, and not for longer than the truth.
        let call =
            worker.client().add_task(case, task(About::FollowUp, world.clock.now_ms() + DAY_MS)).unwrap();
        assert!(what(&worker.client().due(i64::MAX, 100).unwrap()).contains(&DueWhat::Task(call)));
        world.clock.advance(10 * HOUR_MS as u64);
        worker.client().set_task_done(case, call, Some(world.clock.now_ms() + 300 * DAY_MS)).unwrap();
        let due = worker.client().due(i64::MAX, 100).unwrap();
        assert_eq!(due[1], Due { case, what: DueWhat::Clock(Step::FollowUp), at_ms: now() + 24 * HOUR_MS });
        worker.client().set_task_done(case, call, None).unwrap();
        assert_eq!(worker.client().due(i64::MAX, 100).unwrap()[2].what, DueWhat::Task(call));
        assert_eq!(code(admin.client().set_task_done(case, case_event(), None)), "not_found");

        // Nothing of a finished case; the projection is what the events say, also when made anew.
        worker.client().set_status(case, CaseStatus::Resolved, None, None, None).unwrap();
        worker
            .client()
            .set_status(case, CaseStatus::Closed, None, Some(CloseReason::Remedied), None)
            .unwrap();
        assert!(worker.client().due(i64::MAX, 100).unwrap().is_empty());
        assert!(worker.client().verify().unwrap().problems.is_empty());
        let kept = admin.client().due(i64::MAX, 100).unwrap();
        admin.client().rebuild().unwrap();
        assert_eq!(admin.client().due(i64::MAX, 100).unwrap(), kept);
        assert!(admin.client().verify().unwrap().problems.is_empty());
    });
}

fn case_event() -> amana_domain::ids::EventId {
    amana_domain::ids::EventId::from_bytes([9; 32])
}

#[test]
fn reprisal_raises_the_case_that_it_is_revenge_for() {
    simulate(async {
        let (world, mut admin, mut worker, mut phone, parent) = ready(35).await;
        let filed = |phone: &mut Device, code: &str| {
            let request = FileRequest {
                to: world.organisation,
                kind: CaseKind::Grievance,
                text: text("they beat me for it"),
                grievances: vec![code.parse().unwrap()],
                situations: vec![],
                facts: Facts::default(),
                safe_contact: None,
                name: None,
            };
            phone.client().file(request).unwrap().case
        };
        let revenge = filed(&mut phone, "RET.ANY");
        let unrelated = filed(&mut phone, "WAG.LATE");
        exchange(&mut [&mut phone, &mut worker, &mut admin]).await;
        let mut priority = |case| worker.client().show(case).unwrap().priority.as_u8();
        assert_eq!((priority(parent), priority(revenge), priority(unrelated)), (3, 1, 3));
        worker.client().link(parent, unrelated).unwrap();
        worker.client().link(parent, revenge).unwrap();
        let mut priority = |case| worker.client().show(case).unwrap().priority.as_u8();
        assert_eq!((priority(parent), priority(revenge), priority(unrelated)), (1, 1, 3));
        exchange(&mut [&mut worker, &mut admin]).await;
        let shown = admin.client().show(parent).unwrap();
        assert!(shown.rules.iter().any(|hit| hit.rule == "floor" && hit.because == "retaliation"));
    });
}

#[test]
fn a_phone_has_no_times_of_the_team() {
    simulate(async {
        let (_world, _admin, _worker, mut phone, _case) = ready(34).await;
        assert_eq!(code(phone.client().due(i64::MAX, 10)), "forbidden");
        assert_eq!(code(phone.client().overdue(i64::MAX, 10)), "forbidden");
        assert!(phone.client().verify().unwrap().problems.is_empty());
    });
}

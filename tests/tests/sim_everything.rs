//! A relay that ignores rosters and access lists and serves everything to everyone: keys alone keep out who has left.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::sync::Arc;

use amana_client::{ClientError, ops::Record};
use amana_domain::{
    grievance::Grievance,
    ids::{CaseId, EventId, OrganisationId},
    person::{Person, PersonRole},
    place::Place,
    role::{LogKind, Role},
};
use amana_tests::sim::{
    Device, Everything, HOUR_MS, Reader, RelayStore, World, held, raw::all_events, settle, simulate, text,
};

/// Every kind of log with a verb to write in it.
const SHARED: [LogKind; 7] = [
    LogKind::Talk,
    LogKind::Narrative,
    LogKind::Wages,
    LogKind::Identity,
    LogKind::Location,
    LogKind::Medical,
    LogKind::Status,
];

/// Writes something in every log that this device may write in.
fn write_everywhere(device: &mut Device, case: CaseId, what: &str) -> Vec<(LogKind, EventId)> {
    let desk = device.client().desk().is_some();
    let strict = device.client().role().is_none_or(|role| role.at_least(Role::Supervisor));
    let client = device.client();
    let words = || text(what);
    let wage = Grievance { statement: Some(words()), ..Grievance::new("WAG.UNPAID".parse().unwrap()) };
    let person = Person { name: Some(what.parse().unwrap()), ..Person::new(PersonRole::Both) };
    let place = Place::new(33_890_000, 35_500_000, 30, 5).unwrap();
    let mut records = vec![
        (LogKind::Wages, Record::Wages(Box::new(wage))),
        (LogKind::Identity, Record::Person(Box::new(person))),
        (LogKind::Location, Record::Place(place)),
    ];
    if strict {
        records.push((LogKind::Medical, Record::Health(words())));
        records.push((LogKind::Status, Record::Migration(words())));
    }
    let mut wrote = vec![
        (LogKind::Talk, client.say(case, &words()).unwrap()),
        (LogKind::Narrative, client.add(case, &words()).unwrap()),
    ];
    for (kind, record) in records {
        wrote.push((kind, client.record(case, record).unwrap()));
    }
    if desk {
        wrote.push((LogKind::Work, client.note(case, &words()).unwrap()));
        wrote.push((LogKind::Core, client.assign(case, "admin").unwrap()));
    }
    wrote
}

/// Syncs a device through a relay that serves it everything, and shows it no newer roster of its team than this one.
async fn sync_through_everything(world: &World, device: &mut Device, frozen: Option<u64>) {
    let organisation = device.client().desk().unwrap().organisation;
    let mut everything = Everything::new(device.line(), world.folder(), organisation);
    if let Some(n) = frozen {
        everything = everything.freeze(organisation, n);
    }
    let everything = Arc::new(everything);
    let honest = device.line();
    device.set_line(Arc::clone(&everything) as _);
    for _ in 0..4 {
        let _warned = device.sync().await;
    }
    assert!(everything.served() > 0, "{} never asked", device.name);
    device.set_line(honest);
}

/// What a device decrypts of these, with everything that the relay ever stored.
fn decrypts(world: &World, device: &mut Device, of: &[(LogKind, EventId)]) -> Vec<(LogKind, EventId)> {
    let reader = Reader::of(device, &RelayStore::open(world.folder()));
    of.iter().filter(|(_, event)| reader.opens(*event)).copied().collect()
}

/// Whom an event is said to be readable by, at a desk.
fn exposed(desk: &mut Device, case: CaseId, event: EventId) -> Vec<(OrganisationId, bool)> {
    let view = desk.client().show(case).unwrap();
    view.exposed
        .iter()
        .filter(|exposed| exposed.event == event)
        .map(|exposed| (exposed.organisation, exposed.device.is_some()))
        .collect()
}

#[test]
fn a_withdrawn_organisation_reads_what_was_before_and_nothing_after() {
    simulate(async {
        let mut world = World::with_three(3100).await;
        let [helpline, consulate, _] = world.organisations[..] else { panic!("three") };
        let team = [("admin", Role::Admin), ("colleague", Role::Caseworker), ("away", Role::Supervisor)];
        let mut desks = world.team(helpline, &team).await;
        let guests = [("guest admin", Role::Admin), ("guest caseworker", Role::Caseworker)];
        let mut guests = world.team(consulate, &guests).await;
        let mut phone = world.phone();
        let case = world.file(phone.client(), "what happened").case;
        phone.sync().await.unwrap();
        phone.client().set_origin_contact(case, true).unwrap();
        phone.client().consent(case, consulate, &SHARED, "passport", None).unwrap();
        let mut before = write_everywhere(&mut phone, case, "before");
        settle_all(&mut phone, &mut desks, &mut guests[..1]).await;
        guests[0].client().accept(case).unwrap();
        before.extend(write_everywhere(&mut desks[0], case, "before, at the desk"));
        settle_all(&mut phone, &mut desks, &mut guests[..1]).await;

        world.clock.advance(HOUR_MS);
        phone.client().withdraw_consent(case, consulate).unwrap();
        // Whoever writes afterwards has synced once; one desk has been away throughout.
        phone.sync().await.unwrap();
        desks[0].sync().await.unwrap();
        desks[1].sync().await.unwrap();
        let mut after = write_everywhere(&mut phone, case, "after");
        after.extend(write_everywhere(&mut desks[0], case, "after, at the desk"));
        after.extend(write_everywhere(&mut desks[1], case, "after, at another desk"));
        let late = write_everywhere(&mut desks[2], case, "late");
        let (others, away) = desks.split_at_mut(2);
        for device in [&mut phone].into_iter().chain(others).chain(away) {
            device.sync().await.unwrap();
        }
        phone.sync().await.unwrap();
        desks[0].sync().await.unwrap();

        let shared: Vec<_> = before.iter().filter(|(kind, _)| SHARED.contains(kind)).copied().collect();
        // The other guest's desk has been away since before the grant: only this relay serves it the case.
        assert!(guests[1].client().queue(true).unwrap().is_empty());
        for guest in &mut guests {
            let strict = guest.client().role() == Some(Role::Admin);
            sync_through_everything(&world, guest, None).await;
            let opened = decrypts(&world, guest, &before);
            let is_strict = |kind: &LogKind| matches!(kind, LogKind::Medical | LogKind::Status);
            let wanted: Vec<_> =
                shared.iter().filter(|(kind, _)| strict || !is_strict(kind)).copied().collect();
            assert_eq!(opened, wanted, "{}", guest.name);
            assert!(
                wanted.iter().all(|(_, event)| held(guest).contains(event)),
                "{} was not served",
                guest.name
            );
            assert_eq!(decrypts(&world, guest, &after), [], "{}", guest.name);
            assert_eq!(after.iter().filter(|(_, event)| held(guest).contains(event)).count(), 0);
        }
        // What was written by a desk that did not know: delivered, accepted, and said to be readable.
        let readable = decrypts(&world, &mut guests[0], &late);
        assert!(!readable.is_empty(), "the test's desk knew already");
        for (kind, event) in &late {
            let said = exposed(&mut desks[0], case, *event);
            let expected =
                if readable.contains(&(*kind, *event)) { vec![(consulate, false)] } else { vec![] };
            assert_eq!(said, expected, "{kind}");
        }
        for (kind, event) in after.iter().chain(&late) {
            assert!(held(&mut desks[0]).contains(event), "{kind} never arrived");
        }
        assert!(after.iter().all(|(_, event)| exposed(&mut desks[0], case, *event).is_empty()));
        assert_eq!(desks[0].client().show(case).unwrap().refused, []);
    });
}

#[test]
fn a_removed_desk_reads_what_was_before_and_nothing_after() {
    simulate(async {
        let mut world = World::new(3110).await;
        let organisation = world.organisation;
        let team = [("admin", Role::Admin), ("colleague", Role::Supervisor), ("leaver", Role::Supervisor)];
        let mut desks = world.team(organisation, &team).await;
        let mut leaver = desks.pop().unwrap();
        let (mut phone, mut away, mut later) = (world.phone(), world.phone(), world.phone());
        let case = world.file(phone.client(), "what happened").case;
        let far = world.file(away.client(), "what happened far away").case;
        let mut all = vec![&mut phone, &mut away, &mut later, &mut leaver];
        all.extend(desks.iter_mut());
        settle(&mut all).await;
        let mut before = write_everywhere(&mut phone, case, "before");
        before.extend(write_everywhere(&mut away, far, "before, far away"));
        before.extend(write_everywhere(&mut desks[0], case, "before, at the desk"));
        // The leaver has not even read this: the relay will serve it.
        let mut all = vec![&mut phone, &mut away];
        all.extend(desks.iter_mut());
        settle(&mut all).await;

        world.clock.advance(HOUR_MS);
        let old = leaver.client().trust().roster(organisation).unwrap().body().n;
        let gone = desks[0].client().remove_desk("leaver").unwrap();
        desks[0].sync().await.unwrap();
        world.clock.advance(HOUR_MS);
        // Whoever writes afterwards has synced once; one phone has been away throughout.
        phone.sync().await.unwrap();
        later.sync().await.unwrap();
        desks[1].sync().await.unwrap();
        let mut after = write_everywhere(&mut phone, case, "after");
        after.extend(write_everywhere(&mut desks[0], case, "after, at the desk"));
        after.extend(write_everywhere(&mut desks[1], case, "after, at another desk"));
        let late = write_everywhere(&mut away, far, "late");
        let filed = world.file(later.client(), "filed afterwards").case;
        let mut all = vec![&mut phone, &mut away, &mut later];
        all.extend(desks.iter_mut());
        settle(&mut all).await;
        after.extend(write_everywhere(&mut later, filed, "after, in a new case"));
        after.extend(write_everywhere(&mut away, far, "after, far away"));
        after.extend(write_everywhere(&mut desks[1], far, "after, to far away"));
        let mut all = vec![&mut phone, &mut away, &mut later];
        all.extend(desks.iter_mut());
        settle(&mut all).await;
        after.extend(all_events(&mut later, filed).into_iter().map(|(kind, event)| (kind, event.id())));

        sync_through_everything(&world, &mut leaver, Some(old)).await;
        assert_eq!(decrypts(&world, &mut leaver, &before), before);
        assert!(before.iter().all(|(_, event)| held(&mut leaver).contains(event)), "was not served");
        assert_eq!(decrypts(&world, &mut leaver, &after), []);
        assert!(after.iter().all(|(_, event)| !held(&mut leaver).contains(event)));
        assert!(leaver.client().show(filed).is_err());
        // What the phone wrote that did not know: delivered, accepted, and said to be readable.
        assert_eq!(decrypts(&world, &mut leaver, &late), late);
        for desk in &mut desks {
            let view = desk.client().show(far).unwrap();
            assert_eq!(view.refused, []);
            for (kind, event) in &late {
                let said = view.exposed.iter().filter(|exposed| exposed.event == *event);
                let said: Vec<_> = said.map(|exposed| (exposed.organisation, exposed.device)).collect();
                assert_eq!(said, [(organisation, Some(gone))], "{kind} at {}", desk.name);
            }
            for (kind, event) in &after {
                assert!(held(desk).contains(event), "{kind} never arrived");
                assert!(view.exposed.iter().all(|exposed| exposed.event != *event), "{kind}");
            }
            assert_eq!(desk.client().show(case).unwrap().exposed, []);
        }
        // An honest relay has cut her off, and her vault still shows what it had.
        assert!(matches!(leaver.sync().await, Err(ClientError::DeviceRemoved)));
        leaver.reopen();
        assert_eq!(leaver.client().show(case).unwrap().text.as_deref(), Some("what happened"));
    });
}

async fn settle_all(phone: &mut Device, desks: &mut [Device], guests: &mut [Device]) {
    let all = [phone].into_iter().chain(desks.iter_mut()).chain(guests.iter_mut());
    settle(&mut all.collect::<Vec<_>>()).await;
}

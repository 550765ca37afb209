//! Who counts: consent, removals, re-adds, devices that left, adoption.

use amana_domain::{
    event::{Adopt, Body, ConsentGrant, RosterRef, Text},
    fold::{FoldError, Reason, Verdict},
    ids::{EventId, Hash, Signature, VerifyKey},
    role::{LogKind, Role},
    signed::Signed,
};

use crate::world::*;

fn note(text: &str) -> Body {
    Body::Note(Text { text: text.into() })
}

/// A talk log that the other organisation was let in to.
fn shared_talk() -> (Scene, EventId) {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 1);
    let joined = scene.write(caseworker(), &[scene.genesis], add(OTHER, Some(statement)));
    (scene, joined)
}

#[test]
fn nobody_gets_in_without_the_migrants_word() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let uninvited = scene.write(guest(), &[genesis], say("let me in"));
    scene.assert_refused(uninvited, Reason::NotMember);

    let bare = scene.write(caseworker(), &[genesis], add(OTHER, None));
    scene.assert_refused(bare, Reason::NoConsent);
    let self_made = scene.write(guest(), &[], add(OTHER, None));
    scene.assert_refused(self_made, Reason::Forbidden);
    let still_out = scene.write(guest(), &[bare], say("still no"));
    scene.assert_refused(still_out, Reason::NotMember);
    assert_eq!(scene.fold().members, [organisation(OWNER)].into());

    let by_her = scene.write(migrant(), &[], add(OTHER, None));
    let in_at_last = scene.write(guest(), &[by_her], say("hello"));
    scene.assert_applied(by_her);
    scene.assert_applied(in_at_last);
    assert_eq!(scene.fold().members, [organisation(OWNER), organisation(OTHER)].into());
}

#[test]
fn a_consent_is_good_for_its_case_organisation_and_log_only() {
    type Spoil = fn(&mut amana_domain::event::Consent);
    let spoils: [(&str, Spoil); 6] = [
        ("another case", |consent| consent.case = root_of(9).case().unwrap()),
        ("another organisation", |consent| consent.organisation = organisation(THIRD)),
        ("another log", |consent| consent.logs = vec![LogKind::Wages, LogKind::Core]),
        ("no log", |consent| consent.logs = vec![]),
        ("another deployment", |consent| {
            consent.deployment = amana_domain::ids::DeploymentId::from_root(&VerifyKey::from_bytes([98; 32]));
        }),
        // Correctly signed, but by a key that is not the case's.
        ("a desk's key", |consent| consent.key = caseworker().key),
    ];
    for (what, spoil) in spoils {
        let mut scene = Scene::open(LogKind::Talk, migrant(), None);
        let mut body = consent(&scene, OTHER, &[LogKind::Talk], 1).body().clone();
        spoil(&mut body);
        let key = body.key;
        let statement = Signed::make(body, |message| sign(&key, message)).unwrap();
        let forged = scene.write(caseworker(), &[scene.genesis], add(OTHER, Some(statement)));
        assert_eq!(scene.verdict(forged), Verdict::Refused(Reason::BadStatement), "{what}");
        let guest = scene.write(guest(), &[forged], say("hi"));
        assert_eq!(scene.verdict(guest), Verdict::Refused(Reason::NotMember), "{what}");
    }
}

#[test]
fn a_consent_with_a_wrong_signature_is_refused() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let body = consent(&scene, OTHER, &[LogKind::Talk], 1).body().clone();
    let statement = Signed::make(body, |_| Signature::from_bytes([3; 64])).unwrap();
    // `signed` reads the event back as another replica would.
    let mut draft = scene.draft(caseworker(), &[scene.genesis], add(OTHER, Some(statement)));
    draft.claimed_ms += 1;
    let key = draft.author;
    let made = draft.sign(|message| sign(&key, message)).unwrap();
    let read = amana_domain::event::AuthenticEvent::read(&made.to_content(), &TestVerifier).unwrap();
    assert!(matches!(read.body(), Body::BadStatement(_)));
    let id = read.id();
    scene.push(read);
    scene.assert_refused(id, Reason::BadStatement);
}

#[test]
fn work_and_referral_logs_take_no_further_members() {
    let mut work = Scene::open(LogKind::Work, caseworker(), Some(OWNER));
    let statement = consent(&work, OTHER, &[LogKind::Work, LogKind::Core], 1);
    let added = work.write(caseworker(), &[], add(OTHER, Some(statement)));
    work.assert_refused(added, Reason::Forbidden);

    // A referral log is shared with the one organisation it names, and with that one only by consent.
    let mut referral = Scene::open(LogKind::Referral, caseworker(), Some(OTHER));
    let early = referral.write(guest(), &[referral.genesis], Body::Read(empty_receipt()));
    referral.assert_refused(early, Reason::NotMember);
    let third = consent(&referral, THIRD, &[LogKind::Core, LogKind::Talk], 1);
    let third = referral.write(caseworker(), &[], add(THIRD, Some(third)));
    referral.assert_refused(third, Reason::Forbidden);
    let named = consent(&referral, OTHER, &[LogKind::Talk], 2);
    let named = referral.write(caseworker(), &[], add(OTHER, Some(named)));
    referral.assert_applied(named);
    let read = referral.write(guest(), &[named], Body::Read(empty_receipt()));
    referral.assert_applied(read);
}

pub fn empty_receipt() -> amana_domain::event::Receipt {
    amana_domain::event::Receipt { heads: vec![] }
}

#[test]
fn the_owner_and_the_migrant_stay() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    for by in [migrant(), caseworker()] {
        let id = scene.write(by, &[scene.genesis], remove(OWNER));
        scene.assert_refused(id, Reason::Forbidden);
    }
    let id = scene.write(migrant(), &[], withdraw(&scene, OWNER, None));
    scene.assert_refused(id, Reason::Forbidden);
    let (mut scene, joined) = shared_talk();
    let id = scene.write(guest_supervisor(), &[joined], remove(OTHER));
    scene.assert_refused(id, Reason::Forbidden);
    assert!(scene.fold().members.contains(&organisation(OTHER)));
}

#[test]
fn a_removal_holds_until_a_re_add_that_saw_it() {
    let (mut scene, joined) = shared_talk();
    let before = scene.write(guest(), &[joined], say("before"));
    let removed = scene.write(migrant(), &[before], remove(OTHER));
    // The removal does not know these two: one does not know the removal either, one does.
    let beside = scene.write_with(guest(), &[], say("beside"), |draft| draft.claimed_ms = 1);
    let after = scene.write(guest(), &[removed], say("after"));
    scene.assert_applied(before);
    scene.assert_refused(beside, Reason::NotMember);
    scene.assert_refused(after, Reason::NotMember);
    let fold = scene.fold();
    assert_eq!((fold.members.len(), fold.removals.as_slice()), (1, [removed].as_slice()));

    // A re-add beside the removal does not undo it.
    let statement = consent(&scene, OTHER, &[LogKind::Talk], 2);
    let blind = scene.write(caseworker(), &[before], add(OTHER, Some(statement)));
    scene.assert_applied(blind);
    let still_out = scene.write(guest(), &[blind, removed], say("still out"));
    scene.assert_refused(still_out, Reason::NotMember);

    let statement = consent(&scene, OTHER, &[LogKind::Talk], 3);
    let seeing = scene.write(supervisor(), &[removed], add(OTHER, Some(statement)));
    scene.assert_applied(seeing);
    let back = scene.write(guest_supervisor(), &[seeing], say("back"));
    scene.assert_applied(back);
    // What was refused meanwhile stays so: its past holds no re-add.
    scene.assert_refused(after, Reason::NotMember);
    let fold = scene.fold();
    assert!(fold.members.contains(&organisation(OTHER)) && fold.removals.is_empty());

    // A second removal that never saw the re-add holds against everything after it.
    let late = scene.write(colleague(), &[before], remove(OTHER));
    scene.assert_refused(back, Reason::NotMember);
    assert_eq!(scene.fold().removals, [late]);
}

#[test]
fn a_withdrawal_removes_and_its_consent_cannot_be_replayed() {
    for named in [false, true] {
        let mut scene = Scene::open(LogKind::Talk, migrant(), None);
        let old = consent(&scene, OTHER, &[LogKind::Talk], 1);
        let joined = scene.write(caseworker(), &[scene.genesis], add(OTHER, Some(old.clone())));
        let said = scene.write(guest(), &[joined], say("before"));
        let body = withdraw(&scene, OTHER, named.then(|| old.hash()));
        let withdrawn = scene.write(migrant(), &[said], body);
        scene.assert_applied(said);
        assert_eq!(scene.fold().members, [organisation(OWNER)].into());
        assert_eq!(scene.fold().removals, [withdrawn]);

        let replayed = scene.write(caseworker(), &[withdrawn], add(OTHER, Some(old.clone())));
        scene.assert_refused(replayed, Reason::NoConsent);
        let again = scene.write(guest(), &[replayed], say("again"));
        scene.assert_refused(again, Reason::NotMember);

        let fresh = consent(&scene, OTHER, &[LogKind::Talk], 2);
        let added = scene.write(caseworker(), &[], add(OTHER, Some(fresh)));
        scene.assert_applied(added);
        let back = scene.write(guest(), &[added], say("asked back"));
        scene.assert_applied(back);
        scene.assert_applied(said);
    }
}

#[test]
fn a_withdrawal_about_somebody_else_or_by_somebody_else_does_nothing() {
    let (mut scene, joined) = shared_talk();
    let forged = scene.write(caseworker(), &[joined], withdraw(&scene, OTHER, None));
    scene.assert_refused(forged, Reason::Forbidden);
    let third = scene.write(migrant(), &[joined], withdraw(&scene, THIRD, None));
    scene.assert_applied(third);
    assert!(scene.fold().members.contains(&organisation(OTHER)));
}

#[test]
fn a_device_that_left_counts_only_where_it_was_seen() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let seen = scene.write(caseworker(), &[scene.genesis], say("seen"));
    let unseen = scene.write(caseworker(), &[], say("unseen"));
    // Nobody has told this log of the new roster yet.
    scene.roster(OWNER, &[(colleague(), Role::Officer), (admin(), Role::Admin)]);
    scene.assert_applied(unseen);
    let witness = scene.write(colleague(), &[seen], say("roster 2"));
    scene.assert_applied(seen);
    scene.assert_refused(unseen, Reason::DeviceRemoved);
    // Back-dating and naming the old roster help nothing.
    let backdated = scene.write_with(caseworker(), &[seen], say("back-dated"), |draft| {
        draft.claimed_ms = 1;
        draft.roster = roster_at(&first_rosters(), OWNER, 1);
    });
    scene.assert_refused(backdated, Reason::DeviceRemoved);
    // Nor does naming the new one.
    let unlisted = scene.write(caseworker(), &[witness], say("unlisted"));
    scene.assert_refused(unlisted, Reason::NotInRoster);
    scene.assert_applied(witness);
}

#[test]
fn a_device_that_left_and_came_back_keeps_the_gap() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let old = scene.write(caseworker(), &[scene.genesis], say("old"));
    scene.roster(OWNER, &[(colleague(), Role::Officer), (admin(), Role::Admin)]);
    scene.roster(
        OWNER,
        &[(colleague(), Role::Officer), (admin(), Role::Admin), (caseworker(), Role::Caseworker)],
    );
    // The witness names roster 3, which lists the device again; roster 2 did not.
    let witness = scene.write(colleague(), &[scene.genesis], say("roster 3"));
    scene.assert_applied(witness);
    scene.assert_refused(old, Reason::DeviceRemoved);
    let returned = scene.write(caseworker(), &[witness], say("returned"));
    scene.assert_applied(returned);
}

#[test]
fn a_removed_device_cannot_speak_for_itself_or_against_others() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    // Roster 2 drops the colleague, roster 3 the caseworker (who was in 2).
    scene.roster(OWNER, &[(caseworker(), Role::Admin), (admin(), Role::Admin)]);
    let two = newest(&scene.book, organisation(OWNER));
    scene.roster(OWNER, &[(colleague(), Role::Officer), (admin(), Role::Admin)]);
    let one = roster_at(&scene.book, OWNER, 1);
    let victim = scene.write_with(colleague(), &[genesis], say("hers"), |draft| draft.roster = one);
    let attacker =
        scene.write_with(caseworker(), &[genesis], say("cuts her off"), |draft| draft.roster = two);
    scene.assert_refused(victim, Reason::DeviceRemoved);
    // Once roster 3 is known, the attacker's own event no longer counts and cuts nobody off.
    let witness = scene.write(admin(), &[victim], say("roster 3"));
    scene.assert_refused(attacker, Reason::DeviceRemoved);
    scene.assert_applied(victim);
    scene.assert_applied(witness);
}

#[test]
fn migrants_are_never_cut_and_bear_witness() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let first = scene.write(migrant(), &[scene.genesis], say("one"));
    let desk = scene.write(caseworker(), &[scene.genesis], say("desk"));
    scene.roster(OWNER, &[(admin(), Role::Admin)]);
    let second = scene.write(migrant(), &[], say("two, knowing roster 2"));
    scene.assert_applied(first);
    scene.assert_applied(second);
    scene.assert_refused(desk, Reason::DeviceRemoved);
}

#[test]
fn devices_of_a_guest_organisation_are_cut_too() {
    let (mut scene, joined) = shared_talk();
    let seen = scene.write(guest(), &[joined], say("seen"));
    let unseen = scene.write(guest(), &[], say("unseen"));
    scene.roster(OTHER, &[(guest_supervisor(), Role::Supervisor)]);
    let witness = scene.write(guest_supervisor(), &[seen], say("roster 2"));
    scene.assert_applied(seen);
    scene.assert_refused(unseen, Reason::DeviceRemoved);
    scene.assert_applied(witness);
    // A witness that itself does not count proves nothing.
    let removed = scene.write(migrant(), &[joined], remove(OTHER));
    scene.assert_refused(witness, Reason::NotMember);
    scene.assert_refused(unseen, Reason::NotMember);
    assert_eq!(scene.fold().removals, [removed]);
}

#[test]
fn events_wait_for_rosters_and_forged_rosters_are_refused() {
    let mut scene = Scene::open(LogKind::Talk, migrant(), None);
    let genesis = scene.genesis;
    let known = scene.book.clone();
    scene.roster(OWNER, &[(caseworker(), Role::Caseworker), (admin(), Role::Admin)]);
    scene.roster(OWNER, &[(caseworker(), Role::Caseworker), (admin(), Role::Admin)]);
    let early = scene.write(caseworker(), &[genesis], say("roster 3"));
    let child = scene.write(migrant(), &[early], say("answer"));
    let full = scene.book.clone();
    scene.book = known.clone();
    assert_eq!(scene.verdict(early), Verdict::Pending);
    assert_eq!(scene.verdict(child), Verdict::Pending);
    assert_eq!(scene.fold().heads, [genesis]);
    // A gap may hide a removal: still pending with roster 3 but not 2.
    scene.book.insert(organisation(OWNER), 3, full.get(organisation(OWNER), 3).unwrap().clone());
    assert_eq!(scene.verdict(early), Verdict::Pending);
    scene.book = full;
    scene.assert_applied(early);
    scene.assert_applied(child);

    let forged = scene.write_with(caseworker(), &[], say("forged"), |draft| {
        draft.roster = RosterRef(organisation(OWNER), 1, Hash::of(b"not the hash"));
    });
    scene.assert_refused(forged, Reason::RosterMismatch);
    let none = scene.write_with(caseworker(), &[], say("none"), |draft| {
        draft.roster = RosterRef::none(organisation(OWNER));
    });
    scene.assert_refused(none, Reason::NotInRoster);
    // Somebody else's roster does not list the device.
    let borrowed = scene.write_with(caseworker(), &[], say("borrowed"), |draft| {
        draft.roster = roster_at(&scene_book(), OTHER, 1);
    });
    scene.assert_refused(borrowed, Reason::NotInRoster);
    // A phone that never saw a roster is believed.
    let phone = scene.write_with(migrant(), &[], say("new phone"), |draft| {
        draft.roster = RosterRef::none(organisation(OWNER));
    });
    scene.assert_applied(phone);
}

fn scene_book() -> amana_domain::fold::RosterBook {
    first_rosters()
}

#[test]
fn a_supervisor_adopts_notes_of_a_device_that_left() {
    let mut scene = Scene::open(LogKind::Work, caseworker(), Some(OWNER));
    let seen = scene.write(caseworker(), &[scene.genesis], note("seen"));
    let unseen = scene.write(caseworker(), &[], note("unseen"));
    let task = scene.write(
        caseworker(),
        &[],
        Body::TaskSet(amana_domain::event::TaskSet { task: seen, done_ms: None }),
    );
    scene.roster(
        OWNER,
        &[(supervisor(), Role::Supervisor), (colleague(), Role::Officer), (admin(), Role::Admin)],
    );
    let witness = scene.write(colleague(), &[seen], note("roster 2"));
    scene.assert_refused(unseen, Reason::DeviceRemoved);

    let unentitled = scene.write(colleague(), &[], Body::Adopt(Adopt { events: vec![unseen] }));
    scene.assert_refused(unentitled, Reason::Forbidden);
    scene.assert_refused(unseen, Reason::DeviceRemoved);

    let adopted = Body::Adopt(Adopt { events: vec![unseen, task, witness, unentitled] });
    let adopted = scene.write(supervisor(), &[witness], adopted);
    scene.assert_applied(adopted);
    scene.assert_applied(unseen);
    // Only notes: what changes state is not revived, and other refusals stand.
    scene.assert_refused(task, Reason::DeviceRemoved);
    scene.assert_refused(unentitled, Reason::Forbidden);

    // An adoption by a supervisor who was removed herself does not count.
    scene.roster(OWNER, &[(colleague(), Role::Officer), (admin(), Role::Admin)]);
    let later = scene.write(admin(), &[witness], note("roster 3"));
    scene.assert_applied(later);
    scene.assert_refused(adopted, Reason::DeviceRemoved);
    scene.assert_refused(unseen, Reason::DeviceRemoved);
}

#[test]
fn work_logs_are_one_organisations_alone() {
    let mut scene = Scene::open(LogKind::Work, guest(), Some(OTHER));
    let genesis = scene.genesis;
    let own = scene.write(guest_supervisor(), &[genesis], note("ours"));
    scene.assert_applied(own);
    for by in [caseworker(), migrant(), device(THIRD, 30)] {
        let id = scene.write(by, &[genesis], note("not yours"));
        scene.assert_refused(id, Reason::NotMember);
    }
    assert_eq!(scene.fold().members, [organisation(OTHER)].into());
}

#[test]
fn a_work_log_opened_in_another_organisations_name_is_none() {
    // The opener holds its key: whoever wrote internal notes into it would show them to her.
    for (by, with) in [(guest(), OWNER), (caseworker(), OTHER), (migrant(), OWNER)] {
        let scene = Scene::open(LogKind::Work, by, Some(with));
        assert_eq!(scene.try_fold().unwrap_err(), FoldError::BadGenesis);
    }
}

#[test]
fn a_log_outlives_the_device_that_opened_it() {
    let mut scene = Scene::open(LogKind::Work, caseworker(), Some(OWNER));
    let genesis = scene.genesis;
    scene.roster(OWNER, &[(admin(), Role::Admin)]);
    let later = scene.write(admin(), &[genesis], note("roster 2"));
    scene.assert_applied(genesis);
    scene.assert_applied(later);
    // A colleague who is listed but whose event has no part in this log's past cuts nobody off.
    let rootless = scene.write_with(colleague(), &[], note("rootless"), |draft| {
        draft.roster = roster_at(&first_rosters(), OWNER, 1);
    });
    scene.assert_refused(rootless, Reason::BadChain);
    scene.assert_applied(genesis);
}

#[test]
fn consents_shown_in_core_are_intersected_and_any_withdrawal_wins() {
    let mut scene = Scene::core();
    let genesis = scene.genesis;
    let wide = consent(&scene, OTHER, &[LogKind::Talk, LogKind::Wages], 1);
    let narrow = consent(&scene, OTHER, &[LogKind::Wages, LogKind::Evidence], 2);
    let grant = |statement: &Signed<_>| Body::ConsentGrant(ConsentGrant { statement: statement.clone() });
    // The same key on two phones.
    let one = scene.write(migrant(), &[genesis], grant(&wide));
    let two = scene.write_with(migrant(), &[genesis], grant(&narrow), |draft| {
        draft.prev = Some(genesis);
        draft.seq = 1;
    });
    let fold = scene.fold();
    assert_eq!(fold.equivocators, [migrant().key].into());
    let views = fold.core.unwrap().consents;
    assert_eq!(views.len(), 2);
    assert!(views.iter().all(|view| view.logs == [LogKind::Wages] && !view.withdrawn));

    // Seen together and granted again: a decision.
    let last = consent(&scene, OTHER, &[LogKind::Talk], 3);
    let decided = scene.write(migrant(), &[one, two], grant(&last));
    let views = scene.fold().core.unwrap().consents;
    assert_eq!(views.len(), 1);
    assert_eq!((views[0].logs.as_slice(), views[0].consent), ([LogKind::Talk].as_slice(), last.hash()));

    // A withdrawal of all that the grant had not seen wins, whatever the clocks say.
    let all = scene.write_with(migrant(), &[genesis], withdraw(&scene, OTHER, None), |draft| {
        draft.prev = Some(genesis);
        draft.seq = 1;
        draft.claimed_ms = 1;
    });
    assert!(scene.fold().core.unwrap().consents[0].withdrawn);
    // Granted again after seeing it.
    let fresh = consent(&scene, OTHER, &[LogKind::Talk], 4);
    let again = scene.write(migrant(), &[all, decided], grant(&fresh));
    assert!(!scene.fold().core.unwrap().consents[0].withdrawn);
    // Taken back by name, and granted again with the same paper: that paper is spent.
    let named = scene.write(migrant(), &[again], withdraw(&scene, OTHER, Some(fresh.hash())));
    scene.write(migrant(), &[named], grant(&fresh));
    assert!(scene.fold().core.unwrap().consents[0].withdrawn);
}

#[test]
fn statements_about_another_case_are_refused_wherever_they_stand() {
    let mut scene = Scene::core();
    let mut body = consent(&scene, OTHER, &[LogKind::Talk], 1).body().clone();
    body.case = root_of(9).case().unwrap();
    let key = body.key;
    let statement = Signed::make(body, |message| sign(&key, message)).unwrap();
    let id = scene.write(migrant(), &[], Body::ConsentGrant(ConsentGrant { statement }));
    scene.assert_refused(id, Reason::BadStatement);
    let mut other = Scene::core();
    other.root = root_of(9);
    let replayed = withdraw(&other, OTHER, None);
    let id = scene.write(migrant(), &[], replayed);
    scene.assert_refused(id, Reason::BadStatement);
}

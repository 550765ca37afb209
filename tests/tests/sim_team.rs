//! The team's roster over months: renewal of certificates, removal, demotion, races between admins, and what a leaver
//! can still do with everything she has.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::transport::{Method, Response};
use amana_client::{ClientError, Report, ops::RosterEntry};
use amana_crypto::{KemSecret, Seed, SigningKey, StrictVerifier, backlink, envelope, names, wrap};
use amana_domain::{
    canonical,
    ids::{DeviceId, OrganisationId},
    role::{Clearance, Role},
    signed::{Signed, Unverified},
    trust::{DeviceCertificate, RosterPart},
};
use amana_protocol::wire::{DirectoryAnswer, JoinsAnswer, Renewal};
use amana_tests::sim::{DAY_MS, Device, START_MS, World, simulate, text};
use amana_vault::VaultError;

const START_DAY: u32 = (START_MS / DAY_MS) as u32;

/// What a sync warned of; the operator of these worlds never renews the directory.
fn codes(report: &Report) -> Vec<&'static str> {
    let codes = report.warnings.iter().map(|warning| warning.code);
    codes.filter(|code| *code != "directory_expired").collect()
}

async fn ready(seed: u64) -> (World, Device) {
    let mut world = World::new(seed).await;
    let mut desk = world.desk("admin", Role::Admin);
    desk.sync().await.unwrap();
    (world, desk)
}

/// A desk that the admin has let in and that has its keys.
async fn joined(world: &mut World, admin: &mut Device, name: &str, role: Role) -> Device {
    let mut desk = world.desk(name, role);
    desk.sync().await.unwrap();
    admin.sync().await.unwrap();
    desk.sync().await.unwrap();
    desk
}

fn entry(desk: &mut Device, name: &str) -> RosterEntry {
    let (_, team) = desk.client().team().unwrap();
    team.into_iter().find(|entry| entry.name.as_deref() == Some(name)).unwrap()
}

fn last_day(desk: &mut Device, name: &str) -> u32 {
    entry(desk, name).not_after_day
}

fn generations(desk: &mut Device, organisation: OrganisationId) -> (u64, u64, u64) {
    let clearance = &desk.client().trust().roster(organisation).unwrap().body().clearance;
    (clearance.open.generation, clearance.need.generation, clearance.strict.generation)
}

/// Every clearance secret in a vault.
fn secrets(desk: &mut Device) -> Vec<(Clearance, u64, KemSecret)> {
    desk.with_vault(|vault| {
        vault
            .read(|tx| {
                Ok::<_, VaultError>(
                    tx.clearance_secrets()?
                        .iter()
                        .map(|(clearance, generation, seed)| {
                            (*clearance, *generation, KemSecret::from_seed(Seed::from_bytes(**seed)))
                        })
                        .collect(),
                )
            })
            .unwrap()
    })
}

fn meta<const N: usize>(desk: &mut Device, name: &str) -> [u8; N] {
    desk.with_vault(|vault| vault.read(|tx| tx.meta(name)).unwrap().unwrap().as_slice().try_into().unwrap())
}

/// The newest roster's part as a desk of the team keeps it.
fn part(desk: &mut Device, organisation: OrganisationId) -> RosterPart {
    let n = desk.client().trust().chain(organisation).number();
    let bytes = desk
        .with_vault(|vault| vault.read(|tx| tx.roster_part(organisation, n)).unwrap())
        .expect("the part is here");
    canonical::from_slice(&bytes).unwrap()
}

async fn filed(world: &mut World, words: &str) -> (Device, amana_domain::ids::CaseId) {
    let mut phone = world.phone();
    let case = world.file(phone.client(), words).case;
    phone.sync().await.unwrap();
    (phone, case)
}

#[test]
fn desks_that_sync_are_never_locked_out_by_the_calendar() {
    simulate(async {
        let (mut world, mut admin) = ready(1).await;
        let mut desk = joined(&mut world, &mut admin, "caseworker", Role::Caseworker).await;
        assert_eq!(last_day(&mut admin, "caseworker"), START_DAY + 90);
        world.clock.advance(60 * DAY_MS);
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(last_day(&mut admin, "caseworker"), START_DAY + 90, "thirty days are enough");
        world.clock.advance(DAY_MS);
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(last_day(&mut admin, "caseworker"), START_DAY + 151);
        assert_eq!(last_day(&mut admin, "admin"), START_DAY + 151);
        let roster = admin.client().team().unwrap().0;
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(admin.client().team().unwrap().0, roster, "once is enough");
        for _ in 0..20 {
            world.clock.advance(31 * DAY_MS);
            assert!(codes(&desk.sync().await.unwrap()).is_empty());
            assert!(codes(&admin.sync().await.unwrap()).is_empty());
        }
        let (mut phone, case) = filed(&mut world, "after two years").await;
        desk.sync().await.unwrap();
        assert_eq!(desk.client().show(case).unwrap().text.as_deref(), Some("after two years"));
        phone.sync().await.unwrap();
        assert_eq!(generations(&mut admin, world.organisation), (1, 1, 1));
    });
}

#[test]
fn a_desk_that_comes_back_too_late_needs_an_admins_word() {
    simulate(async {
        let (mut world, mut admin) = ready(2).await;
        let mut desk = joined(&mut world, &mut admin, "caseworker", Role::Caseworker).await;
        world.clock.advance(65 * DAY_MS);
        admin.sync().await.unwrap();
        world.clock.advance(40 * DAY_MS);
        assert!(matches!(desk.sync().await, Err(ClientError::CertificateExpired)));
        assert_eq!(codes(&admin.sync().await.unwrap()), ["renewal_waiting"]);
        assert!(matches!(desk.sync().await, Err(ClientError::CertificateExpired)));
        assert!(matches!(desk.client().renew_desk("admin"), Err(ClientError::Forbidden)));
        admin.client().renew_desk("caseworker").unwrap();
        admin.reopen();
        assert!(codes(&admin.sync().await.unwrap()).is_empty());
        assert!(codes(&desk.sync().await.unwrap()).is_empty());
        assert_eq!(last_day(&mut desk, "caseworker"), START_DAY + 195);
        // The word was for that once.
        world.clock.advance(91 * DAY_MS);
        assert!(desk.sync().await.is_err());
        admin.sync().await.unwrap();
        assert!(matches!(desk.sync().await, Err(ClientError::CertificateExpired)));
    });
}

#[test]
fn an_admin_comes_back_by_itself_only_when_no_other_could_say_so() {
    simulate(async {
        let (mut world, mut admin) = ready(3).await;
        let mut second = joined(&mut world, &mut admin, "second", Role::Admin).await;
        world.clock.advance(70 * DAY_MS);
        second.sync().await.unwrap();
        world.clock.advance(30 * DAY_MS);
        assert!(matches!(admin.sync().await, Err(ClientError::CertificateExpired)));
        assert_eq!(codes(&second.sync().await.unwrap()), ["renewal_waiting"]);
        second.client().renew_desk("admin").unwrap();
        second.sync().await.unwrap();
        admin.sync().await.unwrap();
        // Both away for a year: the team is not lost.
        world.clock.advance(365 * DAY_MS);
        assert!(codes(&admin.sync().await.unwrap()).is_empty());
        assert!(matches!(second.sync().await, Err(ClientError::CertificateExpired)));
        admin.client().renew_desk("second").unwrap();
        admin.sync().await.unwrap();
        second.sync().await.unwrap();
    });
}

#[test]
fn forged_renewals_change_nothing() {
    simulate(async {
        let (mut world, mut admin) = ready(4).await;
        let mut desk = joined(&mut world, &mut admin, "caseworker", Role::Caseworker).await;
        let mut third = joined(&mut world, &mut admin, "third", Role::Supervisor).await;
        world.clock.advance(50 * DAY_MS);
        let today = START_DAY + 50;
        let key = |bytes: [u8; 32]| SigningKey::from_seed(&Seed::from_bytes(bytes));
        let invite_key = key(meta(&mut desk, "invite_secret"));
        let other_key = key(meta(&mut third, "invite_secret"));
        let listed = part(&mut admin, world.organisation);
        let certificate =
            |bytes: &[u8]| Unverified::<DeviceCertificate>::parse(bytes).unwrap().claimed().clone();
        let of = |role| {
            listed.devices.iter().find(|device| certificate(&device.certificate).role == role).unwrap()
        };
        let (mine, theirs) = (of(Role::Caseworker), of(Role::Supervisor));
        let good = DeviceCertificate { not_after_day: today + 90, ..certificate(&mine.certificate) };
        let make = |change: &dyn Fn(&mut DeviceCertificate), key: &SigningKey, invite: &[u8]| {
            let mut certificate = good.clone();
            change(&mut certificate);
            let signed = Signed::make(certificate, |message| key.sign(message)).unwrap();
            Renewal { invite: invite.to_vec(), certificate: signed.to_bytes() }
        };
        let stranger = key([9; 32]);
        let forged = vec![
            make(&|_| {}, &stranger, &mine.invite),
            make(&|_| {}, &other_key, &mine.invite),
            make(&|_| {}, &other_key, &theirs.invite),
            make(&|certificate| certificate.not_after_day = today + 91, &invite_key, &mine.invite),
            make(&|certificate| certificate.not_after_day = today - 1, &invite_key, &mine.invite),
            make(&|certificate| certificate.role = Role::Supervisor, &invite_key, &mine.invite),
            make(&|certificate| certificate.sign = stranger.verify_key(), &invite_key, &mine.invite),
            make(
                &|certificate| certificate.kem = certificate_kem(&theirs.certificate),
                &invite_key,
                &mine.invite,
            ),
            Renewal { invite: vec![], certificate: vec![1] },
        ];
        let honest = make(&|_| {}, &invite_key, &mine.invite);
        let (_, before) = admin.client().team().unwrap();
        let serve = move |renewals: Vec<Renewal>| {
            move |_: u32, request: &amana_client::transport::Request, response: Option<Response>| {
                response
                    .filter(|_| request.method == Method::Get && request.path.starts_with("/v1/joins/"))?;
                let answer = JoinsAnswer { requests: vec![], renewals: renewals.clone() };
                Some(Response { status: 200, body: canonical::to_vec(&answer).unwrap() })
            }
        };
        world.net.set_hook(Some(Box::new(serve(forged))));
        admin.sync().await.unwrap();
        assert_eq!(admin.client().team().unwrap().1, before);
        world.net.set_hook(Some(Box::new(serve(vec![honest.clone(), honest]))));
        admin.sync().await.unwrap();
        assert_eq!(last_day(&mut admin, "caseworker"), today + 90);
    });
}

fn certificate_kem(bytes: &[u8]) -> amana_domain::trust::KemKey {
    Unverified::<DeviceCertificate>::parse(bytes).unwrap().claimed().kem.clone()
}

#[test]
fn a_leaver_reads_nothing_that_comes_after() {
    simulate(async {
        let (mut world, mut admin) = ready(5).await;
        let mut stays = joined(&mut world, &mut admin, "stays", Role::Caseworker).await;
        let mut leaver = joined(&mut world, &mut admin, "leaver", Role::Supervisor).await;
        let (_, old) = filed(&mut world, "before").await;
        leaver.sync().await.unwrap();
        assert_eq!(leaver.client().show(old).unwrap().text.as_deref(), Some("before"));
        let old_secrets = secrets(&mut leaver);
        assert_eq!(old_secrets.len(), 3);

        assert!(matches!(stays.client().remove_desk("leaver"), Err(ClientError::Forbidden)));
        assert!(matches!(admin.client().remove_desk("nobody here"), Err(ClientError::NotFound)));
        assert!(matches!(admin.client().remove_desk("admin"), Err(ClientError::LastAdmin)));
        admin.client().remove_desk("leaver").unwrap();
        assert!(entry(&mut admin, "leaver").leaving);
        admin.reopen();
        admin.sync().await.unwrap();
        assert_eq!(admin.client().team().unwrap().1.len(), 2);
        assert_eq!(generations(&mut admin, world.organisation), (2, 2, 2));
        // Cut off at once; the vault still opens and shows what it had.
        assert!(matches!(leaver.sync().await, Err(ClientError::DeviceRemoved)));
        assert_eq!(leaver.client().show(old).unwrap().text.as_deref(), Some("before"));

        // The new part, by whatever way she got it, with everything she has.
        let kem = KemSecret::from_seed(Seed::from_bytes(meta(&mut leaver, "device_kem")));
        let part = part(&mut admin, world.organisation);
        let hers = DeviceId::from_key(
            &SigningKey::from_seed(&Seed::from_bytes(meta(&mut leaver, "device_sign"))).verify_key(),
        );
        assert!(part.wraps.iter().all(|wrapped| wrapped.device != hers));
        assert_eq!(part.backlinks.len(), 3);
        let context = |clearance: Clearance, generation: u64| {
            canonical::to_vec(&(world.organisation, clearance, generation)).unwrap()
        };
        for wrapped in &part.wraps {
            let context = context(wrapped.clearance, wrapped.generation);
            assert!(wrap::unwrap_secret(&kem, &context, &wrapped.wrap).is_err());
            for (_, _, secret) in &old_secrets {
                assert!(wrap::unwrap_secret(secret, &context, &wrapped.wrap).is_err());
            }
        }
        for link in &part.backlinks {
            for (_, _, secret) in &old_secrets {
                let context = context(link.clearance, link.generation);
                assert!(backlink::open_backlink(secret, &context, &link.sealed).is_err());
            }
        }
        for listed in &part.devices {
            let certificate = Unverified::<DeviceCertificate>::parse(&listed.certificate).unwrap();
            let device = DeviceId::from_key(&certificate.claimed().sign);
            for (_, _, secret) in &old_secrets {
                assert!(names::open_name(secret, device, &listed.name).is_err());
            }
        }

        // A letter that comes after: sealed to the new generation.
        let (_, new) = filed(&mut world, "after").await;
        stays.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(stays.client().show(new).unwrap().text.as_deref(), Some("after"));
        let letters = admin.with_vault(|vault| vault.read(|tx| tx.letters()).unwrap());
        let hers: Vec<&KemSecret> = old_secrets.iter().map(|(_, _, secret)| secret).collect();
        let mut seen = [0, 0];
        for letter in letters {
            let opened = envelope::open_letter(&letter.envelope, letter.mailbox, &hers).is_ok();
            assert_eq!(opened, letter.case != Some(new));
            seen[usize::from(opened)] += 1;
        }
        assert_eq!(seen, [1, 1]);
    });
}

#[test]
fn who_comes_after_removals_reads_what_was_before_them_by_role() {
    simulate(async {
        let (mut world, mut admin) = ready(6).await;
        let mut cases = Vec::new();
        for round in ["one", "two", "three"] {
            let _leaver = joined(&mut world, &mut admin, round, Role::Caseworker).await;
            cases.push(filed(&mut world, round).await.1);
            admin.client().remove_desk(round).unwrap();
            admin.sync().await.unwrap();
        }
        assert_eq!(generations(&mut admin, world.organisation), (4, 4, 1));
        let mut late = joined(&mut world, &mut admin, "late", Role::Caseworker).await;
        for (case, words) in cases.iter().zip(["one", "two", "three"]) {
            assert_eq!(late.client().show(*case).unwrap().text.as_deref(), Some(words));
        }
        let held = secrets(&mut late);
        assert_eq!(held.len(), 8);
        assert!(held.iter().all(|(clearance, ..)| *clearance != Clearance::Strict));
        let mut supervisor = joined(&mut world, &mut admin, "supervisor", Role::Supervisor).await;
        admin.client().remove_desk("supervisor").unwrap();
        admin.sync().await.unwrap();
        assert_eq!(generations(&mut admin, world.organisation), (5, 5, 2));
        assert!(supervisor.sync().await.is_err());
        let mut second = joined(&mut world, &mut admin, "second", Role::Admin).await;
        assert_eq!(secrets(&mut second).len(), 12);
        // The names of colleagues moved along.
        assert_eq!(entry(&mut second, "late").role, Role::Caseworker);
    });
}

#[test]
fn a_removal_stands_though_another_admin_was_faster() {
    simulate(async {
        let (mut world, mut admin) = ready(7).await;
        let mut second = joined(&mut world, &mut admin, "second", Role::Admin).await;
        let mut leaver = joined(&mut world, &mut admin, "leaver", Role::Caseworker).await;
        let mut joiner = world.desk("joiner", Role::Caseworker);
        joiner.sync().await.unwrap();
        second.sync().await.unwrap();
        second.client().remove_desk("leaver").unwrap();
        // The second admin does not see what the first one publishes until its own roster is refused.
        let stale = admin.client().trust().roster(world.organisation).unwrap().clone();
        let (n, hash, organisation) = (stale.body().n, stale.hash(), world.organisation);
        admin.sync().await.unwrap();
        assert_eq!(admin.client().team().unwrap().0, n + 1);
        let number = second.number;
        world.net.set_hook(Some(Box::new(move |device, request, response| {
            let response =
                response.filter(|_| device == number && request.path.starts_with("/v1/directory"))?;
            let mut answer: DirectoryAnswer = canonical::from_slice(&response.body).unwrap();
            for roster in answer.rosters.iter_mut().filter(|roster| roster.organisation == organisation) {
                (roster.n, roster.hash) = (n, hash);
            }
            Some(Response { status: 200, body: canonical::to_vec(&answer).unwrap() })
        })));
        second.sync().await.unwrap();
        world.net.set_hook(None);
        let (number, team) = second.client().team().unwrap();
        let names: Vec<_> = team.iter().filter_map(|entry| entry.name.as_deref()).collect();
        assert_eq!((number, team.len()), (n + 2, 3), "{names:?}");
        assert!(names.contains(&"joiner") && !names.contains(&"leaver"));
        joiner.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert!(matches!(leaver.sync().await, Err(ClientError::DeviceRemoved)));
        let (_, case) = filed(&mut world, "all read it").await;
        for desk in [&mut admin, &mut second, &mut joiner] {
            desk.sync().await.unwrap();
            assert!(desk.client().show(case).unwrap().text.is_some());
        }
    });
}

#[test]
fn a_roster_whose_answer_was_lost_is_neither_lost_nor_made_twice() {
    for arrives in [true, false] {
        simulate(async {
            let (mut world, mut admin) = ready(8).await;
            let mut leaver = joined(&mut world, &mut admin, "leaver", Role::Caseworker).await;
            let (_, case) = filed(&mut world, "text").await;
            admin.sync().await.unwrap();
            admin.client().remove_desk("leaver").unwrap();
            let before = admin.client().team().unwrap().0;
            let broken = || Response { status: 500, body: b"broken".to_vec() };
            world.net.set_hook(Some(Box::new(move |_, request, response| {
                let put = request.method == Method::Put && request.path.starts_with("/v1/rosters/");
                (put && response.is_some() == arrives).then(broken)
            })));
            assert!(admin.sync().await.is_err());
            world.net.set_hook(None);
            // What is written meanwhile names a roster that exists.
            admin.reopen();
            assert_eq!(admin.client().team().unwrap().0, before);
            admin.client().say(case, &text("meanwhile")).unwrap();
            admin.sync().await.unwrap();
            assert_eq!(admin.client().team().unwrap().0, before + 1);
            assert_eq!(generations(&mut admin, world.organisation), (2, 2, 1));
            assert_eq!(secrets(&mut admin).len(), 5);
            assert!(leaver.sync().await.is_err());
            let view = admin.client().show(case).unwrap();
            assert!(view.refused.is_empty() && view.messages.len() == 1);
            let (_, case) = filed(&mut world, "after").await;
            admin.sync().await.unwrap();
            assert!(admin.client().show(case).unwrap().text.is_some());
        });
    }
}

#[test]
fn an_admin_who_leaves_does_not_know_the_keys_that_follow() {
    simulate(async {
        let (mut world, mut admin) = ready(9).await;
        let mut second = joined(&mut world, &mut admin, "second", Role::Admin).await;
        admin.client().remove_desk("second").unwrap();
        assert!(matches!(admin.client().remove_desk("admin"), Err(ClientError::LastAdmin)));
        second.client().remove_desk("second").unwrap();
        assert!(matches!(second.sync().await, Err(ClientError::DeviceRemoved)));
        let hers = secrets(&mut second);
        admin.sync().await.unwrap();
        assert_eq!(admin.client().team().unwrap().1.len(), 1);
        assert_eq!(generations(&mut admin, world.organisation), (2, 2, 2));
        let now = secrets(&mut admin);
        assert!(hers.iter().all(|(_, generation, _)| *generation == 1));
        assert_eq!(now.len(), 6);
        admin.sync().await.unwrap();
        assert_eq!(generations(&mut admin, world.organisation), (2, 2, 2), "once is enough");
    });
}

#[test]
fn a_demoted_desk_works_on_with_less() {
    simulate(async {
        let (mut world, mut admin) = ready(10).await;
        let mut desk = joined(&mut world, &mut admin, "supervisor", Role::Supervisor).await;
        assert!(matches!(
            admin.client().set_desk_role("supervisor", Role::Admin),
            Err(ClientError::NotAllowed)
        ));
        assert!(matches!(admin.client().set_desk_role("admin", Role::Officer), Err(ClientError::LastAdmin)));
        assert!(matches!(
            desk.client().set_desk_role("supervisor", Role::Officer),
            Err(ClientError::Forbidden)
        ));
        admin.client().set_desk_role("supervisor", Role::Caseworker).unwrap();
        assert_eq!(entry(&mut admin, "supervisor").becomes, Some(Role::Caseworker));
        admin.sync().await.unwrap();
        assert_eq!(generations(&mut admin, world.organisation), (1, 1, 2));
        desk.sync().await.unwrap();
        assert_eq!(desk.client().role(), Some(Role::Caseworker));
        let strict = |held: &[(Clearance, u64, KemSecret)]| {
            held.iter().filter(|(clearance, ..)| *clearance == Clearance::Strict).map(|held| held.1).max()
        };
        assert_eq!(strict(&secrets(&mut desk)), Some(1));
        let (_, case) = filed(&mut world, "text").await;
        desk.sync().await.unwrap();
        assert!(desk.client().show(case).unwrap().text.is_some());
        // Days go on in the lower role, and the role can be given back.
        world.clock.advance(65 * DAY_MS);
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(entry(&mut admin, "supervisor").role, Role::Caseworker);
        assert_eq!(last_day(&mut admin, "supervisor"), START_DAY + 155);
        admin.client().set_desk_role("supervisor", Role::Supervisor).unwrap();
        admin.sync().await.unwrap();
        desk.sync().await.unwrap();
        assert_eq!(strict(&secrets(&mut desk)), Some(2));
        let chain = desk.client().trust().chain(world.organisation);
        let bytes = canonical::to_vec(&part(&mut desk, world.organisation)).unwrap();
        chain.open_part(chain.number(), &bytes, &StrictVerifier).unwrap();
    });
}

#[test]
fn a_desk_with_a_wrong_clock_is_admitted_for_the_right_days() {
    for days in [-400i64, 20] {
        simulate(async {
            let (mut world, mut admin) = ready(14).await;
            let invite = world.deployment.invite(&world.organisation.to_string(), Role::Caseworker).unwrap();
            // It made its certificate by a clock like this.
            world.clock.set(START_MS.saturating_add_signed(days * DAY_MS as i64));
            let mut desk = world.desk_with("desk", &invite).unwrap();
            world.clock.set(START_MS);
            desk.sync().await.unwrap();
            admin.sync().await.unwrap();
            desk.sync().await.unwrap();
            assert_eq!(last_day(&mut admin, "desk"), START_DAY + 90, "{days}");
        });
    }
}

#[test]
fn safety_numbers_agree_exactly_when_the_keys_do() {
    simulate(async {
        let (mut world, mut admin) = ready(11).await;
        let mut desk = joined(&mut world, &mut admin, "desk", Role::Caseworker).await;
        let mut other = joined(&mut world, &mut admin, "other", Role::Caseworker).await;
        desk.sync().await.unwrap();
        let between = admin.client().safety_number("desk").unwrap();
        assert_eq!(between.groups.len(), 12);
        assert!(between.groups.iter().all(|group| group.len() == 5));
        assert_eq!(desk.client().safety_number("admin").unwrap().groups, between.groups);
        assert_ne!(admin.client().safety_number("other").unwrap().groups, between.groups);
        assert_ne!(desk.client().safety_number("other").unwrap().groups, between.groups);
        for wrong in ["desk", "nobody"] {
            assert!(matches!(desk.client().safety_number(wrong), Err(ClientError::NotFound)), "{wrong}");
        }
        // Days and roles are no keys.
        world.clock.advance(70 * DAY_MS);
        desk.sync().await.unwrap();
        admin.sync().await.unwrap();
        assert_eq!(admin.client().safety_number("desk").unwrap().groups, between.groups);
        // Everybody of one deployment, phones too.
        let phone = world.phone().client().deployment_number().unwrap();
        assert_eq!(phone.groups.len(), 6);
        assert_eq!(phone, admin.client().deployment_number().unwrap());
        let mut elsewhere = World::new(12).await;
        assert_ne!(elsewhere.phone().client().deployment_number().unwrap().groups, phone.groups);
        assert!(matches!(world.phone().client().safety_number("x"), Err(ClientError::Forbidden)));
        // The same name with new keys is another desk.
        admin.client().remove_desk("desk").unwrap();
        admin.sync().await.unwrap();
        assert!(other.sync().await.is_ok());
        let _again = joined(&mut world, &mut admin, "desk", Role::Caseworker).await;
        assert_ne!(admin.client().safety_number("desk").unwrap().groups, between.groups);
    });
}

#[test]
fn organisations_compare_roots_and_the_keys_in_force() {
    simulate(async {
        let (mut world, mut admin) = ready(13).await;
        let second = world
            .deployment
            .add_organisation(amana_client::deploy::NewOrganisation {
                name: "Consulate".into(),
                kind: amana_domain::trust::OrganisationKind::Consulate,
                country: "PH".parse().unwrap(),
                origin: vec![],
            })
            .unwrap();
        world.publish().await.unwrap();
        assert!(matches!(
            admin.client().safety_number(&second.to_string()),
            Err(ClientError::OrganisationNotReady)
        ));
        let invite = world.deployment.invite(&second.to_string(), Role::Admin).unwrap();
        let mut consul = world.desk_with("consul", &invite).unwrap();
        consul.sync().await.unwrap();
        admin.sync().await.unwrap();
        let number = admin.client().safety_number("Consulate").unwrap().groups;
        let own = world.organisation.to_string();
        assert_eq!(consul.client().safety_number(&own).unwrap().groups, number);
        assert!(matches!(admin.client().safety_number(&own), Err(ClientError::NotFound)));
        // New keys of either side: both see them, or neither yet.
        let _leaver = joined(&mut world, &mut admin, "leaver", Role::Officer).await;
        admin.client().remove_desk("leaver").unwrap();
        admin.sync().await.unwrap();
        let changed = admin.client().safety_number("Consulate").unwrap().groups;
        assert_ne!(changed, number);
        assert_eq!(consul.client().safety_number(&own).unwrap().groups, number);
        consul.sync().await.unwrap();
        assert_eq!(consul.client().safety_number(&own).unwrap().groups, changed);
    });
}

//! Recovery of a team whose admins are gone: by a printed code, by two of three officers, and by nobody else.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{ClientError, Report};
use amana_domain::{canonical, ids::CaseId, role::Role};
use amana_protocol::ErrorCode;
use amana_tests::sim::{Device, World, simulate};

fn codes(report: &Report) -> Vec<&'static str> {
    let codes = report.warnings.iter().map(|warning| warning.code);
    codes.filter(|code| *code != "directory_expired").collect()
}

async fn joined(world: &mut World, admin: &mut Device, name: &str, role: Role) -> Device {
    let mut desk = world.desk(name, role);
    desk.sync().await.unwrap();
    admin.sync().await.unwrap();
    desk.sync().await.unwrap();
    desk
}

async fn filed(world: &mut World, words: &str) -> CaseId {
    let mut phone = world.phone();
    let case = world.file(phone.client(), words).case;
    phone.sync().await.unwrap();
    case
}

fn text_of(desk: &mut Device, case: CaseId) -> Option<String> {
    desk.client().show(case).unwrap().text
}

struct Team {
    world: World,
    admin: Device,
    officers: Vec<Device>,
    cases: Vec<CaseId>,
    code: String,
}

/// A team with a code and three officers, a case from before and after a removal, and an admin who is gone.
async fn team(seed: u64) -> Team {
    let mut world = World::new(seed).await;
    let mut admin = world.desk("admin", Role::Admin);
    admin.sync().await.unwrap();
    let mut officers = Vec::new();
    for (name, role) in [("one", Role::Caseworker), ("two", Role::Supervisor), ("three", Role::Officer)] {
        officers.push(joined(&mut world, &mut admin, name, role).await);
    }
    let mut cases = vec![filed(&mut world, "before").await];
    let code = admin.client().set_recovery_code().unwrap().to_string();
    admin.client().set_recovery_officers(["one", "two", "three"]).unwrap();
    assert!(admin.client().recovery_state().unwrap().waiting);
    admin.reopen();
    admin.sync().await.unwrap();
    let state = admin.client().recovery_state().unwrap();
    assert!(state.code && !state.waiting && state.officers.unwrap().len() == 3);
    // What was set up once opens later generations, too.
    let _leaver = joined(&mut world, &mut admin, "leaver", Role::Supervisor).await;
    admin.client().remove_desk("leaver").unwrap();
    admin.sync().await.unwrap();
    cases.push(filed(&mut world, "after").await);
    for officer in &mut officers {
        officer.sync().await.unwrap();
    }
    Team { world, admin, officers, cases, code }
}

#[test]
fn a_printed_code_and_an_invite_of_the_root_bring_a_lost_team_back() {
    simulate(async {
        let Team { mut world, mut admin, mut officers, cases, code } = team(1).await;
        let mut fresh = world.desk("fresh", Role::Admin);
        fresh.client().recover_with_code(&code.to_lowercase()).await.unwrap();
        assert_eq!(codes(&fresh.sync().await.unwrap()), ["team_recovered"]);
        assert_eq!(codes(&fresh.sync().await.unwrap()), [""; 0]);
        for (case, words) in cases.iter().zip(["before", "after"]) {
            assert_eq!(text_of(&mut fresh, *case).as_deref(), Some(words));
        }
        // Everybody sees it; the admins of before are out, all others work on with new keys.
        let (n, listed) = fresh.client().team().unwrap();
        assert_eq!(listed.len(), 4);
        let own = listed.iter().find(|entry| entry.name.as_deref() == Some("fresh")).unwrap();
        assert_eq!((own.recovered, own.role), (Some(n), Role::Admin));
        assert_eq!(listed.iter().filter(|entry| entry.recovered.is_some()).count(), 1);
        assert!(matches!(admin.sync().await, Err(ClientError::DeviceRemoved)));
        let case = filed(&mut world, "after the recovery").await;
        fresh.sync().await.unwrap();
        for officer in &mut officers {
            assert_eq!(codes(&officer.sync().await.unwrap()), ["team_recovered"]);
            assert!(text_of(officer, case).is_some());
        }
        let organisation = world.organisation;
        let clearance = fresh.client().trust().roster(organisation).unwrap().body().clearance.clone();
        assert_eq!(
            [clearance.open.generation, clearance.need.generation, clearance.strict.generation],
            [3, 3, 3]
        );
        let mut phone = world.phone();
        phone.sync().await.unwrap();
        assert_eq!(phone.client().recoveries_of(organisation).len(), 1);
        // It is used up, the officers' one with it: the new admin sets up new ones.
        assert_eq!(fresh.client().recovery_state().unwrap(), Default::default());
        let mut second = world.desk("again", Role::Admin);
        let again = second.client().recover_with_code(&code).await;
        assert!(matches!(again, Err(ClientError::RecoveryNotSet)), "{again:?}");
        let code = fresh.client().set_recovery_code().unwrap();
        fresh.sync().await.unwrap();
        second.client().recover_with_code(&code).await.unwrap();
        second.sync().await.unwrap();
        assert_eq!(second.client().recoveries().unwrap().len(), 2);
        assert!(text_of(&mut second, cases[0]).is_some());
    });
}

#[test]
fn two_of_three_officers_bring_it_back_and_one_does_not() {
    simulate(async {
        for (first, second) in [(0, 1), (1, 2), (2, 0)] {
            let Team { mut world, mut officers, cases, .. } = team(10 + first as u64).await;
            let mut fresh = world.desk("fresh", Role::Admin);
            let request = fresh.client().recovery_request().unwrap();
            let half = officers[first].client().begin_recovery().unwrap();
            // The officer who began cannot finish, nor the one whose turn it is not.
            for wrong in [first, 3 - first - second] {
                let alone = officers[wrong].client().finish_recovery(&half, &request);
                assert!(matches!(alone, Err(ClientError::RecoveryWrong)), "{alone:?}");
            }
            let share = officers[second].client().finish_recovery(&half, &request).unwrap();
            // It is for this desk alone, and a half is no share.
            let mut thief = world.desk("thief", Role::Admin);
            assert!(matches!(
                thief.client().recover_with_share(&share).await,
                Err(ClientError::RecoveryWrong)
            ));
            assert!(matches!(
                thief.client().recover_with_share(&half).await,
                Err(ClientError::RecoveryInvalid)
            ));
            fresh.client().recover_with_share(&share).await.unwrap();
            fresh.sync().await.unwrap();
            for case in &cases {
                assert!(text_of(&mut fresh, *case).is_some());
            }
        }
    });
}

#[test]
fn neither_the_root_nor_the_code_is_enough_alone() {
    simulate(async {
        let Team { mut world, mut admin, mut officers, code, .. } = team(20).await;
        // A wrong code with the root's invite.
        let mut fresh = world.desk("fresh", Role::Admin);
        let other = admin.client().set_recovery_code().unwrap();
        let wrong = fresh.client().recover_with_code(&other).await;
        assert!(matches!(wrong, Err(ClientError::RecoveryWrong)), "{wrong:?}");
        let mistyped = code.replacen(char::is_alphanumeric, "", 1);
        for text in ["", "AAAA", mistyped.as_str()] {
            assert!(matches!(
                fresh.client().recover_with_code(text).await,
                Err(ClientError::RecoveryInvalid)
            ));
        }
        // The right code with a lesser invite, and by a colleague who is in the team.
        let mut lesser = world.desk("lesser", Role::Supervisor);
        assert!(matches!(lesser.client().recover_with_code(&code).await, Err(ClientError::Forbidden)));
        assert!(matches!(lesser.client().recovery_request(), Err(ClientError::Forbidden)));
        assert!(matches!(officers[0].client().recover_with_code(&code).await, Err(ClientError::Forbidden)));
        assert!(matches!(admin.client().recover_with_code(&code).await, Err(ClientError::NotAllowed)));
        // The invite of somebody who was in the team.
        let mut second = joined(&mut world, &mut admin, "second", Role::Admin).await;
        admin.client().remove_desk("second").unwrap();
        admin.sync().await.unwrap();
        let used = second.client().recover_with_code(&code).await;
        assert!(matches!(used, Err(ClientError::Relay(ErrorCode::InviteUsed))), "{used:?}");
        let half = officers[0].client().begin_recovery().unwrap();
        officers[1].sync().await.unwrap();
        let request = second.client().recovery_request().unwrap();
        let used = officers[1].client().finish_recovery(&half, &request);
        assert!(matches!(used, Err(ClientError::Relay(ErrorCode::InviteUsed))), "{used:?}");
        // An old invite.
        let invite = world.deployment.invite(&world.organisation.to_string(), Role::Admin).unwrap();
        let mut late = world.desk_with("late", &invite).unwrap();
        world.clock.advance(31 * 86_400_000);
        let expired = late.client().recover_with_code(&code).await;
        assert!(matches!(expired, Err(ClientError::Relay(ErrorCode::InviteExpired))), "{expired:?}");
        // Nothing of all this changed the team.
        let mut fresh = world.desk("fresh again", Role::Admin);
        admin.sync().await.unwrap();
        assert!(admin.client().recoveries().unwrap().is_empty());
        // A code that was replaced opens nothing any more.
        let old = fresh.client().recover_with_code(&code).await;
        assert!(matches!(old, Err(ClientError::RecoveryWrong)), "{old:?}");
        fresh.client().recover_with_code(&other).await.unwrap();
    });
}

#[test]
fn a_recovery_of_another_team_opens_nothing_here() {
    simulate(async {
        let mut one = team(30).await;
        let mut two = team(31).await;
        let mut fresh = two.world.desk("fresh", Role::Admin);
        let wrong = fresh.client().recover_with_code(&one.code).await;
        assert!(matches!(wrong, Err(ClientError::RecoveryWrong)), "{wrong:?}");
        let half = one.officers[0].client().begin_recovery().unwrap();
        let request = fresh.client().recovery_request().unwrap();
        let wrong = two.officers[1].client().finish_recovery(&half, &request);
        assert!(matches!(wrong, Err(ClientError::RecoveryWrong)), "{wrong:?}");
        // Officers help nobody whom their own organisation's root does not let in.
        let own = two.officers[0].client().begin_recovery().unwrap();
        let mut foreign = one.world.desk("foreign", Role::Admin);
        let foreign = foreign.client().recovery_request().unwrap();
        let wrong = two.officers[1].client().finish_recovery(&own, &foreign);
        assert!(matches!(wrong, Err(ClientError::InviteInvalid)), "{wrong:?}");
    });
}

#[test]
fn an_officer_who_leaves_takes_the_recovery_along() {
    simulate(async {
        let Team { mut world, mut admin, mut officers, code, .. } = team(40).await;
        admin.client().remove_desk("two").unwrap();
        assert_eq!(codes(&admin.sync().await.unwrap()), ["recovery_ended"]);
        let state = admin.client().recovery_state().unwrap();
        assert!(state.code && state.officers.is_none());
        officers[0].sync().await.unwrap();
        assert!(matches!(officers[0].client().begin_recovery(), Err(ClientError::RecoveryNotSet)));
        // The leaver still has the old part: what she makes with a helper is worth nothing at the relay.
        let mut fresh = world.desk("fresh", Role::Admin);
        let request = fresh.client().recovery_request().unwrap();
        let half = officers[1].client().begin_recovery().unwrap();
        let share = officers[2].client().finish_recovery(&half, &request).unwrap();
        assert!(matches!(fresh.client().recover_with_share(&share).await, Err(ClientError::RecoveryWrong)));
        fresh.client().recover_with_code(&code).await.unwrap();
    });
}

#[test]
fn a_recovery_that_found_no_relay_goes_out_with_the_next_sync() {
    simulate(async {
        let Team { mut world, cases, code, .. } = team(50).await;
        let mut fresh = world.desk("fresh", Role::Admin);
        world.net.set_hook(Some(Box::new(|_, request, response| {
            let put = request.method == amana_client::transport::Method::Put
                && request.path.starts_with("/v1/rosters/");
            (put && response.is_none())
                .then(|| amana_client::transport::Response { status: 500, body: b"broken".to_vec() })
        })));
        assert!(fresh.client().recover_with_code(&code).await.is_err());
        world.net.set_hook(None);
        fresh.reopen();
        fresh.sync().await.unwrap();
        assert_eq!(fresh.client().role(), Some(Role::Admin));
        assert!(text_of(&mut fresh, cases[1]).is_some());
    });
}

#[test]
fn nobodys_vault_holds_a_code_or_a_recoverys_secret() {
    simulate(async {
        let Team { world: _world, mut admin, code, .. } = team(60).await;
        admin.client().set_recovery_code().unwrap();
        let kept = admin.with_vault(|vault| vault.read(|tx| tx.meta("recoveries_set_up")).unwrap());
        let entries: Vec<amana_domain::trust::RecoveryEntry> = canonical::from_slice(&kept.unwrap()).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].sealed.len(), 2 + 32 + 32 + 16);
        let symbols: String = code.chars().filter(|symbol| *symbol != '-').collect();
        let kept = canonical::to_vec(&entries).unwrap();
        assert!(!kept.windows(symbols.len()).any(|window| window == symbols.as_bytes()));
    });
}

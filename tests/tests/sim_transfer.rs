//! A case goes to another organisation with the migrant's word, and nothing on the wire links the two.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::collections::BTreeSet;

use amana_client::{ClientError, ops::FileRequest};
use amana_domain::{
    codes::CaseKind,
    event::Facts,
    ids::CaseId,
    lifecycle::case::CaseStatus,
    person::{Person, PersonRole},
    role::Role,
    safe_contact::SafeContact,
};
use amana_tests::sim::{Device, World, settle, simulate, text};
use amana_vault::VaultError;

const DESK: [(&str, Role); 1] = [("first", Role::Admin)];

/// Everything of a case by which somebody could know it again: ids of logs, mailboxes and events, keys.
fn traces(device: &mut Device, case: CaseId) -> BTreeSet<Vec<u8>> {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let stored = tx.case(case)?.unwrap();
                let keys = stored.keys.unwrap();
                let mut found: BTreeSet<Vec<u8>> =
                    [case.as_bytes().to_vec(), keys.sign.to_vec(), keys.kem.to_vec(), keys.relay.to_vec()]
                        .into();
                for log in tx.logs_of(case)? {
                    found.insert(log.log.log.as_bytes().to_vec());
                    found.insert(log.log.mailbox.as_bytes().to_vec());
                    found.extend(tx.log_keys(log.log.log)?.into_iter().map(|(_, key)| key.to_vec()));
                    found.extend(
                        tx.events(log.log.log)?.into_iter().map(|event| event.id.as_bytes().to_vec()),
                    );
                }
                Ok::<_, VaultError>(found)
            })
            .unwrap()
    })
}

/// The contents of a case's events, as the owner reads them.
fn contents(device: &mut Device, case: CaseId) -> Vec<Vec<u8>> {
    device.with_vault(|vault| {
        vault
            .read(|tx| {
                let mut found = Vec::new();
                for log in tx.logs_of(case)? {
                    found.extend(tx.events(log.log.log)?.into_iter().map(|event| event.content));
                }
                Ok::<_, VaultError>(found)
            })
            .unwrap()
    })
}

#[test]
fn a_transfer_is_a_new_case_with_what_she_told_and_ends_the_old_one() {
    simulate(async {
        let mut world = World::with_three(1).await;
        let (own, shelter) = (world.organisation, world.organisations[2]);
        let mut desk = world.team(own, &DESK).await.remove(0);
        let mut other = world.team(shelter, &DESK).await.remove(0);
        let mut phone = world.phone();
        let plan =
            SafeContact::parse_json(br#"{"channels":[{"channel":"app"}],"do_not_reply":true}"#).unwrap();
        let request = FileRequest {
            to: own,
            kind: CaseKind::Grievance,
            text: text("not paid since March"),
            grievances: vec!["WAG.UNPAID".parse().unwrap()],
            situations: vec![],
            facts: Facts { language: Some("ne".parse().unwrap()), ..Facts::default() },
            safe_contact: Some(plan.clone()),
            name: Some("Maya".parse().unwrap()),
        };
        let old = phone.client().file(request).unwrap().case;
        phone.client().add(old, &text("and the passport is with him")).unwrap();
        settle(&mut [&mut phone, &mut desk]).await;
        desk.client().add(old, &text("heard the same from the driver")).unwrap();
        let hidden = Person { unnamed_to_group: true, ..Person::new(PersonRole::GroupMember) };
        desk.client().add_person(old, hidden).unwrap();
        desk.client().propose_transfer(old, shelter, Some("they have a bed")).unwrap();
        settle(&mut [&mut phone, &mut desk]).await;
        assert_eq!(phone.client().show(old).unwrap().transfer_proposed, Some(shelter));
        // Nothing moved yet, and a desk cannot do it alone.
        assert!(matches!(desk.client().transfer(old, shelter), Err(ClientError::Forbidden)));
        assert!(matches!(phone.client().transfer(old, own), Err(ClientError::NotAllowed)));
        assert_eq!(other.client().queue(true).unwrap().len(), 0);
        let new = phone.client().transfer(old, shelter).unwrap().case;
        assert!(matches!(phone.client().transfer(old, shelter), Err(ClientError::NotAllowed)));
        assert_eq!(phone.client().queue(true).unwrap().len(), 2);
        settle(&mut [&mut phone, &mut desk, &mut other]).await;
        let ended = desk.client().show(old).unwrap();
        assert_eq!((ended.status, ended.transferred_to), (CaseStatus::Transferred, Some(shelter)));
        assert_eq!(desk.client().queue(false).unwrap().len(), 0);
        let theirs = other.client().show(new).unwrap();
        assert_eq!(theirs.owner, shelter);
        assert_eq!(theirs.text.as_deref(), Some("not paid since March"));
        let added: Vec<&str> = theirs.additions.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(added, ["and the passport is with him"]);
        assert_eq!(theirs.grievances, ended.grievances);
        assert_eq!((theirs.language.clone(), theirs.safe_contact), (ended.language, Some(plan)));
        assert_eq!((theirs.name.as_deref(), theirs.persons.len()), (Some("Maya"), 1));
        // The phone knows that they belong together, nobody else.
        assert_eq!(phone.client().show(old).unwrap().continued_in, Some(new));
        assert_eq!(phone.client().show(new).unwrap().continues, Some(old));
        let (before, after) = (traces(&mut phone, old), traces(&mut phone, new));
        assert!(before.is_disjoint(&after));
        for content in contents(&mut other, new) {
            for trace in &before {
                assert!(!content.windows(trace.len()).any(|window| window == trace.as_slice()));
            }
        }
        for content in contents(&mut desk, old) {
            for trace in &after {
                assert!(!content.windows(trace.len()).any(|window| window == trace.as_slice()));
            }
        }
        for device in [&mut phone, &mut desk, &mut other] {
            assert_eq!(device.client().verify().unwrap().problems, []);
        }
    });
}

#[test]
fn an_authority_of_her_own_country_gets_no_case_unless_she_allows_it() {
    simulate(async {
        let mut world = World::with_three(2).await;
        let (own, consulate) = (world.organisation, world.organisations[1]);
        let mut desk = world.team(own, &DESK).await.remove(0);
        let mut phone = world.phone();
        let case = world.file(phone.client(), "I want to ask for asylum").case;
        settle(&mut [&mut phone, &mut desk]).await;
        assert!(matches!(
            desk.client().propose_transfer(case, consulate, None),
            Err(ClientError::OriginBlocked)
        ));
        assert!(matches!(phone.client().transfer(case, consulate), Err(ClientError::OriginBlocked)));
        // Refused means that nothing was filed or signed.
        assert_eq!(phone.client().queue(true).unwrap().len(), 1);
        assert_eq!(phone.client().show(case).unwrap().status, CaseStatus::Received);
        phone.client().set_origin_contact(case, true).unwrap();
        assert!(phone.client().transfer(case, consulate).is_ok());
    });
}

#[test]
fn a_transfer_made_offline_survives_a_kill_and_goes_out_whole() {
    simulate(async {
        let mut world = World::with_three(3).await;
        let (own, shelter) = (world.organisation, world.organisations[2]);
        let mut desk = world.team(own, &DESK).await.remove(0);
        let mut other = world.team(shelter, &DESK).await.remove(0);
        let mut phone = world.phone();
        let old = world.file(phone.client(), "words").case;
        phone.sync().await.unwrap();
        world.net.cut_off(phone.number, u64::MAX);
        let new = phone.client().transfer(old, shelter).unwrap().case;
        phone.reopen();
        world.net.heal();
        settle(&mut [&mut phone, &mut desk, &mut other]).await;
        assert_eq!(desk.client().show(old).unwrap().status, CaseStatus::Transferred);
        assert_eq!(other.client().show(new).unwrap().text.as_deref(), Some("words"));
    });
}

//! What a desk finds is what it may read: names by their sound, other people's words, and nothing of a case in which it
//! stands aside.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use amana_client::{Delivery, Field};
use amana_domain::role::Role;
use amana_tests::sim::{World, text};

#[tokio::test]
async fn a_desk_finds_what_it_reads_and_nothing_where_it_stands_aside() {
    let mut world = World::new(3404).await;
    let mut admin = world.desk("admin", Role::Admin);
    admin.sync().await.unwrap();
    let mut worker = world.desk("worker", Role::Caseworker);
    worker.sync().await.unwrap();
    admin.sync().await.unwrap();
    let mut phone = world.phone();
    let case = world.file(phone.client(), "the foreman Mohammed kept my passport").case;
    phone.sync().await.unwrap();
    for desk in [&mut admin, &mut worker] {
        desk.sync().await.unwrap();
        let hits = desk.client().search("passport", 20).unwrap();
        assert_eq!(
            hits.iter().map(|hit| (hit.case, hit.field)).collect::<Vec<_>>(),
            [(case, Field::Narrative)]
        );
    }
    // Searching is not reading.
    admin.sync().await.unwrap();
    phone.sync().await.unwrap();
    assert_eq!(phone.client().peek(case).unwrap().delivery, Delivery::Received);

    // Internal words stay with the team; new ones are found where they arrive.
    admin.client().note(case, &text("the landlord called zebracrossing")).unwrap();
    admin.sync().await.unwrap();
    worker.sync().await.unwrap();
    phone.sync().await.unwrap();
    assert_eq!(worker.client().search("zebracrossing", 20).unwrap()[0].field, Field::Note);
    assert_eq!(phone.client().search("zebracrossing", 20).unwrap().len(), 0);
    assert_eq!(worker.client().verify().unwrap().problems, []);

    // Who stands aside finds nothing, though the words are in her vault; everybody else does.
    worker.client().recuse(case, None).unwrap();
    assert_eq!(worker.client().search("passport", 20).unwrap().len(), 0);
    assert_eq!(worker.client().search("zebracrossing", 20).unwrap().len(), 0);
    let number = worker.client().peek(case).unwrap().number;
    assert_eq!(worker.client().search(&number, 20).unwrap().len(), 0);
    worker.sync().await.unwrap();
    admin.sync().await.unwrap();
    assert_eq!(admin.client().search("passport", 20).unwrap().len(), 1);
    assert_eq!(worker.client().search("passport", 20).unwrap().len(), 0);
}

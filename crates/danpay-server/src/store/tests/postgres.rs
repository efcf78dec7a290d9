//! What only PostgreSQL does.

mod address;
mod held;
mod outage;
mod replica;
mod sequencer;
mod together;

use super::*;
use crate::store::postgres::migrations::{MIGRATIONS, Migration};

/// What a next version might do: it only adds.
const NEXT: Migration = Migration {
    sql: "alter table payments add column note text not null default 'none';
          alter table events add column note text;
          create index events_by_note on events (note, id);
          alter table api_keys add column note text;
          create table deliveries (event_id uuid primary key, tries integer not null);",
    works_with: 1,
};

/// Brings the tables up to what the next version has.
pub(super) async fn upgrade(place: &Place) {
    let next = [MIGRATIONS, &[NEXT]].concat();
    Postgres::open_with(&place.config(), &next).await.unwrap();
}

fn database() -> String {
    CLUSTER.create_database().unwrap()
}

#[tokio::test]
async fn of_many_servers_that_start_at_once_one_makes_the_tables() {
    let place = Place::Postgres(database());
    let url = place.url();
    let opening = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { open_at(&url).await.unwrap() })
    });
    let opening: Vec<_> = opening.collect();
    for opened in opening {
        opened.await.unwrap().ask(probe()).await.unwrap();
    }
    let database = TestDatabase::on(place).await;
    assert_eq!(
        database
            .outsider("select count(*) from danpay_migrations")
            .unwrap(),
        MIGRATIONS.len().to_string()
    );
}

#[tokio::test]
async fn a_database_whose_tables_it_does_not_know_is_left_alone() {
    let database = TestDatabase::postgres().await;
    let newer = "insert into danpay_migrations (version, works_with) values (98, 1), (99, 50)";
    database.outsider(newer).unwrap();
    let refused = database.place.open().await;
    assert!(matches!(refused, Err(OpenError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_goes_on_while_the_next_version_changes_the_tables() {
    let database = TestDatabase::postgres().await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    assert_eq!(database.payment(1).await, ready.payment);
    upgrade(&database.place).await;
    // Its connections have prepared their statements for the tables as they were.
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();
    assert_eq!(database.payment(1).await, claim.payment);
    assert_eq!(database.events(1).await.len(), 2);
    database
        .store
        .create(keyed(new_payment(2), record(2, "k")))
        .await
        .unwrap();
    assert_eq!(
        database
            .outsider("select count(*) from danpay_migrations")
            .unwrap(),
        (MIGRATIONS.len() + 1).to_string()
    );
    // And it may be started again.
    let database = database.restart().await;
    assert_eq!(database.payment(1).await, claim.payment);
}

#[tokio::test]
async fn of_many_servers_that_look_for_work_at_once_each_gets_its_own() {
    let database = TestDatabase::postgres().await;
    for n in 0..60 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let claims = (0..6).map(|_| {
        let store = database.store.clone();
        tokio::spawn(async move { store.ask(due(at(9_000), at(9_045), 20)).await.unwrap() })
    });
    let claims: Vec<_> = claims.collect();
    let mut claimed = Vec::new();
    for claim in claims {
        claimed.extend(claim.await.unwrap());
    }
    // One that came in the middle of another's claim may have been left out by both.
    claimed.extend(
        database
            .store
            .ask(due(at(9_000), at(9_045), 60))
            .await
            .unwrap(),
    );
    assert_eq!(claimed.len(), 60);
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 60, "two have the same");
}

#[tokio::test]
async fn events_lie_in_the_month_of_their_payment() {
    let database = TestDatabase::postgres().await;
    // 2027-01-15, from which the ids of these tests are made. One came before its month.
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let lie = "select distinct tableoid::regclass from events";
    assert_eq!(database.outsider(lie).unwrap(), "events_default");
    let (a, b) = tokio::join!(
        database.store.ask(PrepareAhead { now: start() }),
        database.store.ask(PrepareAhead { now: start() })
    );
    a.unwrap();
    b.unwrap();
    database.store.create(new(new_payment(2))).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim)).await.unwrap();
    assert_eq!(database.outsider(lie).unwrap(), "events_2027_01");
    let partitions = "select count(*) from pg_inherits where inhparent = 'events'::regclass";
    assert_eq!(database.outsider(partitions).unwrap(), "4");
    assert_eq!(database.events(1).await.len(), 2);
    let rewritten = database
        .outsider("update events set evidence = null")
        .unwrap_err();
    assert!(rewritten.contains("append-only"), "{rewritten}");
    let again = "insert into events select * from events limit 1";
    assert!(
        database
            .outsider(again)
            .unwrap_err()
            .contains("unique constraint")
    );
}

#[tokio::test]
async fn a_change_stays_on_its_page_and_costs_no_index_anything() {
    let database = TestDatabase::postgres().await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();
    let quit = decided(&claim.payment, quit_at(120), at(120));
    database.store.commit(step(quit)).await.unwrap();
    // What a session has counted is told when it ends.
    let TestDatabase { store, place } = database;
    drop(store);
    let database = TestDatabase::on(place).await;
    let counted = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables
                   where relname = 'payments'";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while database.outsider(counted).unwrap() != "2|2" {
        assert!(
            std::time::Instant::now() < deadline,
            "{:?}",
            database.outsider(counted)
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

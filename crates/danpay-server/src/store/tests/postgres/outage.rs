//! The database fails: what was acknowledged is there, what was not is not taken for done.

use tokio_postgres::{Client, NoTls};

use super::*;

/// Somebody else's session in the database.
pub(super) async fn session(place: &Place) -> Client {
    let (client, connection) = tokio_postgres::connect(&place.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn is_unavailable<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_killed_server_and_the_database_goes_on_by_itself() {
    let mut cluster = Cluster::start(&Settings::quick()).unwrap();
    let url = cluster.url(&cluster.create_database().unwrap());
    let store = open_at(&url).await.unwrap();
    let ready = new_payment(1);
    store
        .create(keyed(ready.clone(), record(1, "k")))
        .await
        .unwrap();

    cluster.kill().unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    assert!(is_unavailable(&store.commit(step(claim.clone())).await));
    assert!(is_unavailable(&store.create(new(new_payment(2))).await));
    assert!(is_unavailable(&store.ask(OfShop(of(id(1)))).await));
    assert!(is_unavailable(&store.ask(probe()).await));

    cluster.restart().unwrap();
    assert_eq!(
        store.ask(OfShop(of(id(1)))).await.unwrap(),
        Some(ready.payment)
    );
    assert_eq!(
        store.ask(asked_under("k")).await.unwrap(),
        Some(record(1, "k"))
    );
    store.commit(step(claim)).await.unwrap();
    store.ask(probe()).await.unwrap();
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_not_waited_for_for_ever() {
    let database = TestDatabase::postgres().await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let outsider = session(&database.place).await;
    outsider
        .batch_execute("begin; select from payments, due for update")
        .await
        .unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    let refused = database.store.commit(step(claim.clone())).await;
    assert!(is_unavailable(&refused), "{refused:?}");
    // It can be read meanwhile, and recovery takes what nobody holds.
    assert_eq!(database.payment(1).await, ready.payment);
    assert!(database.claim_due(9_999, 9_999).await.is_empty());
    outsider.batch_execute("rollback").await.unwrap();
    database.store.commit(step(claim)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_left_and_found_again() {
    let database = TestDatabase::postgres().await;
    let Place::Postgres(name) = &database.place else {
        panic!("another place");
    };
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let read_only = |on: &str| {
        let how = format!("alter database {name} set default_transaction_read_only = {on}");
        CLUSTER.sql("postgres", &how).unwrap();
        let end = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        );
        CLUSTER.sql("postgres", &end).unwrap();
    };
    read_only("on");
    let claim = decided(&ready.payment, comes_back(), at(60));
    assert!(is_unavailable(
        &database.store.commit(step(claim.clone())).await
    ));
    assert!(is_unavailable(&database.store.ask(probe()).await));
    read_only("off");
    until_it_answers(&database).await;
    database.store.commit(step(claim)).await.unwrap();
}

/// A connection that was ended may be noticed only when it is used.
async fn until_it_answers(database: &TestDatabase) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while let Err(error) = database.store.ask(probe()).await {
        assert!(std::time::Instant::now() < deadline, "{error}");
    }
}

#[tokio::test]
async fn a_token_is_in_no_error_even_if_the_database_quotes_its_row() {
    let database = TestDatabase::postgres().await;
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    database
        .outsider("alter table payments add constraint closed check (version < 2)")
        .unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    let error = database.store.commit(step(claim)).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("closed") && !shown.contains(token().expose()),
        "{shown}"
    );
}

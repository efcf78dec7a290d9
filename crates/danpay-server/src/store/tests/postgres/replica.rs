//! What is only shown may come from a replica.

use super::*;

#[tokio::test]
async fn lists_and_histories_come_from_the_replica_and_decisions_from_the_primary() {
    // A replica that lags behind by everything: it has a payment that the primary has not.
    let replica = Books::postgres().await;
    replica.store.create(new_payment(1), None).await.unwrap();
    let primary = Place::Postgres(database());
    let config = Config {
        database_replica_url: Some(replica.place.url().into()),
        ..primary.config()
    };
    let store = Store::open(&config).await.unwrap();
    store.create(new_payment(2), None).await.unwrap();

    let page = || Page {
        limit: 9,
        ..Page::default()
    };
    let ids = |payments: Vec<Listed<Payment>>| {
        let ids = payments.into_iter().map(|one| one.unwrap().id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(store.list_to_show(page()).await.unwrap()), [id(1)]);
    assert_eq!(store.events(id(1), (0, 9)).await.unwrap().len(), 1);
    assert_eq!(ids(store.list(page()).await.unwrap()), [id(2)]);
    assert!(store.payment(id(1)).await.unwrap().is_none());
    assert!(store.payment(id(2)).await.unwrap().is_some());

    // A replica that is gone is no reason to show nothing.
    let Place::Postgres(name) = replica.place else {
        panic!("another place");
    };
    let gone = format!("drop database {name} with (force)");
    CLUSTER.sql("postgres", &gone).unwrap();
    assert_eq!(ids(store.list_to_show(page()).await.unwrap()), [id(2)]);
    assert_eq!(store.events(id(2), (0, 9)).await.unwrap().len(), 1);
}

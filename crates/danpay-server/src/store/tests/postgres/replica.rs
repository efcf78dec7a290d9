//! What is only shown may come from a replica.

use super::*;

#[tokio::test]
async fn lists_and_histories_come_from_the_replica_and_decisions_from_the_primary() {
    // A replica that lags behind by everything: it has a payment that the primary has not.
    let replica = TestDatabase::postgres().await;
    replica.store.create(new(new_payment(1))).await.unwrap();
    let primary = Place::Postgres(database());
    let config = Config {
        database_replica_url: Some(replica.place.url().into()),
        ..primary.config()
    };
    let store = Store::open(&config).await.unwrap();
    store.create(new(new_payment(2))).await.unwrap();

    let page = || Page {
        limit: 9,
        ..first_page()
    };
    let ids = |payments: Vec<Listed<Payment>>| {
        let ids = payments.into_iter().map(|one| one.unwrap().id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(store.ask(ListToShow(page())).await.unwrap()), [id(1)]);
    assert_eq!(
        store
            .ask(Events {
                payment: of(id(1)),
                after: 0,
                limit: 9
            })
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(ids(store.ask(List(page())).await.unwrap()), [id(2)]);
    assert!(store.ask(OfShop(of(id(1)))).await.unwrap().is_none());
    assert!(store.ask(OfShop(of(id(2)))).await.unwrap().is_some());

    // A replica that is gone is no reason to show nothing.
    let Place::Postgres(name) = replica.place else {
        panic!("another place");
    };
    let gone = format!("drop database {name} with (force)");
    CLUSTER.sql("postgres", &gone).unwrap();
    assert_eq!(ids(store.ask(ListToShow(page())).await.unwrap()), [id(2)]);
    assert_eq!(
        store
            .ask(Events {
                payment: of(id(2)),
                after: 0,
                limit: 9
            })
            .await
            .unwrap()
            .len(),
        1
    );
}

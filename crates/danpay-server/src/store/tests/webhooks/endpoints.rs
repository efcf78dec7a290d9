//! Endpoints.

use super::*;
use crate::store::webhooks::{AllEndpoints, RemoveEndpoint};

every_store! {
    an_endpoint_reads_back_as_it_was_written_even_after_a_restart
    an_address_is_taken_once_in_each_shop
    an_endpoint_is_changed_only_as_it_was_read
    an_endpoint_of_another_shop_is_neither_changed_nor_removed
}

async fn an_endpoint_reads_back_as_it_was_written_even_after_a_restart(database: TestDatabase) {
    let filtered = hears(2, &["payment.ready", "payment.approved"]);
    database.add(endpoint(1)).await;
    database.add(filtered.clone()).await;
    let mut changed = endpoint(1);
    changed.secret = vec![7; 61];
    changed.old_secret = Some((vec![1; 60], at(600)));
    changed.rotated_at = Some(at(60));
    changed.endpoint.url = "https://shop.example/새".to_owned();
    changed.endpoint.description.clear();
    changed.endpoint.standing = Standing {
        failing_since: Some(at(9)),
        disabled: Some((at(10), Disabled::Gone)),
    };
    changed.endpoint.version = 2;
    let written = database.store.ask(UpdateEndpoint(changed.clone())).await;
    assert_eq!(written.unwrap(), Written::Yes);

    let database = database.restart().await;
    let rows = database.store.ask(EndpointsOf(shop())).await.unwrap();
    assert_eq!(rows, [changed, filtered]);
    assert_eq!(database.store.ask(AllEndpoints).await.unwrap(), rows);
    // And back to what a new one is.
    database
        .change(1, |row| {
            row.old_secret = None;
            row.endpoint.standing = Standing::default();
            row.endpoint.events = EventFilter::Only(vec!["payment.quit".to_owned()]);
        })
        .await;
    let row = database.endpoint(1).await;
    assert_eq!((row.old_secret, row.endpoint.version), (None, 3));
    assert_eq!(row.endpoint.standing, Standing::default());
    assert!(row.endpoint.events.hears("payment.quit"));
}

async fn an_address_is_taken_once_in_each_shop(database: TestDatabase) {
    database.add_other_shop().await;
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    let mut same = endpoint(3);
    same.endpoint.url = endpoint(1).endpoint.url;
    let added = database.store.ask(AddEndpoint(same.clone())).await;
    assert!(!added.unwrap());
    same.endpoint.shop_id = other_shop();
    database.add(same).await;

    let mut second = endpoint(2);
    second.endpoint.version = 2;
    second.endpoint.url = endpoint(1).endpoint.url;
    let written = database.store.ask(UpdateEndpoint(second)).await.unwrap();
    assert_eq!(written, Written::Taken);
    assert_eq!(database.endpoint(2).await, endpoint(2));
    // Its own it keeps.
    database
        .change(1, |row| row.endpoint.description.clear())
        .await;
}

async fn an_endpoint_is_changed_only_as_it_was_read(database: TestDatabase) {
    database.add(endpoint(1)).await;
    let mut change = endpoint(1);
    change.endpoint.version = 2;
    let store = &database.store;
    let (a, b) = tokio::join!(
        store.ask(UpdateEndpoint(change.clone())),
        store.ask(UpdateEndpoint(change.clone()))
    );
    let mut written = [a.unwrap(), b.unwrap()];
    written.sort_by_key(|written| *written == Written::Changed);
    assert_eq!(written, [Written::Yes, Written::Changed]);

    let (shop_id, id) = (shop(), endpoint_id(1));
    let remove = RemoveEndpoint { shop_id, id };
    assert!(store.ask(remove.clone()).await.unwrap());
    assert!(!store.ask(remove).await.unwrap());
    change.endpoint.version = 3;
    let gone = store.ask(UpdateEndpoint(change)).await.unwrap();
    assert_eq!(gone, Written::Changed);
}

async fn an_endpoint_of_another_shop_is_neither_changed_nor_removed(database: TestDatabase) {
    database.add_other_shop().await;
    database.add(endpoint(1)).await;
    let mut change = endpoint(1);
    change.endpoint.version = 2;
    change.endpoint.shop_id = other_shop();
    let store = &database.store;
    let written = store.ask(UpdateEndpoint(change)).await.unwrap();
    assert_eq!(written, Written::Changed);
    let remove = RemoveEndpoint {
        shop_id: other_shop(),
        id: endpoint_id(1),
    };
    assert!(!store.ask(remove).await.unwrap());
    assert_eq!(database.endpoint(1).await, endpoint(1));
    let theirs = store.ask(EndpointsOf(other_shop())).await.unwrap();
    assert!(theirs.is_empty());
}

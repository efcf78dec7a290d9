//! Deliveries are born in the commit of their event.

use super::*;
use crate::store::webhooks::delivery_id;

every_store! {
    a_delivery_is_born_with_its_event_for_each_endpoint_that_hears_it
    a_delivery_reads_back_as_it_was_born
    what_an_endpoint_does_not_hear_while_it_is_disabled_is_missed
    a_change_that_is_not_committed_is_told_to_nobody
    many_commits_together_tell_each_of_theirs
}

async fn a_delivery_is_born_with_its_event_for_each_endpoint_that_hears_it(database: TestDatabase) {
    database.add_other_shop().await;
    let mut of_another = endpoint(4);
    of_another.endpoint.shop_id = other_shop();
    database.add(of_another).await;
    database.add(endpoint(1)).await;
    database
        .add(hears(2, &["payment.approved", "payment.quit"]))
        .await;
    database.add(hears(3, &["webhook_endpoint.disabled"])).await;

    database.create_and_approve(1).await;
    let born = database.deliveries().await;
    let heard = born
        .iter()
        .map(|one| (one.endpoint_id, one.sequence, one.event_type.as_str()));
    assert_eq!(
        heard.collect::<Vec<_>>(),
        [
            (endpoint_id(1), 1, "payment.ready"),
            // The claim between the two is told to nobody.
            (endpoint_id(1), 3, "payment.approved"),
            (endpoint_id(2), 3, "payment.approved"),
        ]
    );
    assert!(database.deliveries_of(other_shop()).await.is_empty());
    // Every database makes the same ids, so that servers of two kinds could not differ.
    for one in &born {
        assert_eq!(one.id, delivery_id(one.event_id, one.endpoint_id));
    }
}

async fn a_delivery_reads_back_as_it_was_born(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let event = database.events(1).await.remove(0);
    let born = Delivery {
        id: delivery_id(event.id, endpoint_id(1)),
        shop_id: shop(),
        endpoint_id: endpoint_id(1),
        about: Told::Payment(id(1)),
        sequence: 1,
        event_id: event.id,
        event_type: "payment.ready".to_owned(),
        status: DeliveryStatus::Pending,
        attempts: 0,
        claims: 0,
        in_flight_since: None,
        is_resend: false,
        refused_since: None,
        due_at: Some(Timestamp::UNIX_EPOCH),
        log: Vec::new(),
        created_at: event.at,
    };
    assert_eq!(database.deliveries().await, [born.clone()]);
    let database = database.restart().await;
    assert_eq!(database.deliveries().await, [born]);
}

async fn what_an_endpoint_does_not_hear_while_it_is_disabled_is_missed(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(hears(2, &["payment.quit"])).await;
    database.disable(1).await;
    database.disable(2).await;
    database.create_payment(1).await;
    let missed = database.deliveries().await;
    let [one] = &missed[..] else {
        panic!("{missed:?}")
    };
    assert_eq!(one.endpoint_id, endpoint_id(1));
    assert_eq!((one.status, one.due_at), (DeliveryStatus::Missed, None));
    assert!(database.due_then(9_999).await.is_empty());
}

async fn a_change_that_is_not_committed_is_told_to_nobody(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let ready = database.payment(1).await;
    let quit = || step(decided(&ready, quit_at(60), at(60)));
    let store = &database.store;
    let (a, b) = tokio::join!(store.commit(quit()), store.commit(quit()));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let told = database.deliveries().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1].event_id, database.events(1).await[1].id);

    let keyed = |n| keyed(new_payment(n), record(n, "k"));
    store.create(keyed(2)).await.unwrap();
    let second = store.create(keyed(3)).await;
    assert!(matches!(second, Err(StoreError::KeyTaken)), "{second:?}");
    assert_eq!(database.deliveries().await.len(), 3);
}

async fn many_commits_together_tell_each_of_theirs(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    let creates = (0..30).map(|n| {
        let store = database.store.clone();
        let key = if n % 2 == 0 {
            format!("k{n}")
        } else {
            "same".to_owned()
        };
        tokio::spawn(async move { store.create(keyed(new_payment(n), record(n, &key))).await })
    });
    let creates: Vec<_> = creates.collect();
    let mut expected = Vec::new();
    for (n, create) in (0..).zip(creates) {
        if create.await.unwrap().is_ok() {
            expected.extend([(id(n), endpoint_id(1)), (id(n), endpoint_id(2))]);
        }
    }
    expected.sort_unstable();
    assert_eq!(expected.len(), 32);
    let told = database.deliveries().await.into_iter();
    let mut told: Vec<_> = told
        .map(|one| match one.about {
            Told::Payment(id) => (id, one.endpoint_id),
            Told::Endpoint(_) => panic!("{one:?}"),
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, expected);
}

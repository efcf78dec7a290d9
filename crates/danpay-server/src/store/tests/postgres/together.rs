//! Changes that wait at the same time are written by one statement.

use std::time::{Duration, Instant};

use super::outage::session;
use super::*;

/// Runs `changes` while nobody can write payments, so that they wait and then go together.
async fn held_up<T: Send + 'static>(
    database: &TestDatabase,
    changes: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let outsider = session(&database.place).await;
    outsider
        .batch_execute("begin; lock table payments in exclusive mode")
        .await
        .unwrap();
    let changes: Vec<_> = changes.map(tokio::spawn).collect();
    let waits = "select count(*) from pg_locks where not granted";
    let deadline = Instant::now() + Duration::from_secs(30);
    while database.outsider(waits).unwrap() == "0" {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    outsider.batch_execute("commit").await.unwrap();
    let mut outcomes = Vec::new();
    for change in changes {
        outcomes.push(change.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn what_waits_together_is_written_together() {
    let database = TestDatabase::postgres().await;
    let creates = (0..200).map(|n| {
        let store = database.store.clone();
        async move { store.create(new(new_payment(n))).await }
    });
    for created in held_up(&database, creates).await {
        created.unwrap();
    }
    // Each statement is a transaction.
    let transactions = database.outsider("select count(distinct xmin::text) from payments");
    let transactions: usize = transactions.unwrap().parse().unwrap();
    assert!(transactions <= 20, "{transactions}");

    let claims = (0..200).map(|n| {
        let store = database.store.clone();
        let claim = decided(&new_payment(n).payment, comes_back(), at(60));
        async move { (claim.clone(), store.commit(step(claim)).await) }
    });
    let claims: Vec<_> = held_up(&database, claims).await;
    for (n, (claim, committed)) in (0..).zip(claims) {
        committed.unwrap();
        assert_eq!(database.payment(n).await, claim.payment);
        let events = database.events(n).await;
        assert_eq!(events.len(), 2);
        assert_eq!(events[1], claim.event);
    }
    let transactions = database.outsider("select count(distinct xmin::text) from payments");
    let transactions: usize = transactions.unwrap().parse().unwrap();
    assert!(transactions <= 20, "{transactions}");
}

#[tokio::test]
async fn one_that_is_refused_spoils_none_of_those_beside_it() {
    let database = TestDatabase::postgres().await;
    let creates = (0..60).map(|n| {
        let store = database.store.clone();
        // One in ten takes a key that another one takes too.
        let key = if n % 10 == 0 {
            "k".to_owned()
        } else {
            format!("k-{n}")
        };
        async move { store.create(keyed(new_payment(n), record(n, &key))).await }
    });
    let outcomes = held_up(&database, creates).await;
    let mut taken = Vec::new();
    for (n, created) in (0..).zip(&outcomes) {
        match created {
            Ok(()) => assert_eq!(database.payment(n).await, new_payment(n).payment),
            Err(StoreError::KeyTaken) => taken.push(n),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(taken.len(), 5, "{taken:?}");
    assert!(taken.iter().all(|n| n % 10 == 0), "{taken:?}");
    let payments = database.outsider("select count(*) from payments").unwrap();
    assert_eq!(payments, "55");
}

#[tokio::test]
async fn of_those_that_wait_together_for_one_payment_or_order_one_is_written() {
    let database = TestDatabase::postgres().await;
    // Two payments each of twenty orders, and two claims of each of them.
    for n in 0..40 {
        let of_order = payment_of(n, &format!("주문-{}", n / 2));
        database.store.create(new(of_order)).await.unwrap();
    }
    let claims = (0..80).map(|n| {
        let (n, store) = (n / 2, database.store.clone());
        let payment = payment_of(n, &format!("주문-{}", n / 2)).payment;
        let claim = decided(&payment, comes_back(), at(60));
        async move { store.commit(step(claim)).await }
    });
    let outcomes = held_up(&database, claims).await;
    for (order, of_order) in outcomes.chunks(4).enumerate() {
        let won = of_order.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "order {order}: {of_order:?}");
        for lost in of_order.iter().filter(|outcome| outcome.is_err()) {
            assert!(
                matches!(lost, Err(StoreError::Conflict | StoreError::Obstacle(_))),
                "{lost:?}"
            );
        }
    }
    let approving = "select count(*) from payments where status = 'approving'";
    assert_eq!(database.outsider(approving).unwrap(), "20");
}

#[tokio::test]
async fn shops_are_written_apart() {
    let database = TestDatabase::postgres().await;
    let creates = (0..40).map(|n| {
        let (store, mut change) = (database.store.clone(), new_payment(n));
        change.payment.shop_id = ShopId::from_bytes([n % 4; 16]);
        async move { store.create(new(change)).await }
    });
    for created in held_up(&database, creates).await {
        created.unwrap();
    }
    let of_shops = "select count(*) from (select count(distinct shop_id) as shops from payments
                    group by xmin::text) as each where shops > 1";
    assert_eq!(database.outsider(of_shops).unwrap(), "0");
    let payments = "select min(n) from (select count(*) as n from payments group by shop_id) as of";
    assert_eq!(database.outsider(payments).unwrap(), "10");
}

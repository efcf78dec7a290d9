//! A transaction that is held open while others go on.

use super::super::positions::{read, sequence};
use super::outage::session;
use super::*;

/// The next event of the payment, as another server would have written it long before.
const HELD: &str = "
begin;
with next as (
    insert into events (id, shop_id, payment_id, sequence, type, at, \"by\", state, cancellations)
    select '01000000-0000-7000-8000-000000000001', shop_id, payment_id, 2, 'payment.reopened',
        at - interval '1 day', \"by\", state, cancellations
    from events
    returning *
)
insert into outbox (event_id, shop_id, payment_id, sequence)
select id, shop_id, payment_id, sequence from next";

#[tokio::test]
async fn who_follows_a_shop_misses_nothing_that_is_committed_late() {
    let database = TestDatabase::postgres().await;
    database.store.create(new(new_payment(1))).await.unwrap();
    sequence(&database).await;
    let held = session(&database.place).await;
    held.batch_execute(HELD).await.unwrap();

    database.store.create(new(new_payment(2))).await.unwrap();
    sequence(&database).await;
    let seen = read(&database, None).await.unwrap();
    let of: Vec<_> = seen.iter().map(|one| one.payment.id).collect();
    assert_eq!(of, [id(1), id(2)]);

    held.batch_execute("commit").await.unwrap();
    sequence(&database).await;
    let late = read(&database, Some(seen[1].event.id)).await.unwrap();
    let late: Vec<_> = late
        .iter()
        .map(|one| (one.payment.id, one.event.sequence))
        .collect();
    assert_eq!(late, [(id(1), 2)]);
}

#[tokio::test]
async fn who_has_lost_the_lease_while_it_waited_writes_nothing() {
    let database = TestDatabase::postgres().await;
    database.store.create(new(new_payment(1))).await.unwrap();
    // Another server is in the middle of its own batch, which takes the lease.
    let other = session(&database.place).await;
    other
        .batch_execute(
            "begin; insert into leases values
             ('sequencer', '02020202-0202-0202-0202-020202020202', timestamptz 'infinity')",
        )
        .await
        .unwrap();
    let changes = super::super::positions::all_waiting(&database).await;
    let store = database.store.clone();
    let give = tokio::spawn(async move { store.ask(changes).await });
    let waits = "select count(*) from pg_locks where not granted";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while database.outsider(waits).unwrap() == "0" && !give.is_finished() {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    other.batch_execute("commit").await.unwrap();
    // It may have been given up meanwhile: then it has written nothing either.
    assert!(!matches!(give.await.unwrap(), Ok(true)));
    assert!(read(&database, None).await.unwrap().is_empty());
}

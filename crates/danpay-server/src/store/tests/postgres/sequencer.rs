//! The sequencer's statements: a lease, and positions that are given after the commit.

use danpay_core::ApproveAnswer;

use super::super::claims::paid;
use super::super::positions::{follow, some, waiting};
use super::*;
use crate::store::positions::{GivePositions, Lease, WaitingChange};

every_store! { of_postgres:
    of_two_sequencers_one_has_the_lease_until_it_ends
    no_event_gets_a_second_position
    a_payments_events_wait_in_their_order_whatever_the_clocks_say
    what_shops_are_not_told_waits_for_no_position
}

/// Gives these changes positions, then, by this server, whose lease lasts ten seconds.
async fn give(
    database: &TestDatabase,
    owner: u8,
    seconds: i64,
    changes: Vec<WaitingChange>,
) -> bool {
    let lease = Lease {
        owner: [owner; 16],
        now: at(seconds),
        until: at(seconds + 10),
    };
    let give = GivePositions { lease, changes };
    database.store.ask(give).await.unwrap()
}

async fn of_two_sequencers_one_has_the_lease_until_it_ends(database: TestDatabase) {
    some(&database).await;
    let changes = waiting(&database, 99).await;
    let (first, rest) = changes.split_at(1);
    assert!(give(&database, 1, 0, first.to_vec()).await);
    assert!(!give(&database, 2, 9, rest.to_vec()).await);
    assert_eq!(follow(&database).await.len(), 1, "nothing is written");
    assert!(give(&database, 1, 9, Vec::new()).await, "it may go on");
    assert!(!give(&database, 2, 18, rest.to_vec()).await);
    assert!(give(&database, 2, 19, Vec::new()).await);
    // Whoever has lost it meanwhile writes nothing any more.
    assert!(!give(&database, 1, 20, rest.to_vec()).await);
    assert_eq!(waiting(&database, 99).await.len(), 1);
    assert!(give(&database, 2, 20, rest.to_vec()).await);
    assert_eq!(follow(&database).await.len(), 2);
}

async fn no_event_gets_a_second_position(database: TestDatabase) {
    some(&database).await;
    let changes = waiting(&database, 99).await;
    let (a, b) = tokio::join!(
        give(&database, 1, 0, changes.clone()),
        give(&database, 1, 0, changes.clone())
    );
    assert!(a && b && give(&database, 1, 1, changes).await);
    assert_eq!(follow(&database).await.len(), 2);
    let last = "select count(*) from last_positions where position = 2";
    assert_eq!(database.outsider(last).unwrap(), "1");
}

async fn a_payments_events_wait_in_their_order_whatever_the_clocks_say(database: TestDatabase) {
    // The server that claimed has a clock that is behind the others'.
    let ready = payment_of(1, "주문-1");
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(-60));
    database.store.commit(step(claim.clone())).await.unwrap();
    database.store.create(new(new_payment(2))).await.unwrap();
    let paid = Command::SettleApprove(ApproveAnswer::Paid(paid(&claim.payment)));
    let paid = decided(&claim.payment, paid, at(-90));
    database.store.commit(step(paid)).await.unwrap();
    for limit in 1..=3 {
        let waiting = waiting(&database, limit).await;
        assert_eq!(waiting.len(), limit as usize);
        let of_it = waiting.iter().filter(|change| change.payment.id == id(1));
        let of_it: Vec<_> = of_it.map(|change| change.sequence).collect();
        assert_eq!(of_it, [1, 3][..of_it.len()], "{waiting:?}");
    }
}

async fn what_shops_are_not_told_waits_for_no_position(database: TestDatabase) {
    some(&database).await;
    let waiting = waiting(&database, 99).await;
    let waiting: Vec<_> = waiting
        .iter()
        .map(|change| (change.payment.id, change.sequence))
        .collect();
    assert_eq!(waiting, [(id(1), 1), (id(2), 1)]);
    let claimed = "select count(*) from events where type = 'payment.approving'";
    assert_eq!(database.outsider(claimed).unwrap(), "1");
}

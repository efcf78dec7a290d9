//! Positions: given once, in order; on PostgreSQL after the commit, by whoever has the lease.

use super::claims::paid;
use super::*;
use crate::store::positions::{
    GivePositions, Lease, NewestEvent, OfPayment, OldestWaiting, ShopsEvents, WaitingChange,
};

every_store! {
    positions_have_no_gaps_and_follow_the_order_of_each_payment
    what_shops_are_not_told_has_no_position
    who_follows_a_shop_reads_on_after_what_was_seen
    positions_go_on_after_what_was_pruned
    the_newest_event_is_the_last_that_who_follows_reads
}

/// The positions of the shop's events, the lowest first.
fn positions(database: &TestDatabase) -> String {
    let (select, list) = match &database.place {
        Place::Sqlite(_) => ("events where position is not null", "group_concat"),
        Place::Postgres(_) | Place::Bounced(_) => ("positions", "string_agg"),
    };
    let sql = format!(
        "select {list}(cast(position as text), ' ')
         from (select position from {select} order by position) as in_order"
    );
    database.outsider(&sql).unwrap()
}

pub(super) async fn waiting(database: &TestDatabase, limit: u32) -> Vec<WaitingChange> {
    database.store.ask(OldestWaiting { limit }).await.unwrap()
}

/// What gives positions to all that waits.
pub(super) async fn all_waiting(database: &TestDatabase) -> GivePositions {
    let lease = Lease {
        owner: [1; 16],
        now: at(0),
        until: at(10),
    };
    let changes = waiting(database, 99).await;
    GivePositions { lease, changes }
}

/// Gives positions to all that waits.
pub(super) async fn sequence(database: &TestDatabase) {
    let give = all_waiting(database).await;
    assert!(database.store.ask(give).await.unwrap());
}

/// The payments and numbers of what a shop is told after an event.
pub(super) async fn read(
    database: &TestDatabase,
    after: Option<EventId>,
) -> Option<Vec<OfPayment>> {
    let asked = ShopsEvents {
        shop_id: shop(),
        after,
        limit: 99,
    };
    let events = database.store.ask(asked).await.unwrap()?;
    Some(events.into_iter().map(Result::unwrap).collect())
}

fn numbers(events: &[OfPayment]) -> Vec<(PaymentId, u32)> {
    let numbers = events
        .iter()
        .map(|one| (one.payment.id, one.event.sequence));
    numbers.collect()
}

pub(super) async fn follow(database: &TestDatabase) -> Vec<(PaymentId, u32)> {
    numbers(&read(database, None).await.unwrap())
}

/// A payment that was claimed, and one more.
pub(super) async fn some(database: &TestDatabase) {
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim)).await.unwrap();
    database.store.create(new(new_payment(2))).await.unwrap();
}

async fn positions_have_no_gaps_and_follow_the_order_of_each_payment(database: TestDatabase) {
    some(&database).await;
    sequence(&database).await;
    let quit = decided(&database.payment(2).await, quit_at(120), at(120));
    database.store.commit(step(quit)).await.unwrap();
    sequence(&database).await;
    // The claim is told to nobody.
    let mut told = follow(&database).await;
    assert_eq!(told.pop(), Some((id(2), 2)));
    told.sort_unstable();
    assert_eq!(told, [(id(1), 1), (id(2), 1)]);
    assert_eq!(positions(&database), "1 2 3");
    assert!(waiting(&database, 9).await.is_empty());
}

async fn what_shops_are_not_told_has_no_position(database: TestDatabase) {
    some(&database).await;
    sequence(&database).await;
    let claimed = "select count(*) from events where type = 'payment.approving'";
    assert_eq!(database.outsider(claimed).unwrap(), "1");
    assert_eq!(positions(&database), "1 2");
    let claim = database.events(1).await.pop().unwrap();
    assert!(read(&database, Some(claim.id)).await.is_none());
}

async fn who_follows_a_shop_reads_on_after_what_was_seen(database: TestDatabase) {
    some(&database).await;
    let unknown = Some(EventId::from_bytes([3; 16]));
    assert!(read(&database, unknown).await.is_none());
    sequence(&database).await;
    let all = read(&database, None).await.unwrap();
    let rest = read(&database, Some(all[0].event.id)).await.unwrap();
    assert_eq!(numbers(&rest), numbers(&all[1..]));
    let end = read(&database, Some(all[1].event.id)).await.unwrap();
    assert!(end.is_empty());
    for one in &all {
        assert_eq!(
            one.payment,
            database
                .store
                .ask(OfShop(one.payment.reference()))
                .await
                .unwrap()
                .unwrap()
        );
        assert!(
            database
                .store
                .ask(Events {
                    payment: one.payment.reference(),
                    after: 0,
                    limit: 9
                })
                .await
                .unwrap()
                .contains(&Ok(one.event.clone()))
        );
    }
    // Another shop has none of it.
    let other = ShopsEvents {
        shop_id: ShopId::from_bytes([8; 16]),
        after: None,
        limit: 99,
    };
    assert_eq!(
        database
            .store
            .ask(other.clone())
            .await
            .unwrap()
            .map(|all| all.len()),
        Some(0)
    );
    let after = Some(all[0].event.id);
    let theirs = database
        .store
        .ask(ShopsEvents { after, ..other })
        .await
        .unwrap();
    assert!(theirs.is_none());
}

async fn newest(database: &TestDatabase) -> Option<EventId> {
    database.store.ask(NewestEvent(shop())).await.unwrap()
}

async fn the_newest_event_is_the_last_that_who_follows_reads(database: TestDatabase) {
    assert_eq!(newest(&database).await, None);
    some(&database).await;
    sequence(&database).await;
    let all = read(&database, None).await.unwrap();
    let last = newest(&database).await;
    assert_eq!(last, Some(all[1].event.id));
    assert!(read(&database, last).await.unwrap().is_empty());
    // Another shop has none.
    let others = NewestEvent(ShopId::from_bytes([8; 16]));
    assert_eq!(database.store.ask(others).await.unwrap(), None);

    // It moves on with what comes.
    let quit = decided(&database.payment(2).await, quit_at(120), at(120));
    database.store.commit(step(quit)).await.unwrap();
    sequence(&database).await;
    let rest = read(&database, last).await.unwrap();
    assert_eq!(numbers(&rest), [(id(2), 2)]);
    assert_eq!(newest(&database).await, Some(rest[0].event.id));
}

async fn positions_go_on_after_what_was_pruned(database: TestDatabase) {
    let store = &database.store;
    store.ask(PrepareAhead { now: start() }).await.unwrap();
    let ready = new_payment(1);
    store.create(new(ready.clone())).await.unwrap();
    let quit = decided(&ready.payment, quit_at(120), at(120));
    store.commit(step(quit.clone())).await.unwrap();
    let (payment, version) = (of(id(1)), quit.payment.version);
    let rest = CheckAt {
        payment,
        version,
        at: None,
    };
    store.ask(rest).await.unwrap();
    sequence(&database).await;
    let seen = read(&database, None).await.unwrap();
    let before = at(60 * 24 * 3_600);
    assert_eq!(store.ask(Prune { before }).await.unwrap(), 1);
    assert!(read(&database, Some(seen[1].event.id)).await.is_none());
    assert!(follow(&database).await.is_empty());
    assert_eq!(newest(&database).await, None);

    let order = payment_of(2, "주문-2");
    store.create(new(order)).await.unwrap();
    sequence(&database).await;
    assert_eq!(follow(&database).await, [(id(2), 1)]);
    assert_eq!(positions(&database), "3");
    // What comes after a pruned history is told.
    let lookup = Lookup::Paid(paid(&quit.payment));
    let asked_at = at(200);
    let paid = Command::Learn(LookedUp { asked_at, lookup });
    let paid = decided(&quit.payment, paid, at(200));
    store.commit(step(paid)).await.unwrap();
    sequence(&database).await;
    let version = quit.payment.version + 1;
    assert_eq!(follow(&database).await, [(id(2), 1), (id(1), version)]);
}

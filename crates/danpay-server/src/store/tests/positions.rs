//! Positions: given once, in order, by whoever has the lease.

use danpay_core::ApproveAnswer;

use super::claims::paid;
use super::*;
use crate::store::positions::{
    GivePositions, Lease, OfPayment, OldestWaiting, ShopsEvents, Waiting,
};

every_store! {
    positions_have_no_gaps_and_follow_the_order_of_each_payment
    of_two_sequencers_one_has_the_lease_until_it_ends
    no_event_gets_a_second_position
    a_payments_events_wait_in_their_order_whatever_the_clocks_say
    what_shops_are_not_told_waits_for_no_position
    who_follows_a_shop_reads_on_after_what_was_seen
    positions_go_on_after_what_was_pruned
}

async fn waiting(books: &Books, limit: u32) -> Vec<Waiting> {
    books.store.ask(OldestWaiting { limit }).await.unwrap()
}

/// Gives these changes positions, then, by this server, whose lease lasts ten seconds.
async fn give(books: &Books, owner: u8, seconds: i64, changes: Vec<Waiting>) -> bool {
    let lease = Lease {
        owner: [owner; 16],
        now: at(seconds),
        until: at(seconds + 10),
    };
    let give = GivePositions { lease, changes };
    books.store.ask(give).await.unwrap()
}

/// What gives positions to all that waits.
pub(super) async fn all_waiting(books: &Books) -> GivePositions {
    let lease = Lease {
        owner: [1; 16],
        now: at(0),
        until: at(10),
    };
    let changes = waiting(books, 99).await;
    GivePositions { lease, changes }
}

/// Gives positions to all that waits.
pub(super) async fn sequence(books: &Books) {
    let give = all_waiting(books).await;
    assert!(books.store.ask(give).await.unwrap());
}

/// The payments and numbers of what a shop is told after an event.
pub(super) async fn read(books: &Books, after: Option<EventId>) -> Option<Vec<OfPayment>> {
    let asked = ShopsEvents {
        shop_id: shop(),
        after,
        limit: 99,
    };
    let events = books.store.ask(asked).await.unwrap()?;
    Some(events.into_iter().map(Result::unwrap).collect())
}

fn numbers(events: &[OfPayment]) -> Vec<(PaymentId, u32)> {
    let numbers = events
        .iter()
        .map(|one| (one.payment.id, one.event.sequence));
    numbers.collect()
}

async fn follow(books: &Books) -> Vec<(PaymentId, u32)> {
    numbers(&read(books, None).await.unwrap())
}

/// A payment that was claimed, and one more.
async fn some(books: &Books) {
    let ready = new_payment(1);
    books.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    books.store.commit(step(claim)).await.unwrap();
    books.store.create(new(new_payment(2))).await.unwrap();
}

async fn positions_have_no_gaps_and_follow_the_order_of_each_payment(books: Books) {
    some(&books).await;
    sequence(&books).await;
    let quit = decided(&books.payment(2).await, quit_at(120), at(120));
    books.store.commit(step(quit)).await.unwrap();
    sequence(&books).await;
    // The claim is told to nobody.
    let mut told = follow(&books).await;
    assert_eq!(told.pop(), Some((id(2), 2)));
    told.sort_unstable();
    assert_eq!(told, [(id(1), 1), (id(2), 1)]);
    let span = "select count(*) from positions
        where position > (select count(*) from positions) or position < 1";
    assert_eq!(books.outsider(span).unwrap(), "0");
    assert_eq!(books.outsider("select count(*) from outbox").unwrap(), "0");
}

async fn of_two_sequencers_one_has_the_lease_until_it_ends(books: Books) {
    some(&books).await;
    let changes = waiting(&books, 99).await;
    let (first, rest) = changes.split_at(1);
    assert!(give(&books, 1, 0, first.to_vec()).await);
    assert!(!give(&books, 2, 9, rest.to_vec()).await);
    assert_eq!(follow(&books).await.len(), 1, "nothing is written");
    assert!(give(&books, 1, 9, Vec::new()).await, "it may go on");
    assert!(!give(&books, 2, 18, rest.to_vec()).await);
    assert!(give(&books, 2, 19, Vec::new()).await);
    // Whoever has lost it meanwhile writes nothing any more.
    assert!(!give(&books, 1, 20, rest.to_vec()).await);
    assert_eq!(waiting(&books, 99).await.len(), 1);
    assert!(give(&books, 2, 20, rest.to_vec()).await);
    assert_eq!(follow(&books).await.len(), 2);
}

async fn no_event_gets_a_second_position(books: Books) {
    some(&books).await;
    let changes = waiting(&books, 99).await;
    let (a, b) = tokio::join!(
        give(&books, 1, 0, changes.clone()),
        give(&books, 1, 0, changes.clone())
    );
    assert!(a && b && give(&books, 1, 1, changes).await);
    assert_eq!(follow(&books).await.len(), 2);
    let last = "select count(*) from last_positions where position = 2";
    assert_eq!(books.outsider(last).unwrap(), "1");
}

async fn a_payments_events_wait_in_their_order_whatever_the_clocks_say(books: Books) {
    // The server that claimed has a clock that is behind the others'.
    let ready = payment_of(1, "주문-1");
    books.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(-60));
    books.store.commit(step(claim.clone())).await.unwrap();
    books.store.create(new(new_payment(2))).await.unwrap();
    let paid = Command::Settle(ApproveAnswer::Paid(paid(&claim.payment)));
    let paid = decided(&claim.payment, paid, at(-90));
    books.store.commit(step(paid)).await.unwrap();
    for limit in 1..=3 {
        let waiting = waiting(&books, limit).await;
        assert_eq!(waiting.len(), limit as usize);
        let of_it = waiting.iter().filter(|change| change.payment.id == id(1));
        let of_it: Vec<_> = of_it.map(|change| change.sequence).collect();
        assert_eq!(of_it, [1, 3][..of_it.len()], "{waiting:?}");
    }
}

async fn what_shops_are_not_told_waits_for_no_position(books: Books) {
    some(&books).await;
    let waiting = waiting(&books, 99).await;
    let waiting: Vec<_> = waiting
        .iter()
        .map(|change| (change.payment.id, change.sequence))
        .collect();
    assert_eq!(waiting, [(id(1), 1), (id(2), 1)]);
    let claimed = "select count(*) from events where type = 'payment.approving'";
    assert_eq!(books.outsider(claimed).unwrap(), "1");
}

async fn who_follows_a_shop_reads_on_after_what_was_seen(books: Books) {
    some(&books).await;
    let unknown = Some(EventId::from_bytes([3; 16]));
    assert!(read(&books, unknown).await.is_none());
    sequence(&books).await;
    let all = read(&books, None).await.unwrap();
    let rest = read(&books, Some(all[0].event.id)).await.unwrap();
    assert_eq!(numbers(&rest), numbers(&all[1..]));
    let end = read(&books, Some(all[1].event.id)).await.unwrap();
    assert!(end.is_empty());
    for one in &all {
        assert_eq!(
            one.payment,
            books
                .store
                .ask(OfShop(one.payment.reference()))
                .await
                .unwrap()
                .unwrap()
        );
        assert!(
            books
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
        books
            .store
            .ask(other.clone())
            .await
            .unwrap()
            .map(|all| all.len()),
        Some(0)
    );
    let after = Some(all[0].event.id);
    let theirs = books
        .store
        .ask(ShopsEvents { after, ..other })
        .await
        .unwrap();
    assert!(theirs.is_none());
}

async fn positions_go_on_after_what_was_pruned(books: Books) {
    let store = &books.store;
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
    sequence(&books).await;
    let seen = read(&books, None).await.unwrap();
    let before = at(60 * 24 * 3_600);
    assert_eq!(store.ask(Prune { before }).await.unwrap(), 1);
    assert!(read(&books, Some(seen[1].event.id)).await.is_none());
    assert!(follow(&books).await.is_empty());

    let order = payment_of(2, "주문-2");
    store.create(new(order)).await.unwrap();
    sequence(&books).await;
    assert_eq!(follow(&books).await, [(id(2), 1)]);
    let third = "select count(*) from positions where position = 3";
    assert_eq!(books.outsider(third).unwrap(), "1");
    // What comes after a pruned history is told.
    assert_eq!(waiting(&books, 9).await.len(), 0);
    let lookup = Lookup::Paid(paid(&quit.payment));
    let asked_at = at(200);
    let paid = Command::Learn(LookedUp { asked_at, lookup });
    let paid = decided(&quit.payment, paid, at(200));
    store.commit(step(paid)).await.unwrap();
    let next = waiting(&books, 9).await;
    let next: Vec<_> = next.iter().map(|one| one.payment.id).collect();
    assert_eq!(next, [id(1)]);
}

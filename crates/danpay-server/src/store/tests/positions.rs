//! Positions: given once, in order; on PostgreSQL after the commit, by whoever has the lease.

use super::claims::paid;
use super::*;
use crate::store::positions::{
    GivePositions, Lease, OfPayment, OldestWaiting, ShopsEvents, Waiting,
};

every_store! {
    positions_have_no_gaps_and_follow_the_order_of_each_payment
    what_shops_are_not_told_has_no_position
    who_follows_a_shop_reads_on_after_what_was_seen
    positions_go_on_after_what_was_pruned
}

/// The positions of the shop's events, the lowest first.
async fn positions(books: &Books) -> String {
    let (select, list) = match &books.place {
        Place::Sqlite(_) => ("events where position is not null", "group_concat"),
        Place::Postgres(_) | Place::Bounced(_) => ("positions", "string_agg"),
    };
    let sql = format!(
        "select {list}(cast(position as text), ' ')
         from (select position from {select} order by position) as in_order"
    );
    books.outsider(&sql).unwrap()
}

pub(super) async fn waiting(books: &Books, limit: u32) -> Vec<Waiting> {
    books.store.ask(OldestWaiting { limit }).await.unwrap()
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

pub(super) async fn follow(books: &Books) -> Vec<(PaymentId, u32)> {
    numbers(&read(books, None).await.unwrap())
}

/// A payment that was claimed, and one more.
pub(super) async fn some(books: &Books) {
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
    assert_eq!(positions(&books).await, "1 2 3");
    assert!(waiting(&books, 9).await.is_empty());
}

async fn what_shops_are_not_told_has_no_position(books: Books) {
    some(&books).await;
    sequence(&books).await;
    let claimed = "select count(*) from events where type = 'payment.approving'";
    assert_eq!(books.outsider(claimed).unwrap(), "1");
    assert_eq!(positions(&books).await, "1 2");
    let claim = books.events(1).await.pop().unwrap();
    assert!(read(&books, Some(claim.id)).await.is_none());
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
    assert_eq!(positions(&books).await, "3");
    // What comes after a pruned history is told.
    let lookup = Lookup::Paid(paid(&quit.payment));
    let asked_at = at(200);
    let paid = Command::Learn(LookedUp { asked_at, lookup });
    let paid = decided(&quit.payment, paid, at(200));
    store.commit(step(paid)).await.unwrap();
    sequence(&books).await;
    let version = quit.payment.version + 1;
    assert_eq!(follow(&books).await, [(id(2), 1), (id(1), version)]);
}

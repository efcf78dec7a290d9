//! What shops and operators do with deliveries, and what maintenance does.

use super::*;
use crate::store::webhooks::{
    ChangeOf, DeliveryOf, PruneDeliveries, Resend, ResendFailed, Sweep, Swept,
};

every_store! {
    a_delivery_is_sent_once_more_as_it_was_read
    what_failed_in_a_time_is_sent_once_more_in_pieces
    what_was_missed_is_forgotten_and_sent_after_all_in_pieces
    what_was_on_its_way_to_a_removed_endpoint_is_missed_in_pieces
    old_deliveries_go_the_oldest_first
    deliveries_are_listed_in_pages_the_newest_first
    a_list_of_deliveries_leaves_what_is_asked_for
    a_change_is_found_by_its_number
}

async fn a_delivery_is_sent_once_more_as_it_was_read(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let arrived = database
        .tries(&database.delivery(1, 1, 1).await, 200, 1)
        .await;
    let resent = arrived.resend(at(9)).unwrap();
    let store = &database.store;
    assert!(store.ask(Resend(resent.clone())).await.unwrap());
    assert_eq!(database.delivery(1, 1, 1).await, resent);
    assert!(database.due_then(8).await.is_empty());
    assert_eq!(database.due_then(9).await[0].1[0].delivery, resent);
    let again = database.tries(&resent, 500, 10).await;
    assert!(!store.ask(Resend(resent)).await.unwrap(), "it was claimed");
    assert_eq!(database.delivery(1, 1, 1).await, again);
    assert_eq!(
        (again.status, again.attempts),
        (DeliveryStatus::Delivered, 1)
    );

    let of = |shop_id, id| store.ask(DeliveryOf { shop_id, id });
    assert_eq!(of(shop(), again.id).await.unwrap(), Some(again.clone()));
    assert_eq!(of(other_shop(), again.id).await.unwrap(), None);
}

/// Five payments an hour apart, told to two endpoints, and of these all but one has failed.
async fn failed(database: &TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    for n in 1..=5 {
        database.create_payment_at(n, i64::from(n) * 3_600).await;
    }
    let sql = "update webhook_deliveries set status = 'failed', due_at = null";
    database.outsider(sql).unwrap();
    let arrived = database.delivery(4, 1, 1).await.resend(at(0)).unwrap();
    assert!(database.store.ask(Resend(arrived.clone())).await.unwrap());
    database.tries(&arrived, 200, 1).await;
}

async fn what_failed_in_a_time_is_sent_once_more_in_pieces(database: TestDatabase) {
    failed(&database).await;
    let ask = |hours: (i64, i64), after, most| ResendFailed {
        shop_id: shop(),
        endpoint_id: endpoint_id(1),
        from: at(hours.0 * 3_600),
        before: at(hours.1 * 3_600),
        after,
        most,
        now: at(50_000),
    };
    let store = &database.store;
    let none = ResendFailed {
        shop_id: other_shop(),
        ..ask((0, 99), None, 9)
    };
    assert_eq!(store.ask(none).await.unwrap(), (0, None));
    assert_eq!(store.ask(ask((6, 99), None, 9)).await.unwrap(), (0, None));
    // The second to the fifth, without that which has arrived; the end is not in it.
    let (count, last) = store.ask(ask((2, 5), None, 1)).await.unwrap();
    assert_eq!(
        (count, last),
        (1, Some(database.delivery(2, 1, 1).await.id))
    );
    let (count, last) = store.ask(ask((2, 5), last, 1)).await.unwrap();
    assert_eq!(
        (count, last),
        (1, Some(database.delivery(3, 1, 1).await.id))
    );
    assert_eq!(store.ask(ask((2, 5), last, 1)).await.unwrap(), (0, None));
    let due = numbers(&database.due_then(50_000).await);
    assert_eq!(due, [(endpoint_id(1), vec![told(2, 1), told(3, 1)])]);
    let resent = database.delivery(2, 1, 1).await;
    assert!(resent.is_resend);
    assert_eq!(resent.status, DeliveryStatus::Failed);
    // Asked for again, they are on their way already.
    assert_eq!(store.ask(ask((0, 9), None, 9)).await.unwrap(), (2, None));
}

async fn what_was_missed_is_forgotten_and_sent_after_all_in_pieces(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    database.disable(1).await;
    database.disable(2).await;
    database.create_and_approve(1).await;
    database.create_payment(2).await;
    let send = |shop_id, most| Sweep {
        shop_id,
        endpoint_id: endpoint_id(1),
        how: Swept::SentAfterAll,
        most,
    };
    let forget = |shop_id, most| Sweep {
        shop_id,
        endpoint_id: endpoint_id(1),
        how: Swept::Forgotten,
        most,
    };
    let store = &database.store;
    assert_eq!(store.ask(send(shop(), 9)).await.unwrap(), 0);
    assert_eq!(store.ask(forget(other_shop(), 9)).await.unwrap(), 0);
    for expected in [2, 1, 0] {
        assert_eq!(store.ask(forget(shop(), 2)).await.unwrap(), expected);
    }
    database
        .change(1, |row| row.endpoint.standing = Standing::default())
        .await;
    assert!(database.due_then(9_999).await.is_empty());
    assert_eq!(store.ask(send(other_shop(), 9)).await.unwrap(), 0);
    for expected in [2, 1, 0] {
        assert_eq!(store.ask(send(shop(), 2)).await.unwrap(), expected);
    }
    let due = database.due_then(0).await;
    let [(of, of_it)] = &due[..] else {
        panic!("{due:?}")
    };
    assert_eq!((of.endpoint.id, of_it.len()), (endpoint_id(1), 3));
    let approved = of_it.iter().find(|one| one.delivery.sequence == 3);
    assert!(approved.unwrap().blocker.is_some(), "in their order");
    let theirs = database.delivery(1, 1, 2).await.status;
    assert_eq!(theirs, DeliveryStatus::Missed);
}

async fn what_was_on_its_way_to_a_removed_endpoint_is_missed_in_pieces(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    for n in 1..=4 {
        database.create_payment(n).await;
    }
    let arrived = database
        .tries(&database.delivery(1, 1, 1).await, 200, 1)
        .await;
    // It has arrived, whatever was asked for since.
    let resent = arrived.resend(at(2)).unwrap();
    assert!(database.store.ask(Resend(resent)).await.unwrap());
    let flying = claimed(&database.delivery(2, 1, 1).await, 2);
    assert!(database.claims(&flying, 2).await);
    let miss = |shop_id, most| Sweep {
        shop_id,
        endpoint_id: endpoint_id(1),
        how: Swept::Missed,
        most,
    };
    let store = &database.store;
    assert_eq!(store.ask(miss(other_shop(), 9)).await.unwrap(), 0);
    assert_eq!(store.ask(miss(shop(), 3)).await.unwrap(), 3);
    assert_eq!(store.ask(miss(shop(), 3)).await.unwrap(), 1);
    assert_eq!(store.ask(miss(shop(), 3)).await.unwrap(), 0);
    let mut statuses = Vec::new();
    for n in 1..=4 {
        let one = database.delivery(n, 1, 1).await;
        assert_eq!((one.due_at, one.in_flight_since), (None, None));
        assert!(!one.is_resend);
        statuses.push(one.status);
    }
    let missed = DeliveryStatus::Missed;
    let expected = [DeliveryStatus::Delivered, missed, missed, missed];
    assert_eq!(statuses, expected);
    let other = database.delivery(3, 1, 2).await.status;
    assert_eq!(other, DeliveryStatus::Pending);
}

async fn old_deliveries_go_the_oldest_first(database: TestDatabase) {
    failed(&database).await;
    let prune = async |before: i64, most| {
        let before = at(before * 3_600);
        let ask = PruneDeliveries { before, most };
        database.store.ask(ask).await.unwrap()
    };
    assert_eq!(prune(1, 99).await, 0);
    assert_eq!(prune(3, 3).await, 3);
    assert_eq!(prune(3, 3).await, 1);
    assert_eq!(prune(3, 3).await, 0);
    let left = database.deliveries().await;
    assert_eq!(left.len(), 6);
    assert!(left.iter().all(|one| one.created_at >= at(3 * 3_600)));
}

async fn deliveries_are_listed_in_pages_the_newest_first(database: TestDatabase) {
    failed(&database).await;
    let page = async |after, limit, passed| {
        let asked = ListDeliveries {
            after,
            limit,
            passed,
            ..all()
        };
        let (page, next) = database.store.ask(asked).await.unwrap();
        let page: Vec<_> = page.into_iter().map(Result::unwrap).collect();
        (super::ids(&page), next)
    };
    let (everything, _) = page(None, 99, 999).await;
    let mut sorted = everything.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(everything, sorted);
    assert_eq!(everything.len(), 10);
    let (first, next) = page(None, 4, 999).await;
    assert_eq!((&first[..], next), (&everything[..4], Some(everything[3])));
    let (second, next) = page(next, 4, 999).await;
    assert_eq!(
        (&second[..], next),
        (&everything[4..8], Some(everything[7]))
    );
    let (last, next) = page(next, 4, 999).await;
    assert_eq!((&last[..], next), (&everything[8..], None));
    // No page looks at more than that.
    let (few, next) = page(None, 4, 3).await;
    assert_eq!((&few[..], next), (&everything[..3], Some(everything[2])));
    let asked = ListDeliveries {
        shop_id: other_shop(),
        ..all()
    };
    assert!(database.store.ask(asked).await.unwrap().0.is_empty());
}

async fn a_list_of_deliveries_leaves_what_is_asked_for(database: TestDatabase) {
    failed(&database).await;
    let one = database.delivery(4, 1, 1).await;
    let count = async |asked: ListDeliveries| {
        let (page, next) = database.store.ask(asked).await.unwrap();
        assert_eq!(next, None);
        page.len()
    };
    let endpoint_id = Some(endpoint_id(2));
    let to_two = ListDeliveries {
        endpoint_id,
        ..all()
    };
    assert_eq!(count(to_two).await, 5);
    let payment_id = Some(id(4));
    let of_payment = ListDeliveries {
        payment_id,
        ..all()
    };
    assert_eq!(count(of_payment.clone()).await, 2);
    let event_id = Some(one.event_id);
    assert_eq!(count(ListDeliveries { event_id, ..all() }).await, 2);
    for (status, expected) in [
        (DeliveryStatus::Failed, 9),
        (DeliveryStatus::Delivered, 1),
        (DeliveryStatus::Pending, 0),
        (DeliveryStatus::Missed, 0),
    ] {
        let status = Some(status);
        assert_eq!(count(ListDeliveries { status, ..all() }).await, expected);
    }
    let status = Some(DeliveryStatus::Delivered);
    assert_eq!(
        count(ListDeliveries {
            status,
            ..of_payment
        })
        .await,
        1
    );
    // Full by what is left, not by what is passed.
    let asked = ListDeliveries {
        status,
        limit: 1,
        passed: 2,
        ..all()
    };
    let (page, next) = database.store.ask(asked).await.unwrap();
    assert_eq!(page.len(), 0);
    assert!(next.is_some());
}

async fn a_change_is_found_by_its_number(database: TestDatabase) {
    database.create_and_approve(1).await;
    let events = database.events(1).await;
    let change = async |payment, sequence| {
        let ask = ChangeOf { payment, sequence };
        database.store.ask(ask).await.unwrap()
    };
    for event in &events {
        let found = change(of(id(1)), event.sequence).await;
        assert_eq!(found.as_ref(), Some(event));
    }
    assert_eq!(events.len(), 3);
    assert_eq!(change(of(id(1)), 4).await, None);
    assert_eq!(change(of(id(2)), 1).await, None);
    let theirs = PaymentRef {
        shop_id: other_shop(),
        id: id(1),
    };
    assert_eq!(change(theirs, 1).await, None);
}

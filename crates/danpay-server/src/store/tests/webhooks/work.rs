//! What is due, claims, and what comes of them.

use danpay_core::EventId;
use danpay_core::webhook::ATTEMPTS;

use super::*;
use crate::store::webhooks::{RemoveEndpoint, Resend, delivery_id};

every_store! {
    what_is_due_comes_by_endpoint_the_longest_due_first_and_so_much_of_each
    what_is_due_comes_with_what_is_before_it
    of_two_who_claim_the_same_one_gets_it
    a_claim_of_what_has_changed_is_not_written
    what_came_of_a_claim_reads_back
    what_came_of_an_old_claim_writes_nothing
    what_was_refused_by_an_endpoint_that_is_removed_is_not_tried_again
    what_has_ended_wakes_the_next_one
    the_next_one_is_not_woken_that_was_refused_itself_or_is_in_flight
    how_an_endpoint_does_is_written_with_its_attempt
    when_an_endpoint_is_disabled_the_shops_others_are_told_once
    who_has_answered_meanwhile_is_not_given_up
    a_delivery_whose_attempts_are_damaged_goes_all_the_same
}

async fn what_is_due_comes_by_endpoint_the_longest_due_first_and_so_much_of_each(
    database: TestDatabase,
) {
    for n in 1..=3 {
        database.add(endpoint(n)).await;
        database.create_payment_at(n, i64::from(n)).await;
    }
    // The first endpoint hears of three payments, the second of two, the third of one.
    database.disable(2).await;
    let told_to_one = database.delivery(1, 1, 1).await;
    let refused = database.tries(&told_to_one, 500, 0).await;
    assert_eq!(refused.due_at, Some(at(5)));
    let newer = (endpoint_id(1), vec![told(2, 1), told(3, 1)]);
    let third = (endpoint_id(3), vec![told(3, 1)]);
    let due = database.due_then(4).await;
    assert_eq!(numbers(&due), [newer, third.clone()]);
    assert_eq!(due[0].0, database.endpoint(1).await);
    // By a due time in the past, after what is due from the beginning.
    let all = vec![told(2, 1), told(3, 1), told(1, 1)];
    let due = database.due_then(5).await;
    assert_eq!(numbers(&due), [(endpoint_id(1), all), third.clone()]);
    assert_eq!(due[0].1[2].delivery, refused);

    let of_each = |each, less: &[(u8, u32)]| DueDeliveries {
        each,
        less: less
            .iter()
            .map(|(n, most)| (endpoint_id(*n), *most))
            .collect(),
        ..due_deliveries(5)
    };
    let due = database.store.ask(of_each(1, &[])).await.unwrap();
    let first = (endpoint_id(1), vec![told(2, 1)]);
    assert_eq!(numbers(&due), [first, third.clone()]);
    let asked = of_each(9, &[(1, 2), (2, 9), (3, 0)]);
    let due = database.store.ask(asked).await.unwrap();
    let two = (endpoint_id(1), vec![told(2, 1), told(3, 1)]);
    assert_eq!(numbers(&due), [two]);
    let due = database.store.ask(of_each(1, &[(1, 5)])).await.unwrap();
    assert_eq!(numbers(&due)[0].1.len(), 1, "`less` is never more");

    // Enabled again, what was on its way before goes on.
    database
        .change(2, |row| row.endpoint.standing = Standing::default())
        .await;
    let due = numbers(&database.due_then(5).await);
    assert_eq!(due[1], (endpoint_id(2), vec![told(2, 1), told(3, 1)]));
}

async fn what_is_due_comes_with_what_is_before_it(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_and_approve(1).await;
    let quit = decided(&new_payment(2).payment, quit_at(60), at(60));
    database.create_payment(2).await;
    database.store.commit(step(quit)).await.unwrap();
    let blocker_of = async |sequence, now| {
        let due = database.due_then(now).await;
        let mut of_it = due.into_iter().flat_map(|(_, of_it)| of_it);
        let one = of_it.find(|due| {
            due.delivery.about == Told::Payment(id(1)) && due.delivery.sequence == sequence
        });
        one.unwrap().blocker
    };
    assert_eq!(blocker_of(1, 0).await, None);
    let untried = blocker_of(3, 0).await.unwrap();
    assert_eq!(untried.refused_since, None);
    assert!(!untried.is_in_flight);

    let ready = database.delivery(1, 1, 1).await;
    let flying = claimed(&ready, 0);
    assert!(database.claims(&flying, 0).await);
    let in_flight = blocker_of(3, 1).await.unwrap();
    assert!(in_flight.is_in_flight);
    assert_eq!(in_flight.due_at, Some(at(40)));

    let refused = ended(flying, 500, 1);
    database.records(refused, StandingChange::None, 1).await;
    let waits = blocker_of(3, 2).await.unwrap();
    assert_eq!(waits.refused_since, Some(at(1)));
    assert_eq!((waits.due_at, waits.is_in_flight), (Some(at(6)), false));
    assert!(blocker_of(3, 300).await.is_some());
    assert_eq!(blocker_of(3, 301).await, None, "five minutes are over");

    let ready = database.delivery(1, 1, 1).await;
    database.tries(&ready, 200, 6).await;
    assert_eq!(blocker_of(3, 7).await, None);
}

async fn of_two_who_claim_the_same_one_gets_it(database: TestDatabase) {
    database.add(endpoint(1)).await;
    for n in 0..20 {
        database.create_payment(n).await;
    }
    let all = database.deliveries().await;
    let claim = || ClaimDeliveries {
        now: at(0),
        claimed: all.iter().map(|one| claimed(one, 0)).collect(),
        put_off: Vec::new(),
    };
    let store = &database.store;
    let (a, b) = tokio::join!(store.ask(claim()), store.ask(claim()));
    let mut ours = [a.unwrap(), b.unwrap()].concat();
    ours.sort_unstable();
    let mut expected = super::ids(&all);
    expected.sort_unstable();
    assert_eq!(ours, expected);
    assert!(database.due_then(39).await.is_empty());
    // A crash: the lease ends, and each is anybody's again.
    assert_eq!(database.due_then(40).await[0].1.len(), 16);
    let flying = database.deliveries().await.remove(0);
    assert_eq!((flying.claims, flying.in_flight_since), (1, Some(at(0))));
}

async fn a_claim_of_what_has_changed_is_not_written(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let born = database.delivery(1, 1, 1).await;
    let stale = claimed(&born, 0);
    let ahead = Delivery {
        claims: 2,
        ..stale.clone()
    };
    assert!(!database.claims(&ahead, 0).await);
    let put_off = async |one: &Delivery, now, until| {
        let ask = ClaimDeliveries {
            now: at(now),
            claimed: Vec::new(),
            put_off: vec![(one.clone(), at(until))],
        };
        assert!(database.store.ask(ask).await.unwrap().is_empty());
        database.delivery(1, 1, 1).await.due_at
    };
    assert_eq!(put_off(&born, 0, 7).await, Some(at(7)));
    // What is not due is neither claimed nor put off.
    assert!(!database.claims(&stale, 6).await);
    assert_eq!(put_off(&born, 6, 9).await, Some(at(7)));
    let refused = database.tries(&born, 500, 7).await;
    assert_eq!(refused.claims, 1);
    assert!(!database.claims(&stale, 12).await, "it was claimed since");
    assert_eq!(put_off(&born, 12, 99).await, Some(at(12)));
    assert!(database.claims(&claimed(&refused, 12), 12).await);
    // Of another shop it is none.
    let theirs = Delivery {
        shop_id: other_shop(),
        ..claimed(&database.delivery(1, 1, 1).await, 99)
    };
    assert!(!database.claims(&theirs, 99).await);
}

async fn what_came_of_a_claim_reads_back(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let born = database.delivery(1, 1, 1).await;
    let refused = database.tries(&born, 500, 1).await;
    assert_eq!(database.delivery(1, 1, 1).await, refused);
    assert_eq!(refused.log[0].body.as_deref(), Some("그래 \"\\"));
    let put_back = claimed(&refused, 6);
    assert!(database.claims(&put_back, 6).await);
    let put_back = put_back.put_back(at(7));
    database
        .records(put_back.clone(), StandingChange::None, 7)
        .await;
    assert_eq!(database.delivery(1, 1, 1).await, put_back);
    let arrived = database.tries(&put_back, 204, 30).await;
    let database = database.restart().await;
    assert_eq!(database.delivery(1, 1, 1).await, arrived);
    assert_eq!(arrived.status, DeliveryStatus::Delivered);
    assert_eq!((arrived.attempts, arrived.claims), (2, 3));
}

async fn what_came_of_an_old_claim_writes_nothing(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(hears(2, &["webhook_endpoint.disabled"])).await;
    database.create_and_approve(1).await;
    let first = claimed(&database.delivery(1, 1, 1).await, 0);
    assert!(database.claims(&first, 0).await);
    let second = claimed(&database.delivery(1, 1, 1).await, 40);
    assert!(database.claims(&second, 40).await);
    let next = database.delivery(1, 3, 1).await;
    let put_off = ClaimDeliveries {
        now: at(40),
        claimed: Vec::new(),
        put_off: vec![(next, at(50))],
    };
    database.store.ask(put_off).await.unwrap();

    let before = database.deliveries().await;
    let arrived = ended(first.clone(), 200, 41);
    database
        .records(arrived, StandingChange::Failing(at(41)), 41)
        .await;
    let gone = StandingChange::Disabled {
        at: at(41),
        why: Disabled::Gone,
        since: None,
    };
    let refused = ended(first, 410, 41);
    assert!(!database.records(refused, gone, 41).await);
    assert_eq!(database.deliveries().await, before);
    assert_eq!(database.endpoint(1).await, endpoint(1));
    // That of now is written.
    let arrived = ended(second, 200, 42);
    database.records(arrived, StandingChange::None, 42).await;
    let now = database.delivery(1, 1, 1).await;
    assert_eq!(now.status, DeliveryStatus::Delivered);
}

async fn what_was_refused_by_an_endpoint_that_is_removed_is_not_tried_again(
    database: TestDatabase,
) {
    database.add(endpoint(1)).await;
    let flying = async |n| {
        database.create_payment(n).await;
        let one = claimed(&database.delivery(n, 1, 1).await, 0);
        assert!(database.claims(&one, 0).await);
        one
    };
    let (refused, arrived) = (flying(1).await, flying(2).await);
    let (shop_id, id) = (shop(), endpoint_id(1));
    let remove = RemoveEndpoint { shop_id, id };
    assert!(database.store.ask(remove).await.unwrap());
    for (one, status, expected) in [
        (refused, 500, DeliveryStatus::Missed),
        (arrived, 200, DeliveryStatus::Delivered),
    ] {
        let (payment, ended) = (one.about, ended(one, status, 1));
        database
            .records(ended.clone(), StandingChange::None, 1)
            .await;
        let all = database.deliveries().await;
        let recorded = all.into_iter().find(|one| one.about == payment).unwrap();
        assert_eq!((recorded.status, recorded.due_at), (expected, None));
        assert_eq!(recorded.log, ended.log);
    }
}

/// Puts off until then what comes after the endpoint's first delivery of the payment.
async fn put_off_next(database: &TestDatabase, endpoint: u8, until: i64) {
    let ask = ClaimDeliveries {
        now: at(0),
        claimed: Vec::new(),
        put_off: vec![(database.delivery(1, 3, endpoint).await, at(until))],
    };
    database.store.ask(ask).await.unwrap();
    let put_off = database.delivery(1, 3, endpoint).await.due_at;
    assert_eq!(put_off, Some(at(until)));
}

async fn what_has_ended_wakes_the_next_one(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    database.add(endpoint(3)).await;
    database.create_and_approve(1).await;
    database.create_payment(2).await;
    put_off_next(&database, 1, 50).await;
    let refused = database
        .tries(&database.delivery(1, 1, 1).await, 500, 1)
        .await;
    let next = async |endpoint| database.delivery(1, 3, endpoint).await.due_at;
    assert_eq!(next(1).await, Some(at(50)), "it is tried again itself");
    // Of another endpoint or payment it wakes nothing.
    database
        .tries(&database.delivery(1, 1, 3).await, 200, 1)
        .await;
    database
        .tries(&database.delivery(2, 1, 1).await, 200, 1)
        .await;
    assert_eq!(next(1).await, Some(at(50)));
    database.tries(&refused, 200, 6).await;
    assert_eq!(next(1).await, Some(Timestamp::UNIX_EPOCH));

    // Its last attempt wakes the next one as well.
    put_off_next(&database, 2, 90).await;
    let before_last = Delivery {
        attempts: ATTEMPTS - 1,
        ..database.delivery(1, 1, 2).await
    };
    let failed = database.tries(&before_last, 500, 8).await;
    assert_eq!(failed.status, DeliveryStatus::Failed);
    assert_eq!(next(2).await, Some(Timestamp::UNIX_EPOCH));
}

async fn the_next_one_is_not_woken_that_was_refused_itself_or_is_in_flight(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_and_approve(1).await;
    // Five minutes are over, and both are under way.
    let ready = claimed(&database.delivery(1, 1, 1).await, 400);
    assert!(database.claims(&ready, 400).await);
    let approved = claimed(&database.delivery(1, 3, 1).await, 400);
    assert!(database.claims(&approved, 400).await);
    database
        .records(ended(ready, 200, 401), StandingChange::None, 401)
        .await;
    assert_eq!(database.delivery(1, 3, 1).await, approved);

    let resent = database.delivery(1, 1, 1).await.resend(at(401)).unwrap();
    let ready = claimed(&resent, 402);
    assert!(database.store.ask(Resend(resent)).await.unwrap());
    assert!(database.claims(&ready, 402).await);
    let refused = ended(approved, 500, 402);
    database
        .records(refused.clone(), StandingChange::None, 402)
        .await;
    database
        .records(ended(ready, 200, 403), StandingChange::None, 403)
        .await;
    assert_eq!(database.delivery(1, 3, 1).await, refused);
}

async fn how_an_endpoint_does_is_written_with_its_attempt(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.add(endpoint(2)).await;
    for n in 1..=6 {
        database.create_payment(n).await;
    }
    let standing = async |n, change, now| {
        let one = claimed(&database.delivery(n, 1, 1).await, now);
        assert!(database.claims(&one, now).await);
        assert!(!database.records(ended(one, 500, now), change, now).await);
        database.endpoint(1).await.endpoint.standing.failing_since
    };
    assert_eq!(standing(1, StandingChange::None, 1).await, None);
    let since = standing(2, StandingChange::Failing(at(2)), 2).await;
    assert_eq!(since, Some(at(2)));
    // It has failed since the first of what failed, not the last.
    let since = standing(3, StandingChange::Failing(at(3)), 3).await;
    assert_eq!(since, Some(at(2)));
    assert_eq!(standing(4, StandingChange::Arrived, 4).await, None);
    // Nothing of it is a change of the shop's, and the other endpoint has no part in it.
    assert_eq!(database.endpoint(1).await, endpoint(1));
    assert_eq!(database.endpoint(2).await, endpoint(2));
    // One that is disabled stays as it is.
    database.disable(1).await;
    let since = standing(5, StandingChange::Failing(at(5)), 5).await;
    assert_eq!(since, None);
}

async fn when_an_endpoint_is_disabled_the_shops_others_are_told_once(database: TestDatabase) {
    database.add_other_shop().await;
    let mut of_another = endpoint(9);
    of_another.endpoint.shop_id = other_shop();
    database.add(of_another).await;
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    database.create_payment(2).await;
    database.add(endpoint(2)).await;
    database.add(hears(3, &["payment.ready"])).await;
    database.add(hears(4, &["webhook_endpoint.disabled"])).await;
    database.disable(4).await;

    let claims = [1, 2].map(async |n| {
        let one = claimed(&database.delivery(n, 1, 1).await, 5);
        assert!(database.claims(&one, 5).await);
        ended(one, 410, 6)
    });
    let [first, second] = claims;
    let (first, second) = (first.await, second.await);
    let gone = StandingChange::Disabled {
        at: at(6),
        why: Disabled::Gone,
        since: None,
    };
    assert!(database.records(first, gone, 6).await);
    assert!(!database.records(second, gone, 6).await, "it was already");

    let row = database.endpoint(1).await.endpoint;
    assert_eq!(row.standing.disabled, Some((at(6), Disabled::Gone)));
    assert_eq!(row.version, 2);
    let all = database.deliveries().await.into_iter();
    let told: Vec<_> = all
        .filter(|one| one.about == Told::Endpoint(endpoint_id(1)))
        .collect();
    let heard = told.iter().map(|one| (one.endpoint_id, one.status));
    assert_eq!(
        heard.collect::<Vec<_>>(),
        [
            (endpoint_id(2), DeliveryStatus::Pending),
            (endpoint_id(4), DeliveryStatus::Missed),
        ]
    );
    for one in &told {
        assert_eq!(one.event_type, "webhook_endpoint.disabled");
        assert_eq!((one.sequence, one.created_at), (2, at(6)));
        assert_eq!(one.id, delivery_id(one.event_id, one.endpoint_id));
    }
    assert!(database.deliveries_of(other_shop()).await.is_empty());
    // It waits for nothing and goes by itself.
    let due = database.due_then(6).await;
    let about = (Told::Endpoint(endpoint_id(1)), 2);
    assert_eq!(numbers(&due), [(endpoint_id(2), vec![about])]);
    assert_eq!(due[0].1[0].blocker, None);

    // Enabled and disabled again, that is another event.
    database
        .change(1, |row| row.endpoint.standing = Standing::default())
        .await;
    let again = claimed(&database.delivery(1, 1, 1).await, 60);
    assert!(database.claims(&again, 60).await);
    let gone = StandingChange::Disabled {
        at: at(61),
        why: Disabled::Gone,
        since: None,
    };
    assert!(database.records(ended(again, 410, 61), gone, 61).await);
    let due = numbers(&database.due_then(61).await);
    let again = (Told::Endpoint(endpoint_id(1)), 4);
    assert_eq!(due, [(endpoint_id(2), vec![about, again])]);
}

async fn who_has_answered_meanwhile_is_not_given_up(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    database.create_payment(2).await;
    let failing = |row: &mut EndpointRow| row.endpoint.standing.failing_since = Some(at(0));
    database.change(1, failing).await;
    let late = 5 * 24 * 3_600;
    let claim_of = async |n| {
        let one = claimed(&database.delivery(n, 1, 1).await, late);
        assert!(database.claims(&one, late).await);
        one
    };
    let (good, bad) = (claim_of(1).await, claim_of(2).await);
    let good = ended(good, 200, late);
    database.records(good, StandingChange::Arrived, late).await;
    // It was decided by how the endpoint did before that.
    let given_up = StandingChange::Disabled {
        at: at(late),
        why: Disabled::Failing,
        since: Some(at(1)),
    };
    let bad = ended(bad, 500, late + 1);
    assert!(!database.records(bad, given_up, late + 1).await);
    let standing = database.endpoint(1).await.endpoint.standing;
    assert_eq!(standing, Standing::default());

    let failing = |row: &mut EndpointRow| row.endpoint.standing.failing_since = Some(at(0));
    database.change(1, failing).await;
    let bad = claimed(&database.delivery(2, 1, 1).await, late + 6);
    assert!(database.claims(&bad, late + 6).await);
    let bad = ended(bad, 500, late + 6);
    assert!(database.records(bad, given_up, late + 6).await);
}

async fn a_delivery_whose_attempts_are_damaged_goes_all_the_same(database: TestDatabase) {
    database.add(endpoint(1)).await;
    database.create_payment(1).await;
    let sql = "update webhook_deliveries set log = '{\"no\": 1}'";
    database.outsider(sql).unwrap();
    database.create_payment(2).await;
    let good: EventId = database.events(2).await[0].id;
    let due = database.due_then(0).await;
    let [(of, of_it)] = &numbers(&due)[..] else {
        panic!("{due:?}")
    };
    assert_eq!((*of, of_it.len()), (endpoint_id(1), 2));
    let (page, _) = database.store.ask(all()).await.unwrap();
    let events = page.into_iter().map(|one| one.map(|one| one.event_id));
    let (good_ones, damaged): (Vec<_>, Vec<_>) = events.partition(Result::is_ok);
    assert_eq!(damaged.len(), 1);
    assert_eq!(good_ones.into_iter().flatten().collect::<Vec<_>>(), [good]);
}

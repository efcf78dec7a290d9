//! What every store must do.

use super::positions::{follow, sequence};
use super::*;

every_store! {
    a_payment_reads_back_as_it_was_written_even_after_a_restart
    payments_are_listed_in_pages_the_newest_first
    a_payment_is_found_by_its_tid
    of_two_changes_to_one_version_one_is_committed
    a_taken_idempotency_key_leaves_no_payment_behind
    work_that_fails_spoils_no_work_that_is_committed_with_it
    what_is_due_is_leased_to_one_caller
    a_new_time_to_look_is_set_only_on_the_version_that_was_looked_at
    visitors_cause_one_lookup_at_a_time
    of_many_that_are_due_those_come_first_whom_somebody_waits_for
    approvals_left_behind_are_due_at_once_after_a_start
    old_histories_go_and_their_payments_stay
    a_row_that_cannot_be_is_refused_with_its_place
    a_damaged_row_is_told_of_and_spoils_none_of_the_others
    events_come_in_pages_oldest_first
    the_database_itself_refuses_states_that_cannot_be
    more_than_was_paid_is_never_canceled
}

async fn a_payment_reads_back_as_it_was_written_even_after_a_restart(database: TestDatabase) {
    let change = new_payment(1);
    database.store.create(new(change.clone())).await.unwrap();
    assert_eq!(database.payment(1).await, change.payment);
    let claim = decided(&change.payment, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();

    let database = database.restart().await;
    assert_eq!(database.payment(1).await, claim.payment);
    assert_eq!(database.events(1).await, vec![change.event, claim.event]);
    assert_eq!(database.store.ask(OfShop(of(id(2)))).await.unwrap(), None);
}

async fn payments_are_listed_in_pages_the_newest_first(database: TestDatabase) {
    for n in 1..=5 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let list = async |order_id: Option<&str>, after: Option<u8>, limit| {
        let filter = Filter {
            order_id: order_id.map(str::to_owned),
            ..Filter::default()
        };
        let page = Page {
            filter,
            after: after.map(id),
            limit,
            ..first_page()
        };
        let payments = database.store.ask(List(page)).await.unwrap();
        payments
            .iter()
            .map(|payment| payment.as_ref().unwrap().id)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 2).await, [id(5), id(4)]);
    assert_eq!(list(None, Some(4), 9).await, [id(3), id(2), id(1)]);
    assert_eq!(list(Some("주문-3"), None, 9).await, [id(3)]);
    assert!(list(Some("주문-3"), Some(3), 9).await.is_empty());
    assert!(list(Some("주문"), None, 9).await.is_empty());
}

async fn a_payment_is_found_by_its_tid(database: TestDatabase) {
    database.store.create(new(new_payment(1))).await.unwrap();
    let find = async |tid: String| database.store.ask(WithTid(tid)).await.unwrap();
    assert_eq!(find(format!("T{:019}", 1)).await, Some(of(id(1))));
    assert_eq!(find(format!("T{:019}", 2)).await, None);
}

async fn of_two_changes_to_one_version_one_is_committed(database: TestDatabase) {
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let quit = || decided(&ready.payment, quit_at(60), at(60));
    let (a, b) = tokio::join!(
        database.store.commit(step(quit())),
        database.store.commit(step(quit()))
    );
    let outcomes = [a.is_ok(), b.is_ok()];
    assert_eq!(
        outcomes.iter().filter(|committed| **committed).count(),
        1,
        "{a:?} {b:?}"
    );
    let refused = a.err().or(b.err());
    assert!(matches!(refused, Some(StoreError::Conflict)), "{refused:?}");
    // The loser's event is not there either, nor what it would have told the shop.
    assert_eq!(database.events(1).await.len(), 2);
    sequence(&database).await;
    assert_eq!(follow(&database).await, [(id(1), 1), (id(1), 2)]);
}

async fn a_taken_idempotency_key_leaves_no_payment_behind(database: TestDatabase) {
    database
        .store
        .create(keyed(new_payment(1), record(1, "k")))
        .await
        .unwrap();
    let second = database
        .store
        .create(keyed(new_payment(2), record(2, "k")))
        .await;
    assert!(matches!(second, Err(StoreError::KeyTaken)), "{second:?}");
    assert_eq!(database.store.ask(OfShop(of(id(2)))).await.unwrap(), None);
    assert!(database.events(2).await.is_empty());
    let known = database.store.ask(asked_under("k")).await.unwrap();
    assert_eq!(known, Some(record(1, "k")));
}

async fn work_that_fails_spoils_no_work_that_is_committed_with_it(database: TestDatabase) {
    let creates = (0..100).map(|n| {
        let store = database.store.clone();
        // Every other one takes the same key, so that it fails inside the shared transaction.
        let key = if n % 2 == 0 {
            format!("k{n}")
        } else {
            "same".to_owned()
        };
        tokio::spawn(async move { store.create(keyed(new_payment(n), record(n, &key))).await })
    });
    let creates: Vec<_> = creates.collect();
    let mut committed = 0;
    for (n, create) in (0..).zip(creates) {
        let created = create.await.unwrap().is_ok();
        assert_eq!(
            database
                .store
                .ask(OfShop(of(id(n))))
                .await
                .unwrap()
                .is_some(),
            created,
            "{n}"
        );
        committed += u32::from(created);
    }
    assert_eq!(committed, 51);
}

async fn what_is_due_is_leased_to_one_caller(database: TestDatabase) {
    for n in 0..5 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let store = &database.store;
    assert!(database.claim_due(900, 945).await.is_empty());
    let first = store.ask(due(at(930), at(975), 3)).await.unwrap();
    let second = store.ask(due(at(930), at(975), 3)).await.unwrap();
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(first.iter().all(|id| !second.contains(id)));
    assert!(database.claim_due(970, 999).await.is_empty());
    assert_eq!(database.claim_due(975, 999).await.len(), 5);
}

async fn a_new_time_to_look_is_set_only_on_the_version_that_was_looked_at(database: TestDatabase) {
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim)).await.unwrap();
    database
        .store
        .ask(CheckAt {
            payment: of(id(1)),
            version: 1,
            at: None,
        })
        .await
        .unwrap();
    assert_eq!(database.claim_due(90, 99).await, [id(1)]);
    database
        .store
        .ask(CheckAt {
            payment: of(id(1)),
            version: 2,
            at: None,
        })
        .await
        .unwrap();
    assert!(database.claim_due(9_999, 9_999).await.is_empty());
}

async fn visitors_cause_one_lookup_at_a_time(database: TestDatabase) {
    database.store.create(new(new_payment(1))).await.unwrap();
    let interval = SignedDuration::from_secs(1);
    let claim = |now: i64| {
        database.store.ask(ClaimLookup {
            payment: of(id(1)),
            now: at(now),
            interval,
        })
    };
    assert!(claim(10).await.unwrap());
    assert!(database.claim_due(11, 99).await.is_empty());
    assert!(!claim(10).await.unwrap());
    // The one that was refused is left to recovery.
    database
        .store
        .ask(ScheduleCheck {
            payment: of(id(1)),
            now: at(10),
            at: at(11),
        })
        .await
        .unwrap();
    database
        .store
        .ask(ScheduleCheck {
            payment: of(id(1)),
            now: at(10),
            at: at(60),
        })
        .await
        .unwrap();
    assert_eq!(database.claim_due(11, 99).await, [id(1)]);
    assert!(claim(12).await.unwrap());
}

async fn of_many_that_are_due_those_come_first_whom_somebody_waits_for(database: TestDatabase) {
    for n in 1..=4 {
        database.store.create(new(new_payment(n))).await.unwrap();
        let (payment, now) = (of(id(n)), start());
        let at = at(i64::from(n));
        let soon = ScheduleCheck { payment, now, at };
        database.store.ask(soon).await.unwrap();
    }
    let claim = async |now, first| {
        let limit = 1;
        let due = due(at(now), at(now + 50), limit);
        let claimed = database.store.ask(ClaimDue { first, ..due }).await.unwrap();
        claimed.iter().map(|payment| payment.id).collect::<Vec<_>>()
    };
    let count = async |now| database.store.ask(CountDue { now: at(now) }).await.unwrap();
    assert_eq!((count(0).await, count(3).await, count(9).await), (0, 3, 4));
    let first = async |n, now| {
        let (payment, now) = (of(id(n)), at(now));
        database
            .store
            .ask(LookFirst { payment, now })
            .await
            .unwrap();
    };
    // One that is not due yet is not due sooner for it.
    first(4, 3).await;
    assert_eq!(count(3).await, 3);
    first(2, 10).await;
    assert_eq!(claim(10, FirstDue::Newest).await, [id(2)]);
    assert_eq!(claim(10, FirstDue::Oldest).await, [id(1)]);
    assert_eq!(claim(10, FirstDue::Newest).await, [id(4)]);
    assert_eq!(count(10).await, 1);
    // Who was refused a lookup of a payment that is due waits for it as well.
    let again = due(at(61), at(62), 9);
    assert_eq!(database.store.ask(again).await.unwrap().len(), 4);
    for (n, now) in [(1, 70), (3, 71)] {
        let (payment, now) = (of(id(n)), at(now));
        let at = now + SignedDuration::from_secs(1);
        let soon = ScheduleCheck { payment, now, at };
        database.store.ask(soon).await.unwrap();
    }
    assert_eq!(claim(71, FirstDue::Newest).await, [id(3)]);
    assert_eq!(claim(71, FirstDue::Newest).await, [id(1)]);
}

async fn approvals_left_behind_are_due_at_once_after_a_start(database: TestDatabase) {
    for n in 0..2 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let claim = decided(&database.payment(1).await, comes_back(), at(60));
    database.store.commit(step(claim)).await.unwrap();
    let database = database.restart().await;
    assert_eq!(
        database
            .store
            .ask(WakeInDoubt { now: at(61) })
            .await
            .unwrap(),
        1
    );
    assert_eq!(database.claim_due(61, 99).await, [id(1)]);
}

async fn old_histories_go_and_their_payments_stay(database: TestDatabase) {
    let store = &database.store;
    store.ask(PrepareAhead { now: start() }).await.unwrap();
    let ready = new_payment(1);
    store.create(new(ready.clone())).await.unwrap();
    let later = at(60 * 24 * 3_600);
    let prune = async |before| store.ask(Prune { before }).await.unwrap();
    assert_eq!(prune(start()).await, 0, "nothing is older");
    assert_eq!(prune(later).await, 0, "it is not at rest");

    let quit = decided(&ready.payment, quit_at(120), at(120));
    store.commit(step(quit.clone())).await.unwrap();
    let version = quit.payment.version;
    store
        .ask(CheckAt {
            payment: of(id(1)),
            version,
            at: None,
        })
        .await
        .unwrap();
    assert_eq!(prune(later).await, 1);
    assert!(database.events(1).await.is_empty());
    sequence(&database).await;
    assert!(follow(&database).await.is_empty());
    assert_eq!(database.payment(1).await, quit.payment);
    assert_eq!(prune(later).await, 0);
}

async fn a_row_that_cannot_be_is_refused_with_its_place(database: TestDatabase) {
    database.store.create(new(new_payment(1))).await.unwrap();
    let damage = "update payments set redirect = '{\"pc\":1}'";
    database.outsider(damage).unwrap();
    let error = database
        .store
        .ask(OfShop(of(id(1))))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("table payments, row {}: redirect:", id(1))),
        "{error}"
    );
}

async fn a_damaged_row_is_told_of_and_spoils_none_of_the_others(database: TestDatabase) {
    for n in 1..=3 {
        database.store.create(new(new_payment(n))).await.unwrap();
    }
    let tid = format!("T{:019}", 2);
    let damage = format!("update payments set redirect = '{{\"pc\":1}}' where tid = '{tid}'");
    database.outsider(&damage).unwrap();
    let page = Page {
        limit: 9,
        ..first_page()
    };
    for listed in [
        database.store.ask(List(page.clone())).await.unwrap(),
        database.store.ask(ListToShow(page)).await.unwrap(),
    ] {
        let ids: Vec<_> = listed
            .iter()
            .map(|row| match row {
                Ok(payment) => payment.id.to_string(),
                Err(damaged) => format!("damaged {}", damaged.id),
            })
            .collect();
        let damaged = format!("damaged {}", id(2));
        assert_eq!(ids, [id(3).to_string(), damaged, id(1).to_string()]);
    }
}

async fn events_come_in_pages_oldest_first(database: TestDatabase) {
    let ready = new_payment(1);
    database.store.create(new(ready.clone())).await.unwrap();
    let claim = decided(&ready.payment, comes_back(), at(60));
    database.store.commit(step(claim.clone())).await.unwrap();
    let page = async |after, limit| {
        let events = database
            .store
            .ask(Events {
                payment: of(id(1)),
                after,
                limit,
            })
            .await
            .unwrap();
        events
            .into_iter()
            .map(|event| event.unwrap().sequence)
            .collect::<Vec<_>>()
    };
    assert_eq!(page(0, 9).await, [1, 2]);
    assert_eq!(page(0, 1).await, [1]);
    assert_eq!(page(1, 9).await, [2]);
    assert!(page(2, 9).await.is_empty());
}

async fn the_database_itself_refuses_states_that_cannot_be(database: TestDatabase) {
    database.store.create(new(new_payment(1))).await.unwrap();
    // What the database itself does not see, whoever reads the row does.
    for damage in ["status = 'quit'", "total = 1"] {
        let undo = ["status = 'ready'", "total = 2200"];
        let damaged = database.outsider(&format!("update payments set {damage}"));
        assert!(damaged.is_ok(), "{damaged:?}");
        let read = database.store.ask(OfShop(of(id(1)))).await;
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
        let undo = undo.map(|set| database.outsider(&format!("update payments set {set}")));
        assert!(undo.iter().all(Result::is_ok), "{undo:?}");
    }
    for damage in [
        "update payments set status = 'paid'",
        "update payments set pg_token = 'x'",
        "update payments set further_pg_token = 'x'",
        "update payments set total = 0",
        "update payments set version = 0",
        "update payments set expires_at = created_at",
        "insert into events select * from events",
        "delete from payments",
    ] {
        let refused = database.outsider(damage).unwrap_err();
        assert!(refused.contains("constraint"), "{damage}: {refused}");
    }
    let rewritten = database
        .outsider("update events set evidence = null")
        .unwrap_err();
    assert!(rewritten.contains("events are append-only"), "{rewritten}");
}

async fn more_than_was_paid_is_never_canceled(database: TestDatabase) {
    database.store.create(new(new_payment(1))).await.unwrap();
    let cancel = |n: u8, status: &str, total: i64| {
        let id = format!("{n:032x}");
        let id = match database.place {
            Place::Sqlite(_) => format!("x'{id}'"),
            Place::Postgres(_) | Place::Bounced(_) => format!("'{id}'"),
        };
        let body = json!({ "amount": { "total": total, "vat": 0 }, "status": status });
        database.outsider(&format!(
            "insert into cancellations (id, shop_id, payment_id, status, total, body)
             select {id}, shop_id, id, '{status}', {total}, '{body}' from payments"
        ))
    };
    cancel(1, "done", 1_500).unwrap();
    cancel(2, "pending", 700).unwrap();
    let second = cancel(3, "pending", 1).unwrap_err();
    assert!(
        second.contains("unique") || second.contains("UNIQUE"),
        "{second}"
    );
    let above = "more would be canceled than was paid";
    assert!(cancel(3, "done", 1).unwrap_err().contains(above));
    cancel(4, "failed", 2_200).unwrap();
    let revived = "update cancellations set status = 'done', total = 800,
        body = '{\"amount\":{\"total\":800,\"vat\":0},\"status\":\"done\"}' where status = 'pending'";
    assert!(database.outsider(revived).unwrap_err().contains(above));
}

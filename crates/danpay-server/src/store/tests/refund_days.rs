//! How much goes back on a day, however many servers are asked at once.

use danpay_core::{
    CancelAnswer, Cancellation, CancellationId, Failure, Refunded, Wanted, Won, timing,
};

use super::claims::{approved, claim, obstacle};
use super::*;

every_store! {
    of_refunds_at_once_as_many_are_committed_as_the_day_has_room_for
    a_refund_that_has_failed_makes_room_again
    each_day_has_a_sum_of_its_own
    what_went_back_before_there_was_a_limit_counts
    a_refund_that_finds_another_version_is_not_counted
    a_refund_in_a_restored_database_is_not_counted
    sums_of_old_days_go
}

fn won(amount: i64) -> Won {
    Won::try_from(amount).unwrap()
}

pub(super) async fn paid(database: &TestDatabase, n: u8) -> Payment {
    let ready = new_payment(n);
    let claimed = claim(&ready.payment);
    let booked = approved(&claimed.payment);
    Box::pin(database.store.create(new(ready))).await.unwrap();
    Box::pin(database.store.commit(step(claimed)))
        .await
        .unwrap();
    Box::pin(database.store.commit(step(booked.clone())))
        .await
        .unwrap();
    booked.payment
}

pub(super) fn can(n: u8) -> CancellationId {
    CancellationId::from_bytes([n; 16])
}

/// 1,100 KRW of it go back at `now`, of `per_day` that may.
fn refund(payment: &Payment, n: u8, now: Timestamp, per_day: Option<i64>) -> Change {
    let command = Command::Cancel {
        id: can(n),
        wanted: Wanted {
            total: Some(won(1100)),
            ..Wanted::default()
        },
        reason: None,
    };
    let limited = Context {
        refund_limits: RefundLimits {
            per_refund: None,
            per_day: per_day.map(won),
        },
        ..context(now)
    };
    match decide(payment, command, limited) {
        Decision::Commit(change) => *change,
        other => panic!("{other:?}"),
    }
}

pub(super) fn failed(pending: &Payment, n: u8, now: Timestamp) -> Change {
    let failure = Failure {
        code: "refused".to_owned(),
        message: "Refused.".to_owned(),
        message_ko: "거절되었습니다.".to_owned(),
        kakaopay: None,
    };
    let settled = Command::SettleCancel(can(n), CancelAnswer::Rejected(failure));
    decided(pending, settled, now)
}

fn so_far(now: Timestamp, sum: i64) -> Obstacle {
    let day = timing::korean_day(now);
    let sum = won(sum);
    Obstacle::RefundDay(Refunded { day, sum })
}

fn sums(database: &TestDatabase) -> String {
    let sums = "select coalesce(sum(sum), 0)::bigint from refund_days";
    let sums = match database.place {
        Place::Sqlite(_) => sums.replace("::bigint", ""),
        _ => sums.to_owned(),
    };
    database.outsider(&sums).unwrap()
}

async fn of_refunds_at_once_as_many_are_committed_as_the_day_has_room_for(database: TestDatabase) {
    let mut payments = Vec::new();
    for n in 1..=8 {
        payments.push(paid(&database, n).await);
    }
    let refunds: Vec<_> = (1..=8)
        .zip(&payments)
        .map(|(n, payment)| {
            let change = refund(payment, n, at(70), Some(3_500));
            let store = database.store.clone();
            tokio::spawn(async move { store.commit(step(change)).await })
        })
        .collect();
    let mut committed = 0;
    for refund in refunds {
        match refund.await.unwrap() {
            Ok(()) => committed += 1,
            Err(error) => assert!(matches!(error, StoreError::Obstacle(_)), "{error}"),
        }
    }
    assert_eq!((committed, sums(&database).as_str()), (3, "3300"));
    for n in 1..=8 {
        let payment = database.payment(n).await;
        if payment.pending().is_none() {
            // Nothing of it is there, and the next one hears how much went back.
            assert_eq!(database.events(n).await.len(), 3);
            let again = database
                .store
                .commit(step(refund(&payment, n, at(71), Some(3_500))));
            assert_eq!(obstacle(again.await), so_far(at(71), 3_300));
        }
    }
}

async fn a_refund_that_has_failed_makes_room_again(database: TestDatabase) {
    let (first, second) = (paid(&database, 1).await, paid(&database, 2).await);
    let pending = refund(&first, 1, at(70), Some(1_100));
    database.store.commit(step(pending.clone())).await.unwrap();
    let next = || refund(&second, 2, at(71), Some(1_100));
    let outcome = database.store.commit(step(next())).await;
    assert_eq!(obstacle(outcome), so_far(at(71), 1_100));
    // It fails two days later, and is taken out of the sum of its own day.
    let days_later = at(70 + 2 * 24 * 3600);
    let change = failed(&pending.payment, 1, days_later);
    database.store.commit(step(change)).await.unwrap();
    assert_eq!(sums(&database), "0");
    database.store.commit(step(next())).await.unwrap();
    assert_eq!(sums(&database), "1100");
    let Cancellation { requested_at, .. } = &database.payment(1).await.cancellations[0];
    assert_eq!(*requested_at, at(70));
}

async fn each_day_has_a_sum_of_its_own(database: TestDatabase) {
    let (first, second) = (paid(&database, 1).await, paid(&database, 2).await);
    // 17:00 in Korea, and the next midnight.
    let midnight = start() + SignedDuration::from_hours(7);
    let before = midnight - SignedDuration::from_millis(1);
    database
        .store
        .commit(step(refund(&first, 1, before, Some(1_100))))
        .await
        .unwrap();
    let too_much = database
        .store
        .commit(step(refund(&second, 2, before, Some(1_100))));
    assert_eq!(obstacle(too_much.await), so_far(before, 1_100));
    database
        .store
        .commit(step(refund(&second, 2, midnight, Some(1_100))))
        .await
        .unwrap();
    let days = "select count(*) from refund_days where sum = 1100";
    assert_eq!(database.outsider(days).unwrap(), "2");
}

async fn what_went_back_before_there_was_a_limit_counts(database: TestDatabase) {
    let (first, second) = (paid(&database, 1).await, paid(&database, 2).await);
    database
        .store
        .commit(step(refund(&first, 1, at(70), None)))
        .await
        .unwrap();
    let outcome = database
        .store
        .commit(step(refund(&second, 2, at(71), Some(1_500))))
        .await;
    assert_eq!(obstacle(outcome), so_far(at(71), 1_100));
    // Above the limit by itself, with nothing there yet.
    let tomorrow = at(24 * 3600);
    let outcome = database
        .store
        .commit(step(refund(&second, 2, tomorrow, Some(1_000))))
        .await;
    assert_eq!(obstacle(outcome), so_far(tomorrow, 0));
    database
        .store
        .commit(step(refund(&second, 2, at(72), None)))
        .await
        .unwrap();
    assert_eq!(sums(&database), "2200");
}

async fn a_refund_that_finds_another_version_is_not_counted(database: TestDatabase) {
    let payment = paid(&database, 1).await;
    let (first, second) = (
        refund(&payment, 1, at(70), Some(9_000)),
        refund(&payment, 2, at(70), Some(9_000)),
    );
    database.store.commit(step(first)).await.unwrap();
    let outcome = database.store.commit(step(second)).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_eq!(sums(&database), "1100");
    let late = failed(&refund(&payment, 3, at(70), None).payment, 3, at(71));
    let stale = Change {
        payment: Payment {
            version: 9,
            ..late.payment.clone()
        },
        ..late
    };
    let outcome = database.store.commit(step(stale)).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_eq!(sums(&database), "1100");
}

async fn a_refund_in_a_restored_database_is_not_counted(database: TestDatabase) {
    let payment = paid(&database, 1).await;
    database
        .store
        .ask(MarkRestored { at: at(62) })
        .await
        .unwrap();
    let outcome = database
        .store
        .commit(step(refund(&payment, 1, at(70), Some(9_000))));
    assert_eq!(obstacle(outcome.await), Obstacle::Restored);
    assert_eq!(sums(&database), "0");
}

async fn sums_of_old_days_go(database: TestDatabase) {
    let payment = paid(&database, 1).await;
    let pending = refund(&payment, 1, at(70), None);
    database.store.commit(step(pending.clone())).await.unwrap();
    let prune = async |day: i64| {
        let before = timing::korean_day(at(day * 24 * 3600));
        database
            .store
            .ask(PruneRefundDays { before })
            .await
            .unwrap();
        database
            .outsider("select count(*) from refund_days")
            .unwrap()
    };
    assert_eq!(prune(0).await, "1");
    assert_eq!(prune(1).await, "0");
    // What fails later has nothing to be taken out of.
    let change = failed(&pending.payment, 1, at(80));
    database.store.commit(step(change)).await.unwrap();
    assert_eq!(sums(&database), "0");
}

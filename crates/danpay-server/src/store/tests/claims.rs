//! What stands in the way of a claim: another payment of the order, a restored database.

use danpay_core::{
    Amount, Approval, ApproveAnswer, CancelAnswer, Failure, Holder, Paid, Refused, Wanted,
};

use super::*;

every_store! {
    of_the_payments_of_an_order_one_is_claimed
    an_order_is_given_back_when_its_payment_has_not_been_paid
    a_paid_order_is_known_as_paid
    what_kakaopay_has_proved_takes_an_order_from_a_payment_that_is_not_paid
    a_claim_that_finds_another_version_leaves_the_order_alone
    a_restored_database_makes_no_calls_and_books_what_is_learned
}

const ORDER: &str = "주문-1";

async fn of_one_order(database: &TestDatabase, count: u8) -> Vec<Payment> {
    let mut payments = Vec::new();
    for n in 1..=count {
        let ready = payment_of(n, ORDER);
        database.store.create(new(ready.clone())).await.unwrap();
        payments.push(ready.payment);
    }
    payments
}

pub(super) fn claim(payment: &Payment) -> Change {
    decided(payment, comes_back(), at(60))
}

pub(super) fn paid(payment: &Payment) -> Box<Paid> {
    let order = &payment.order;
    Box::new(Paid {
        cid: payment.cid.clone(),
        tid: payment.tid.clone(),
        order_id: order.order_id.as_str().to_owned(),
        user_id: order.user_id.as_str().to_owned(),
        approval: Approval {
            aid: None,
            amount: order.amount,
            payment_method_type: None,
            card_info: None,
            approved_at: None,
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: Amount::default(),
        cancels: Vec::new(),
        tells_payloads: false,
    })
}

pub(super) fn approved(payment: &Payment) -> Change {
    let answer = ApproveAnswer::Paid(paid(payment));
    decided(payment, Command::SettleApprove(answer), at(61))
}

pub(super) fn obstacle(outcome: Result<(), StoreError>) -> Obstacle {
    match outcome {
        Err(StoreError::Obstacle(obstacle)) => obstacle,
        other => panic!("{other:?}"),
    }
}

fn held_by(n: u8, is_paid: bool) -> Obstacle {
    Obstacle::Order(Holder {
        payment: id(n),
        is_paid,
    })
}

async fn of_the_payments_of_an_order_one_is_claimed(database: TestDatabase) {
    let payments = of_one_order(&database, 8).await;
    let claims: Vec<_> = payments
        .iter()
        .map(|payment| {
            let (store, change) = (database.store.clone(), claim(payment));
            tokio::spawn(async move { store.commit(step(change)).await })
        })
        .collect();
    let mut claimed = Vec::new();
    for (n, outcome) in (1..).zip(claims) {
        match outcome.await.unwrap() {
            Ok(()) => claimed.push(n),
            Err(error) => assert!(matches!(error, StoreError::Obstacle(_)), "{error}"),
        }
    }
    let [holder] = claimed[..] else {
        panic!("{claimed:?} are claimed");
    };
    for n in (1..=8).filter(|n| *n != holder) {
        assert_eq!(database.payment(n).await.status(), Status::Ready);
        assert_eq!(database.events(n).await.len(), 1);
        let again = database
            .store
            .commit(step(claim(&payments[usize::from(n) - 1])));
        assert_eq!(obstacle(again.await), held_by(holder, false));
    }
}

async fn an_order_is_given_back_when_its_payment_has_not_been_paid(database: TestDatabase) {
    let payments = of_one_order(&database, 2).await;
    let first = claim(&payments[0]);
    database.store.commit(step(first.clone())).await.unwrap();
    let second = claim(&payments[1]);
    let outcome = database.store.commit(step(second.clone())).await;
    assert_eq!(obstacle(outcome), held_by(1, false));
    let failure = Failure {
        code: "card_refused".to_owned(),
        message: "The card was refused.".to_owned(),
        message_ko: "카드가 거절되었습니다.".to_owned(),
        kakaopay: None,
    };
    let refused = ApproveAnswer::Refused(Refused::Rejected { failure });
    let refused = decided(&first.payment, Command::SettleApprove(refused), at(61));
    database.store.commit(step(refused)).await.unwrap();
    database.store.commit(step(second)).await.unwrap();
    assert_eq!(database.payment(2).await.status(), Status::Approving);
    // And what the first one gives back again is not the second one's.
    let before = database.store.ask(before_create(None, ORDER)).await;
    assert_eq!(before.unwrap().paid_by, None);
    let rows = "select count(*) from order_claims";
    assert_eq!(database.outsider(rows).unwrap(), "1");
}

async fn a_paid_order_is_known_as_paid(database: TestDatabase) {
    let payments = of_one_order(&database, 2).await;
    let first = claim(&payments[0]);
    database.store.commit(step(first.clone())).await.unwrap();
    let before = async || {
        let before = database.store.ask(before_create(Some("k"), ORDER));
        before.await.unwrap()
    };
    assert_eq!(before().await.paid_by, None);
    let first = approved(&first.payment);
    database.store.commit(step(first)).await.unwrap();
    assert_eq!(before().await.paid_by, Some(id(1)));
    let outcome = database.store.commit(step(claim(&payments[1]))).await;
    assert_eq!(obstacle(outcome), held_by(1, true));
}

async fn what_kakaopay_has_proved_takes_an_order_from_a_payment_that_is_not_paid(
    database: TestDatabase,
) {
    let payments = of_one_order(&database, 2).await;
    let first = claim(&payments[0]);
    database.store.commit(step(first.clone())).await.unwrap();
    let proof = || {
        Command::Learn(LookedUp {
            asked_at: at(62),
            lookup: Lookup::Paid(paid(&payments[1])),
        })
    };
    let met = database
        .store
        .commit(step(decided(&payments[1], proof(), at(62))));
    let met = obstacle(met.await);
    assert_eq!(met, held_by(1, false));
    let context = Context {
        obstacle: Some(met),
        ..context(at(62))
    };
    let Decision::Commit(second) = decide(&payments[1], proof(), context) else {
        panic!("a proof is booked");
    };
    database.store.commit(step(*second)).await.unwrap();
    let second = database.payment(2).await;
    // Nobody knows yet whether the first was charged.
    assert_eq!(second.state.approval().unwrap().second_charge_of, None);
    assert_eq!(second.review, None);
    // The first one is booked as well, if it is paid after all, and finds the second.
    let outcome = database.store.commit(step(approved(&first.payment))).await;
    assert_eq!(obstacle(outcome), held_by(2, true));
}

async fn a_claim_that_finds_another_version_leaves_the_order_alone(database: TestDatabase) {
    let payments = of_one_order(&database, 2).await;
    let late = claim(&payments[0]);
    let quit = decided(&payments[0], quit_at(50), at(50));
    database.store.commit(step(quit)).await.unwrap();
    let outcome = database.store.commit(step(late)).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    database
        .store
        .commit(step(claim(&payments[1])))
        .await
        .unwrap();
}

async fn a_restored_database_makes_no_calls_and_books_what_is_learned(database: TestDatabase) {
    let payments = of_one_order(&database, 1).await;
    let second = payment_of(2, "주문-2");
    database.store.create(new(second.clone())).await.unwrap();
    let claimed = claim(&second.payment);
    database.store.commit(step(claimed.clone())).await.unwrap();
    assert_eq!(database.store.ask(NewestRestored).await.unwrap(), None);
    database
        .store
        .ask(MarkRestored { at: at(62) })
        .await
        .unwrap();
    database
        .store
        .ask(MarkRestored { at: at(63) })
        .await
        .unwrap();

    let database = database.restart().await;
    let newest = database.store.ask(NewestRestored).await.unwrap();
    assert_eq!(newest, Some(second.payment.created_at));
    let before = database.store.ask(before_create(None, "주문-3")).await;
    assert!(before.unwrap().is_restored);
    let outcome = database.store.commit(step(claim(&payments[0]))).await;
    assert_eq!(obstacle(outcome), Obstacle::Restored);
    // It may be paid, for all that this database knows.
    let withdrawn = decided(&payments[0], Command::Withdraw, at(64));
    let outcome = database.store.commit(step(withdrawn)).await;
    assert_eq!(obstacle(outcome), Obstacle::Restored);
    let booked = approved(&claimed.payment);
    database.store.commit(step(booked.clone())).await.unwrap();
    let cancel = Command::Cancel {
        id: danpay_core::CancellationId::from_bytes([9; 16]),
        wanted: Wanted::default(),
        reason: None,
    };
    let cancel = decided(&booked.payment, cancel, at(70));
    let outcome = database.store.commit(step(cancel.clone())).await;
    assert_eq!(obstacle(outcome), Obstacle::Restored);

    database.store.ask(ClearRestored).await.unwrap();
    database
        .store
        .commit(step(claim(&payments[0])))
        .await
        .unwrap();
    database.store.commit(step(cancel.clone())).await.unwrap();
    let answer = CancelAnswer::NotSent(None);
    let settled = Command::SettleCancel(danpay_core::CancellationId::from_bytes([9; 16]), answer);
    let settled = decided(&cancel.payment, settled, at(71));
    database.store.commit(step(settled)).await.unwrap();
}

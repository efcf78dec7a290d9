//! Who may call to approve, with which token, and what a payment of a charged order becomes.

use super::*;
use crate::decide::claim::ORDER_ALREADY_PAID;

fn another() -> PaymentId {
    PaymentId::from_bytes([9; 16])
}

/// Another payment of the order stands in the way.
fn held(is_paid: bool) -> Obstacle {
    let payment = another();
    Obstacle::Order(Holder { payment, is_paid })
}

/// What is committed with that in the way.
fn despite(obstacle: Obstacle, payment: &Payment, command: Command, second: i64) -> Change {
    let context = Context {
        obstacle: Some(obstacle),
        ..context(at(second))
    };
    match decide(payment, command, context) {
        Decision::Commit(change) => *change,
        other => panic!("{other:?}"),
    }
}

fn waits_until(payment: &Payment, command: Command, second: i64) -> Option<Timestamp> {
    match decide(payment, command, context(at(second))) {
        Decision::Wait(next) => next,
        other => panic!("{other:?}"),
    }
}

fn a_token(n: usize) -> PgToken {
    PgToken::new(format!("token-{n}")).unwrap()
}

/// Back to `ready`, since the token was not the payer's.
fn turned_down(payment: &Payment, second: i64) -> Payment {
    let no = ApproveAnswer::Refused(Refused::WrongToken);
    let doubted = committed(payment, Command::SettleApprove(no), second).payment;
    committed(
        &doubted,
        learn(Lookup::Unpaid, at(second + 30)),
        second + 30,
    )
    .payment
}

#[test]
fn a_no_to_the_token_is_believed_when_no_call_can_take_effect_any_more() {
    for (no, kind) in [
        (Refused::WrongToken, EventKind::Reopened),
        (Refused::Expired, EventKind::Expired),
    ] {
        let claimed = committed(&in_state(ready()), comes_back(token()), 10).payment;
        // Of a call that came twice on its way we may have heard the second answer.
        let no = Command::SettleApprove(ApproveAnswer::Refused(no));
        let doubted = committed(&claimed, no, 11);
        assert_eq!(doubted.event.kind, EventKind::ApprovalUnknown);
        assert_eq!(doubted.next_check, Some(at(12)));
        let early = learn(Lookup::Unpaid, at(12));
        assert_eq!(waits_until(&doubted.payment, early, 12), Some(at(40)));
        let late = committed(&doubted.payment, learn(Lookup::Unpaid, at(40)), 41);
        assert_eq!(late.event.kind, kind);
    }
}

#[test]
fn browsers_claim_ten_times_and_then_recovery_does() {
    let mut payment = payment(ApprovalMode::Automatic);
    let mut second = 10;
    for claim in 0..timing::CLAIMS_MAX {
        let claimed = committed(&payment, comes_back(a_token(usize::from(claim))), second);
        assert_eq!(claimed.call, Some(Call::Approve), "{claim}");
        payment = turned_down(&claimed.payment, second);
        second += 31;
    }
    let kept = committed(&payment, comes_back(a_token(60)), second);
    assert_eq!(
        (kept.call, kept.event.kind),
        (None, EventKind::Authenticated)
    );
    assert_eq!(kept.payment.pg_token, Some(a_token(60)));
    // As long as if nobody had come back before: the payment is 320 s old.
    assert_eq!(kept.next_check, Some(at(second + 300)));
    let later = second + 300;
    let repeated = committed(&kept.payment, learn(Lookup::Unpaid, at(later)), later);
    assert_eq!(repeated.call, Some(Call::Approve));
}

#[test]
fn the_newest_of_the_other_tokens_is_kept_and_tried_if_the_first_was_wrong() {
    let claimed = committed(&in_state(ready()), comes_back(a_token(0)), 10);
    let mut payment = claimed.payment;
    let again = decide(&payment, comes_back(a_token(0)), context(at(11)));
    assert!(matches!(again, Decision::Refuse(_)), "the same: {again:?}");
    for n in 1..=30 {
        match decide(&payment, comes_back(a_token(n)), context(at(11))) {
            Decision::Commit(change) => {
                assert_eq!(change.event.kind, EventKind::ReturnedAgain);
                assert_eq!(change.next_check, Some(at(12)));
                payment = change.payment;
            }
            Decision::Refuse(_) => assert!(n > usize::from(timing::TOKENS_MAX), "{n}"),
            other @ Decision::Wait(_) => panic!("{other:?}"),
        }
    }
    assert_eq!(payment.pg_token, Some(a_token(0)));
    let newest = usize::from(timing::TOKENS_MAX);
    assert_eq!(payment.further_pg_token, Some(a_token(newest)));

    let no = Command::SettleApprove(ApproveAnswer::Refused(Refused::WrongToken));
    let doubted = committed(&payment, no, 13).payment;
    let next = committed(&doubted, learn(Lookup::Unpaid, at(40)), 40);
    assert_eq!(next.event.kind, EventKind::OtherToken);
    assert_eq!(next.next_check, Some(at(41)));
    assert_eq!(next.payment.pg_token, Some(a_token(newest)));
    assert_eq!(next.payment.further_pg_token, None);
    // No call is in doubt, so a lookup is believed at once.
    let called = committed(&next.payment, learn(Lookup::Unpaid, at(41)), 41);
    assert_eq!(called.call, Some(Call::Approve));

    // When the 15 minutes are over there is nothing to try it for.
    let late = committed(&doubted, learn(Lookup::Unpaid, at(900)), 900);
    assert_eq!(late.event.kind, EventKind::Reopened);
    assert_eq!(late.payment.further_pg_token, None);
}

#[test]
fn of_two_tokens_in_one_return_the_last_is_called_with_and_the_other_kept() {
    let both = Command::Return {
        token: a_token(2),
        other: Some(a_token(1)),
    };
    let claimed = committed(&in_state(ready()), both, 10);
    assert_eq!(claimed.payment.pg_token, Some(a_token(2)));
    assert_eq!(claimed.payment.further_pg_token, Some(a_token(1)));
}

#[test]
fn what_the_shop_takes_back_is_never_approved() {
    for (mode, state) in [
        (ApprovalMode::Automatic, ready()),
        (ApprovalMode::Automatic, authenticated()),
        (ApprovalMode::Manual, authenticated()),
    ] {
        let mut payment = in_state(state);
        payment.order.approval = mode;
        let withdrawn = committed(&payment, Command::Withdraw, 20);
        assert_eq!(withdrawn.event.kind, EventKind::Withdrawn);
        assert_eq!(withdrawn.payment.state, State::Withdrawn { at: at(20) });
        assert_eq!(withdrawn.payment.pg_token, None);
        // Once nothing can move any longer it is looked up once more.
        assert_eq!(withdrawn.next_check, Some(at(930)));
        for command in [comes_back(token()), Command::Approve, Command::Withdraw] {
            let refused = decide(&withdrawn.payment, command, context(at(21)));
            assert_eq!(
                refused,
                Decision::Refuse(Refusal::Status(Status::Withdrawn))
            );
        }
        let agreed = waits_until(&withdrawn.payment, learn(Lookup::Unpaid, at(931)), 931);
        assert_eq!(agreed, None);
    }
    for state in [approving(1), approving(0)] {
        let refused = decide(&in_state(state), Command::Withdraw, context(at(20)));
        assert_eq!(
            refused,
            Decision::Refuse(Refusal::Status(Status::Approving))
        );
    }
}

#[test]
fn a_payment_of_an_order_that_is_paid_fails_without_a_call() {
    let mut by_hand = in_state(authenticated());
    by_hand.order.approval = ApprovalMode::Manual;
    let doubtless = in_state(approving(0));
    for (payment, command) in [
        (in_state(ready()), comes_back(token())),
        (in_state(authenticated()), learn(Lookup::Unpaid, at(20))),
        (by_hand, Command::Approve),
        (doubtless, learn(Lookup::Unpaid, at(20))),
    ] {
        let failed = despite(held(true), &payment, command, 20);
        assert_eq!((failed.call, failed.event.kind), (None, EventKind::Failed));
        let failure = failed.payment.state.failure().unwrap();
        assert_eq!(failure.code, ORDER_ALREADY_PAID);
        assert_eq!(failed.next_check, Some(at(930)));
        let evidence = failed.event.evidence.unwrap();
        assert_eq!(evidence["order_charged_by"], another().to_string());
    }
}

#[test]
fn a_payment_of_an_order_that_is_being_charged_waits_for_recovery() {
    let kept = despite(held(false), &in_state(ready()), comes_back(token()), 20);
    assert_eq!((kept.call, kept.order), (None, OrderClaim::Keep));
    assert_eq!(kept.payment.status(), Status::Authenticated);
    assert_eq!(kept.payment.pg_token, Some(token()));
    assert_eq!(kept.next_check, Some(at(21)));
    let unpaid = |second| learn(Lookup::Unpaid, at(second));
    let context = Context {
        obstacle: Some(held(false)),
        ..context(at(30))
    };
    let still = decide(&kept.payment, unpaid(30), context);
    // So long again as it has waited since the payer was back.
    assert_eq!(still, Decision::Wait(Some(at(40))));
    let free = committed(&kept.payment, unpaid(40), 40);
    assert_eq!(
        (free.call, free.order),
        (Some(Call::Approve), OrderClaim::Take)
    );
    assert_eq!(free.event.kind, EventKind::Approving);
}

#[test]
fn a_second_charge_is_booked_and_a_person_is_asked() {
    let answer = || Command::SettleApprove(ApproveAnswer::Paid(paid(0)));
    let second = despite(held(true), &in_state(approving(1)), answer(), 20);
    let approval = second.payment.state.approval().unwrap();
    assert_eq!(approval.second_charge_of, Some(another()));
    let review = second.payment.review.unwrap();
    assert_eq!(review, Review::SecondCharge { first: another() });
    assert_eq!(second.order, OrderClaim::Keep);
    assert_eq!(second.event.review, Some(review));
    // Whether the other one was charged is not known yet; if it was, it is the second.
    let overtaker = despite(held(false), &in_state(approving(1)), answer(), 20);
    let approval = overtaker.payment.state.approval().unwrap();
    assert_eq!(
        (approval.second_charge_of, overtaker.payment.review),
        (None, None)
    );
    assert_eq!(overtaker.order, OrderClaim::TakeFrom(another()));
    let first = committed(&in_state(approving(1)), answer(), 20);
    let approval = first.payment.state.approval().unwrap();
    assert_eq!(
        (approval.second_charge_of, first.payment.review),
        (None, None)
    );
    assert_eq!(
        (first.order, first.event.kind),
        (OrderClaim::Take, EventKind::Approved)
    );
}

#[test]
fn numbers_that_name_no_order_claim_nothing() {
    let context = Context {
        order_numbers: OrderNumbers::Repeat,
        ..context(at(20))
    };
    let Decision::Commit(claimed) = decide(&in_state(ready()), comes_back(token()), context) else {
        panic!("it is claimed");
    };
    assert_eq!(
        (claimed.call, claimed.order),
        (Some(Call::Approve), OrderClaim::Keep)
    );
}

#[test]
fn a_second_token_of_a_payment_that_waits_for_the_shop_is_kept_as_one() {
    let mut by_hand = in_state(ready());
    by_hand.order.approval = ApprovalMode::Manual;
    let back = committed(&by_hand, comes_back(a_token(1)), 10);
    assert_eq!(back.event.kind, EventKind::Authenticated);
    assert_eq!(back.next_check, Some(at(930)));
    let again = committed(&back.payment, comes_back(a_token(2)), 20);
    assert_eq!(again.event.kind, EventKind::ReturnedAgain);
    assert_eq!(again.payment.pg_token, Some(a_token(1)));
    assert_eq!(again.payment.further_pg_token, Some(a_token(2)));
    let reload = decide(&again.payment, comes_back(a_token(2)), context(at(30)));
    assert!(matches!(reload, Decision::Refuse(_)), "{reload:?}");
}

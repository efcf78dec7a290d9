//! What is left of a payment that was erased.

use super::*;
use crate::erase::{ERASED, erase};
use crate::failure::KakaoPayFailure;

fn personal(mut payment: Payment) -> Payment {
    let order = &mut payment.order;
    order.user_id = text("member-hong");
    order.item_name = text("홍길동 수강료");
    order.return_url = Some(text("https://shop.example/o?member=hong"));
    let metadata = [("phone".to_owned(), "010-1234-5678".to_owned())];
    order.metadata = std::collections::BTreeMap::from(metadata)
        .try_into()
        .unwrap();
    payment
}

fn approved() -> Payment {
    let approval = paid(0).approval;
    personal(in_state(State::Approved { approval }))
}

#[test]
fn the_record_of_the_money_stays_and_the_person_goes() {
    let mut payment = approved();
    let done = CancellationState::Done {
        aid: Some("A2".to_owned()),
        canceled_at: Some(at(90)),
        outside: false,
    };
    payment.set(Cancellation {
        id: can(1),
        amount: gone(1100),
        reason: Some(text("홍길동 변심")),
        requested_at: at(80),
        state: done,
    });
    let erased = erase(&payment).unwrap();
    let shown = format!("{erased:?}");
    for person in ["hong", "홍길동", "010-1234", "online-payment.kakaopay.com"] {
        assert!(!shown.contains(person), "{person}: {shown}");
    }
    // All the rest is as it was.
    let mut as_before = erased.clone();
    as_before.redirect.clone_from(&payment.redirect);
    as_before.order = Order {
        user_id: payment.order.user_id.clone(),
        item_name: payment.order.item_name.clone(),
        return_url: payment.order.return_url.clone(),
        metadata: payment.order.metadata.clone(),
        ..erased.order.clone()
    };
    as_before.cancellations[0]
        .reason
        .clone_from(&payment.cancellations[0].reason);
    assert_eq!(as_before, payment);
    assert_eq!(erase(&erased), None, "there is nothing more to erase");
}

#[test]
fn the_words_of_a_bank_go_and_its_code_stays() {
    let mut failure = failure();
    failure.kakaopay = Some(KakaoPayFailure {
        error_code: Some(-780),
        error_message: Some("hong".to_owned()),
        method_result_code: Some("USER_LOCKED".to_owned()),
        method_result_message: Some("홍길동 님".to_owned()),
    });
    let failed = State::Failed {
        failure,
        at: at(60),
    };
    let erased = erase(&in_state(failed)).unwrap();
    let kakaopay = erased.state.failure().unwrap().kakaopay.clone().unwrap();
    let left = KakaoPayFailure {
        error_code: Some(-780),
        method_result_code: Some("USER_LOCKED".to_owned()),
        ..KakaoPayFailure::default()
    };
    assert_eq!(kakaopay, left);
}

#[test]
fn what_may_still_change_is_not_erased() {
    let reviewed = Payment {
        review: Some(Review::UnknownTid),
        ..approved()
    };
    let asked = decide(&approved(), cancel(can(1), None), context(at(90)));
    let Decision::Commit(change) = asked else {
        panic!("{asked:?}");
    };
    let open = [ready(), authenticated(), approving(1)].map(in_state);
    for payment in open.into_iter().chain([reviewed, change.payment]) {
        assert_eq!(erase(&payment), None, "{payment:?}");
    }
    for ended in [
        State::Quit { at: at(60) },
        State::Expired { at: at(60) },
        State::Withdrawn { at: at(60) },
    ] {
        assert!(erase(&in_state(ended)).is_some());
    }
}

#[test]
fn kakaopay_may_still_tell_how_an_erased_payment_stands() {
    let erased = erase(&approved()).unwrap();
    assert_eq!(erased.order.user_id.as_str(), ERASED);
    let told = decide(
        &erased,
        learn(Lookup::Paid(paid(1100)), at(900)),
        context(at(900)),
    );
    let Decision::Commit(change) = told else {
        panic!("{told:?}");
    };
    assert_eq!(change.payment.status(), Status::PartiallyCanceled);
    assert_eq!(change.payment.review, None);
}

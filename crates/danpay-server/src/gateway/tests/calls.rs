//! Approve, cancel and the lookup: what is sent, and how often.

use std::sync::atomic::{AtomicI64, Ordering};

use danpay_core::{Lookup, Refused};
use jiff::SignedDuration;

use super::line::{Said, no, says, yes};
use super::*;

fn approved() -> Value {
    json!({
        "aid": "A1", "tid": "T6a8d38329fd342cdd38", "cid": "TC0ONETIME",
        "partner_order_id": "order-1", "partner_user_id": "user-1",
        "payment_method_type": "MONEY", "amount": { "total": 2_200, "vat": 200 },
    })
}

#[tokio::test]
async fn an_approval_says_whose_it_is_and_for_how_much() {
    let line = Line::with([yes(&approved())]);
    let Answer { answer, evidence } = gateway(&line).approve(&payment()).await;
    assert!(matches!(answer, ApproveAnswer::Paid(_)), "{answer:?}");
    assert_eq!(evidence["aid"], "A1");
    let asked = &line.asked()[0];
    assert_eq!(asked.endpoint, ApiEndpoint::Approve);
    let expected = json!({
        "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38", "partner_order_id": "order-1",
        "partner_user_id": "user-1", "pg_token": "5ecre7t0ken5ecre7t0k",
        "payload": id().to_string(), "total_amount": 2_200,
    });
    assert_eq!(asked.body, expected);
}

const OTHER_TID: &str = "T0000000000000000000";

/// The SDK takes it for an error; to the core it is what KakaoPay says, of which a person has to know.
#[tokio::test]
async fn an_answer_about_another_payment_is_told_to_the_core_with_its_evidence() {
    let mut approved = approved();
    approved["tid"] = json!(OTHER_TID);
    let line = Line::with([yes(&approved)]);
    let Answer { answer, evidence } = gateway(&line).approve(&payment()).await;
    assert!(matches!(answer, ApproveAnswer::Paid(paid) if paid.tid == OTHER_TID));
    assert_eq!(evidence["tid"], OTHER_TID);

    let canceled = json!({ "aid": "A2", "tid": OTHER_TID, "canceled_amount": { "total": 1 } });
    let cancel = gateway(&Line::with([yes(&canceled)]))
        .cancel(&payment(), &cancellation())
        .await;
    assert!(matches!(cancel.answer, CancelAnswer::Canceled(done) if done.tid == OTHER_TID));
    assert_eq!(cancel.evidence["tid"], OTHER_TID);

    approved["status"] = json!("SUCCESS_PAYMENT");
    let lookup = gateway(&Line::with([yes(&approved)]))
        .look_up(&payment())
        .await;
    assert!(matches!(lookup.answer.lookup, Lookup::Paid(paid) if paid.tid == OTHER_TID));
    assert_eq!(lookup.evidence["tid"], OTHER_TID);
}

#[tokio::test]
async fn an_approval_that_says_no_amount_proves_nothing() {
    for amount in [Value::Null, json!({}), json!("2200")] {
        let mut approved = approved();
        approved["amount"] = amount;
        let line = Line::with([yes(&approved)]);
        let approve = gateway(&line).approve(&payment()).await;
        assert_eq!(approve.answer, ApproveAnswer::Unknown);
        assert_eq!(approve.evidence["outcome"], "unknown");
    }
}

#[tokio::test]
async fn a_cancellation_says_what_is_left_and_whose_it_is() {
    let canceled = json!({ "total": 2_200, "vat": 200 });
    let line = Line::with([yes(&json!({
        "aid": "A2", "tid": "T6a8d38329fd342cdd38", "canceled_amount": canceled,
    }))]);
    let gateway = gateway(&line);
    let paid = gateway.cancel(&paid().await, &cancellation()).await;
    assert!(matches!(paid.answer, CancelAnswer::Canceled(_)));
    assert_eq!(paid.evidence["aid"], "A2");
    let asked = &line.asked()[0];
    assert_eq!(asked.endpoint, ApiEndpoint::Cancel);
    let expected = json!({
        "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38", "cancel_amount": 2_200,
        "cancel_tax_free_amount": 0, "cancel_vat_amount": 200, "cancel_available_amount": 2_200,
        "payload": cancellation().id.to_string(),
    });
    assert_eq!(asked.body, expected);
}

/// The payment, once its money has moved.
async fn paid() -> Payment {
    let line = Line::with([yes(&approved())]);
    let answer = gateway(&line).approve(&payment()).await.answer;
    let ApproveAnswer::Paid(paid) = answer else {
        panic!("{answer:?}");
    };
    let mut payment = payment();
    payment.state = danpay_core::State::Approved {
        approval: paid.approval,
    };
    payment
}

#[tokio::test]
async fn what_does_not_fit_is_not_sent() {
    let line = Line::default();
    let gateway = gateway(&line);
    let mut payment = payment();
    payment.pg_token = None;
    let approve = gateway.approve(&payment).await;
    assert_eq!(approve.answer, ApproveAnswer::NotSent);
    assert_eq!(approve.evidence["outcome"], "not_sent");
    payment.cid = "too short".to_owned();
    let cancel = gateway.cancel(&payment, &cancellation()).await;
    assert_eq!(cancel.answer, CancelAnswer::NotSent(None));
    assert_eq!(cancel.evidence["outcome"], "not_sent");
    assert!(line.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_is_heard_with_its_evidence() {
    let line = Line::with([no(-708), no(-710), no(-721)]);
    let gateway = gateway(&line);
    let approve = gateway.approve(&payment()).await;
    assert_eq!(approve.answer, ApproveAnswer::Refused(Refused::WrongToken));
    assert_eq!(approve.evidence["kakaopay"]["error_code"], -708);
    let cancel = gateway.cancel(&payment(), &cancellation()).await;
    assert!(matches!(cancel.answer, CancelAnswer::LeftDiffers(_)));
    assert_eq!(cancel.evidence["kakaopay"]["error_code"], -710);
    let lookup = gateway.look_up(&payment()).await;
    assert_eq!(lookup.answer.lookup, Lookup::NotFound);
    assert_eq!(lookup.evidence["kakaopay"]["error_code"], -721);
}

#[tokio::test]
async fn a_call_that_moves_money_is_made_once_and_the_next_one_has_the_new_key() {
    let line = Line::with([no(-401), Said::Lost, Said::Lost]);
    let gateway = gateway_with_a_new_key(&line);
    let approve = gateway.approve(&payment()).await;
    assert_eq!(approve.answer, ApproveAnswer::NotSent);
    assert_eq!(line.keys(), [OLD]);
    assert!(has_complained(&gateway, -401));
    let approve = gateway.approve(&payment()).await;
    assert_eq!(approve.answer, ApproveAnswer::Unknown);
    let cancel = gateway.cancel(&payment(), &cancellation()).await;
    assert_eq!(cancel.answer, CancelAnswer::Unknown);
    assert_eq!(line.keys(), [OLD, NEW, NEW]);
}

#[tokio::test]
async fn a_lookup_is_made_once_more_with_a_key_that_was_replaced_meanwhile() {
    let found = json!({ "tid": "T6a8d38329fd342cdd38", "status": "READY" });
    let line = Line::with([no(-401), yes(&found)]);
    let lookup = gateway_with_a_new_key(&line).look_up(&payment()).await;
    assert_eq!(lookup.answer.lookup, Lookup::Unpaid);
    assert_eq!(line.keys(), [OLD, NEW]);
    let body = json!({ "cid": "TC0ONETIME", "tid": "T6a8d38329fd342cdd38" });
    assert_eq!(line.asked()[1].body, body);
}

#[tokio::test]
async fn any_other_lookup_that_failed_is_left_to_recovery() {
    for said in [no(-721), no(-2), no(-500), says(404, "<html>"), Said::Lost] {
        let case = format!("{said:?}");
        let line = Line::with([said]);
        gateway_with_a_new_key(&line).look_up(&payment()).await;
        assert_eq!(line.keys(), [OLD], "{case}");
    }
    let line = Line::with([no(-401)]);
    gateway(&line).look_up(&payment()).await;
    assert_eq!(line.keys(), [OLD]);
}

#[tokio::test]
async fn a_lookup_is_as_old_as_its_question() {
    let line = Line::with([no(-500)]);
    let mut gateway = gateway(&line);
    let looks = AtomicI64::new(0);
    gateway.clock = Clock::from_fn(move || {
        now() + SignedDuration::from_secs(looks.fetch_add(1, Ordering::Relaxed))
    });
    let lookup = gateway.look_up(&payment()).await;
    assert_eq!(lookup.answer.asked_at, now());
    assert!(gateway.clock.now() > lookup.answer.asked_at);
}

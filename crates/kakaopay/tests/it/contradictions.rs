//! A 200 that is about something else than was asked is no success.

use kakaopay::{CancelRequest, ContradictingAnswer, Error, OrderRequest, Outcome, Proof};
use serde_json::{Value, json};

use crate::{approve_request, recorder::Recorder, tid};

const TID: &str = "T1234567890123456789";
const OTHER_TID: &str = "T0000000000000000000";

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body.as_object_mut().unwrap().insert(key.to_owned(), value);
    body
}

/// The field of a contradiction, whose outcome is unknown and whose Debug shows nothing of the answer.
fn field(error: Error) -> (&'static str, ContradictingAnswer) {
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(error.proof(), Proof::Unknown);
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("user-1") && !shown.contains(OTHER_TID),
        "{shown}"
    );
    match error {
        Error::Contradiction { contradiction, .. } => {
            (contradiction.field(), contradiction.answer().clone())
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_approval_of_something_else_is_not_ok() {
    let body = json!({"tid": TID, "cid": "TC0ONETIME", "partner_order_id": "order-1",
        "partner_user_id": "user-1", "amount": {"total": 2_200}});
    let approve = async |body: &Value| {
        let client = Recorder::answering(200, &body.to_string()).client();
        client.approve(&approve_request(tid(), "token")).await
    };
    assert!(approve(&body).await.is_ok());
    for (key, differs, value) in [
        ("tid", "tid", json!(OTHER_TID)),
        ("partner_order_id", "partner_order_id", json!("other")),
        ("partner_user_id", "partner_user_id", Value::Null),
        // Of the client, since the request states none.
        ("cid", "cid", json!("TCSUBSCRIP")),
        ("amount", "total_amount", json!({"total": 2_199})),
        ("amount", "total_amount", json!({"total": 0})),
    ] {
        let error = approve(&with(body.clone(), key, value)).await.unwrap_err();
        assert!(!error.is_retryable());
        let (field, answer) = field(error);
        assert_eq!(field, differs);
        assert!(matches!(answer, ContradictingAnswer::Approve(_)));
    }
}

#[tokio::test]
async fn a_lookup_of_another_payment_is_not_ok() {
    let body = json!({"tid": TID, "cid": "TC0ONETIME", "status": "SUCCESS_PAYMENT"});
    let order = async |body: &Value| {
        let client = Recorder::answering(200, &body.to_string()).client();
        client.order(&OrderRequest::new(tid())).await
    };
    assert!(order(&body).await.is_ok());
    let early = json!({"tid": TID, "status": "READY"});
    assert!(
        order(&early).await.is_ok(),
        "what it does not say contradicts nothing"
    );
    for (key, value) in [("tid", json!(OTHER_TID)), ("cid", json!("C000000001"))] {
        let error = order(&with(body.clone(), key, value)).await.unwrap_err();
        assert!(error.is_retryable(), "a lookup has no effect");
        let (field, answer) = field(error);
        assert_eq!(field, key);
        assert!(matches!(answer, ContradictingAnswer::Order(_)));
    }
}

#[tokio::test]
async fn a_cancellation_of_something_else_is_not_ok() {
    let body = json!({"tid": TID, "cid": "TC0ONETIME", "status": "PART_CANCEL_PAYMENT",
        "approved_cancel_amount": {"total": 500}, "canceled_amount": {"total": 700}});
    let cancel = async |body: &Value| {
        let client = Recorder::answering(200, &body.to_string()).client();
        client.cancel(&CancelRequest::new(tid(), 500, 0)).await
    };
    assert!(cancel(&body).await.is_ok());
    // KakaoPay may add a status, and the predecessor's sample lacks some members.
    assert!(cancel(&json!({"tid": TID})).await.is_ok());
    let new_status = with(body.clone(), "status", json!("CANCEL_LATER"));
    assert!(cancel(&new_status).await.is_ok());
    for (key, differs, value) in [
        ("tid", "tid", json!(OTHER_TID)),
        ("cid", "cid", json!("C000000001")),
        (
            "approved_cancel_amount",
            "cancel_amount",
            json!({"total": 499}),
        ),
        ("canceled_amount", "canceled_amount", json!({"total": 499})),
        ("status", "status", json!("SUCCESS_PAYMENT")),
    ] {
        let error = cancel(&with(body.clone(), key, value)).await.unwrap_err();
        assert!(!error.is_retryable());
        let (field, answer) = field(error);
        assert_eq!(field, differs);
        assert!(matches!(answer, ContradictingAnswer::Cancel(_)));
    }
}

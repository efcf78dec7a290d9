//! What danpay says no to, and what is certain then.

use danpay_client::{Danpay, Error, NewCancellation, NewPayment, Outcome, ProblemCode};
use danpay_testkit::in_process::serve;

use crate::{key, order};

fn assert_refused(error: &Error, code: &ProblemCode) {
    assert_eq!(error.code(), Some(code), "{error}");
    assert_eq!(error.outcome(), Outcome::Refused);
    assert_eq!(error.attempts(), 1);
    assert!(!error.is_retryable());
    let problem = error.problem().unwrap();
    assert!(problem.request_id.is_some() && !problem.detail_ko.is_empty());
}

#[tokio::test]
async fn a_no_says_what_to_do() {
    let served = serve().await.unwrap();
    let danpay = served.client().unwrap();
    let payment = danpay.create(&key("1"), &order("order-1")).await.unwrap();
    served.pay(&payment).await.unwrap();

    let paid = danpay
        .create(&key("2"), &order("order-1"))
        .await
        .unwrap_err();
    assert_refused(&paid, &ProblemCode::OrderAlreadyPaid);
    assert_eq!(paid.problem().unwrap().payment_id, Some(payment.id.clone()));

    let wrong = NewPayment::new("", "member-42", "초코파이", 0);
    let wrong = danpay.create(&key("3"), &wrong).await.unwrap_err();
    assert_refused(&wrong, &ProblemCode::InvalidFields);
    let errors = wrong.problem().unwrap().errors.iter();
    let fields: Vec<_> = errors.map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["order_id", "amount.total"]);

    let reused = danpay
        .create(&key("1"), &order("order-2"))
        .await
        .unwrap_err();
    assert_refused(&reused, &ProblemCode::IdempotencyKeyReused);

    let other = NewCancellation::part(100).expected_left(100);
    let differs = danpay
        .cancel(&payment.id, &key("4"), &other)
        .await
        .unwrap_err();
    assert_refused(&differs, &ProblemCode::ExpectedLeftDiffers);
    let left = differs.problem().unwrap().cancel_available_amount.unwrap();
    assert_eq!((left.total, left.vat), (2_200, 200));

    let nobodys = "pay_01m3250v00ew3re1r70w3ge1r7".into();
    let missing = danpay.payment(&nobodys).await.unwrap_err();
    assert_refused(&missing, &ProblemCode::NotFound);
    served.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_told_and_shows_nowhere() {
    let served = serve().await.unwrap();
    let danpay = Danpay::builder(&served.url, "danpay_sk_of_nobody_at_all")
        .build()
        .unwrap();
    let error = danpay.shop().await.unwrap_err();
    assert_refused(&error, &ProblemCode::Unauthorized);
    assert!(!format!("{error} {error:?} {danpay:?}").contains("of_nobody"));
    served.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_no_id_is_not_sent() {
    let danpay = Danpay::builder("http://127.0.0.1:9", "k").build().unwrap();
    for id in ["", "..", "a/cancel"] {
        let error = danpay.withdraw(&id.into()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(!error.is_retryable());
    }
}

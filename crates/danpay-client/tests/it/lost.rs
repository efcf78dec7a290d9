//! Answers that are lost, cut or come from somebody else: what is certain, and what is sent again.

use std::time::{Duration, Instant};

use danpay_client::{Danpay, NewCancellation, Outcome, PaymentFilter, ProblemCode, Retries};
use serde_json::json;
use tokio::net::TcpListener;

use crate::wire::{Fake, Reply, answer, answer_with, payment, problem};
use crate::{key, order};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let fake = Fake::replying(vec![
        Reply::Cut,
        problem(503, "overloaded"),
        answer(200, &payment()),
    ]);
    let fake = fake.await;
    let made = fake
        .client()
        .create(&key("attempt-1"), &order("order-1"))
        .await;
    assert_eq!(made.unwrap().order_id, "order-2026-1001");
    let asked = fake.asked().await;
    // Byte for byte the same, with its key.
    assert_eq!(asked, vec![asked[0].clone(); 3]);
    assert!(
        asked[0].starts_with("POST /danpay/v1/payments HTTP/1.1\r\n"),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("\r\nidempotency-key: attempt-1\r\n"));
    assert!(asked[0].contains("\r\nauthorization: Bearer danpay_sk_1\r\n"));
    assert!(asked[0].ends_with(
        r#"{"order_id":"order-1","user_id":"member-42","item_name":"초코파이","amount":{"total":2200}}"#
    ));
}

#[tokio::test]
async fn what_is_never_answered_is_unknown() {
    let cut_off = Reply::Text("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\":".to_owned());
    let fake = Fake::replying(vec![Reply::Cut, cut_off, Reply::Cut]).await;
    let id = "pay_1".into();
    let part = NewCancellation::part(1_100);
    let error = fake
        .client()
        .cancel(&id, &key("refund-1"), &part)
        .await
        .unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 3));
    assert!(error.is_retryable());
    let asked = fake.asked().await;
    assert_eq!(asked, vec![asked[0].clone(); 3]);
    assert!(asked[0].contains("\r\nidempotency-key: refund-1\r\n"));
    assert!(asked[0].ends_with(r#"{"amount":{"total":1100}}"#));
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let danpay = Danpay::builder(url, "k").retries(Retries::none());
    let danpay = danpay.timeout(Duration::from_millis(50)).build().unwrap();
    let error = danpay.approve(&"pay_1".into()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1));
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let retries = Retries::default().attempts(2);
    let danpay = Danpay::builder(url, "k").retries(retries).build().unwrap();
    let error = danpay
        .create(&key("1"), &order("order-1"))
        .await
        .unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::NotSent, 2));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_no_proves_nothing_of_what_was_lost_before_unless_it_tells_how_that_stands() {
    let id = "pay_1".into();
    let cases = [
        ("too_many_requests", 429, Outcome::Unknown),
        ("cancellation_pending", 409, Outcome::Unknown),
        ("cancel_refused", 409, Outcome::Refused),
    ];
    for (code, status, outcome) in cases {
        let replies = (1..3).map(|_| Reply::Cut).chain([problem(status, code)]);
        let fake = Fake::replying(replies.collect()).await;
        let all = NewCancellation::all();
        let error = fake
            .client()
            .cancel(&id, &key("r"), &all)
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), outcome, "{code}");
        assert_eq!(error.code(), Some(&ProblemCode::from(code)));
        fake.asked().await;
    }
}

#[tokio::test]
async fn danpays_wait_is_kept_or_told() {
    let wait = |seconds: u32| {
        let body = json!({ "status": 429, "code": "too_many_requests" });
        answer_with(429, &format!("retry-after: {seconds}\r\n"), &body)
    };
    let fake = Fake::replying(vec![wait(1), answer(200, &payment())]).await;
    let begun = Instant::now();
    fake.client().payment(&"pay_1".into()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    fake.asked().await;

    let fake = Fake::replying(vec![wait(60)]).await;
    let error = fake.client().payment(&"pay_1".into()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Refused, 1));
    assert!(error.is_retryable());
    fake.asked().await;
}

#[tokio::test]
async fn what_is_not_danpays_own_word_proves_nothing() {
    let page = |status: u16| {
        Reply::Text(format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n<html>"
        ))
    };
    for status in [301, 400, 401, 404, 413] {
        let fake = Fake::replying(vec![page(status)]).await;
        let error = fake.client().withdraw(&"pay_1".into()).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.status()),
            (Outcome::Unknown, Some(status))
        );
        assert!(!error.is_retryable());
        assert_eq!(fake.asked().await.len(), 1);
    }
    let fake = Fake::replying(vec![page(502), page(504), page(429)]).await;
    let error = fake.client().withdraw(&"pay_1".into()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(fake.asked().await.len(), 3);
    // The status of somebody between, and danpay's words of another answer.
    let body = json!({ "status": 409, "code": "wrong_status" });
    let fake = Fake::replying(vec![answer(404, &body)]).await;
    let error = fake.client().withdraw(&"pay_1".into()).await.unwrap_err();
    assert_eq!((error.outcome(), error.code()), (Outcome::Unknown, None));
    fake.asked().await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_unknown_and_not_repeated() {
    let mut odd = payment();
    odd["amount"]["total"] = json!("secret");
    let fake = Fake::replying(vec![answer(201, &odd)]).await;
    let error = fake
        .client()
        .create(&key("1"), &order("o"))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let told = format!("{error} {error:?}");
    assert!(
        told.contains("amount.total") && !told.contains("secret"),
        "{told}"
    );
    fake.asked().await;
}

#[tokio::test]
async fn a_list_goes_on_after_an_error_where_it_was() {
    let page = |next: Option<&str>| {
        let body = json!({
            "data": [payment()], "next_cursor": next, "damaged": ["pay_bad"],
        });
        answer(200, &body)
    };
    let fake = Fake::replying(vec![
        page(Some("c 1")),
        problem(400, "bad_request"),
        page(None),
    ]);
    let fake = fake.await;
    let danpay = fake.client();
    let mut list = danpay
        .payments(PaymentFilter::new().order_id("o&1"))
        .page_size(1);
    assert!(list.next().await.unwrap().is_ok());
    assert!(list.next().await.unwrap().is_err());
    assert!(list.next().await.unwrap().is_ok());
    assert!(list.next().await.is_none());
    assert_eq!(list.damaged(), ["pay_bad", "pay_bad"]);
    let asked = fake.asked().await;
    let first = "GET /danpay/v1/payments?order_id=o%261&limit=1 HTTP";
    let next = "GET /danpay/v1/payments?order_id=o%261&limit=1&cursor=c+1 HTTP";
    assert!(asked[0].starts_with(first), "{}", asked[0]);
    assert!(
        asked[1].starts_with(next) && asked[2].starts_with(next),
        "{}",
        asked[1]
    );
}

//! The sandbox without a socket.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use kakaopay_sandbox::{Endpoint, Fault, FaultKind, LineCut, Sandbox};
use serde_json::{Value, json};

use crate::support::{approve, chocopie, pg_token, text};

async fn call(sandbox: &Sandbox, endpoint: &str, body: &Value) -> Result<Response<Bytes>, LineCut> {
    let request = Request::post(format!("/online/v1/payment/{endpoint}"))
        .header("authorization", "SECRET_KEY DEV0000")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    sandbox.handle(request).await
}

async fn authenticated(sandbox: &Sandbox) -> (String, Value) {
    let ready = call(sandbox, "ready", &chocopie(json!({}))).await.unwrap();
    let ready: Value = serde_json::from_slice(ready.body()).unwrap();
    let tid = text(&ready["tid"]);
    let token = pg_token(&sandbox.play(&tid, "pays_by_card").unwrap());
    let body = approve(&tid, &token, json!({}));
    (tid, body)
}

#[tokio::test]
async fn a_payment_goes_through_without_a_socket() {
    let sandbox = Sandbox::builder().start_unbound().unwrap();
    let (tid, body) = authenticated(&sandbox).await;
    let answer = call(&sandbox, "approve", &body).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json"), "{kind}");
    assert_eq!(sandbox.payment(&tid).unwrap().approvals, 1);
    let page = Request::get("/_sandbox/health").body(Bytes::new()).unwrap();
    assert_eq!(sandbox.handle(page).await.unwrap().status(), StatusCode::OK);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_line_that_is_cut_gives_no_answer_and_took_effect_or_not() {
    let sandbox = Sandbox::builder().start_unbound().unwrap();
    for (kind, approvals) in [
        (FaultKind::ResetBefore, 0),
        (FaultKind::AnswerLostAfterCommit, 1),
        (FaultKind::ResetAfter, 1),
    ] {
        let (tid, body) = authenticated(&sandbox).await;
        sandbox.inject(Fault::new(Endpoint::Approve, kind));
        let cut = call(&sandbox, "approve", &body).await.err();
        assert_eq!(cut, Some(LineCut), "{kind:?}");
        assert_eq!(
            sandbox.payment(&tid).unwrap().approvals,
            approvals,
            "{kind:?}"
        );
    }
}

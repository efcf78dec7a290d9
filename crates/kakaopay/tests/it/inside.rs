//! The whole way against the sandbox without a socket: a transport in a few lines.

use std::sync::Arc;

use bytes::Bytes;
use kakaopay::{
    KakaoPay, OrderStatus, Outcome, Transport, TransportError, TransportFuture, TransportRequest,
    TransportResponse,
};
use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};

use crate::{approve_request, order_request, ready_request};

struct Inside(Arc<Sandbox>);

impl Transport for Inside {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        let authorization = format!("SECRET_KEY {}", request.secret_key.expose());
        let asked = http::Request::post(request.endpoint.path())
            .header("Authorization", authorization)
            .header("Content-Type", "application/json")
            .body(request.body)
            .unwrap();
        Box::pin(async move {
            let answer = self.0.handle(asked).await;
            let answer = answer.map_err(|cut| TransportError::Unknown(cut.into()))?;
            Ok(TransportResponse::new(
                answer.status().as_u16(),
                Bytes::clone(answer.body()),
            ))
        })
    }
}

#[tokio::test]
async fn a_client_and_the_sandbox_meet_without_a_socket() {
    let sandbox = Arc::new(Sandbox::builder().seed(7).start_unbound().unwrap());
    let kakaopay = KakaoPay::builder("DEV0123456789ABCDEF0123456789ABCDEF01234")
        .transport(Inside(Arc::clone(&sandbox)))
        .build()
        .unwrap();
    let ready = kakaopay.ready(&ready_request()).await.unwrap();
    let back = sandbox.play(ready.tid.as_str(), "pays_by_card").unwrap();
    let (_, token) = back.split_once("pg_token=").unwrap();

    sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    let request = approve_request(ready.tid.clone(), token);
    let lost = kakaopay.approve(&request).await.unwrap_err();
    assert_eq!(lost.outcome(), Outcome::Unknown);
    let order = kakaopay.order(&order_request(ready.tid)).await.unwrap();
    assert_eq!(order.status, OrderStatus::SuccessPayment);
}

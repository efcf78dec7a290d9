//! The SDK from outside: its words on the wire, its reading of real bodies, its judgement of
//! failures, its silence about secrets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on ends here; clippy takes helpers of tests for the product"
)]

mod carried;
mod contradictions;
#[cfg(feature = "tracing")]
mod events;
mod footprint;
mod golden;
mod http_settings;
mod inside;
mod lost_answers;
mod recorder;
mod sandbox;
mod secrets;
mod shop;
mod way;
mod wire;

use kakaopay::{ApproveRequest, CancelRequest, OrderRequest, ReadyRequest, RedirectUrls, Tid};

/// KakaoPay's own example: a 초코파이 for 2,200 won.
fn ready_request() -> ReadyRequest {
    let urls = RedirectUrls::new(
        "https://shop.example/approve",
        "https://shop.example/cancel",
        "https://shop.example/fail",
    );
    ReadyRequest::new(
        "order-1".parse().unwrap(),
        "user-1".parse().unwrap(),
        "초코파이".parse().unwrap(),
        2_200,
        urls.unwrap(),
    )
}

fn tid() -> Tid {
    "T1234567890123456789".parse().unwrap()
}

fn approve_request(tid: Tid, pg_token: &str) -> ApproveRequest {
    ApproveRequest::new(
        tid,
        "order-1".parse().unwrap(),
        "user-1".parse().unwrap(),
        pg_token.parse().unwrap(),
    )
    .total_amount(2_200)
}

fn order_request(tid: Tid) -> OrderRequest {
    OrderRequest::new(tid)
}

fn cancel_request(tid: Tid) -> CancelRequest {
    CancelRequest::new(tid, 2_200, 0)
}

//! The client against danpay itself, and against answers that are lost.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in what it stands on too"
)]

mod contract;
#[path = "../../examples/shop.rs"]
mod example;
mod lists;
mod lost;
mod refused;
mod story;
mod wire;

use danpay_client::{IdempotencyKey, NewPayment};

pub(crate) fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

/// 2,200 KRW for this order.
pub(crate) fn order(id: &str) -> NewPayment {
    NewPayment::new(id, "member-42", "초코파이", 2_200)
}

#[test]
fn the_example_of_a_shop_runs() {
    example::main().unwrap();
}

//! What the shop's buttons send. Each page has new numbers in its forms, so a button that is pressed
//! twice is one decision, with one idempotency key.

use serde::Deserialize;

/// The most that one order may have.
pub(super) const MOST: u32 = 10;
/// `choco-` and 16 hexadecimal digits.
const ORDER_PREFIX: &str = "choco-";

#[derive(Deserialize)]
pub(super) struct Basket {
    pub(super) quantity: u32,
    /// Made with the page, so that a second click on the button is the same order.
    pub(super) order_id: String,
    /// Which attempt to pay it this is, from 1: made with the page as well. Whoever gave up can pay again,
    /// and a second click makes no second payment.
    pub(super) attempt: u32,
}

impl Basket {
    pub(super) fn is_ours(&self) -> bool {
        let number = self.order_id.strip_prefix(ORDER_PREFIX);
        (1..=MOST).contains(&self.quantity) && number.is_some_and(is_number)
    }

    /// One for each attempt to pay.
    pub(super) fn key(&self) -> String {
        format!("{}-attempt-{}", self.order_id, self.attempt)
    }
}

#[derive(Deserialize)]
pub(super) struct Refund {
    /// The number of the button.
    pub(super) press: String,
    /// How much is to go back, in KRW; all that is left, if it is not said.
    pub(super) part: Option<i64>,
    /// What the page said is left: if somebody else gave money back meanwhile, nothing happens.
    pub(super) left: i64,
}

impl Refund {
    pub(super) fn is_ours(&self) -> bool {
        is_number(&self.press)
    }

    /// One for each decision to give money back.
    pub(super) fn key(&self, order_id: &str) -> String {
        format!("{order_id}-refund-{}", self.press)
    }
}

pub(in crate::demo) fn new_order_id() -> Result<String, getrandom::Error> {
    Ok(format!("{ORDER_PREFIX}{}", new_number()?))
}

pub(super) fn new_number() -> Result<String, getrandom::Error> {
    Ok(format!("{:016x}", getrandom::u64()?))
}

fn is_number(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

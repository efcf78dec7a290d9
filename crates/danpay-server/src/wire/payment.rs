//! A payment: the same in every answer and in every event.

use std::collections::BTreeMap;

use danpay_core::{ApprovalMode, ItemCode, PaymentId, Status};
use jiff::Timestamp;
use serde::Serialize;

use super::amount::Amount;
use super::cancellation::Cancellation;
use super::card::CardInfo;
use super::failure::Failure;
use super::refund_period::refundable_until;

/// KRW; times are UTC, RFC 3339.
#[derive(Debug, Serialize)]
pub(crate) struct Payment<'a> {
    id: PaymentId,
    object: &'static str,
    status: &'static str,
    livemode: bool,
    order_id: &'a str,
    user_id: &'a str,
    item_name: &'a str,
    item_code: Option<&'a str>,
    quantity: u32,
    /// What was asked; once paid, what was paid.
    amount: Amount,
    canceled_amount: Amount,
    cancel_available_amount: Amount,
    cid: &'a str,
    tid: &'a str,
    aid: Option<&'a str>,
    payment_method_type: Option<&'a str>,
    card_info: Option<CardInfo<'a>>,
    /// Where the payer goes to pay; null once it cannot be paid there.
    checkout_url: Option<String>,
    return_url: Option<String>,
    approval: &'static str,
    failure: Option<Failure<'a>>,
    /// Another payment by which the same order was charged before this one: refund one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_charge_of: Option<PaymentId>,
    cancellations: Vec<Cancellation<'a>>,
    /// Of the cancellations the oldest are left out: in a webhook alone, which may not grow without end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancellations_truncated: bool,
    metadata: BTreeMap<&'a str, &'a str>,
    created_at: Timestamp,
    expires_at: Timestamp,
    approved_at: Option<Timestamp>,
    /// Until when KakaoPay takes cancellations, as aggregators say.
    refundable_until: Option<Timestamp>,
}

impl<'a> Payment<'a> {
    /// How it stands at `now`. `public_url` is where payers reach this server, without a slash at
    /// its end.
    pub(crate) fn new(payment: &'a danpay_core::Payment, public_url: &str, now: Timestamp) -> Self {
        let danpay_core::Payment {
            id, order, state, ..
        } = payment;
        let approval = state.approval();
        let amount = approval.map_or(order.amount, |approval| approval.amount);
        let method = approval.and_then(|approval| approval.payment_method_type.as_deref());
        let card = approval.and_then(|approval| approval.card_info.as_ref());
        let checkout_url = || format!("{public_url}/pay/{id}");
        Self {
            id: *id,
            object: "payment",
            status: status(state.status()),
            livemode: payment.livemode,
            order_id: order.order_id.as_str(),
            user_id: order.user_id.as_str(),
            item_name: order.item_name.as_str(),
            item_code: order.item_code.as_ref().map(ItemCode::as_str),
            quantity: order.quantity,
            amount: amount.into(),
            canceled_amount: state.canceled().into(),
            cancel_available_amount: payment.left().into(),
            cid: &payment.cid,
            tid: &payment.tid,
            aid: approval.and_then(|approval| approval.aid.as_deref()),
            payment_method_type: method,
            card_info: card.map(CardInfo::from),
            checkout_url: payment.may_be_paid(now).then(checkout_url),
            return_url: order.return_url.as_ref().map(ToString::to_string),
            approval: match order.approval {
                ApprovalMode::Automatic => "automatic",
                ApprovalMode::Manual => "manual",
            },
            failure: state.failure().map(Failure::from),
            second_charge_of: approval.and_then(|approval| approval.second_charge_of),
            cancellations: payment.cancellations.iter().map(Into::into).collect(),
            cancellations_truncated: false,
            metadata: order.metadata.entries().collect(),
            created_at: payment.created_at,
            expires_at: payment.expires_at,
            approved_at: approval.and_then(|approval| approval.approved_at),
            refundable_until: approval.and_then(refundable_until),
        }
    }

    /// With so many cancellations at most, the newest.
    pub(super) fn truncate_cancellations(&mut self, most: usize) {
        let more = self.cancellations.len().saturating_sub(most);
        self.cancellations.drain(..more);
        self.cancellations_truncated |= more > 0;
    }

    pub(crate) fn to_body(&self) -> String {
        super::body(self)
    }
}

/// A status in the API's word.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Ready => "ready",
        Status::Authenticated => "authenticated",
        Status::Approving => "approving",
        Status::Approved => "approved",
        Status::PartiallyCanceled => "partially_canceled",
        Status::Canceled => "canceled",
        Status::Quit => "quit",
        Status::Failed => "failed",
        Status::Expired => "expired",
        Status::Withdrawn => "withdrawn",
    }
}

//! A payment: the same in every answer and in every event.

use std::collections::BTreeMap;

use danpay_core::{ApprovalMode, ItemCode, PaymentId, Status};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;
use super::cancellation::Cancellation;
use super::card::CardInfo;
use super::failure::Failure;
use super::refund_period::refundable_until;

/// A payment: the same in every answer and in every event. Amounts are whole KRW; times are UTC, RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Payment<'a> {
    #[schema(value_type = String, example = "pay_01m3250v00ew3re1r70w3ge1r7")]
    id: PaymentId,
    #[schema(example = "payment", extensions(("x-extensible-enum" = json!(["payment"]))))]
    object: &'static str,
    /// How it stands. Only `approved`, `partially_canceled` and `canceled` have been paid; take a word that you do not
    /// know for "not known yet".
    #[schema(example = "ready", extensions(("x-extensible-enum" = json!(Status::ALL.map(status)))))]
    status: &'static str,
    /// The number of its newest change. Of two payments that you were told, by an answer or an event, the one with the
    /// larger number is the newer.
    #[schema(minimum = 1)]
    sequence: u32,
    /// Whether real money moves.
    livemode: bool,
    #[schema(example = "order-2026-1001")]
    order_id: &'a str,
    #[schema(example = "member-42")]
    user_id: &'a str,
    #[schema(example = "초코파이")]
    item_name: &'a str,
    item_code: Option<&'a str>,
    quantity: u32,
    /// What was asked; once paid, what was paid.
    amount: Amount,
    /// What has gone back in all.
    canceled_amount: Amount,
    /// What can still go back.
    cancel_available_amount: Amount,
    /// The merchant code; `TC0ONETIME` is KakaoPay's test code.
    #[schema(example = "TC0ONETIME")]
    cid: &'a str,
    /// KakaoPay's number of the payment.
    #[schema(example = "T6a0e3c1f2b4d5e6f708")]
    tid: &'a str,
    /// KakaoPay's number of the approval; null until it is paid, or where a lookup did not tell it.
    aid: Option<&'a str>,
    /// How it was paid; null until then, or where it is not known.
    #[schema(extensions(("x-extensible-enum" = json!(["CARD", "MONEY"]))))]
    payment_method_type: Option<&'a str>,
    /// The card that paid; null until then, and without one.
    card_info: Option<CardInfo<'a>>,
    /// Where the payer goes to pay; null once it cannot be paid there.
    #[schema(example = "https://pay.your-shop.example/pay/pay_01m3250v00ew3re1r70w3ge1r7")]
    checkout_url: Option<String>,
    /// Where the payer goes afterwards.
    return_url: Option<String>,
    /// Who decides: danpay approves as soon as the payer is back, or the shop by a call of its own.
    #[schema(example = "automatic", extensions(("x-extensible-enum" = json!(["automatic", "manual"]))))]
    approval: &'static str,
    /// Why it failed; null unless it has.
    failure: Option<Failure<'a>>,
    /// Another payment by which the same order was charged before this one: refund one of them.
    #[schema(value_type = Option<String>, example = "pay_01m3250v00ew3re1r70w3ge1r7")]
    second_charge_of: Option<PaymentId>,
    /// The oldest first.
    cancellations: Vec<Cancellation<'a>>,
    /// Of the cancellations the oldest are left out: in a webhook alone, which may not grow without end.
    cancellations_truncated: bool,
    /// Your own notes, as you sent them.
    metadata: BTreeMap<&'a str, &'a str>,
    created_at: Timestamp,
    /// Until when the payer may pay: 15 minutes.
    expires_at: Timestamp,
    /// KakaoPay's time of the approval.
    approved_at: Option<Timestamp>,
    /// Until when KakaoPay takes cancellations, as aggregators say: a hint, danpay refuses nothing for it.
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
            sequence: payment.version,
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

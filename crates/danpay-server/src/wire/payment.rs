//! A payment in JSON: the same in every answer.

use danpay_core::{
    Amount, ApprovalMode, Cancellation, CancellationId, CancellationState, CardInfo, Failure,
    Metadata, Payment, PaymentId, Reason, Status,
};
use jiff::Timestamp;
use serde::Serialize;

/// KRW; times are UTC, RFC 3339.
#[derive(Debug, Serialize)]
pub(crate) struct PaymentJson<'a> {
    id: PaymentId,
    object: &'static str,
    status: Status,
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
    card_info: Option<&'a CardInfo>,
    /// Where the payer goes to pay; null once it cannot be paid there.
    checkout_url: Option<String>,
    return_url: Option<String>,
    approval: ApprovalMode,
    failure: Option<&'a Failure>,
    /// Another payment by which the same order was charged before this one: refund one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_charge_of: Option<PaymentId>,
    cancellations: Vec<CancellationJson<'a>>,
    metadata: &'a Metadata,
    created_at: Timestamp,
    expires_at: Timestamp,
    approved_at: Option<Timestamp>,
}

/// Money that went back, or is on its way.
#[derive(Debug, Serialize)]
struct CancellationJson<'a> {
    id: CancellationId,
    object: &'static str,
    status: &'static str,
    amount: Amount,
    reason: Option<&'a Reason>,
    aid: Option<&'a str>,
    /// Not asked of danpay: made on KakaoPay's partner site, for example.
    outside: bool,
    failure: Option<&'a Failure>,
    requested_at: Timestamp,
    canceled_at: Option<Timestamp>,
}

impl<'a> CancellationJson<'a> {
    fn new(cancellation: &'a Cancellation) -> Self {
        let mut json = Self {
            id: cancellation.id,
            object: "cancellation",
            status: cancellation.state.as_str(),
            amount: cancellation.amount,
            reason: cancellation.reason.as_ref(),
            aid: None,
            outside: false,
            failure: None,
            requested_at: cancellation.requested_at,
            canceled_at: None,
        };
        match &cancellation.state {
            CancellationState::Pending { .. } => {}
            CancellationState::Done {
                aid,
                canceled_at,
                outside,
            } => {
                json.aid = aid.as_deref();
                json.canceled_at = *canceled_at;
                json.outside = *outside;
            }
            CancellationState::Failed { failure } => {
                json.failure = Some(failure);
            }
        }
        json
    }
}

impl<'a> PaymentJson<'a> {
    /// `public_url` is where payers reach this server, without a slash at its end.
    pub(crate) fn new(payment: &'a Payment, public_url: &str, now: Timestamp) -> Self {
        let Payment {
            id, order, state, ..
        } = payment;
        let approval = state.approval();
        let canceled = state.canceled();
        Self {
            id: *id,
            object: "payment",
            status: state.status(),
            livemode: payment.livemode,
            order_id: order.order_id.as_str(),
            user_id: order.user_id.as_str(),
            item_name: order.item_name.as_str(),
            item_code: order.item_code.as_ref().map(danpay_core::ItemCode::as_str),
            quantity: order.quantity,
            amount: approval.map_or(order.amount, |approval| approval.amount),
            canceled_amount: canceled,
            cancel_available_amount: payment.left(),
            cid: &payment.cid,
            tid: &payment.tid,
            aid: approval.and_then(|approval| approval.aid.as_deref()),
            payment_method_type: approval
                .and_then(|approval| approval.payment_method_type.as_deref()),
            card_info: approval.and_then(|approval| approval.card_info.as_ref()),
            checkout_url: payment
                .may_be_paid(now)
                .then(|| format!("{public_url}/pay/{id}")),
            return_url: order.return_url.as_ref().map(ToString::to_string),
            approval: order.approval,
            failure: state.failure(),
            second_charge_of: approval.and_then(|approval| approval.second_charge_of),
            cancellations: payment
                .cancellations
                .iter()
                .map(CancellationJson::new)
                .collect(),
            metadata: &order.metadata,
            created_at: payment.created_at,
            expires_at: payment.expires_at,
            approved_at: approval.and_then(|approval| approval.approved_at),
        }
    }

    pub(crate) fn to_body(&self) -> String {
        // Nothing in it can fail to be JSON: keys are texts and numbers are finite.
        serde_json::to_string(self).unwrap_or_default()
    }
}

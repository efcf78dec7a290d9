//! `order`: what KakaoPay holds about a payment, at any time.
//! Keys follow the documentation; that what has not happened yet is left out is our guess.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::fields::Fields;
use super::refusal::Refusal;
use super::{Cid, TID};
use crate::clock::korean_time;
use crate::ledger::{Amount, Method, Paid, Payment, PaymentStatus};
use crate::world::World;

#[derive(Serialize)]
pub(super) struct OrderAnswer {
    tid: String,
    cid: String,
    status: &'static str,
    partner_order_id: String,
    partner_user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_type: Option<&'static str>,
    amount: Amount,
    canceled_amount: Amount,
    cancel_available_amount: Amount,
    item_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<String>,
    quantity: u64,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canceled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_card_info: Option<SelectedCard>,
    payment_action_details: Vec<Action>,
}

#[derive(Serialize)]
struct SelectedCard {
    card_bin: &'static str,
    install_month: u8,
    card_corp_name: &'static str,
    interest_free_install: &'static str,
}

#[derive(Serialize)]
struct Action {
    aid: String,
    approved_at: String,
    amount: u64,
    point_amount: u64,
    discount_amount: u64,
    payment_action_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

pub(super) fn order(
    world: &World,
    cid: &Cid,
    fields: &Fields,
    lag: SignedDuration,
) -> Result<OrderAnswer, Refusal> {
    let tid = fields.text("tid", TID)?;
    world.books(|books, now| {
        let payment = books.ledger.order(&cid.code, &tid)?;
        if lag.is_zero() {
            return Ok(OrderAnswer::new(payment));
        }
        let then = now.checked_sub(lag).unwrap_or(Timestamp::MIN);
        Ok(OrderAnswer::new(&payment.as_of(then)))
    })
}

impl OrderAnswer {
    fn new(payment: &Payment) -> Self {
        let order = &payment.order;
        let paid = payment.paid();
        let method = payment.method();
        let last_cancellation = paid.and_then(|paid| paid.cancellations.last());
        Self {
            tid: payment.tid.clone(),
            cid: order.cid.clone(),
            status: payment.status().as_str(),
            partner_order_id: order.partner_order_id.clone(),
            partner_user_id: order.partner_user_id.clone(),
            payment_method_type: method.map(|method| method.kind().as_str()),
            amount: payment.amount(),
            canceled_amount: payment.canceled(),
            cancel_available_amount: payment.cancel_available(),
            item_name: order.item_name.clone(),
            item_code: order.item_code.clone(),
            quantity: order.quantity,
            created_at: korean_time(payment.created_at),
            approved_at: paid.map(|paid| korean_time(paid.at)),
            canceled_at: last_cancellation.map(|cancellation| korean_time(cancellation.at)),
            selected_card_info: method.and_then(Method::card).map(|card| SelectedCard {
                card_bin: card.bin,
                install_month: order.install_month,
                card_corp_name: card.issuer_corp,
                interest_free_install: "N",
            }),
            payment_action_details: paid.map(|paid| actions(payment, paid)).unwrap_or_default(),
        }
    }
}

fn actions(payment: &Payment, paid: &Paid) -> Vec<Action> {
    let approval = Action {
        aid: paid.aid.clone(),
        approved_at: korean_time(paid.at),
        amount: paid.amount.total,
        point_amount: paid.amount.point,
        discount_amount: paid.amount.discount,
        payment_action_type: if payment.status() == PaymentStatus::IssuedSid {
            "ISSUED_SID"
        } else {
            "PAYMENT"
        },
        payload: paid.payload.clone(),
    };
    let cancellations = paid.cancellations.iter().map(|cancellation| Action {
        aid: cancellation.aid.clone(),
        approved_at: korean_time(cancellation.at),
        amount: cancellation.amount.total,
        point_amount: cancellation.amount.point,
        discount_amount: cancellation.amount.discount,
        payment_action_type: "CANCEL",
        payload: cancellation.payload.clone(),
    });
    std::iter::once(approval).chain(cancellations).collect()
}

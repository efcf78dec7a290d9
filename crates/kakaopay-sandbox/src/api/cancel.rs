//! `cancel`: all of a payment goes back, or a part of it.
//! Keys and their order are those of a real answer (2024-07-30); unlike approve, what is not there
//! is left out. Where `item_code` stands is our guess.

use serde::Serialize;

use super::fields::Fields;
use super::refusal::Refusal;
use super::{Cid, TID};
use crate::clock::korean_time;
use crate::ledger::{self, Amount, Cancellation, Payment};
use crate::world::World;

#[derive(Serialize)]
pub(super) struct CancelAnswer {
    tid: String,
    cid: String,
    status: &'static str,
    partner_order_id: String,
    partner_user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_type: Option<&'static str>,
    item_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<String>,
    aid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    quantity: u64,
    amount: Amount,
    canceled_amount: Amount,
    cancel_available_amount: Amount,
    approved_cancel_amount: Amount,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<String>,
    canceled_at: String,
}

pub(super) fn cancel(world: &World, cid: Cid, fields: &Fields) -> Result<CancelAnswer, Refusal> {
    let ask = ledger::Cancel {
        cid: cid.code,
        tid: fields.text("tid", TID)?,
        amount: fields.whole("cancel_amount", 1)?,
        tax_free: fields.whole("cancel_tax_free_amount", 0)?,
        vat: fields.optional_whole("cancel_vat_amount", 0)?,
        vat_rule: world.settings.cancel_vat,
        available: fields.optional_whole("cancel_available_amount", 0)?,
        payload: fields.optional_text("payload", 200)?,
    };
    world.books(|books, now| {
        let (payment, cancellation) = books.ledger.cancel(&ask, now, &mut books.dice)?;
        Ok(CancelAnswer::new(payment, cancellation))
    })
}

impl CancelAnswer {
    fn new(payment: &Payment, cancellation: Cancellation) -> Self {
        let order = &payment.order;
        Self {
            aid: cancellation.aid,
            tid: payment.tid.clone(),
            cid: order.cid.clone(),
            status: payment.status().as_str(),
            partner_order_id: order.partner_order_id.clone(),
            partner_user_id: order.partner_user_id.clone(),
            payment_method_type: payment.method().map(|method| method.kind().as_str()),
            amount: payment.amount(),
            approved_cancel_amount: cancellation.amount,
            canceled_amount: payment.canceled(),
            cancel_available_amount: payment.cancel_available(),
            item_name: order.item_name.clone(),
            item_code: order.item_code.clone(),
            quantity: order.quantity,
            created_at: korean_time(payment.created_at),
            approved_at: payment.paid().map(|paid| korean_time(paid.at)),
            canceled_at: korean_time(cancellation.at),
            payload: cancellation.payload,
        }
    }
}

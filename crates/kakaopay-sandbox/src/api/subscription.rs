//! Subscriptions after their first payment: charge again, ask how one stands, end one.
//! Keys follow the documentation; what has not happened yet is left out, as cancel does.

use serde::Serialize;

use super::approve::ApproveAnswer;
use super::fields::Fields;
use super::ready::amount;
use super::refusal::Refusal;
use super::{Cid, TID};
use crate::clock::korean_time;
use crate::ledger::{Charge, Refused, Subscription};
use crate::world::World;

#[derive(Serialize)]
pub(super) struct StatusAnswer {
    available: bool,
    cid: String,
    sid: String,
    status: &'static str,
    payment_method_type: &'static str,
    item_name: String,
    created_at: String,
    last_approved_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactivated_at: Option<String>,
}

#[derive(Serialize)]
pub(super) struct InactiveAnswer {
    cid: String,
    sid: String,
    status: &'static str,
    created_at: String,
    last_approved_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactivated_at: Option<String>,
}

/// Answered as approve is.
pub(super) fn charge(world: &World, cid: Cid, fields: &Fields) -> Result<ApproveAnswer, Refusal> {
    let ask = Charge {
        cid: cid.code,
        sid: fields.text("sid", TID)?,
        partner_order_id: fields.text("partner_order_id", 100)?,
        partner_user_id: fields.text("partner_user_id", 100)?,
        item_name: fields.optional_text("item_name", 100)?,
        item_code: fields.optional_text("item_code", 100)?,
        quantity: fields.whole("quantity", 1)?,
        amount: amount(fields, 1)?,
        payload: fields.optional_text("payload", 200)?,
    };
    world.books(|books, now| {
        let payment = books.ledger.charge(ask, now, &mut books.dice)?;
        let paid = payment.paid().ok_or(Refused::NotAuthenticated)?;
        Ok(ApproveAnswer::new(payment, paid))
    })
}

pub(super) fn status(world: &World, cid: &Cid, fields: &Fields) -> Result<StatusAnswer, Refusal> {
    let sid = fields.text("sid", TID)?;
    world.books(|books, _now| {
        let subscription = books.ledger.subscription(&cid.code, &sid)?;
        Ok(StatusAnswer::new(subscription))
    })
}

pub(super) fn inactive(
    world: &World,
    cid: &Cid,
    fields: &Fields,
) -> Result<InactiveAnswer, Refusal> {
    let sid = fields.text("sid", TID)?;
    world.books(|books, now| {
        let subscription = books.ledger.inactivate(&cid.code, &sid, now)?;
        Ok(InactiveAnswer::new(subscription))
    })
}

fn state(subscription: &Subscription) -> &'static str {
    match subscription.inactivated_at {
        None => "ACTIVE",
        Some(_) => "INACTIVE",
    }
}

impl StatusAnswer {
    fn new(subscription: &Subscription) -> Self {
        let order = &subscription.order;
        Self {
            available: subscription.inactivated_at.is_none(),
            cid: order.cid.clone(),
            sid: subscription.sid.clone(),
            status: state(subscription),
            payment_method_type: subscription.method.kind().as_str(),
            item_name: order.item_name.clone(),
            created_at: korean_time(subscription.created_at),
            last_approved_at: korean_time(subscription.last_approved_at),
            inactivated_at: subscription.inactivated_at.map(korean_time),
        }
    }
}

impl InactiveAnswer {
    fn new(subscription: &Subscription) -> Self {
        Self {
            cid: subscription.order.cid.clone(),
            sid: subscription.sid.clone(),
            status: state(subscription),
            created_at: korean_time(subscription.created_at),
            last_approved_at: korean_time(subscription.last_approved_at),
            inactivated_at: subscription.inactivated_at.map(korean_time),
        }
    }
}

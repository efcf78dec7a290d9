//! `approve`: the money moves, once.
//! Keys, their order and the `null`s are those of a real answer (2024-07-30).

use serde::Serialize;

use super::fields::Fields;
use super::refusal::Refusal;
use super::{Cid, TID};
use crate::clock::korean_time;
use crate::ledger::{self, Amount, Card, Paid, Payment, Refused};
use crate::world::World;

#[derive(Serialize)]
pub(super) struct ApproveAnswer {
    aid: String,
    tid: String,
    cid: String,
    /// Only a subscription has one.
    sid: Option<String>,
    partner_order_id: String,
    partner_user_id: String,
    item_name: String,
    item_code: Option<String>,
    payload: Option<String>,
    quantity: u64,
    amount: Amount,
    payment_method_type: &'static str,
    card_info: Option<CardInfo>,
    /// In no table of the documentation, but `null` in the real answer.
    sequential_payment_methods: Option<()>,
    created_at: String,
    approved_at: String,
}

#[derive(Serialize)]
struct CardInfo {
    kakaopay_purchase_corp: &'static str,
    kakaopay_purchase_corp_code: &'static str,
    kakaopay_issuer_corp: &'static str,
    kakaopay_issuer_corp_code: &'static str,
    bin: &'static str,
    card_type: &'static str,
    install_month: String,
    approved_id: String,
    card_mid: &'static str,
    interest_free_install: &'static str,
    card_item_code: &'static str,
    installment_type: &'static str,
}

pub(super) fn approve(world: &World, cid: Cid, fields: &Fields) -> Result<ApproveAnswer, Refusal> {
    let ask = ledger::Approve {
        cid: cid.code,
        tid: fields.text("tid", TID)?,
        partner_order_id: fields.text("partner_order_id", 100)?,
        partner_user_id: fields.text("partner_user_id", 100)?,
        pg_token: fields.text("pg_token", 255)?,
        total_amount: fields.optional_whole("total_amount", 0)?,
        payload: fields.optional_text("payload", 200)?,
    };
    world.books(|books, now| {
        let payment = books.ledger.approve(&ask, now, &mut books.dice)?;
        let paid = payment.paid().ok_or(Refused::NotAuthenticated)?;
        Ok(ApproveAnswer::new(payment, paid))
    })
}

impl ApproveAnswer {
    pub(super) fn new(payment: &Payment, paid: &Paid) -> Self {
        let order = &payment.order;
        Self {
            aid: paid.aid.clone(),
            tid: payment.tid.clone(),
            cid: order.cid.clone(),
            sid: paid.sid.clone(),
            partner_order_id: order.partner_order_id.clone(),
            partner_user_id: order.partner_user_id.clone(),
            item_name: order.item_name.clone(),
            item_code: order.item_code.clone(),
            payload: paid.payload.clone(),
            quantity: order.quantity,
            amount: paid.amount,
            payment_method_type: paid.method.kind().as_str(),
            card_info: paid
                .method
                .card()
                .map(|card| CardInfo::new(card, payment, paid)),
            sequential_payment_methods: None,
            created_at: korean_time(payment.created_at),
            approved_at: korean_time(paid.at),
        }
    }
}

impl CardInfo {
    fn new(card: &'static Card, payment: &Payment, paid: &Paid) -> Self {
        Self {
            kakaopay_purchase_corp: card.purchase_corp,
            kakaopay_purchase_corp_code: card.purchase_corp_code,
            kakaopay_issuer_corp: card.issuer_corp,
            kakaopay_issuer_corp_code: card.issuer_corp_code,
            bin: card.bin,
            card_type: card.kind,
            install_month: format!("{:02}", payment.order.install_month),
            approved_id: paid.approved_id.clone(),
            card_mid: card.mid,
            interest_free_install: "N",
            card_item_code: card.item_code,
            // That sharing the interest shows here is our guess.
            installment_type: if payment.order.share_installment {
                "SHARE_INSTALLMENT"
            } else {
                "CARD_INSTALLMENT"
            },
        }
    }
}

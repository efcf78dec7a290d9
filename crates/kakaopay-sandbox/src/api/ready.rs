//! `ready`: a payment begins, and the payer's addresses are handed out.
//! Key order and address shapes are those of a real answer (captured 2025-08-25).

use serde::Serialize;

use super::fields::Fields;
use super::known_cid;
use super::refusal::Refusal;
use crate::clock::korean_time;
use crate::ledger::{Amount, MethodType, Order, Payment, default_vat};
use crate::world::World;

#[derive(Serialize)]
pub(super) struct ReadyAnswer {
    tid: String,
    next_redirect_app_url: String,
    next_redirect_mobile_url: String,
    next_redirect_pc_url: String,
    android_app_scheme: String,
    ios_app_scheme: String,
    created_at: String,
}

pub(super) fn ready(world: &World, fields: &Fields) -> Result<ReadyAnswer, Refusal> {
    let order = order(world, fields)?;
    Ok(world.books(|books, now| {
        let payment = books.ledger.ready(order, now, &mut books.dice);
        ReadyAnswer::new(&world.settings.public_url, payment)
    }))
}

fn order(world: &World, fields: &Fields) -> Result<Order, Refusal> {
    let cid = known_cid(world, fields)?;
    Ok(Order {
        cid,
        partner_order_id: fields.text("partner_order_id", 100)?,
        partner_user_id: fields.text("partner_user_id", 100)?,
        item_name: fields.text("item_name", 100)?,
        item_code: fields.optional_text("item_code", 100)?,
        quantity: fields.whole("quantity", 1)?,
        amount: amount(fields)?,
        approval_url: fields.url("approval_url")?,
        cancel_url: fields.url("cancel_url")?,
        fail_url: fields.url("fail_url")?,
        only: only(fields)?,
        install_month: install_month(fields)?,
    })
}

fn amount(fields: &Fields) -> Result<Amount, Refusal> {
    let total = fields.whole("total_amount", 1)?;
    let tax_free = fields.whole("tax_free_amount", 0)?;
    if tax_free > total {
        return Err(Refusal::parameter(
            "tax_free_amount can't be above total_amount.",
        ));
    }
    // A VAT of the merchant's own is echoed, not checked: 200 in 1,000 was seen in a real log.
    let vat = fields.optional_whole("vat_amount", 0)?;
    Ok(Amount {
        total,
        tax_free,
        vat: vat.unwrap_or_else(|| default_vat(total, tax_free)),
        point: 0,
        discount: 0,
        green_deposit: fields.optional_whole("green_deposit", 0)?.unwrap_or(0),
    })
}

fn only(fields: &Fields) -> Result<Option<MethodType>, Refusal> {
    match fields.optional_text("payment_method_type", 10)?.as_deref() {
        None => Ok(None),
        Some("CARD") => Ok(Some(MethodType::Card)),
        Some("MONEY") => Ok(Some(MethodType::Money)),
        Some(_) => Err(Refusal::parameter(
            "payment_method_type must be CARD or MONEY.",
        )),
    }
}

fn install_month(fields: &Fields) -> Result<u8, Refusal> {
    let months = fields.optional_whole("install_month", 0)?.unwrap_or(0);
    u8::try_from(months)
        .ok()
        .filter(|months| *months <= 12)
        .ok_or_else(|| Refusal::parameter("install_month must be between 0 and 12."))
}

impl ReadyAnswer {
    fn new(public_url: &str, payment: &Payment) -> Self {
        let page = &payment.page;
        let bridge = |device: &str| {
            format!("{public_url}/mockup/bridge/{device}/pg/one-time/payment/{page}")
        };
        let app_scheme = format!("kakaotalk://kakaopay/pg?url={public_url}/pay/mockup/{page}");
        Self {
            tid: payment.tid.clone(),
            next_redirect_app_url: bridge("mobile-app"),
            next_redirect_mobile_url: bridge("mobile-web"),
            next_redirect_pc_url: bridge("pc"),
            android_app_scheme: app_scheme.clone(),
            ios_app_scheme: app_scheme,
            created_at: korean_time(payment.created_at),
        }
    }
}

//! `ready`: a payment begins, and the payer's addresses are handed out.
//! Key order and address shapes are those of a real answer (captured 2025-08-25).

use serde::Serialize;
use url::Url;

use super::Cid;
use super::fields::Fields;
use super::refusal::Refusal;
use crate::clock::korean_time;
use crate::ledger::{Amount, MethodType, Order, Payment, default_vat};
use crate::world::{CidKind, World};

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

pub(super) fn ready(world: &World, cid: Cid, fields: &Fields) -> Result<ReadyAnswer, Refusal> {
    let order = order(world, cid, fields)?;
    Ok(world.books(|books, now| {
        let payment = books.ledger.ready(order, now, &mut books.dice);
        ReadyAnswer::new(&world.settings.public_url, payment)
    }))
}

fn order(world: &World, cid: Cid, fields: &Fields) -> Result<Order, Refusal> {
    let subscribes = cid.kind == CidKind::Subscription;
    // Nothing is paid when a subscription is only issued.
    let least = u64::from(!subscribes);
    fields.map_of_texts("custom_json")?;
    fields.optional_text("redirect_scheme_url", 255)?;
    Ok(Order {
        cid: cid.code,
        partner_order_id: fields.text("partner_order_id", 100)?,
        partner_user_id: fields.text("partner_user_id", 100)?,
        item_name: fields.text("item_name", 100)?,
        item_code: fields.optional_text("item_code", 100)?,
        quantity: fields.whole("quantity", 1)?,
        amount: amount(fields, least)?,
        approval_url: registered(world, fields, "approval_url")?,
        cancel_url: registered(world, fields, "cancel_url")?,
        fail_url: registered(world, fields, "fail_url")?,
        only: only(fields)?,
        available_cards: fields.optional_list("available_cards", 20)?,
        install_month: install_month(fields)?,
        share_installment: share_installment(fields)?,
        subscribes,
        states_vat: fields.optional_whole("vat_amount", 0)?.is_some(),
    })
}

/// An address of the shop, whose origin has to be registered if any is. An app's own scheme has
/// none; that it passes is our guess.
fn registered(world: &World, fields: &Fields, field: &str) -> Result<Url, Refusal> {
    let url = fields.url(field)?;
    let origins = &world.settings.origins;
    let app = !matches!(url.scheme(), "http" | "https");
    if app || origins.is_empty() || origins.iter().any(|origin| covers(origin, &url)) {
        Ok(url)
    } else {
        Err(Refusal::of(-799))
    }
}

/// `https://shop.example`, or with a wildcard `https://*.shop.example`.
fn covers(origin: &str, url: &Url) -> bool {
    let Some((before, after)) = origin.split_once('*') else {
        return url.origin().ascii_serialization() == origin;
    };
    let of_url = url.origin().ascii_serialization();
    let name = of_url
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after));
    name.is_some_and(|name| !name.is_empty())
}

/// The amount of a payment, or of one charge of a subscription.
pub(super) fn amount(fields: &Fields, least: u64) -> Result<Amount, Refusal> {
    let total = fields.whole("total_amount", least)?;
    let tax_free = fields.whole("tax_free_amount", 0)?;
    if tax_free > total {
        return Err(Refusal::parameter(
            "tax_free_amount can't be above total_amount.",
        ));
    }
    // A VAT of the merchant's own is echoed, whatever the rate: 200 in 1,000 was seen in a real
    // log. That it cannot be above the taxed part is our guess.
    let vat = fields.optional_whole("vat_amount", 0)?;
    if vat.is_some_and(|vat| vat > total - tax_free) {
        return Err(Refusal::parameter(
            "vat_amount can't be above what bears tax.",
        ));
    }
    Ok(Amount {
        total,
        tax_free,
        vat: vat.unwrap_or_else(|| default_vat(total, tax_free)),
        point: 0,
        discount: 0,
        green_deposit: fields.optional_whole("green_deposit", 0)?.unwrap_or(0),
    })
}

fn share_installment(fields: &Fields) -> Result<bool, Refusal> {
    let given = fields.optional_text("use_share_installment", 1)?;
    match given.as_deref() {
        None | Some("N") => Ok(false),
        Some("Y") => Ok(true),
        Some(_) => Err(Refusal::parameter("use_share_installment must be Y or N.")),
    }
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
        let (page, end) = (&payment.page, payment.bridge());
        let bridge = |device: &str| format!("{public_url}/mockup/bridge/{device}/{end}");
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

//! What KakaoPay is asked, from the database's own words.
//!
//! **Invariant**: amounts, numbers and codes are those of the database; a value that does not fit is
//! found here, before anything is sent.

use danpay_core::{Cancellation, Order, Payment};
use kakaopay::{
    ApproveRequest, CancelRequest, Cid, InvalidField, PartnerOrderId, PartnerUserId, Payload,
    ReadyRequest, RedirectUrls, Tid,
};

/// `urls` are where KakaoPay sends the payer: approve, cancel, fail.
pub(super) fn ready(
    cid: Cid,
    order: &Order,
    urls: [String; 3],
) -> Result<ReadyRequest, InvalidField> {
    let [approval, cancel, fail] = urls;
    let urls = RedirectUrls::new(approval, cancel, fail)?;
    let mut request = ReadyRequest::new(
        PartnerOrderId::try_from(order.order_id.as_str())?,
        PartnerUserId::try_from(order.user_id.as_str())?,
        kakaopay::ItemName::try_from(order.item_name.as_str())?,
        order.amount.total.into(),
        urls,
    )
    .cid(cid)
    .quantity(order.quantity)
    .tax_free_amount(order.amount.tax_free.into())
    // Always sent, so that what we book, approve and cancel is one and the same split.
    .vat_amount(order.amount.vat.into());
    if let Some(code) = &order.item_code {
        request = request.item_code(kakaopay::ItemCode::try_from(code.as_str())?);
    }
    if !order.amount.green_deposit.is_zero() {
        request = request.green_deposit(order.amount.green_deposit.into());
    }
    if let Some(method) = order.payment_method_type {
        request = request.payment_method_type(method.to_string().as_str().into());
    }
    if let Some(cards) = &order.available_cards {
        let cards = cards.issuers().map(|issuer| issuer.as_str().into());
        request = request.available_cards(cards.collect());
    }
    if let Some(months) = order.install_month {
        request = request.install_month(months.get());
    }
    if let Some(url) = &order.redirect_scheme_url {
        request = request.redirect_scheme_url(url.url().to_string());
    }
    Ok(request)
}

pub(super) fn approve(payment: &Payment) -> Result<ApproveRequest, InvalidField> {
    let token = payment
        .pg_token
        .as_ref()
        .map(danpay_core::PgToken::expose)
        .unwrap_or_default();
    let order = &payment.order;
    Ok(ApproveRequest::new(
        Tid::issued(&payment.tid),
        PartnerOrderId::try_from(order.order_id.as_str())?,
        PartnerUserId::try_from(order.user_id.as_str())?,
        kakaopay::PgToken::try_from(token)?,
    )
    .cid(Cid::try_from(payment.cid.as_str())?)
    .payload(Payload::try_from(payment.id.to_string())?)
    .total_amount(order.amount.total.into()))
}

pub(super) fn cancel(
    payment: &Payment,
    cancellation: &Cancellation,
) -> Result<CancelRequest, InvalidField> {
    let Cancellation { id, amount, .. } = cancellation;
    let (total, tax_free) = (amount.total.into(), amount.tax_free.into());
    let request = CancelRequest::new(Tid::issued(&payment.tid), total, tax_free)
        .cid(Cid::try_from(payment.cid.as_str())?)
        .cancel_vat_amount(amount.vat.into())
        .payload(Payload::try_from(id.to_string())?);
    // KakaoPay refuses if something else is left, so no call can cancel a second time.
    Ok(request.cancel_available_amount(payment.left().total.into()))
}

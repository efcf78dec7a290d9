//! Create: a shop's order becomes a payment.
//!
//! **Invariant**: every member that is wrong is named, all of them in one answer, and nothing has
//! happened by then.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use danpay_core::{
    Amount, ApprovalMode, AvailableCards, CardIssuer, InstallMonth, Metadata, Order, PaymentMethod,
    Won,
};
use http::StatusCode;

use super::{payment_answer, replayed};
use crate::api::Caller;
use crate::api::extract::{FromJson, IdempotencyKey, JsonBody};
use crate::api::idempotency;
use crate::api::json::{Object, one_of, string, text, texts, texts_by_name, then, whole, won};
use crate::app::App;
use crate::http::Problem;

/// `POST /v1/payments`: 201, or 200 with the payment as it stands if it was created before, under the
/// same key.
pub(in crate::api) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    JsonBody(CreateBody { order, cid }): JsonBody<CreateBody>,
) -> Result<Response, Problem> {
    let key = key.of(idempotency::create(&order, cid.as_deref()));
    let handled = app.flow.create(caller.shop.id, order, cid, key).await?;
    Ok(if handled.replayed {
        replayed(payment_answer(
            &app,
            &caller,
            StatusCode::OK,
            &handled.payment,
        ))
    } else {
        payment_answer(&app, &caller, StatusCode::CREATED, &handled.payment)
    })
}

/// What is sold, and by which of the shop's contracts with KakaoPay.
pub(in crate::api) struct CreateBody {
    pub(in crate::api) order: Order,
    /// Its merchant code; the shop's usual one if absent.
    pub(in crate::api) cid: Option<String>,
}

impl FromJson for CreateBody {
    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let order = Order::from_json(object);
        let cid = object.optional("cid", string);
        Some(Self { order: order?, cid })
    }
}

impl FromJson for Order {
    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let approvals = [
            ("automatic", ApprovalMode::Automatic),
            ("manual", ApprovalMode::Manual),
        ];
        let methods = [
            ("CARD", PaymentMethod::Card),
            ("MONEY", PaymentMethod::Money),
        ];
        let order_id = object.required("order_id", text);
        let user_id = object.required("user_id", text);
        let item_name = object.required("item_name", text);
        let item_code = object.optional("item_code", text);
        let quantity = object.optional("quantity", whole(1, u32::MAX.into()));
        let amount = object.required("amount", |field| field.object(amount));
        let return_url = object.optional("return_url", text);
        let approval = object.optional("approval", one_of(approvals));
        let entries = then(texts_by_name(Metadata::check), Metadata::try_from);
        let metadata = object.optional("metadata", entries);
        let payment_method_type = object.optional("payment_method_type", one_of(methods));
        let cards = then(texts::<CardIssuer, BTreeSet<_>>, AvailableCards::try_from);
        let available_cards = object.optional("available_cards", cards);
        let months = whole(0, InstallMonth::MAX.into());
        let install_month = object.optional("install_month", then(months, InstallMonth::try_from));
        let redirect_scheme_url = object.optional("redirect_scheme_url", text);
        Some(Self {
            order_id: order_id?,
            user_id: user_id?,
            item_name: item_name?,
            item_code,
            quantity: u32::try_from(quantity.unwrap_or(1)).ok()?,
            amount: amount?,
            return_url,
            approval: approval.unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
            payment_method_type,
            available_cards,
            install_month,
            redirect_scheme_url,
        })
    }
}

/// Whole KRW.
fn amount(object: &mut Object<'_>) -> Option<Amount> {
    let total = object.required("total", won);
    let tax_free = object.optional("tax_free", won).unwrap_or_default();
    let vat = object.optional("vat", won);
    let deposit = object.optional("green_deposit", won).unwrap_or_default();
    let total = total?;
    object.together(|| {
        let vat = match vat {
            Some(vat) => vat,
            // KakaoPay's own rule for a VAT that is not given; tax-free above the total is
            // refused just below, whatever comes out here.
            None => Won::try_from(kakaopay::vat(total.into(), tax_free.min(total).into()))?,
        };
        Amount::asked(total, tax_free, vat, deposit)
    })
}

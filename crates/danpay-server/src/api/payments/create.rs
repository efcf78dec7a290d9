//! Create: a shop's order becomes a payment.
//!
//! **Invariant**: every member that is wrong is named, all of them in one answer, and nothing has
//! happened by then.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::Response;
use danpay_core::{
    Amount, ApprovalMode, AvailableCards, CardIssuer, InstallMonth, Metadata, Order, PaymentMethod,
    Won,
};
use http::StatusCode;
use utoipa::ToSchema;

use super::{payment_answer, replayed};
use crate::api::extract::{FromJson, IdempotencyKey, JsonBody};
use crate::api::idempotency;
use crate::api::json::{Object, one_of, string, text, texts, texts_by_name, then, whole, won};
use crate::api::{Caller, openapi};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::wire;

/// Create a payment
///
/// The answer is 201, or 200 with the payment as it stands if it was created before, under the same key.
/// Store `id` with your order and redirect the payer to `checkout_url`.
#[utoipa::path(
    post,
    path = "/v1/payments",
    operation_id = "createPayment",
    tag = "payments",
    request_body = NewPayment,
    responses(
        (status = 201, body = wire::Payment<'_>, description = "The payer may pay."),
        (status = 200, body = wire::Payment<'_>, description = "It was created before, under this key: the payment as it stands now."),
    ),
    extensions(("x-summary-ko" = json!("결제 만들기")), ("x-problems" = json!([Code::OrderAlreadyPaid, Code::IdempotencyKeyReused, Code::ShopDisabled, Code::KakaopayRefused, Code::KakaopayNoAnswer, Code::Overloaded, Code::KakaopayUnreachable, Code::KakaopayQuota, Code::KakaopaySetup, Code::DatabaseRestored]))),
)]
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

/// What is sold, and what the payer may do. Unknown members are refused; null means the same as leaving a member out.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "the schema of what `FromJson` reads member by member"
)]
pub(in crate::api) struct NewPayment {
    /// Your number of the order. An order is charged once: several payments of it may be open, one of them is
    /// approved.
    #[schema(min_length = 1, max_length = 100, example = "order-2026-1001")]
    order_id: String,
    /// Your number for the member; no personal data, KakaoPay forbids it.
    #[schema(min_length = 1, max_length = 100, example = "member-42")]
    user_id: String,
    /// What the payer reads.
    #[schema(min_length = 1, max_length = 100, example = "초코파이")]
    item_name: String,
    #[schema(min_length = 1, max_length = 100)]
    item_code: Option<String>,
    /// For display: `amount` is not multiplied by it. 1, if it is left out.
    #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
    quantity: Option<i64>,
    amount: NewAmount,
    /// Where the payer goes afterwards: http(s), or your app; danpay adds `payment_id`. Without it danpay shows the
    /// result itself.
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "https://your-shop.example/orders/2026-1001"
    )]
    return_url: Option<String>,
    /// `automatic`, if it is left out: danpay approves as soon as the payer is back. `manual`: the payment waits at
    /// `authenticated` for your approve.
    #[schema(extensions(("x-words" = json!(["automatic", "manual"]))))]
    approval: Option<String>,
    /// Up to 20 texts of yours: names of 1 to 40 characters, values of up to 500.
    #[schema(schema_with = openapi::metadata, required = false)]
    metadata: Option<BTreeMap<String, Option<String>>>,
    /// The payer can pay in this way only.
    #[schema(extensions(("x-words" = json!(["CARD", "MONEY"]))))]
    payment_method_type: Option<String>,
    /// The only card issuers, in KakaoPay's codes (`SHINHAN`, `KB`, …). KakaoPay takes it from shops that have agreed on
    /// it only.
    #[schema(schema_with = openapi::card_issuers, required = false)]
    available_cards: Option<Vec<String>>,
    /// The months of the instalment, 0 is at once; the payer chooses if it is left out.
    #[schema(minimum = 0, maximum = 12)]
    install_month: Option<i64>,
    /// An address in your app that KakaoPay is told as it is.
    #[schema(min_length = 1, max_length = 255)]
    redirect_scheme_url: Option<String>,
    /// The merchant code by which it is paid, if your shop has several; the usual one if it is left out.
    cid: Option<String>,
}

/// Whole KRW.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the schema of what `amount` reads")]
pub(in crate::api) struct NewAmount {
    /// The whole amount.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 2200)]
    total: i64,
    /// The part that is free of tax; 0, if it is left out.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    tax_free: Option<i64>,
    /// The value added tax inside the total; by KakaoPay's rule, `(total - tax_free) / 11`, if it is left out.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    vat: Option<i64>,
    /// The cup deposit (컵 보증금) inside the total.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    green_deposit: Option<i64>,
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

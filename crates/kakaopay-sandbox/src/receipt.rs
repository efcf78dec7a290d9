//! The receipt (매출전표) of a payment, at the address that merchants make themselves.
//! `hash` is the SHA-256 of `cid`, `tid`, `partner_order_id` and `partner_user_id`, as several
//! commercial clients compute it. Invariant: without the right hash there is nothing to see.

use std::fmt::Write;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::clock::korean_time;
use crate::ledger::{Method, Payment};
use crate::payer;
use crate::world::World;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Receipt {
    css: String,
    item_name: String,
    lines: Vec<Line>,
}

struct Line {
    key: &'static str,
    ko: &'static str,
    en: &'static str,
    text: String,
    is_amount: bool,
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/v1/confirmation/{device}/{tid}/{hash}", get(receipt))
}

/// The address of a payment's receipt, if it was paid.
pub(crate) fn address(world: &World, tid: &str) -> Option<String> {
    let hash = world.look(|books| {
        let payment = books.ledger.by_tid(tid)?;
        payment.paid().map(|_| hash(payment))
    })?;
    let public_url = &world.settings.public_url;
    Some(format!("{public_url}/v1/confirmation/p/{tid}/{hash}"))
}

async fn receipt(
    State(world): State<Arc<World>>,
    Path((device, tid, given)): Path<(String, String, String)>,
) -> Response {
    let found = world.look(|books| books.ledger.by_tid(&tid).cloned());
    // p is the page for a PC, m the one for a phone; this one fits both.
    let known = matches!(device.as_str(), "p" | "m");
    let found = found.filter(|payment| known && hash(payment) == given);
    match found.as_ref().and_then(Receipt::of) {
        Some(receipt) => payer::show(&receipt),
        None => payer::unknown(),
    }
}

fn hash(payment: &Payment) -> String {
    let order = &payment.order;
    let mut hash = Sha256::new();
    for part in [
        &order.cid,
        &payment.tid,
        &order.partner_order_id,
        &order.partner_user_id,
    ] {
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Receipt {
    fn of(payment: &Payment) -> Option<Self> {
        let paid = payment.paid()?;
        let order = &payment.order;
        let (method_ko, method_en) = match paid.method {
            Method::Money => ("카카오페이머니", "KakaoPay Money"),
            Method::Card(card) => (card.name_ko, card.name_en),
        };
        let line = |key, ko, en, text| Line {
            key,
            ko,
            en,
            text,
            is_amount: false,
        };
        let won = |key, ko, en, won: u64| Line {
            is_amount: true,
            ..line(key, ko, en, format!("{}원", payer::with_commas(won)))
        };
        let order_id = order.partner_order_id.clone();
        let method = format!("{method_ko} · {method_en}");
        let amount = paid.amount;
        let mut lines = vec![
            line("order-id", "주문번호", "Order", order_id),
            line("quantity", "수량", "Quantity", order.quantity.to_string()),
            line("method", "결제 수단", "Method", method),
            line(
                "approved-id",
                "승인번호",
                "Approval",
                paid.approved_id.clone(),
            ),
            line(
                "approved-at",
                "승인 시각",
                "Approved (KST)",
                korean_time(paid.at).replace('T', " "),
            ),
            line("tid", "거래번호", "TID", payment.tid.clone()),
            won("tax-free", "비과세", "Tax free", amount.tax_free),
            won("vat", "부가세", "VAT", amount.vat),
            won("point", "포인트", "Points", amount.point),
            won("discount", "할인", "Discount", amount.discount),
            won("amount", "결제 금액", "Total", amount.total),
        ];
        if let Some(last) = paid.cancellations.last() {
            let canceled = payment.canceled().total;
            lines.push(line(
                "canceled-at",
                "취소 시각",
                "Canceled (KST)",
                korean_time(last.at).replace('T', " "),
            ));
            lines.push(won("canceled", "취소 금액", "Canceled", canceled));
        }
        Some(Self {
            css: payer::css_url(),
            item_name: order.item_name.clone(),
            lines,
        })
    }
}

//! The receipt (매출전표) of a payment, at the address that merchants make themselves.
//! `hash` is the SHA-256 of cid, tid, partner_order_id and partner_user_id, as several commercial
//! clients compute it. Invariant: without the right hash there is nothing to see.

use std::fmt::Write;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::clock::korean_time;
use crate::ledger::{Amount, Method, Payment};
use crate::payer;
use crate::world::World;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Receipt {
    css: String,
    payment: Payment,
    method_ko: &'static str,
    method_en: &'static str,
    approved_id: String,
    approved_at: String,
    canceled_at: Option<String>,
    amount: Amount,
    canceled: Amount,
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
    match found.and_then(Receipt::of) {
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
    fn of(payment: Payment) -> Option<Self> {
        let paid = payment.paid()?;
        let (method_ko, method_en) = match paid.method {
            Method::Money => ("카카오페이머니", "KakaoPay Money"),
            Method::Card(card) => (card.name_ko, card.name_en),
        };
        let last = paid.cancellations.last();
        Some(Self {
            css: payer::css_url(),
            method_ko,
            method_en,
            approved_id: paid.approved_id.clone(),
            approved_at: korean_time(paid.at),
            canceled_at: last.map(|cancellation| korean_time(cancellation.at)),
            amount: paid.amount,
            canceled: payment.canceled(),
            payment,
        })
    }

    fn won(&self, won: &u64) -> String {
        payer::with_commas(*won)
    }
}

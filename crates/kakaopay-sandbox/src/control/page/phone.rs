//! The payer's phone, as far as a payment shows on it: the messages that KakaoTalk would bring.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::show;
use crate::clock::korean_time;
use crate::ledger::{Message as Sent, Payment, Standing};
use crate::payer::{self, with_commas, with_hyphens};
use crate::world::World;

/// A phone's screen or two.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "phone.html")]
struct Phone {
    css: String,
    desk_css: String,
    desk_js: String,
    number: Option<String>,
    messages: Vec<Message>,
}

struct Message {
    tid: String,
    to: String,
    time: String,
    item_name: String,
    amount: String,
    /// The payment's page, while it can be paid.
    pay: Option<String>,
}

/// One phone, or all of them.
#[derive(Deserialize)]
pub(in crate::control) struct Whose {
    number: Option<String>,
}

pub(in crate::control) async fn phone(
    State(world): State<Arc<World>>,
    Query(whose): Query<Whose>,
) -> Response {
    let number = whose.number.map(|number| number.replace('-', ""));
    let messages = world.books(|books, now| {
        let payments = books.ledger.payments().rev();
        let messages = payments.filter_map(|payment| {
            let sent = payment.message.as_ref()?;
            let wanted = number.as_ref().is_none_or(|number| *number == sent.phone);
            wanted.then(|| Message::new(payment, sent, payment.standing(now) == Standing::Open))
        });
        messages.take(SHOWN).collect()
    });
    show(&Phone {
        css: payer::css_url(),
        desk_css: payer::desk_css_url(),
        desk_js: payer::desk_js_url(),
        number: number.map(|number| with_hyphens(&number)),
        messages,
    })
}

impl Message {
    fn new(payment: &Payment, sent: &Sent, open: bool) -> Self {
        let time = korean_time(sent.at);
        Self {
            tid: payment.tid.clone(),
            to: with_hyphens(&sent.phone),
            time: time.split('T').next_back().unwrap_or_default().to_owned(),
            item_name: payment.order.item_name.clone(),
            amount: with_commas(payment.order.amount.total),
            pay: open.then(|| format!("/pay/mockup/{}?via=qr", payment.page)),
        }
    }
}

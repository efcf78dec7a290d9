//! What each page shows, and the headers it is sent with.
//! Invariant: a page carries no token, and runs nothing that is not in the one script.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRBuilder;
use http::{StatusCode, header};
use jiff::Timestamp;

use super::Via;
use super::assets::{css_url, js_url};
use crate::ledger::{CARDS, Card, Method, MethodType, Payment, Standing};

/// No inline style or script. `frame-ancestors` is left out as shops show the PC page in a layer,
/// and `form-action` because browsers apply it to the redirect into the shop as well.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; img-src 'self'; base-uri 'none'";

/// What every page of a payment shows.
pub(super) struct Bill {
    css: String,
    js: String,
    item_name: String,
    quantity: u64,
    amount: String,
    order_id: String,
    remaining_s: i64,
    remaining: String,
    /// `/pay/mockup/{page}`; the payer's moves are below it.
    base: String,
    /// `?via=qr` on a phone that came by the PC page's QR code.
    via: &'static str,
    /// Where an open page goes when the payment is closed meanwhile.
    after: String,
    /// How soon a page without script looks again.
    look_again_s: i64,
}

#[derive(Template)]
#[template(path = "pc.html")]
pub(super) struct PcPage {
    pub(super) bill: Bill,
    pub(super) qr: String,
    pub(super) mobile_url: String,
}

#[derive(Template)]
#[template(path = "bridge.html")]
pub(super) struct BridgePage {
    pub(super) bill: Bill,
    pub(super) app_scheme: String,
    pub(super) in_app: bool,
}

#[derive(Template)]
#[template(path = "choose.html")]
pub(super) struct ChoosePage {
    pub(super) bill: Bill,
    pub(super) money: bool,
    pub(super) cards: &'static [Card],
}

#[derive(Template)]
#[template(path = "authenticate.html")]
pub(super) struct AuthenticatePage {
    pub(super) bill: Bill,
    pub(super) method_ko: &'static str,
    pub(super) method_en: &'static str,
    pub(super) install_month: u8,
}

#[derive(Template)]
#[template(path = "closed.html")]
pub(super) struct ClosedPage {
    pub(super) bill: Bill,
    pub(super) standing: Standing,
    /// Where the button leads, if the payer has somewhere to go.
    pub(super) onward: Option<String>,
}

#[derive(Template)]
#[template(path = "unknown.html")]
pub(super) struct UnknownPage {
    css: String,
}

/// Which page asks, as each waits in its own way.
#[derive(Clone, Copy)]
pub(super) enum Waits {
    /// Another device may finish the payment while this page is open.
    ForOthers,
    /// Only the time can end it.
    ForThePayer,
}

impl Bill {
    pub(super) fn new(payment: &Payment, now: Timestamp, via: Via, waits: Waits) -> Self {
        let base = format!("/pay/mockup/{}", payment.page);
        let remaining_s = payment.remaining(now).as_secs();
        let (after, look_again_s) = match (via, waits) {
            (Via::Qr, _) => (format!("{base}?via=qr"), remaining_s + 1),
            (Via::Here, Waits::ForOthers) => (format!("{base}/onward?page=pc"), 5),
            (Via::Here, Waits::ForThePayer) => (format!("{base}/onward"), remaining_s + 1),
        };
        Self {
            css: css_url(),
            js: js_url(),
            item_name: payment.order.item_name.clone(),
            quantity: payment.order.quantity,
            amount: with_commas(payment.order.amount.total),
            order_id: payment.order.partner_order_id.clone(),
            remaining_s,
            remaining: format!("{:02}:{:02}", remaining_s / 60, remaining_s % 60),
            base,
            via: via.query(),
            after,
            look_again_s,
        }
    }
}

impl ChoosePage {
    pub(super) fn new(bill: Bill, payment: &Payment) -> Self {
        let only = payment.order.only;
        let cards: &'static [Card] = if only == Some(MethodType::Money) {
            &[]
        } else {
            &CARDS
        };
        Self {
            bill,
            money: only != Some(MethodType::Card),
            cards,
        }
    }
}

impl AuthenticatePage {
    pub(super) fn new(bill: Bill, payment: &Payment, method: Method) -> Self {
        let (method_ko, method_en) = match method {
            Method::Money => ("카카오페이머니", "KakaoPay Money"),
            Method::Card(card) => (card.name_ko, card.name_en),
        };
        Self {
            bill,
            method_ko,
            method_en,
            install_month: payment.order.install_month,
        }
    }
}

/// The code as an SVG image; nothing when the address is too long for one.
pub(super) fn qr_code(address: &str) -> String {
    let code = QRBuilder::new(address).build();
    code.map(|code| SvgBuilder::default().margin(2).to_str(&code))
        .unwrap_or_default()
}

pub(super) fn unknown() -> Response {
    (StatusCode::NOT_FOUND, show(&UnknownPage { css: css_url() })).into_response()
}

pub(crate) fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a payer's page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn with_commas(won: u64) -> String {
    let digits = won.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (won, text) in [
            (1, "1"),
            (999, "999"),
            (2_200, "2,200"),
            (1_100_000, "1,100,000"),
        ] {
            assert_eq!(with_commas(won), text);
        }
    }
}

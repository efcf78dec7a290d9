//! What the payer reads. Korean first, English beside it; no script.
//!
//! **Invariant**: a page says only what the database says. While it is not known whether money moved,
//! it says so and asks again by itself; it never invites a second payment.

mod receipt;
mod said;

use askama::Template;
use axum::response::Response;
use danpay_core::{Payment, Status};
use http::StatusCode;

use super::style;
use crate::http::{korean, page};
use crate::limits;
use crate::shops::Shop;
use receipt::Receipt;
use said::Said;

/// The same in two languages.
#[derive(Clone, Debug)]
pub(super) struct Words {
    ko: String,
    en: String,
}

pub(super) fn words(ko: impl Into<String>, en: impl Into<String>) -> Words {
    Words {
        ko: ko.into(),
        en: en.into(),
    }
}

#[derive(Clone, Copy, Debug)]
enum Tone {
    Good,
    Waiting,
    Calm,
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Calm => "calm",
            Self::Bad => "bad",
        }
    }
}

#[derive(Debug)]
struct Link {
    name: &'static str,
    href: String,
    label: Words,
}

#[derive(Debug, Template)]
#[template(path = "page.html")]
pub(super) struct Page {
    css: &'static str,
    /// Who sells, if an operator has said so.
    shop: Option<String>,
    said: Said,
    receipt: Option<Receipt>,
    links: Vec<Link>,
    refresh_s: Option<u32>,
    livemode: bool,
}

impl Page {
    pub(super) fn respond(self, status: StatusCode) -> Response {
        page::respond(self.render(), status, &style::POLICY)
    }
}

/// The page that says how a payment stands.
pub(super) fn for_payment(payment: &Payment, shop: &Shop, over: bool) -> Response {
    let may_pay = !over && payment.status() == Status::Ready && payment.redirect.is_some();
    let to_pay = may_pay.then(|| Link {
        name: "pay-on",
        href: format!("{}/pay/{}", shop.public_url, payment.id),
        label: words("결제 계속하기", "Go on paying"),
    });
    let unknown = matches!(payment.status(), Status::Approving | Status::Authenticated);
    let to_shop = (!unknown).then(|| to_shop(payment, shop)).flatten();
    let page = Page {
        css: style::CSS,
        shop: shop.name.clone(),
        said: said::of(payment, over),
        receipt: Some(receipt::of(payment)),
        links: to_pay.into_iter().chain(to_shop).collect(),
        refresh_s: unknown.then_some(limits::PAYER_ASKS_AGAIN_S),
        livemode: payment.livemode,
    };
    page.respond(StatusCode::OK)
}

/// The way back: to the order's own page, or to where payers find the shop.
fn to_shop(payment: &Payment, shop: &Shop) -> Option<Link> {
    let order = payment.order.return_url.as_ref();
    let order = order.map(|url| url.for_payment(payment.id));
    let label = match &shop.name {
        Some(name) => words(
            format!("{} 돌아가기", korean::toward(name)),
            format!("Back to {name}"),
        ),
        None => words("상점으로 돌아가기", "Back to the shop"),
    };
    Some(Link {
        name: "to-shop",
        href: order.or_else(|| shop.settings.home_url.clone())?,
        label,
    })
}

/// One that belongs to no payment.
pub(super) fn bare(name: &'static str, title: Words, text: Words) -> Page {
    Page {
        css: style::CSS,
        shop: None,
        said: Said {
            name,
            tone: Tone::Bad,
            title,
            text,
        },
        receipt: None,
        links: Vec::new(),
        refresh_s: None,
        livemode: true,
    }
}

pub(super) fn not_found() -> Response {
    bare(
        "not-found",
        words("결제를 찾을 수 없습니다", "There is no such payment"),
        words(
            "상점에서 다시 시작해 주세요.",
            "Please start again at the shop.",
        ),
    )
    .respond(StatusCode::NOT_FOUND)
}

/// The database cannot be read now. Whether the payer has paid is not known, so the page asks again.
pub(super) fn unavailable() -> Response {
    being_checked().respond(StatusCode::SERVICE_UNAVAILABLE)
}

fn being_checked() -> Page {
    let mut page = bare(
        "unavailable",
        words("잠시 확인할 수 없습니다", "We cannot check right now"),
        words(
            "다시 결제하지 마세요. 이 화면은 자동으로 다시 시도합니다.",
            "Please do not pay again. This page tries again by itself.",
        ),
    );
    page.said.tone = Tone::Waiting;
    page.refresh_s = Some(limits::PAYER_ASKS_AGAIN_S);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a proxy shows while it reaches no server.
    #[test]
    fn the_sample_for_proxies_is_the_page_that_danpay_shows() {
        let sample = "../../examples/proxy/being-checked.html";
        let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(sample);
        let page = being_checked().render().unwrap();
        assert_eq!(std::fs::read_to_string(sample).unwrap(), page + "\n");
    }
}

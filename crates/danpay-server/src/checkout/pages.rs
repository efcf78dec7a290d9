//! What the payer reads. Korean first, English beside it; no script.
//!
//! **Invariant**: a page says only what the books say. While it is not known whether money moved,
//! it says so and asks again by itself; it never invites a second payment.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use danpay_core::decide::ORDER_ALREADY_PAID;
use danpay_core::{Payment, Status, Won};
use http::{HeaderValue, StatusCode, header};

use super::assets;
use crate::limits;
use crate::shops::Shop;

/// The same in two languages.
#[derive(Clone, Debug)]
pub(super) struct Words {
    ko: String,
    en: String,
}

pub(super) fn words(ko: &str, en: &str) -> Words {
    Words {
        ko: ko.to_owned(),
        en: en.to_owned(),
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
struct Receipt {
    amount: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    label: Words,
    value: String,
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
    /// By which tests know it.
    name: &'static str,
    css: String,
    tone: Tone,
    title: Words,
    text: Words,
    receipt: Option<Receipt>,
    links: Vec<Link>,
    refresh_s: Option<u32>,
    livemode: bool,
}

impl Page {
    pub(super) fn respond(self, status: StatusCode) -> Response {
        let html = match self.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page could not be written");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let mut response = (status, Html(html)).into_response();
        let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        );
        response
    }
}

/// The page that says how a payment stands.
pub(super) fn for_payment(payment: &Payment, shop: &Shop, over: bool) -> Response {
    page(payment, &shop.public_url, over).respond(StatusCode::OK)
}

fn page(payment: &Payment, public_url: &str, over: bool) -> Page {
    let Said {
        name,
        tone,
        title,
        text,
    } = say(payment, over);
    let may_pay = !over && payment.status() == Status::Ready && payment.redirect.is_some();
    let to_pay = may_pay.then(|| Link {
        name: "pay-on",
        href: format!("{public_url}/pay/{}", payment.id),
        label: words("결제 계속하기", "Go on paying"),
    });
    let unknown = matches!(payment.status(), Status::Approving | Status::Authenticated);
    let to_shop = payment
        .order
        .return_url
        .as_ref()
        .filter(|_| !unknown)
        .map(|url| Link {
            name: "to-shop",
            href: url.for_payment(payment.id),
            label: words("상점으로 돌아가기", "Back to the shop"),
        });
    Page {
        name,
        css: assets::css_url(public_url),
        tone,
        title,
        text,
        receipt: Some(receipt(payment)),
        links: to_pay.into_iter().chain(to_shop).collect(),
        refresh_s: unknown.then_some(limits::PAYER_ASKS_AGAIN_S),
        livemode: payment.livemode,
    }
}

struct Said {
    name: &'static str,
    tone: Tone,
    title: Words,
    text: Words,
}

fn say(payment: &Payment, over: bool) -> Said {
    let (name, tone, title, text) = match payment.status() {
        Status::Ready if over => (
            "over",
            Tone::Calm,
            words("결제 시간이 지났습니다", "The time to pay is over"),
            words(
                "결제되지 않았습니다. 상점에서 다시 주문해 주세요.",
                "Nothing was charged. Please order again at the shop.",
            ),
        ),
        Status::Ready => (
            "not-yet-paid",
            Tone::Calm,
            words("아직 결제되지 않았습니다", "Not paid yet"),
            words(
                "아직 돈이 나가지 않았습니다. 이어서 결제할 수 있습니다.",
                "Nothing was charged so far. You can go on paying.",
            ),
        ),
        Status::Authenticated if !payment.waits_for_shop() => (
            "waiting",
            Tone::Waiting,
            words("결제를 확인하고 있습니다", "Checking your payment"),
            words(
                "아직 돈이 나가지 않았고, 곧 이어서 처리합니다. 다시 결제하지 마세요. 이 화면은 저절로 바뀝니다.",
                "Nothing was charged so far; we go on in a moment. Please do not pay again. This page updates by itself.",
            ),
        ),
        Status::Authenticated => (
            "authenticated",
            Tone::Waiting,
            words("상점이 확인하고 있습니다", "The shop is checking"),
            words(
                "상점이 승인하면 결제됩니다. 이 화면은 저절로 바뀝니다.",
                "You will be charged once the shop approves. This page updates by itself.",
            ),
        ),
        Status::Approving => (
            "waiting",
            Tone::Waiting,
            words("결제를 확인하고 있습니다", "Checking your payment"),
            words(
                "카카오페이의 확인을 기다립니다. 다시 결제하지 마세요. 이 화면은 저절로 바뀝니다.",
                "We are waiting for KakaoPay. Please do not pay again. This page updates by itself.",
            ),
        ),
        Status::Approved => (
            "approved",
            Tone::Good,
            words("결제되었습니다", "Paid"),
            words("이 창을 닫아도 됩니다.", "You may close this window."),
        ),
        Status::PartiallyCanceled => (
            "partially-canceled",
            Tone::Calm,
            words("일부 취소되었습니다", "Partly canceled"),
            words(
                "결제 금액의 일부가 취소되었습니다.",
                "Part of the amount went back to you.",
            ),
        ),
        Status::Canceled => (
            "canceled",
            Tone::Calm,
            words("결제가 취소되었습니다", "Canceled"),
            words(
                "결제 금액이 모두 취소되었습니다.",
                "The whole amount went back to you.",
            ),
        ),
        Status::Quit | Status::Failed | Status::Withdrawn | Status::Expired => {
            ended_unpaid(payment)
        }
    };
    Said {
        name,
        tone,
        title,
        text,
    }
}

/// What a payer reads who was not charged and will not be.
fn ended_unpaid(payment: &Payment) -> (&'static str, Tone, Words, Words) {
    match payment.status() {
        Status::Quit => (
            "quit",
            Tone::Calm,
            words("결제를 그만두었습니다", "You gave up the payment"),
            words("결제되지 않았습니다.", "Nothing was charged."),
        ),
        Status::Failed if is_paid_otherwise(payment) => (
            "paid-already",
            Tone::Calm,
            words("이미 결제된 주문입니다", "This order is paid already"),
            words(
                "같은 주문이 다른 결제로 결제되었습니다. 이번에는 청구되지 않았습니다.",
                "The same order was paid by another payment. You were not charged again.",
            ),
        ),
        Status::Failed => (
            "failed",
            Tone::Bad,
            words("결제하지 못했습니다", "The payment failed"),
            failure(payment),
        ),
        Status::Withdrawn => (
            "withdrawn",
            Tone::Calm,
            words(
                "상점이 결제를 취소했습니다",
                "The shop has withdrawn the payment",
            ),
            words(
                "결제되지 않았습니다. 궁금한 점은 상점에 문의해 주세요.",
                "Nothing was charged. Please ask the shop if you have a question.",
            ),
        ),
        _ => (
            "expired",
            Tone::Calm,
            words("결제 시간이 지났습니다", "The time to pay is over"),
            words(
                "결제되지 않았습니다. 상점에서 다시 주문해 주세요.",
                "Nothing was charged. Please order again at the shop.",
            ),
        ),
    }
}

fn is_paid_otherwise(payment: &Payment) -> bool {
    let failure = payment.state.failure();
    failure.is_some_and(|failure| failure.code == ORDER_ALREADY_PAID)
}

/// What the payment method told the payer comes before our own words.
fn failure(payment: &Payment) -> Words {
    let nothing = words("결제되지 않았습니다.", "Nothing was charged.");
    let Some(failure) = payment.state.failure() else {
        return nothing;
    };
    let told = failure
        .kakaopay
        .as_ref()
        .and_then(|own| own.method_result_message.as_deref());
    let reason = told.unwrap_or(&failure.message_ko).trim_end_matches('.');
    Words {
        ko: format!("{reason}. {}", nothing.ko),
        en: format!("{}. {}", failure.message.trim_end_matches('.'), nothing.en),
    }
}

fn receipt(payment: &Payment) -> Receipt {
    let order = &payment.order;
    let mut rows = vec![
        Row {
            label: words("상품", "Item"),
            value: order.item_name.to_string(),
        },
        Row {
            label: words("주문번호", "Order"),
            value: order.order_id.to_string(),
        },
    ];
    let canceled = payment.state.canceled().total;
    if !canceled.is_zero() {
        let value = format!("{}원", grouped(canceled));
        rows.push(Row {
            label: words("취소 금액", "Canceled"),
            value,
        });
    }
    let amount = payment
        .state
        .approval()
        .map_or(order.amount, |approval| approval.amount);
    Receipt {
        amount: grouped(amount.total),
        rows,
    }
}

/// `2200` as `2,200`.
fn grouped(won: Won) -> String {
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

pub(super) fn bare(name: &'static str, title: Words, text: Words) -> Page {
    Page {
        name,
        // Relative: these pages may belong to no payment and no public URL.
        css: assets::css_url(""),
        tone: Tone::Bad,
        title,
        text,
        receipt: None,
        links: Vec::new(),
        refresh_s: None,
        livemode: true,
    }
}

pub(super) fn not_found() -> Response {
    bare(
        "not-found",
        words("결제를 찾을 수 없습니다", "No such payment"),
        words("주소를 확인해 주세요.", "Please check the address."),
    )
    .respond(StatusCode::NOT_FOUND)
}

/// The books cannot be read now. Whether the payer has paid is not known, so the page asks again.
pub(super) fn unavailable() -> Response {
    let mut page = bare(
        "unavailable",
        words("잠시 확인할 수 없습니다", "Cannot check right now"),
        words(
            "다시 결제하지 마세요. 이 화면은 저절로 다시 시도합니다.",
            "Please do not pay again. This page tries again by itself.",
        ),
    );
    page.tone = Tone::Waiting;
    page.refresh_s = Some(limits::PAYER_ASKS_AGAIN_S);
    page.respond(StatusCode::SERVICE_UNAVAILABLE)
}

//! The shop's pages. Korean first, English beside it.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::Offset;

use super::danpay::Payment;
use super::{ITEM, MOST, PRICE};

const CSS: &str = include_str!("../../../assets/shop.css");
/// `choco-` and 16 hexadecimal digits.
const ORDER_PREFIX: &str = "choco-";

#[derive(Template)]
#[template(path = "shop_front.html")]
struct Front {
    item: &'static str,
    price: String,
    most: u32,
    order_id: String,
}

#[derive(Template)]
#[template(path = "shop_order.html")]
struct Order<'a> {
    payment: &'a Payment,
    said: Said,
    total: String,
    tax_free: String,
    vat: String,
    times: Vec<(&'static str, &'static str, String)>,
    /// The number of the next attempt, if another may be made.
    next_attempt: Option<u32>,
}

/// How the order stands, in words.
struct Said {
    tone: &'static str,
    ko: &'static str,
    en: &'static str,
    /// Not yet known: the page asks again by itself.
    waits: bool,
}

#[derive(Template)]
#[template(path = "shop_message.html")]
struct Message<'a> {
    ko: &'a str,
    en: &'a str,
    detail: &'a str,
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the shop could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) async fn css() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], CSS).into_response()
}

pub(super) fn front() -> Response {
    match new_order_id() {
        Ok(order_id) => {
            let price = grouped(PRICE);
            page(
                StatusCode::OK,
                &Front {
                    item: ITEM,
                    price,
                    most: MOST,
                    order_id,
                },
            )
        }
        Err(error) => trouble(&error.into()),
    }
}

pub(in crate::demo) fn new_order_id() -> Result<String, getrandom::Error> {
    Ok(format!("{ORDER_PREFIX}{:016x}", getrandom::u64()?))
}

pub(super) fn is_order_id(text: &str) -> bool {
    text.strip_prefix(ORDER_PREFIX)
        .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An order by its last attempt; one that ended unpaid may be followed by another.
pub(super) fn order(payment: &Payment, next_attempt: u32) -> Response {
    let mut times = vec![("결제 요청", "Ready", korean_time(payment.created_at))];
    if let Some(at) = payment.approved_at {
        times.push(("결제 승인", "Approved", korean_time(at)));
    }
    let amount = &payment.amount;
    let order = Order {
        payment,
        said: say(&payment.status),
        total: grouped(amount.total),
        tax_free: grouped(amount.tax_free),
        vat: grouped(amount.vat),
        times,
        next_attempt: is_over_unpaid(&payment.status).then_some(next_attempt),
    };
    page(StatusCode::OK, &order)
}

fn is_over_unpaid(status: &str) -> bool {
    matches!(status, "quit" | "failed" | "expired" | "withdrawn")
}

fn say(status: &str) -> Said {
    let (tone, ko, en) = match status {
        "approved" => ("good", "주문이 완료되었습니다", "Thank you, it is yours"),
        "quit" => ("calm", "결제를 그만두셨습니다", "You gave up the payment"),
        "failed" => ("bad", "결제하지 못했습니다", "The payment failed"),
        "expired" => ("calm", "결제 시간이 지났습니다", "The time to pay is over"),
        "withdrawn" => (
            "calm",
            "상점이 결제를 취소했습니다",
            "The shop has withdrawn the payment",
        ),
        "canceled" | "partially_canceled" => ("calm", "취소되었습니다", "Canceled"),
        _ => (
            "waiting",
            "결제를 확인하고 있습니다",
            "Checking the payment",
        ),
    };
    Said {
        tone,
        ko,
        en,
        waits: tone == "waiting",
    }
}

pub(super) fn missing() -> Response {
    let (ko, en) = ("그런 주문은 없습니다", "There is no such order");
    page(StatusCode::NOT_FOUND, &Message { ko, en, detail: "" })
}

pub(super) fn trouble(error: &anyhow::Error) -> Response {
    tracing::error!("the shop cannot reach danpay: {error:#}");
    let ko = "잠시 후 다시 시도해 주세요";
    let en = "Please try again in a moment";
    let detail = "결제되지 않았거나, 결제되었다면 주문에 남아 있습니다.";
    page(StatusCode::BAD_GATEWAY, &Message { ko, en, detail })
}

/// `2200` as `2,200`.
fn grouped(won: i64) -> String {
    let digits = won.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        // The digits of a number are ASCII.
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

fn korean_time(at: Timestamp) -> String {
    Offset::constant(9)
        .to_datetime(at)
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

//! The shop's pages. Korean first, English beside it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::calls::{Call, Side};
use super::danpay::Problem;
use super::forms::{MOST, new_number, new_order_id};
use super::receipt::{Payment, Said, grouped};
use super::{ITEM, PRICE};

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
    /// Of one box.
    price: String,
    /// The number of the next attempt, if another may be made.
    next_attempt: Option<u32>,
    buttons: Vec<Button>,
    calls: &'a [Call],
}

/// Gives money back: a part, or all that is left.
struct Button {
    name: &'static str,
    ko: &'static str,
    en: &'static str,
    /// Its own, so that pressing it twice is one decision.
    press: String,
    part: Option<i64>,
    won: String,
}

#[derive(Template)]
#[template(path = "shop_calls.html")]
struct CallsOnly<'a> {
    calls: &'a [Call],
}

#[derive(Template)]
#[template(path = "shop_message.html")]
struct Message<'a> {
    title: [&'a str; 2],
    detail: [&'a str; 2],
    /// The order's page, if it is about an order.
    order: Option<&'a str>,
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the shop could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) fn front() -> Response {
    match new_order_id() {
        Ok(order_id) => {
            let front = Front {
                item: ITEM,
                price: grouped(PRICE),
                most: MOST,
                order_id,
            };
            page(StatusCode::OK, &front)
        }
        Err(error) => trouble(&error.into()),
    }
}

/// An order by its last attempt; one that ended unpaid may be followed by another.
pub(super) fn order(payment: &Payment, next_attempt: u32, calls: &[Call]) -> Response {
    let buttons = match buttons(payment) {
        Ok(buttons) => buttons,
        Err(error) => return trouble(&error.into()),
    };
    let order = Order {
        payment,
        said: payment.say(),
        price: grouped(PRICE),
        next_attempt: payment.is_over_unpaid().then_some(next_attempt),
        buttons,
        calls,
    };
    page(StatusCode::OK, &order)
}

fn buttons(payment: &Payment) -> Result<Vec<Button>, getrandom::Error> {
    if !payment.may_be_canceled() {
        return Ok(Vec::new());
    }
    let mut buttons = Vec::new();
    if let Some(part) = payment.part() {
        buttons.push(Button {
            name: "cancel-part",
            ko: "일부만 취소",
            en: "Cancel a part",
            press: new_number()?,
            part: Some(part),
            won: grouped(part),
        });
    }
    buttons.push(Button {
        name: "cancel-all",
        ko: "모두 취소",
        en: "Cancel all",
        press: new_number()?,
        part: None,
        won: grouped(payment.cancel_available_amount.total),
    });
    Ok(buttons)
}

pub(super) fn calls(calls: &[Call]) -> Response {
    page(StatusCode::OK, &CallsOnly { calls })
}

pub(super) fn missing() -> Response {
    let message = Message {
        title: ["주문을 찾을 수 없습니다", "There is no such order"],
        detail: ["주소를 확인해 주세요.", "Please check the address."],
        order: None,
    };
    page(StatusCode::NOT_FOUND, &message)
}

/// danpay did not do it, and says why.
pub(super) fn refused(problem: &Problem, order: Option<&str>) -> Response {
    let message = Message {
        title: ["요청이 처리되지 않았습니다", "It was not done"],
        detail: [&problem.detail_ko, &problem.detail],
        order,
    };
    page(StatusCode::CONFLICT, &message)
}

pub(super) fn trouble(error: &anyhow::Error) -> Response {
    tracing::error!("the shop cannot reach danpay: {error:#}");
    let message = Message {
        title: ["잠시 후 다시 시도해 주세요", "Please try again in a moment"],
        detail: [
            "결제되지 않았거나, 결제되었다면 주문에 남아 있습니다.",
            "You were not charged, or if you were, the order has it.",
        ],
        order: None,
    };
    page(StatusCode::BAD_GATEWAY, &message)
}

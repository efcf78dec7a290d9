//! The demo's shop: what a shop has to do, and no more. It asks danpay for a payment, sends the
//! payer there, and when the payer is back asks danpay how it stands. It believes no address.

mod danpay;
mod pages;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use serde::Deserialize;
use tokio::net::TcpListener;

use super::Demo;
use danpay::{Created, Danpay};

pub(super) use danpay::NewPayment;
pub(super) use pages::new_order_id;

/// One box of 초코파이, in KRW.
pub(super) const PRICE: i64 = 2_200;
pub(super) const ITEM: &str = "초코파이";
/// The most that one order may have.
const MOST: u32 = 10;

struct Shop {
    url: String,
    danpay: Danpay,
    /// The last attempt to pay each order. A real shop has a table for it.
    attempts: Mutex<BTreeMap<String, Attempt>>,
}

/// One press of the button to pay, and the payment that it made.
#[derive(Clone)]
struct Attempt {
    number: u32,
    payment_id: String,
}

pub(super) async fn serve(
    listener: TcpListener,
    demo: &Demo,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let shop = Shop {
        url: demo.shop_url.clone(),
        danpay: Danpay::new(&demo.server_url, &demo.api_key)?,
        attempts: Mutex::default(),
    };
    let routes = Router::new()
        .route("/", get(front))
        .route("/buy", post(buy))
        .route("/orders/{order_id}", get(order))
        .route("/shop.css", get(pages::css))
        .fallback(async || pages::missing())
        .with_state(Arc::new(shop));
    axum::serve(listener, routes)
        .with_graceful_shutdown(stopping)
        .await
        .context("the shop stopped")
}

async fn front() -> Response {
    pages::front()
}

#[derive(Deserialize)]
struct Basket {
    quantity: u32,
    /// Made with the page, so that a second click on the button is the same order.
    order_id: String,
    /// Which attempt to pay it this is, from 1: made with the page as well. One key is for one attempt, so
    /// that whoever gave up can pay again, and a second click makes no second payment.
    attempt: u32,
}

async fn buy(State(shop): State<Arc<Shop>>, Form(basket): Form<Basket>) -> Response {
    let Basket {
        quantity,
        order_id,
        attempt,
    } = basket;
    if quantity == 0 || quantity > MOST || !pages::is_order_id(&order_id) {
        return (StatusCode::BAD_REQUEST, pages::missing()).into_response();
    }
    let return_url = format!("{}/orders/{order_id}", shop.url);
    let new = NewPayment::of(&order_id, quantity, &return_url);
    let key = format!("{order_id}-attempt-{attempt}");
    let (payment_id, to_pay) = match shop.danpay.create(&key, &new).await {
        Ok(Created::Payment(payment)) => (payment.id, payment.checkout_url),
        Ok(Created::PaidBefore(payment_id)) => (payment_id, None),
        Err(error) => return pages::trouble(&error),
    };
    let attempt = Attempt {
        number: attempt,
        payment_id,
    };
    let mut attempts = shop.attempts.lock().unwrap_or_else(PoisonError::into_inner);
    attempts.insert(order_id, attempt);
    // What cannot be paid any more has ended: the order's page says how.
    Redirect::to(&to_pay.unwrap_or(return_url)).into_response()
}

async fn order(State(shop): State<Arc<Shop>>, Path(order_id): Path<String>) -> Response {
    let attempt = {
        let attempts = shop.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(&order_id).cloned()
    };
    let Some(Attempt { number, payment_id }) = attempt else {
        return pages::missing();
    };
    match shop.danpay.payment(&payment_id).await {
        Ok(payment) => pages::order(&payment, number.saturating_add(1)),
        Err(error) => pages::trouble(&error),
    }
}

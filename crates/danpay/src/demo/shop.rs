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
use danpay::Danpay;

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
    /// Which payment pays which order. A real shop has a table for it.
    payments: Mutex<BTreeMap<String, String>>,
}

pub(super) async fn serve(
    listener: TcpListener,
    demo: &Demo,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let shop = Shop {
        url: demo.shop_url.clone(),
        danpay: Danpay::new(&demo.server_url, &demo.api_key)?,
        payments: Mutex::default(),
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
}

async fn buy(State(shop): State<Arc<Shop>>, Form(basket): Form<Basket>) -> Response {
    let Basket { quantity, order_id } = basket;
    if quantity == 0 || quantity > MOST || !pages::is_order_id(&order_id) {
        return (StatusCode::BAD_REQUEST, pages::missing()).into_response();
    }
    let return_url = format!("{}/orders/{order_id}", shop.url);
    let new = NewPayment::of(&order_id, quantity, &return_url);
    match shop.danpay.create(&order_id, &new).await {
        Ok(payment) => {
            let mut payments = shop.payments.lock().unwrap_or_else(PoisonError::into_inner);
            payments.insert(order_id, payment.id);
            Redirect::to(&payment.checkout_url).into_response()
        }
        Err(error) => pages::trouble(&error),
    }
}

async fn order(State(shop): State<Arc<Shop>>, Path(order_id): Path<String>) -> Response {
    let id = {
        let payments = shop.payments.lock().unwrap_or_else(PoisonError::into_inner);
        payments.get(&order_id).cloned()
    };
    let Some(id) = id else {
        return pages::missing();
    };
    match shop.danpay.payment(&id).await {
        Ok(payment) => pages::order(&payment),
        Err(error) => pages::trouble(&error),
    }
}

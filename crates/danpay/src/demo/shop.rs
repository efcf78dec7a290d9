//! The demo's shop: what a shop has to do, and no more. It asks danpay for a payment, sends the
//! payer there, when the payer is back asks danpay how it stands, and gives money back. It believes
//! no address. Beside the receipt it shows the calls that were made for the order.

mod assets;
mod calls;
mod danpay;
mod forms;
mod headers;
mod journal;
mod pages;
mod receipt;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::net::TcpListener;

use calls::{Call, Calls};
use danpay::{Answer, Danpay};
use forms::{Basket, Refund};
use journal::Journal;

pub(super) use danpay::NewPayment;
pub(super) use forms::new_order_id;

/// One box of 초코파이, in KRW.
pub(super) const PRICE: i64 = 2_200;
pub(super) const ITEM: &str = "초코파이";

struct Shop {
    url: String,
    danpay: Danpay,
    journal: Journal,
    /// The last attempt to pay each order. A real shop has a table for it.
    attempts: Mutex<BTreeMap<String, Attempt>>,
}

/// One press of the button to pay, and the payment that it made.
#[derive(Clone)]
struct Attempt {
    number: u32,
    payment_id: String,
}

/// Whom the shop asks, and where payers find it.
pub(super) struct ShopSettings {
    /// Where payers find it.
    pub(super) url: String,
    /// Where it asks danpay.
    pub(super) server_url: String,
    pub(super) api_key: SecretString,
    /// Where it reads danpay's calls to KakaoPay.
    pub(super) sandbox_url: String,
    /// The sandbox's time, if it is known.
    pub(super) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where payers may be sent: danpay's and the sandbox's addresses, as payers know them.
    pub(super) ways: Vec<String>,
}

pub(super) async fn serve(
    listener: TcpListener,
    settings: ShopSettings,
    stopping: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let http = danpay::client()?;
    let calls = Calls::new(settings.clock);
    // A browser wants to know where a form may lead in the end.
    let ways: Vec<&str> = settings.ways.iter().map(String::as_str).collect();
    let headers = headers::Headers::new(&ways)?;
    let shop = Shop {
        danpay: Danpay::new(http.clone(), &settings.server_url, &settings.api_key, calls),
        journal: Journal::new(http, &settings.sandbox_url),
        url: settings.url,
        attempts: Mutex::default(),
    };
    let routes = Router::new()
        .route("/", get(async || pages::front()))
        .route("/buy", post(buy))
        .route("/orders/{order_id}", get(order))
        .route("/orders/{order_id}/cancel", post(cancel))
        .route("/orders/{order_id}/calls", get(calls_of))
        .merge(assets::routes())
        .fallback(async || pages::missing())
        .layer(middleware::map_response_with_state(headers, headers::set))
        .with_state(Arc::new(shop));
    axum::serve(listener, routes)
        .with_graceful_shutdown(stopping)
        .await
        .context("the shop stopped")
}

async fn buy(State(shop): State<Arc<Shop>>, Form(basket): Form<Basket>) -> Response {
    if !basket.is_ours() {
        return (StatusCode::BAD_REQUEST, pages::missing()).into_response();
    }
    let order_id = &basket.order_id;
    let return_url = format!("{}/orders/{order_id}", shop.url);
    let new = NewPayment::of(order_id, basket.quantity, &return_url);
    let (payment_id, to_pay) = match shop.danpay.create(&basket.key(), &new).await {
        Ok(Answer::Payment(payment)) => (payment.id, payment.checkout_url),
        // The order is paid already, by that payment.
        Ok(Answer::Problem(danpay::Problem {
            payment_id: Some(id),
            ..
        })) => (id, None),
        Ok(Answer::Problem(problem)) => return pages::refused(&problem, None),
        Err(error) => return pages::trouble(&error),
    };
    let attempt = Attempt {
        number: basket.attempt,
        payment_id,
    };
    shop.attempts().insert(order_id.clone(), attempt);
    // What cannot be paid any more has ended: the order's page says how.
    Redirect::to(&to_pay.unwrap_or(return_url)).into_response()
}

async fn order(State(shop): State<Arc<Shop>>, Path(order_id): Path<String>) -> Response {
    let Some(Attempt { number, payment_id }) = shop.attempt(&order_id) else {
        return pages::missing();
    };
    match shop.danpay.payment(&order_id, &payment_id).await {
        Ok(payment) => {
            let calls = shop.calls(&order_id).await;
            pages::order(&payment, number.saturating_add(1), &calls)
        }
        Err(error) => pages::trouble(&error),
    }
}

async fn cancel(
    State(shop): State<Arc<Shop>>,
    Path(order_id): Path<String>,
    Form(refund): Form<Refund>,
) -> Response {
    let (Some(Attempt { payment_id, .. }), true) = (shop.attempt(&order_id), refund.is_ours())
    else {
        return pages::missing();
    };
    let key = refund.key(&order_id);
    let back = format!("/orders/{order_id}");
    let asked = shop.danpay.cancel(&order_id, &payment_id, &key, &refund);
    match asked.await {
        // KakaoPay's no is in the payment: the order's page tells it.
        Ok(Answer::Problem(problem)) if problem.code != "cancel_refused" => {
            pages::refused(&problem, Some(&back))
        }
        Ok(_) => Redirect::to(&back).into_response(),
        Err(error) => pages::trouble(&error),
    }
}

/// The calls alone, for a page that keeps them up to date.
async fn calls_of(State(shop): State<Arc<Shop>>, Path(order_id): Path<String>) -> Response {
    match shop.attempt(&order_id) {
        Some(_) => pages::calls(&shop.calls(&order_id).await),
        None => pages::missing(),
    }
}

impl Shop {
    fn attempts(&self) -> MutexGuard<'_, BTreeMap<String, Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(&self, order_id: &str) -> Option<Attempt> {
        self.attempts().get(order_id).cloned()
    }

    /// What was asked for the order: by the shop, and by danpay.
    async fn calls(&self, order_id: &str) -> Vec<Call> {
        let (own, tids) = self.danpay.calls(order_id);
        let kakaopays = self.journal.of(order_id, &tids).await;
        calls::newest_first(own, kakaopays)
    }
}

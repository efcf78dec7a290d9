//! The payer's door: to KakaoPay, back from it, and the pages in between.
//!
//! **Invariant**: whatever the payer's browser says is a question, never a fact; KakaoPay answers
//! it. Every way ends at an address without a `pg_token`.

mod errors;
mod pages;
mod style;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use danpay_core::{Payment, PaymentId, PgToken};
use http::request::Parts;
use http::{HeaderMap, header};
use kakaopay::Device;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::flow::FlowError;
use crate::http::Problem;
use crate::returns::Way;
use crate::shops::Shop;

pub(crate) use errors::error_page;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/pay/{id}", get(open).head(nothing))
        .route("/pay/{id}/result", get(result).head(nothing))
        .route(
            "/return/{id}/approve/{secret}",
            get(approve_return).head(nothing),
        )
        .route(
            "/return/{id}/cancel/{secret}",
            get(cancel_return).head(nothing),
        )
        .route("/return/{id}/fail/{secret}", get(fail_return).head(nothing))
}

/// Link previews and scanners look at addresses that way: it must move nothing.
async fn nothing() {}

/// How a shop's own app says that its web view opens the page.
#[derive(Deserialize)]
struct OpenQuery {
    device: Option<DeviceName>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DeviceName {
    Pc,
    Mobile,
    App,
}

async fn open(
    State(app): State<App>,
    Named(id): Named<String>,
    query: Result<Query<OpenQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let said = query.ok().and_then(|Query(query)| query.device);
    let device = |agents: &[String]| device(agents, said, &headers);
    let url = app.flow.open(read(&id)?, device).await?;
    Ok(Redirect::to(&url).into_response())
}

fn device(app_agents: &[String], said: Option<DeviceName>, headers: &HeaderMap) -> Device {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said {
        Some(DeviceName::Pc) => Device::Pc,
        Some(DeviceName::Mobile) => Device::Mobile,
        Some(DeviceName::App) => Device::App,
        None => {
            let agents: Vec<&str> = app_agents.iter().map(String::as_str).collect();
            let agent = text(header::USER_AGENT.as_str()).unwrap_or_default();
            Device::from_user_agent(agent, text("sec-ch-ua-mobile"), &agents)
        }
    }
}

/// KakaoPay returns the payer with a `pg_token`. The first one claims the approval; a reload or
/// another tab only sees how it stands.
async fn approve_return(
    State(app): State<App>,
    Named((id, secret)): Named<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let id = brought_back(&app, &id, (Way::Approve, &secret))?;
    let payment = match tokens(query.as_deref().unwrap_or_default()) {
        Some(tokens) => app.flow.come_back(id, tokens).await?,
        None => app.flow.payers_payment(id).await?,
    };
    onward(&app, &payment).await
}

/// The token that KakaoPay has appended, and another one that stood there before it.
fn tokens(query: &str) -> Option<(PgToken, Option<PgToken>)> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut tokens: Vec<_> = pairs
        .filter(|(name, _)| name == "pg_token")
        .filter_map(|(_, value)| PgToken::new(value.into_owned()))
        .collect();
    let last = tokens.pop()?;
    let other = tokens.into_iter().rfind(|token| *token != last);
    Some((last, other))
}

/// KakaoPay's `cancel_url`: the payer gave up there. No refund, and nothing is believed of it.
async fn cancel_return(
    State(app): State<App>,
    Named((id, secret)): Named<(String, String)>,
) -> Result<Response, PageError> {
    let id = brought_back(&app, &id, (Way::Cancel, &secret))?;
    ask_kakaopay(&app, id).await
}

/// KakaoPay's `fail_url`.
async fn fail_return(
    State(app): State<App>,
    Named((id, secret)): Named<(String, String)>,
) -> Result<Response, PageError> {
    let id = brought_back(&app, &id, (Way::Fail, &secret))?;
    ask_kakaopay(&app, id).await
}

/// The payer's browser says that the payer gave up or that it failed, which proves nothing.
async fn ask_kakaopay(app: &App, id: PaymentId) -> Result<Response, PageError> {
    let payment = app.flow.look_up_for_visitor(id).await?;
    onward(app, &payment).await
}

/// The payment whose payer KakaoPay brings back: it alone was told the secret. Any other address is
/// one that does not exist.
fn brought_back(app: &App, id: &str, (way, secret): (Way, &str)) -> Result<PaymentId, PageError> {
    let id = read(id)?;
    if app.returns.knows(id, way, secret) {
        Ok(id)
    } else {
        Err(PageError(FlowError::NotFound))
    }
}

async fn result(State(app): State<App>, Named(id): Named<String>) -> Result<Response, PageError> {
    let payment = app.flow.payers_payment(read(&id)?).await?;
    if let Some(url) = shops_turn(&payment) {
        return Ok(Redirect::to(&url).into_response());
    }
    if let Err(error) = app.flow.look_first(&payment).await {
        // Then its turn comes later, and the page tells what is known.
        tracing::warn!(alert = error.alert(), payment.id = %payment.id, %error, "a payment cannot be looked up before others");
    }
    let shop = shop_of(&app, &payment).await?;
    let over = app.flow.clock.now() >= payment.expires_at;
    Ok(pages::for_payment(&payment, &shop, over))
}

/// The shop's address once the payer has nothing more to do here.
fn shops_turn(payment: &Payment) -> Option<String> {
    let done = payment.status().is_settled() || payment.waits_for_shop();
    let url = payment.order.return_url.as_ref().filter(|_| done)?;
    Some(url.for_payment(payment.id))
}

async fn onward(app: &App, payment: &Payment) -> Result<Response, PageError> {
    if let Some(url) = shops_turn(payment) {
        return Ok(Redirect::to(&url).into_response());
    }
    let url = shop_of(app, payment).await?.result_url(payment.id);
    Ok(Redirect::to(&url).into_response())
}

async fn shop_of(app: &App, payment: &Payment) -> Result<Arc<Shop>, PageError> {
    let shop = app.flow.shops.shop(payment.shop_id).await;
    Ok(shop.map_err(FlowError::from)?)
}

fn read(id: &str) -> Result<PaymentId, PageError> {
    id.parse().map_err(|_| PageError(FlowError::NotFound))
}

/// What stands in the places of an address. What cannot be read names nothing.
struct Named<T>(T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let Path(named) = path.map_err(|_| PageError(FlowError::NotFound))?;
        Ok(Self(named))
    }
}

/// An error as a page.
struct PageError(FlowError);

impl From<FlowError> for PageError {
    fn from(error: FlowError) -> Self {
        Self(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self.0 {
            FlowError::NotFound => Problem::not_found().into_response(),
            error => {
                tracing::error!(alert = error.alert(), %error, "a payer's page failed");
                pages::unavailable()
            }
        }
    }
}

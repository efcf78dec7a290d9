//! The payer's door: to KakaoPay, back from it, and the pages in between.
//!
//! **Invariant**: whatever the payer's browser says is a question, never a fact; KakaoPay answers
//! it. Every way ends at an address without a `pg_token`.

mod assets;
mod pages;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use danpay_core::{Payment, PaymentId, PgToken, Status};
use http::{HeaderMap, header};
use kakaopay::Device;
use serde::Deserialize;

use crate::flow::{FlowError, Way};
use crate::limits;
use crate::server::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/pay/{id}", get(open))
        .route("/pay/{id}/result", get(result))
        .route("/return/{id}/approve", get(approve))
        .route("/return/{id}/cancel", get(ask_kakaopay))
        .route("/return/{id}/fail", get(ask_kakaopay))
        .route("/assets/{name}", get(assets::serve))
}

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

#[derive(Deserialize)]
struct ReturnQuery {
    pg_token: Option<String>,
}

async fn open(
    State(app): State<App>,
    Path(id): Path<String>,
    query: Result<Query<OpenQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let said = query.ok().and_then(|Query(query)| query.device);
    let device = device(&app, said, &headers);
    let url = match app.flow.open(read(&id)?, device).await? {
        Way::ToKakaoPay(url) => url,
        Way::ToResult(id) => result_url(&app, id),
    };
    Ok(Redirect::to(&url).into_response())
}

fn device(app: &App, said: Option<DeviceName>, headers: &HeaderMap) -> Device {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said {
        Some(DeviceName::Pc) => Device::Pc,
        Some(DeviceName::Mobile) => Device::Mobile,
        Some(DeviceName::App) => Device::App,
        None => {
            let agents: Vec<&str> = app.app_agents.iter().map(String::as_str).collect();
            let agent = text(header::USER_AGENT.as_str()).unwrap_or_default();
            Device::from_user_agent(agent, text("sec-ch-ua-mobile"), &agents)
        }
    }
}

/// KakaoPay returns the payer with a `pg_token`. The first one claims the approval; a reload or
/// another tab only sees how it stands.
async fn approve(
    State(app): State<App>,
    Path(id): Path<String>,
    query: Result<Query<ReturnQuery>, QueryRejection>,
) -> Result<Response, PageError> {
    let id = read(&id)?;
    let token = query
        .ok()
        .and_then(|Query(query)| query.pg_token)
        .and_then(PgToken::new);
    let payment = match token {
        Some(token) => app.flow.come_back(id, token, limits::PAYER_WAITS).await?,
        None => app.flow.payment(id).await?,
    };
    Ok(onward(&app, &payment))
}

/// KakaoPay, or anyone, says that the payer gave up or that it failed.
async fn ask_kakaopay(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let payment = app.flow.look_up_for_visitor(read(&id)?).await?;
    Ok(onward(&app, &payment))
}

async fn result(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let payment = app.flow.payment(read(&id)?).await?;
    Ok(match shops_turn(&payment) {
        Some(url) => Redirect::to(&url).into_response(),
        None => pages::for_payment(&app, &payment),
    })
}

/// The shop's address once the payer has nothing more to do here.
fn shops_turn(payment: &Payment) -> Option<String> {
    let status = payment.status();
    let done = status.is_settled() || status == Status::Authenticated;
    let url = payment.order.return_url.as_ref().filter(|_| done)?;
    Some(url.for_payment(payment.id))
}

fn onward(app: &App, payment: &Payment) -> Response {
    let url = shops_turn(payment).unwrap_or_else(|| result_url(app, payment.id));
    Redirect::to(&url).into_response()
}

fn result_url(app: &App, id: PaymentId) -> String {
    format!("{}/pay/{id}/result", app.public_url)
}

fn read(id: &str) -> Result<PaymentId, PageError> {
    id.parse().map_err(|_| PageError(FlowError::NotFound))
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
            FlowError::NotFound => pages::not_found(),
            error => {
                tracing::error!(%error, "a payer's page failed");
                pages::unavailable()
            }
        }
    }
}

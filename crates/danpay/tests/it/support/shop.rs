//! A shop with one page: where the payer comes back to, and reads what the shop's backend has
//! read from the API.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use danpay_client::Danpay;
use serde::Deserialize;
use tokio::net::TcpListener;

/// The page's `data-testid`.
pub(crate) const PAGE: &str = "shop";

#[derive(Deserialize)]
struct Back {
    payment_id: String,
}

pub(crate) async fn serve(listener: TcpListener, danpay: Danpay) {
    let routes = Router::new()
        .route("/orders/{order_id}", get(order))
        .with_state(danpay);
    axum::serve(listener, routes).await.unwrap();
}

async fn order(State(danpay): State<Danpay>, Query(back): Query<Back>) -> Html<String> {
    let payment = danpay.payment(&back.payment_id.into()).await.unwrap();
    let status = &payment.status;
    let payment = serde_json::to_value(&payment).unwrap();
    Html(format!(
        "<!doctype html><html lang=ko><meta charset=utf-8>\
         <meta name=viewport content='width=device-width, initial-scale=1'>\
         <title>shop</title><link rel=icon href='data:,'>\
         <main data-testid={PAGE}><h1>{status}</h1>\
         <pre style='white-space: pre-wrap; overflow-wrap: anywhere'>{payment:#}</pre></main>"
    ))
}

//! Which shop the key opens.

use axum::response::Response;
use http::StatusCode;

use super::Caller;
use super::payments::json_answer;
use crate::wire;

/// `GET /v1/shop`.
pub(super) async fn show(caller: Caller) -> Response {
    let shop = wire::Shop::of(&caller.shop, &caller.key_name, caller.role);
    json_answer(StatusCode::OK, wire::body(&shop))
}

//! Which shop the key opens.

use axum::response::Response;
use http::StatusCode;

use super::Caller;
use super::payments::json_answer;
use crate::wire;

/// See which shop the key opens
///
/// And what the key may do, and whether money moves.
#[utoipa::path(
    get,
    path = "/v1/shop",
    operation_id = "getShop",
    tag = "shop",
    responses(
        (status = 200, body = wire::Shop<'_>, description = "The shop."),
    ),
    extensions(("x-summary-ko" = json!("키가 속한 상점 조회"))),
)]
pub(super) async fn show(caller: Caller) -> Response {
    let shop = wire::Shop::of(&caller.shop, &caller.key_name, caller.role);
    json_answer(StatusCode::OK, wire::body(&shop))
}

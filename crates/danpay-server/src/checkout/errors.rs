//! What people read where something is refused: by the router, by a limit, by a fault of ours.

use axum::response::Response;
use http::StatusCode;

use super::pages::{self, bare, words};

/// The page of a status. `is_payment`: the address is one below which payments are.
pub(crate) fn error_page(status: StatusCode, is_payment: bool) -> Response {
    let mut page = match status {
        StatusCode::NOT_FOUND if is_payment => pages::not_found(),
        StatusCode::NOT_FOUND => no_page(),
        status if status.is_client_error() => unopenable(),
        _ => pages::unavailable(),
    };
    *page.status_mut() = status;
    page
}

fn no_page() -> Response {
    bare(
        "no-page",
        words("페이지를 찾을 수 없습니다", "No such page"),
        words("주소를 확인해 주세요.", "Please check the address."),
    )
    .respond(StatusCode::NOT_FOUND)
}

/// It was asked for in a way in which no link and no redirect of ours does.
fn unopenable() -> Response {
    bare(
        "unopenable",
        words("열 수 없는 요청입니다", "This cannot be opened"),
        words(
            "결제 링크를 처음부터 다시 열어 주세요.",
            "Please open the payment link again.",
        ),
    )
    .respond(StatusCode::BAD_REQUEST)
}

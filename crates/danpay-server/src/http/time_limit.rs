//! How long a request may take.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{Code, Problem};

/// Answers for what takes too long. What it began in a task of its own goes on.
pub(crate) async fn in_time(
    State(limit): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let answer = timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| too_slow().into_response())
}

fn too_slow() -> Problem {
    Problem::new(
        Code::Timeout,
        "The request took too long. What it began goes on; look at the payment.",
        "요청이 너무 오래 걸렸습니다. 시작된 처리는 계속되니 결제를 조회해 주세요.",
    )
}

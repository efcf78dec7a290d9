//! What a tester says: JSON, whatever the Content-Type, since `curl -d` alone calls it a form.
//! Invariant: a page of another site that the tester's browser shows cannot say anything.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::problem;

pub(super) struct Said<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Said<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if is_from_another_site(request.headers()) {
            let message = "calls from the pages of another site are refused";
            return Err(problem(StatusCode::FORBIDDEN, message));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(IntoResponse::into_response)?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let status = if error.is_data() {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::BAD_REQUEST
            };
            problem(status, &format!("the body cannot be read: {error}"))
        })
    }
}

/// Browsers say where a call comes from; programs say nothing.
pub(super) fn is_from_another_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
}

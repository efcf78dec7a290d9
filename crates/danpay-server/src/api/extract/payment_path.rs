//! The payment that a path names.

use axum::extract::{FromRequestParts, Path};
use danpay_core::PaymentId;
use http::request::Parts;

use crate::http::Problem;

/// The `{id}` of the path. One that is no id names nothing, like one that is not ours: 404.
pub(in crate::api) struct PaymentPath(pub(in crate::api) PaymentId);

impl<S: Send + Sync> FromRequestParts<S> for PaymentPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|_| Problem::not_found())?;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

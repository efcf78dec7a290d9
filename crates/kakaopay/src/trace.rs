//! One event for each call.
//! Invariant: it holds what an [`Error`] shows, so no secret.

use std::time::Duration;

use crate::{ApiEndpoint, Error};

pub(crate) fn called(endpoint: ApiEndpoint, took: Duration, error: Option<&Error>) {
    let endpoint = endpoint.name();
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match error {
        None => tracing::debug!(endpoint, took_ms, "KakaoPay answered"),
        Some(error) => {
            let outcome = error.outcome().as_str();
            tracing::warn!(endpoint, took_ms, outcome, %error, "a call to KakaoPay failed");
        }
    }
}

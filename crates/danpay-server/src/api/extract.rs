//! What handlers ask a request for. Whatever does not fit is answered here, as a problem.

mod idempotency_key;
mod json_body;
mod path_id;

pub(super) use idempotency_key::IdempotencyKey;
pub(super) use json_body::{FromJson, JsonBody};
pub(super) use path_id::PathId;

#[cfg(test)]
pub(super) use json_body::read;

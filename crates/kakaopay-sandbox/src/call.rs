//! A merchant's call as it came, and what was answered to it.
//! Invariant: nothing is masked here; keys and tokens are still in a call.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};
use url::form_urlencoded;

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it had come, by the machine's clock: only ever shown as how long its answer took.
    pub(crate) came: Instant,
    /// The only key that was accepted when it had come, if not any: what a call does late it does
    /// with the key of then (our guess).
    pub(crate) only_key: Option<Arc<str>>,
}

#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Call {
    /// Parameters of a body that is a form, and those of the query beside it, as the predecessor's
    /// clients send them.
    pub(crate) fn form(&self) -> Map<String, Value> {
        let query = self.query.as_deref().unwrap_or_default();
        let both = [query.as_bytes(), b"&", &self.body].concat();
        form_urlencoded::parse(&both)
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect()
    }
}

/// The code of an error, as either generation names it.
pub(crate) fn error_code(body: &Value) -> Option<i64> {
    body.get("error_code")
        .or_else(|| body.get("code"))?
        .as_i64()
}

/// `localhost:8080/ok`, which reads as an app's own scheme `localhost`.
pub(crate) fn is_without_scheme(address: &str) -> bool {
    let port = address.split_once(':').map(|(_, port)| port);
    let port = port.and_then(|rest| rest.split(['/', '?', '#']).next());
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

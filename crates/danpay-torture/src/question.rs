//! What a shop asks danpay, and what it is answered.

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// What a shop wants to know or to have done.
#[derive(Clone)]
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
    /// Whether the second shop asks, where neither path nor body says whose affair it is.
    pub(crate) is_seconds: bool,
}

impl<'a> Question<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        let method = Method::GET;
        Self {
            method,
            path,
            key: None,
            body: None,
            is_seconds: false,
        }
    }

    pub(crate) fn post(path: &'a str, key: &'a str, body: Option<&'a Value>) -> Self {
        let (method, key) = (Method::POST, Some(key));
        Self {
            method,
            path,
            key,
            body,
            is_seconds: false,
        }
    }

    pub(crate) fn patch(path: &'a str, body: &'a Value) -> Self {
        Self {
            method: Method::PATCH,
            body: Some(body),
            ..Self::get(path)
        }
    }
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.body.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// The problem's code, if it is one.
    pub(crate) fn code(&self) -> &str {
        let code = self.body.get("code").and_then(Value::as_str);
        code.unwrap_or_default()
    }

    /// A payment, made now or before under the same key.
    pub(crate) fn is_given(&self) -> bool {
        [StatusCode::CREATED, StatusCode::OK].contains(&self.status) && self.is_payment()
    }

    pub(crate) fn is_payment(&self) -> bool {
        self.body.get("object") == Some(&Value::from("payment"))
    }
}

//! What a client did wrong and how to put it right, in a sentence, Korean and English.
//! Pure: a call and its answer in, advice out. It may look closer than the API does, and warns of
//! what KakaoPay would let pass. Invariant: advice names fields and limits, never their values.

mod body;
mod codes;
mod door;
#[cfg(test)]
mod tests;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{Answer, Call};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Advice {
    /// Stable, so that a test can assert it.
    pub(crate) name: &'static str,
    pub(crate) en: String,
    pub(crate) ko: String,
}

impl Advice {
    fn new(name: &'static str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self {
            name,
            en: en.into(),
            ko: ko.into(),
        }
    }
}

/// What kept the call from being understood hides what is said of its content, and that hides what
/// its error code says in general: the first thing to put right stands alone.
pub(crate) fn advise(call: &Call, answer: Option<&Answer>) -> Vec<Advice> {
    let refused = answer.is_some_and(|answer| !answer.status.is_success());
    let said = door::advise(call, refused);
    if !said.is_empty() {
        return said;
    }
    let said = body::advise(call, refused);
    let wrong = said.iter().any(|advice| !body::is_warning(advice));
    let of_code = answer
        .filter(|_| refused && !wrong)
        .and_then(|answer| codes::advise(&told(answer)));
    said.into_iter().chain(of_code).collect()
}

/// A sandbox can be told to answer 401 with an empty body, which says as much as its code.
fn told(answer: &Answer) -> Value {
    if answer.status == StatusCode::UNAUTHORIZED && answer.body.is_empty() {
        return json!({ "error_code": -401 });
    }
    serde_json::from_str(&answer.body).unwrap_or_default()
}

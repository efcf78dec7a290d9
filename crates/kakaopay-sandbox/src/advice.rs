//! What a client did wrong and how to put it right, in a sentence, Korean and English.
//! Pure: a call and its answer in, advice out. It may look closer than the API does, and warns of
//! what KakaoPay would let pass. Invariant: advice names fields, limits and the won that would
//! fit, never what the client sent.

mod body;
mod codes;
mod door;
mod signs;
#[cfg(test)]
mod tests;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use self::signs::Sign;
use crate::call::{Answer, Call};
use crate::fault::FaultKind;

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

/// A call as it was answered, and what was known of it then.
pub(crate) struct Seen<'a> {
    pub(crate) call: &'a Call,
    pub(crate) answer: Option<&'a Answer>,
    pub(crate) fault: Option<FaultKind>,
    pub(crate) signs: &'a [Sign],
}

/// What kept the call from being understood hides what is said of its content, and that hides what
/// its error code says in general: the first thing to put right stands alone. What else the call
/// does beside comes after it.
pub(crate) fn advise(seen: &Seen<'_>) -> Vec<Advice> {
    let mut said = of_words(seen);
    said.extend(signs::beside(seen));
    said
}

fn of_words(seen: &Seen<'_>) -> Vec<Advice> {
    let &Seen { call, answer, .. } = seen;
    let refused = answer.is_some_and(|answer| !answer.status.is_success());
    let generation = Generation::of(call, answer);
    let said = door::advise(call, refused, generation);
    if !said.is_empty() {
        return said;
    }
    let said = body::advise(call, refused, generation);
    let wrong = said.iter().any(|advice| !body::is_warning(advice));
    let of_code = answer.filter(|_| refused && !wrong).and_then(|answer| {
        signs::instead_of_code(seen).or_else(|| codes::advise(&call.path, &told(answer)))
    });
    said.into_iter().chain(of_code).collect()
}

/// Which API is served at a call's address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generation {
    Current,
    /// The predecessor's, where it is served at all.
    Old,
}

impl Generation {
    fn of(call: &Call, answer: Option<&Answer>) -> Self {
        let served = answer.is_none_or(|answer| answer.status != StatusCode::NOT_FOUND);
        if served && call.path.starts_with(door::OLD_BASE) {
            Self::Old
        } else {
            Self::Current
        }
    }
}

/// A sandbox can be told to answer 401 with an empty body, which says as much as its code.
fn told(answer: &Answer) -> Value {
    if answer.status == StatusCode::UNAUTHORIZED && answer.body.is_empty() {
        return json!({ "error_code": -401 });
    }
    serde_json::from_str(&answer.body).unwrap_or_default()
}

//! What a shop may rely on: whether a newer description of the API keeps what an older one has promised.
//!
//! **Invariant**: outputs only grow, inputs only loosen. A new member in an answer is harmless, a new one
//! that has to be sent is not.

#![expect(
    clippy::indexing_slicing,
    reason = "what a JSON value does not have is null"
)]

mod operations;
mod parameters;
mod promise;
mod schemas;
mod shape;
#[cfg(test)]
mod tests;
mod trial;

pub(crate) use promise::keep;
pub(crate) use trial::trial;

use serde_json::Value;

/// Each break between two `OpenAPI` documents: a sentence that begins with its place. None is none.
pub(crate) fn breaks(before: &Value, after: &Value) -> Vec<String> {
    let mut comparison = Comparison {
        before,
        after,
        breaks: Vec::new(),
        under_way: Vec::new(),
    };
    comparison.documents();
    comparison.breaks
}

/// Who writes it: danpay reads an input, and writes an output.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Input,
    Output,
}

struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    breaks: Vec<String>,
    /// What is being compared, so that a schema within itself comes to an end.
    under_way: Vec<(*const Value, *const Value, Side)>,
}

impl Comparison<'_> {
    fn found(&mut self, place: &Place, what: impl AsRef<str>) {
        self.breaks.push(format!("{place}: {}", what.as_ref()));
    }
}

/// Where in the API: `POST /v1/payments → 201`, and which member there: `amount.total`.
#[derive(Clone)]
struct Place {
    at: String,
    member: String,
}

impl Place {
    fn new(at: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            member: String::new(),
        }
    }

    /// A part of an operation.
    fn part(&self, name: &str) -> Self {
        Self::new(format!("{self} → {name}"))
    }

    fn member(&self, name: &str) -> Self {
        let dot = if self.member.is_empty() { "" } else { "." };
        self.with(format!("{}{dot}{name}", self.member))
    }

    /// Each element of an array.
    fn element(&self) -> Self {
        self.with(format!("{}[]", self.member))
    }

    fn with(&self, member: String) -> Self {
        let at = self.at.clone();
        Self { at, member }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.at)?;
        if !self.member.is_empty() {
            write!(f, " → {}", self.member)?;
        }
        Ok(())
    }
}

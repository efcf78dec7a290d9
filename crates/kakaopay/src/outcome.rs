//! What is certain after a call failed.
//! Invariant: there are three outcomes, and doubt is `Unknown`.

use std::fmt;

use serde::Serialize;

/// What is certain after a call failed.
///
/// | outcome | was it executed? | what to do |
/// |---|---|---|
/// | `NotExecuted` | no | if [`is_retryable`](crate::Error::is_retryable), send it again later; else put the request right |
/// | `Rejected` | no | [`proof`](crate::Error::proof) tells a no to the payment from trouble of your own |
/// | `Unknown` | perhaps | look the order up: see [`settling`](crate::settling) |
///
/// As text and in JSON it reads `not_executed`, `rejected` or `unknown`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// KakaoPay has not executed the call. Either it never left this machine, or KakaoPay turned it
    /// away unread (quota). Whether it may be sent again as it is, says
    /// [`is_retryable`](crate::Error::is_retryable): not if a field is invalid.
    NotExecuted,
    /// KakaoPay's answer proves that this call did nothing and will do nothing. It says nothing
    /// about an earlier call for the same payment whose outcome is unknown, and need not be a no to
    /// the payment: [`proof`](crate::Error::proof) tells a wrong key from one.
    Rejected,
    /// The call may have been executed, or may yet be. Do not send it again and do not take it
    /// for a failure: look the order up. (Of `order` itself it only means that nothing was learnt:
    /// ask again later. Of `ready` it costs nothing: what it may have announced expires unpaid.)
    Unknown,
}

impl Outcome {
    /// The word in logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotExecuted => "not_executed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_word_is_one_and_the_same_in_logs_and_in_json() {
        for outcome in [Outcome::NotExecuted, Outcome::Rejected, Outcome::Unknown] {
            let json = serde_json::to_value(outcome).unwrap();
            assert_eq!(json, outcome.to_string());
        }
    }
}

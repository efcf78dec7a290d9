//! What a tester wants to see: words of a plain GET form.

use serde::Deserialize;
use url::form_urlencoded;

use super::super::record::PaymentRecord;
use super::call::Ending;
use crate::journal::Entry;

/// An empty word lets everything pass.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::control) struct Filter {
    /// A part of a tid, an order id or a payment's status.
    pub(super) q: String,
    /// The end of a call's address: `ready`.
    pub(super) endpoint: String,
    /// How a call ended, or `advised`.
    pub(super) ended: String,
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && self.endpoint.is_empty() && self.ended.is_empty()
    }

    pub(super) fn payment(&self, payment: &PaymentRecord) -> bool {
        self.found(&payment.tid)
            || self.found(&payment.order_id)
            || self.found(payment.status.as_str())
    }

    pub(super) fn call(&self, entry: &Entry) -> bool {
        let about = |id: &Option<String>| id.as_deref().is_some_and(|id| self.found(id));
        let word = self.q.trim().is_empty() || about(&entry.tid) || about(&entry.order_id);
        let endpoint =
            self.endpoint.is_empty() || entry.path.ends_with(&format!("/{}", self.endpoint));
        let ended = match self.ended.as_str() {
            "" => true,
            "advised" => !entry.advice.is_empty(),
            ending => Ending::of(entry.status).as_str() == ending,
        };
        word && endpoint && ended
    }

    /// The page with this filter.
    pub(super) fn address(&self) -> String {
        if self.is_empty() {
            return "/_sandbox/".to_owned();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", &self.q),
            ("endpoint", &self.endpoint),
            ("ended", &self.ended),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/_sandbox/?{}", query.finish())
    }

    fn found(&self, text: &str) -> bool {
        let word = self.q.trim().to_ascii_lowercase();
        text.to_ascii_lowercase().contains(&word)
    }
}

//! What was said of each event, which is always the same.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use super::message::{Message, Said};

/// How the names of events begin that are about payments.
const OF_PAYMENTS: &str = "payment.";

/// Of the events of payments, by their ids. What is said of an endpoint is how it stands, which changes.
#[derive(Default)]
pub(super) struct Bodies(Mutex<BTreeMap<String, Option<String>>>);

impl Bodies {
    /// Whether it says what was said before, to whomever.
    pub(super) fn fit(&self, message: &Message) -> bool {
        let mut bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match bodies.entry(message.id.clone()) {
            Entry::Occupied(known) => {
                let known = known.get().as_ref();
                known.is_none_or(|known| *known == message.body)
            }
            Entry::Vacant(place) => {
                let Ok(said) = serde_json::from_str::<Said>(&message.body) else {
                    return false;
                };
                let is_of_payment = said.r#type.starts_with(OF_PAYMENTS);
                place.insert(is_of_payment.then(|| message.body.clone()));
                true
            }
        }
    }

    /// All, by the events' ids; those of endpoints are left out of the bodies, not of the ids.
    pub(super) fn all(&self) -> BTreeMap<String, Option<String>> {
        let bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.clone()
    }
}

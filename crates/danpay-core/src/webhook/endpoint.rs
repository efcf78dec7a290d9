//! Where a shop wants to be told, and of what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attempt::Answer;
use super::schedule::GIVE_UP_AFTER;
use crate::id::{ShopId, WebhookEndpointId};
use crate::timing::after;
use crate::told::{ENDPOINT_DISABLED, EventType};

/// Which events an endpoint hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// All, also those that there will be.
    All,
    /// Those of these names.
    Only(Vec<String>),
}

/// As the name of an event: all of them.
const ALL: &str = "*";

impl EventFilter {
    /// That of these names; `*` is all.
    #[must_use]
    pub fn of(names: Vec<String>) -> Self {
        if names.iter().any(|name| name == ALL) {
            return Self::All;
        }
        Self::Only(names)
    }

    /// Whether an endpoint can ask for it: the name of an event, or `*`.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        name == ALL || Self::known().any(|known| known == name)
    }

    /// The names of all events that an endpoint can hear.
    pub fn known() -> impl Iterator<Item = &'static str> {
        let payments = EventType::ALL.into_iter().map(EventType::as_str);
        payments.chain([ENDPOINT_DISABLED])
    }

    /// Whether it hears the event of this name.
    #[must_use]
    pub fn hears(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|known| known == name),
        }
    }
}

/// Why an endpoint hears nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disabled {
    /// Somebody has disabled it.
    ByHand,
    /// It answered 410: it is gone.
    Gone,
    /// It has failed for five days without a success.
    Failing,
}

impl Disabled {
    /// Its name in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// How an endpoint does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when nothing has arrived that was tried, UTC.
    pub failing_since: Option<Timestamp>,
    /// Since when it hears nothing, and why.
    pub disabled: Option<(Timestamp, Disabled)>,
}

impl Standing {
    /// How it does after an attempt that counts. One that is disabled already stays as it is.
    #[must_use]
    pub fn after(self, answer: &Answer, now: Timestamp) -> Self {
        if self.disabled.is_some() {
            return self;
        }
        if answer.is_success() {
            return Self::default();
        }
        let failing_since = self.failing_since.unwrap_or(now);
        let disabled = if answer.is_gone() {
            Some((now, Disabled::Gone))
        } else if now >= after(failing_since, GIVE_UP_AFTER) {
            Some((now, Disabled::Failing))
        } else {
            None
        };
        Self {
            failing_since: Some(failing_since),
            disabled,
        }
    }
}

/// An endpoint, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Ours.
    pub id: WebhookEndpointId,
    /// Whose.
    pub shop_id: ShopId,
    /// Where; http or https, at most 1,000 characters.
    pub url: String,
    /// What the shop calls it, at most 200 characters.
    pub description: String,
    /// What it hears.
    pub events: EventFilter,
    /// How it does.
    pub standing: Standing,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub version: u32,
}

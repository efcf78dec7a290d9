//! One event on its way to one endpoint.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attempt::{Answer, Attempt};
use super::endpoint::Standing;
use super::schedule::{self, LEASE, LOOKS_AGAIN, OWN_TROUBLE, WAITS_FOR_PREDECESSOR};
use crate::id::{DeliveryId, EventId, PaymentId, ShopId, WebhookEndpointId};
use crate::timing::{Jitter, after};

/// So many attempts are kept of a delivery, the newest.
const ATTEMPTS_KEPT: usize = 20;

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is tried until it arrives.
    Pending,
    /// It has arrived.
    Delivered,
    /// Its last attempt has failed.
    Failed,
    /// It is not tried: its endpoint was disabled when the event happened, or was removed.
    Missed,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::Missed];

    /// Its name in the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Missed => "missed",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// What a delivery tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A change of a payment.
    Payment(PaymentId),
    /// That an endpoint of the shop was disabled.
    Endpoint(WebhookEndpointId),
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Ours.
    pub id: DeliveryId,
    /// Whose.
    pub shop_id: ShopId,
    /// Where to.
    pub endpoint_id: WebhookEndpointId,
    /// What the event is about.
    pub about: Told,
    /// The event's number among those of the same payment (or endpoint).
    pub sequence: u32,
    /// The event; receivers know it by this when it comes twice.
    pub event_id: EventId,
    /// The event's name.
    pub event_type: String,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// How many attempts have ended that count. One that a crash cut off does not: nobody knows what came of it.
    pub attempts: u32,
    /// How often it was claimed: whoever records an attempt names its claim by it.
    pub claims: u32,
    /// Since when it is in flight.
    pub in_flight_since: Option<Timestamp>,
    /// Whether the next attempt, or the one in flight, was asked for, and counts for nothing.
    pub is_resend: bool,
    /// When it was refused first, UTC.
    pub refused_since: Option<Timestamp>,
    /// When it is tried next, or is anybody's again that is in flight; never, if that is nothing. UTC.
    pub due_at: Option<Timestamp>,
    /// The newest attempts, oldest first.
    pub log: Vec<Attempt>,
    /// When the event happened, UTC.
    pub created_at: Timestamp,
}

/// The delivery that another one waits for: of the same payment and endpoint, before it, and still to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// When it was refused first.
    pub refused_since: Option<Timestamp>,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// Whether it is in flight.
    pub is_in_flight: bool,
}

/// Whether a delivery that is due may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It goes, as it is then. That has to be in the database before the call.
    Go(Box<Delivery>),
    /// It is looked at again then.
    PutOff(Timestamp),
}

impl Delivery {
    /// What becomes of it when it is due. `blocker` is the first one that it may have to wait for, but none
    /// that was refused [`WAITS_FOR_PREDECESSOR`] ago.
    #[must_use]
    pub fn claim(&self, blocker: Option<Blocker>, now: Timestamp) -> Claim {
        if let Some(then) = blocker
            .filter(|_| !self.is_resend)
            .and_then(|blocker| blocker.until(now))
        {
            return Claim::PutOff(then);
        }
        let mut claimed = self.clone();
        if self.status == DeliveryStatus::Missed && !self.is_resend {
            // Its endpoint is enabled again.
            claimed.status = DeliveryStatus::Pending;
        }
        claimed.claims = claimed.claims.saturating_add(1);
        claimed.in_flight_since = Some(now);
        claimed.due_at = Some(after(now, LEASE));
        if crate::planted!(DeliveredBeforeSent) {
            claimed.status = DeliveryStatus::Delivered;
            claimed.due_at = None;
        }
        Claim::Go(Box::new(claimed))
    }

    /// It and its endpoint after the attempt that it was claimed for. What somebody asked for counts for
    /// nothing, but that it has arrived.
    #[must_use]
    pub fn ended(
        mut self,
        standing: Standing,
        (answer, duration_ms): (Answer, u64),
        now: Timestamp,
        jitter: Jitter,
    ) -> (Self, Standing) {
        let began = self.in_flight_since.take().unwrap_or(now);
        let is_resend = std::mem::take(&mut self.is_resend);
        let arrived = answer.is_success();
        let after = if is_resend {
            standing
        } else {
            standing.after(&answer, now)
        };
        self.attempts = self.attempts.saturating_add(u32::from(!is_resend));
        if arrived {
            self.status = DeliveryStatus::Delivered;
            self.due_at = None;
        } else if self.status == DeliveryStatus::Pending {
            self.refused_since = self.refused_since.or(Some(now));
            self.due_at = schedule::next(self.attempts.max(1), now, answer.retry_after(), jitter);
            if self.due_at.is_none() {
                self.status = DeliveryStatus::Failed;
            }
        } else {
            self.due_at = None;
        }
        self.keep(Attempt::of(answer, began, duration_ms, is_resend));
        (self, after)
    }

    fn keep(&mut self, attempt: Attempt) {
        self.log.push(attempt);
        let too_many = self.log.len().saturating_sub(ATTEMPTS_KEPT);
        self.log.drain(..too_many);
    }

    /// It could not be tried, for a reason of our own: nothing counts, and it is tried a little later.
    #[must_use]
    pub fn put_back(mut self, now: Timestamp) -> Self {
        self.in_flight_since = None;
        self.due_at = Some(after(now, OWN_TROUBLE));
        self
    }

    /// It cannot be sent any more: its event is gone. What has arrived before has arrived.
    #[must_use]
    pub fn gave_up(mut self, problem: &str, now: Timestamp) -> Self {
        self.in_flight_since = None;
        let is_resend = std::mem::take(&mut self.is_resend);
        if self.status == DeliveryStatus::Pending {
            self.status = DeliveryStatus::Failed;
        }
        self.due_at = None;
        let answer = Answer::None {
            problem: problem.to_owned(),
        };
        self.keep(Attempt::of(answer, now, 0, is_resend));
        self
    }

    /// It is sent once more, now, whatever has become of it; what is in flight is not.
    #[must_use]
    pub fn resend(mut self, now: Timestamp) -> Option<Self> {
        if self.in_flight_since.is_some() && self.due_at.is_some_and(|until| until > now) {
            return None;
        }
        self.is_resend = true;
        self.in_flight_since = None;
        self.due_at = Some(now);
        Some(self)
    }
}

impl Blocker {
    /// Until when to wait for it; not at all, if it was refused long ago.
    fn until(self, now: Timestamp) -> Option<Timestamp> {
        let soon = after(now, LOOKS_AGAIN);
        let Some(refused) = self.refused_since else {
            // It has not been tried yet, or its first attempt is in flight.
            return Some(soon);
        };
        let patience_ends = after(refused, WAITS_FOR_PREDECESSOR);
        if patience_ends <= now || crate::planted!(OrderLostOnRetry) {
            return None;
        }
        let then = if self.is_in_flight {
            soon
        } else {
            self.due_at.unwrap_or(soon).max(soon)
        };
        Some(then.min(patience_ends))
    }
}

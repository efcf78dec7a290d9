//! One payment as KakaoPay would hold it: what was ordered, and how far the payer has come.
//! Each state carries exactly the data it has, so what was paid cannot be asked of what was not.
//! Invariant: a status is derived from the state and the sums, and stored nowhere.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::amount::Amount;
use super::method::Method;
use super::order::Order;
use super::outcome::Outcome;
use super::payment_status::PaymentStatus;

/// A payment lives fifteen minutes from ready until it is approved.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum State {
    Waiting(Reached),
    Selected { method: Method },
    Authenticated { method: Method, pg_token: String },
    Quit { method: Option<Method> },
    Failed { method: Method, by: Failure },
    Paid(Paid),
}

/// What a payment failed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    Password,
    Approval,
}

/// The request to pay that was sent to the payer's KakaoTalk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Digits only.
    pub(crate) phone: String,
    pub(crate) at: Timestamp,
}

/// How far a payer who has chosen nothing yet has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reached {
    Nothing,
    Message,
    Page,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) method: Method,
    /// What was ordered, with the points and the discount that the payer used.
    pub(crate) amount: Amount,
    pub(crate) aid: String,
    /// The subscription that was issued, or charged.
    pub(crate) sid: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) payload: Option<String>,
    /// The card company's number for this approval.
    pub(crate) approved_id: String,
    pub(crate) cancellations: Vec<Cancellation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cancellation {
    pub(crate) aid: String,
    pub(crate) at: Timestamp,
    pub(crate) amount: Amount,
    pub(crate) payload: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) tid: String,
    /// The 64 characters that name this payment in its page addresses.
    pub(crate) page: String,
    pub(crate) created_at: Timestamp,
    pub(crate) order: Order,
    pub(crate) state: State,
    /// Approve calls that named this payment, refused ones too.
    pub(crate) approve_calls: u32,
    /// How this payer ends; a tester's choice.
    pub(crate) outcome: Outcome,
    pub(crate) wrong_passwords: u8,
    pub(crate) message: Option<Message>,
}

/// Where the payer stands, as the pages see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Authenticated,
    Paid,
    Quit,
    Failed,
    Expired,
}

impl Paid {
    fn size(&self) -> usize {
        let payload = |payload: &Option<String>| payload.as_ref().map_or(0, String::len);
        let canceled = self.cancellations.iter();
        let canceled =
            canceled.map(|one| size_of::<Cancellation>() + one.aid.len() + payload(&one.payload));
        self.aid.len() + payload(&self.payload) + canceled.sum::<usize>()
    }
}

impl Payment {
    /// About what it takes in memory, and in a state.
    pub(super) fn size(&self) -> usize {
        let order = &self.order;
        let texts = [
            &order.partner_order_id,
            &order.partner_user_id,
            &order.item_name,
        ];
        let texts = texts.into_iter().chain(&order.item_code).map(String::len);
        let urls = [&order.approval_url, &order.cancel_url, &order.fail_url];
        let urls = urls.map(|url| url.as_str().len()).into_iter();
        let cards = order.available_cards.iter().flatten();
        let cards = cards.map(|card| card.len() + size_of::<String>());
        let own = size_of::<Self>() + self.tid.len() + self.page.len();
        let paid = self.paid().map_or(0, Paid::size);
        own + paid + texts.chain(urls).chain(cards).sum::<usize>()
    }

    pub(crate) fn status(&self) -> PaymentStatus {
        match &self.state {
            State::Waiting(Reached::Nothing) => PaymentStatus::Ready,
            State::Waiting(Reached::Message) => PaymentStatus::SendTms,
            State::Waiting(Reached::Page) => PaymentStatus::OpenPayment,
            State::Selected { .. } => PaymentStatus::SelectMethod,
            State::Authenticated { .. } => PaymentStatus::AuthPassword,
            State::Quit { .. } => PaymentStatus::QuitPayment,
            State::Failed { by, .. } => match by {
                Failure::Password => PaymentStatus::FailAuthPassword,
                Failure::Approval => PaymentStatus::FailPayment,
            },
            State::Paid(paid) if paid.amount.total == 0 => PaymentStatus::IssuedSid,
            State::Paid(paid) if paid.cancellations.is_empty() => PaymentStatus::SuccessPayment,
            State::Paid(_) if self.cancel_available().total == 0 => PaymentStatus::CancelPayment,
            State::Paid(_) => PaymentStatus::PartCancelPayment,
        }
    }

    pub(crate) fn standing(&self, now: Timestamp) -> Standing {
        match &self.state {
            State::Paid(_) => Standing::Paid,
            State::Quit { .. } => Standing::Quit,
            State::Failed { .. } => Standing::Failed,
            _ if self.remaining(now).is_zero() => Standing::Expired,
            State::Authenticated { .. } => Standing::Authenticated,
            State::Waiting(_) | State::Selected { .. } => Standing::Open,
        }
    }

    /// Whether nothing that a payer or the time does can change it any more.
    pub(crate) fn is_final(&self) -> bool {
        match &self.state {
            State::Paid(_) | State::Quit { .. } | State::Failed { .. } => true,
            State::Waiting(_) | State::Selected { .. } | State::Authenticated { .. } => false,
        }
    }

    /// As a lookup showed it that knows only what had happened until then. Of the payer's moves
    /// only those with money in them are dated; the others are shown as they are.
    pub(crate) fn as_of(&self, then: Timestamp) -> Self {
        let mut seen = self.clone();
        if let State::Paid(paid) = &mut seen.state {
            paid.cancellations
                .retain(|cancellation| cancellation.at <= then);
            if paid.at > then {
                seen.state = State::Authenticated {
                    method: paid.method,
                    pg_token: String::new(),
                };
            }
        }
        seen
    }

    pub(crate) fn remaining(&self, now: Timestamp) -> SignedDuration {
        let age = now.duration_since(self.created_at);
        LIFETIME
            .saturating_sub(age)
            .clamp(SignedDuration::ZERO, LIFETIME)
    }

    pub(crate) fn method(&self) -> Option<Method> {
        match &self.state {
            State::Waiting(_) => None,
            State::Selected { method }
            | State::Authenticated { method, .. }
            | State::Failed { method, .. } => Some(*method),
            State::Quit { method } => *method,
            State::Paid(paid) => Some(paid.method),
        }
    }

    pub(crate) fn paid(&self) -> Option<&Paid> {
        match &self.state {
            State::Paid(paid) => Some(paid),
            _ => None,
        }
    }

    pub(crate) fn canceled(&self) -> Amount {
        let cancellations = self.paid().map(|paid| paid.cancellations.as_slice());
        cancellations
            .unwrap_or_default()
            .iter()
            .fold(Amount::default(), |sum, cancellation| {
                sum.plus(cancellation.amount)
            })
    }

    /// What was paid, or is to be paid.
    pub(crate) fn amount(&self) -> Amount {
        self.paid().map_or(self.order.amount, |paid| paid.amount)
    }

    /// Nothing can be given back before it was paid (our guess for a lookup before approve).
    pub(crate) fn cancel_available(&self) -> Amount {
        match self.paid() {
            Some(paid) => paid.amount.minus(self.canceled()),
            None => Amount::default(),
        }
    }

    /// `/pg/one-time/payment/…` or `/pg/subscription/payment-issue/…`, as real addresses end.
    pub(crate) fn bridge(&self) -> String {
        let kind = if self.order.subscribes {
            "subscription/payment-issue"
        } else {
            "one-time/payment"
        };
        format!("pg/{kind}/{}", self.page)
    }

    /// Where the payer's browser goes once the payment page has nothing more to ask.
    pub(crate) fn leads_to(&self, now: Timestamp) -> Option<Url> {
        match (self.standing(now), &self.state) {
            (Standing::Authenticated, State::Authenticated { pg_token, .. }) => {
                let mut url = self.order.approval_url.clone();
                url.query_pairs_mut().append_pair("pg_token", pg_token);
                Some(url)
            }
            (Standing::Quit, _) => Some(self.order.cancel_url.clone()),
            (Standing::Expired | Standing::Failed, _) => Some(self.order.fail_url.clone()),
            _ => None,
        }
    }
}

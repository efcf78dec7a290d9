//! One payment as KakaoPay would hold it: what was ordered, and how far the payer has come.
//! Each state carries exactly the data it has, so what was paid cannot be asked of what was not.
//! Invariant: a status is derived from the state and the sums, and stored nowhere.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::amount::Amount;
use super::card::{CARDS, Card, KNOWN};
use super::method::{Method, MethodType};
use super::outcome::Outcome;

/// A payment lives fifteen minutes from ready until it is approved.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// What the merchant asked for at ready; it never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) cid: String,
    pub(crate) partner_order_id: String,
    pub(crate) partner_user_id: String,
    pub(crate) item_name: String,
    pub(crate) item_code: Option<String>,
    pub(crate) quantity: u64,
    pub(crate) amount: Amount,
    pub(crate) approval_url: Url,
    pub(crate) cancel_url: Url,
    pub(crate) fail_url: Url,
    /// The only method that the merchant lets the payer use.
    pub(crate) only: Option<MethodType>,
    /// The only card companies, by KakaoPay's codes for them.
    pub(crate) available_cards: Option<Vec<String>>,
    /// Months that the merchant fixed; one payment when 0.
    pub(crate) install_month: u8,
    /// Whether the merchant takes part in the interest of the months.
    pub(crate) share_installment: bool,
    /// Whether approve issues a SID.
    pub(crate) subscribes: bool,
    /// Whether the VAT is the merchant's own.
    #[serde(default)]
    pub(crate) states_vat: bool,
}

impl Order {
    /// Whether the merchant lets the payer pay with it. That months do not go with a check card
    /// is what another payment provider's documentation says of KakaoPay.
    pub(crate) fn offers(&self, method: Method) -> bool {
        let kind = self.only.is_none_or(|only| only == method.kind());
        let card = method.card().is_none_or(|card| {
            let listed = |codes: &Vec<String>| codes.iter().any(|code| code == card.company);
            self.available_cards.as_ref().is_none_or(listed)
                && (self.install_month == 0 || !card.is_check())
        });
        kind && card
    }

    /// The cards that the payer is shown.
    pub(crate) fn cards(&self) -> impl Iterator<Item = &'static Card> {
        let shown = match self.available_cards {
            Some(_) => CARDS.len(),
            None => KNOWN,
        };
        let cards = CARDS.iter().take(shown);
        cards.filter(|card| self.offers(Method::Card(card)))
    }

    /// Whether there would be a card if it were not for the months.
    pub(crate) fn months_leave_no_card(&self) -> bool {
        let lump_sum = Self {
            install_month: 0,
            ..self.clone()
        };
        self.cards().next().is_none() && lump_sum.cards().next().is_some()
    }
}

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

/// KakaoPay's statuses, as far as a one-time payment here can reach them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Requested; nobody has opened anything yet.
    Ready,
    /// The QR code, or the message in `KakaoTalk`, was used.
    SendTms,
    /// The payer opened the payment page.
    OpenPayment,
    /// The payer chose a method.
    SelectMethod,
    /// The payer authenticated; approve is possible.
    AuthPassword,
    /// Approved: money moved.
    SuccessPayment,
    /// A part was given back.
    PartCancelPayment,
    /// All of it was given back.
    CancelPayment,
    /// The payer gave up.
    QuitPayment,
    /// The payer's password was wrong too often.
    FailAuthPassword,
    /// The approval failed.
    FailPayment,
    /// A subscription was issued without a charge.
    IssuedSid,
}

impl PaymentStatus {
    /// KakaoPay's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::SendTms => "SEND_TMS",
            Self::OpenPayment => "OPEN_PAYMENT",
            Self::SelectMethod => "SELECT_METHOD",
            Self::AuthPassword => "AUTH_PASSWORD",
            Self::SuccessPayment => "SUCCESS_PAYMENT",
            Self::PartCancelPayment => "PART_CANCEL_PAYMENT",
            Self::CancelPayment => "CANCEL_PAYMENT",
            Self::QuitPayment => "QUIT_PAYMENT",
            Self::FailAuthPassword => "FAIL_AUTH_PASSWORD",
            Self::FailPayment => "FAIL_PAYMENT",
            Self::IssuedSid => "ISSUED_SID",
        }
    }
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

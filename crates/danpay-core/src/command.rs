//! What can happen to a payment, told without KakaoPay's JSON: the gateway translates.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cancellation::{Reason, Wanted};
use crate::event::Actor;
use crate::failure::Failure;
use crate::id::{CancellationId, EventId, PaymentId};
use crate::order::Amount;
use crate::payment::{Approval, PgToken, Refused};
use crate::timing::Jitter;
use crate::won::Won;

/// Another payment that has the claim of the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which.
    pub payment: PaymentId,
    /// Whether its money has moved; otherwise it is being approved.
    pub is_paid: bool,
}

/// What keeps a call that moves money from being claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The order is charged, or being charged, by another payment.
    Order(Holder),
    /// The database was restored from a backup, and it is not yet known what it lacks.
    Restored,
    /// As many calls as are allowed are under way.
    Busy,
    /// So much was refunded that day that this refund is above the shop's limit.
    RefundDay(Refunded),
}

/// What went back, or is on its way, of what was asked for on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The day in Korea.
    pub day: Date,
    /// KRW.
    pub sum: Won,
}

/// How much a shop lets go back, whoever asks. No limit, where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundLimits {
    /// In one refund.
    pub per_refund: Option<Won>,
    /// On one day in Korea.
    pub per_day: Option<Won>,
}

/// Whether the shop's order numbers name one order each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderNumbers {
    /// So each is charged once at most.
    #[default]
    Unique,
    /// They say nothing: the shop has none of its own.
    Repeat,
}

/// What the decision needs besides the payment: the time, who acts, and an id for the event.
#[derive(Clone, Debug)]
pub struct Context {
    /// Now, UTC, in whole milliseconds.
    pub now: Timestamp,
    /// Who acts.
    pub by: Actor,
    /// The id for the event, should there be one.
    pub event_id: EventId,
    /// Chance, which spreads what would be looked at at once.
    pub jitter: Jitter,
    /// KakaoPay's answer behind the command, without secrets, for the record.
    pub evidence: Option<serde_json::Value>,
    /// What the database, or our own limits, had against the claim that was decided before this
    /// decision. It is not known until a claim has met it.
    pub obstacle: Option<Obstacle>,
    /// Whether one order is charged once.
    pub order_numbers: OrderNumbers,
    /// How much may go back.
    pub refund_limits: RefundLimits,
}

/// KakaoPay says that the payment is paid, and repeats what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The merchant code in the answer.
    pub cid: String,
    /// The payment number in the answer.
    pub tid: String,
    /// The shop's order number in the answer.
    pub order_id: String,
    /// The shop's user number in the answer.
    pub user_id: String,
    /// The record.
    pub approval: Approval,
    /// What went back so far.
    pub canceled: Amount,
    /// Each cancellation that the answer tells of; an approval tells of none.
    pub cancels: Vec<CancelAction>,
    /// Whether the answer repeats what it was given as `payload`. We give one to every call, so
    /// then a cancellation of ours without one was not executed.
    pub tells_payloads: bool,
}

/// A cancellation as an order lookup tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelAction {
    /// KakaoPay's number of it.
    pub aid: Option<String>,
    /// What the canceler gave as `payload`: our cancellation's id, if it was us.
    pub payload: Option<String>,
    /// KakaoPay's time of it, UTC.
    pub at: Option<Timestamp>,
}

/// KakaoPay says that it has canceled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canceled {
    /// The merchant code in the answer.
    pub cid: String,
    /// The payment number in the answer.
    pub tid: String,
    /// KakaoPay's number of the cancellation.
    pub aid: Option<String>,
    /// What this call canceled, if the answer tells it.
    pub amount: Option<Amount>,
    /// What went back so far, this cancellation included.
    pub canceled: Amount,
    /// KakaoPay's time of it, UTC.
    pub canceled_at: Option<Timestamp>,
}

/// What one call to cancel brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// 200.
    Canceled(Box<Canceled>),
    /// A definite no.
    Rejected(Failure),
    /// A no for the amount that is left there: the answer, too, to a call that came twice on its
    /// way and was executed the first time.
    LeftDiffers(Failure),
    /// This call did nothing: it never reached KakaoPay, or was turned away for our own key, merchant
    /// code or address; why, if KakaoPay has said it.
    NotSent(Option<Failure>),
    /// Anything else: it may have been canceled.
    Unknown,
}

/// What one call to approve brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApproveAnswer {
    /// 200.
    Paid(Box<Paid>),
    /// A definite no.
    Refused(Refused),
    /// This call did nothing: it never reached KakaoPay, or was turned away for our own key, merchant
    /// code or address. The payer's token is as good as before.
    NotSent,
    /// Anything else: it may have been approved.
    Unknown,
}

/// What an order lookup brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Paid, and perhaps canceled since.
    Paid(Box<Paid>),
    /// Known to KakaoPay and not paid; the payer may still be at it.
    Unpaid,
    /// The payer gave up.
    Quit,
    /// It failed at KakaoPay.
    Failed(Failure),
    /// KakaoPay does not know the TID (-721).
    NotFound,
    /// No answer, or none that says anything.
    Inconclusive,
}

/// An order lookup that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// When KakaoPay was asked, UTC. What it says is no newer than that, however late it is heard
    /// or acted on: a server may be stopped for minutes between the two.
    pub asked_at: Timestamp,
    /// What it brought.
    pub lookup: Lookup,
}

/// What happens to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The payer came back to our approval URL.
    Return {
        /// The token with which it was called.
        token: PgToken,
        /// Another one, if the address had two.
        other: Option<PgToken>,
    },
    /// The shop approves (manual approval).
    Approve,
    /// The shop takes the payment back, unless its approval is claimed.
    Withdraw,
    /// A call to approve has ended.
    SettleApprove(ApproveAnswer),
    /// The shop or an operator wants money to go back.
    Cancel {
        /// The new cancellation's id.
        id: CancellationId,
        /// How much.
        wanted: Wanted,
        /// Why.
        reason: Option<Reason>,
    },
    /// A call to cancel has ended.
    SettleCancel(CancellationId, CancelAnswer),
    /// An order lookup has ended.
    Learn(LookedUp),
}

//! The rules: what each command does to a payment.
//!
//! **Invariant**: only KakaoPay's own answer settles a payment. What is paid there always wins,
//! whatever our database says; "not paid" settles only what no call in flight could still change.
//!
//! **Invariant**: a call to approve is claimed together with its order, which one payment at a time
//! can have ([`OrderClaim`]); so of all payments of an order one is charged at most.
//!
#![doc = include_str!("decide/table.md")]

mod book;
mod cancel;
mod claim;
mod learn;
mod order_claim;
mod reconcile;
mod refund_day;
mod review;
mod settle_approve;
mod went_back;

use jiff::Timestamp;

use crate::cancellation::Cancellation;
use crate::command::{Command, Context, Obstacle};
use crate::event::{Event, EventKind};
use crate::id::{CancellationId, ShopId};
use crate::order::{Amount, Order};
use crate::payment::{Payment, PgToken, RedirectUrls, Returns, State, Status};
use crate::review::Review;
use crate::text::InvalidField;
use crate::timing;

pub use claim::ORDER_ALREADY_PAID;
pub use order_claim::OrderClaim;
pub use refund_day::{RefundDay, RefundLimit};

/// What comes of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Commit this; then make its call, if it has one.
    Commit(Box<Change>),
    /// Nothing changes. Look at the payment again then, if ever.
    Wait(Option<Timestamp>),
    /// The command has no place in this state; nothing changes.
    Refuse(Refusal),
}

/// A call to make at KakaoPay once the change is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Approve with the payment's `pg_token`.
    Approve,
    /// Cancel as the payment's cancellation of this id says.
    Cancel(CancellationId),
}

/// A payment after a command, and all that is committed with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The payment afterwards. Its version is one above the version it was decided on.
    pub payment: Payment,
    /// What is recorded.
    pub event: Event,
    /// When recovery looks at it next, if nothing happens before; never, if there is none.
    pub next_check: Option<Timestamp>,
    /// What follows.
    pub call: Option<Call>,
    /// What becomes of the claim of its order.
    pub order: OrderClaim,
    /// What becomes of the sum of a day's refunds.
    pub refund_day: RefundDay,
}

impl Change {
    /// Whether it is wrong in a restored database, of which it is not yet known what it lacks: it makes a
    /// call that moves money, or tells the shop that none will ever move.
    pub fn needs_whole_database(&self) -> bool {
        self.call.is_some() || self.event.kind == EventKind::Withdrawn
    }
}

/// A command that has no place in the payment's state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The payment's state does not allow it.
    #[error("not possible while the payment is {0}")]
    Status(Status),
    /// Another cancellation of the payment is pending.
    #[error("not possible while a cancellation is pending")]
    CancellationPending,
    /// Something else is left of the payment than the shop believes: this.
    #[error("{} KRW are left, which is not what was expected", .0.total)]
    ExpectedLeft(Amount),
    /// The order is being charged by this other payment.
    #[error("not possible while {0} is charged for the same order")]
    OrderBeingCharged(crate::id::PaymentId),
    /// The database was restored, and it is not yet known what it lacks.
    #[error("not possible until `danpay recover` has brought the restored database up to date")]
    Restored,
    /// More than the shop lets go back.
    #[error(transparent)]
    RefundLimit(#[from] RefundLimit),
    /// As many calls to KakaoPay as are allowed are under way.
    #[error("as many calls to KakaoPay as are allowed are under way")]
    Busy,
    /// What was asked for does not fit the payment.
    #[error(transparent)]
    Field(#[from] InvalidField),
}

/// What KakaoPay's answer to ready gives a new payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// The new payment's id.
    pub id: crate::id::PaymentId,
    /// Whose payment it is.
    pub shop_id: ShopId,
    /// Whether real money moves.
    pub livemode: bool,
    /// The merchant code that was used.
    pub cid: String,
    /// KakaoPay's payment number.
    pub tid: String,
    /// Where the payer pays, if that is known.
    pub redirect: Option<RedirectUrls>,
    /// When KakaoPay's answer to ready was here, UTC.
    pub created_at: Timestamp,
}

/// The first change of a payment: KakaoPay made it ready.
pub fn create(order: Order, new: NewPayment, context: Context) -> Change {
    let expires_at = timing::after(new.created_at, timing::LIFETIME);
    let next_check = timing::after(expires_at, timing::EXPIRY_MARGIN);
    begin(order, new, context, (EventKind::Created, next_check))
}

/// The first change of a payment that the database lost, and whose TID the log still has. It begins
/// as ready, whatever became of it: what KakaoPay says of it is learned next.
pub fn restore(order: Order, new: NewPayment, context: Context) -> Change {
    let now = context.now;
    begin(order, new, context, (EventKind::Restored, now))
}

fn begin(
    order: Order,
    new: NewPayment,
    context: Context,
    (kind, next_check): (EventKind, Timestamp),
) -> Change {
    let expires_at = timing::after(new.created_at, timing::LIFETIME);
    let state = State::Ready {
        returns: Returns::default(),
    };
    let payment = Payment {
        id: new.id,
        shop_id: new.shop_id,
        version: 0,
        livemode: new.livemode,
        order,
        cid: new.cid,
        tid: new.tid,
        redirect: new.redirect,
        created_at: new.created_at,
        expires_at,
        state: state.clone(),
        cancellations: Vec::new(),
        pg_token: None,
        further_pg_token: None,
        review: None,
    };
    Draft::of(&payment, state, kind)
        .check_at(Some(next_check))
        .into_change(context)
}

/// Decides what `command` does to `payment`. Pure: the same arguments, the same decision.
pub fn decide(payment: &Payment, command: Command, context: Context) -> Decision {
    match command {
        Command::Return { token, other } => claim::come_back(payment, (token, other), context),
        Command::Approve => claim::approve(payment, context),
        Command::Withdraw => withdraw(payment, context),
        Command::SettleApprove(answer) => settle_approve::settle_approve(payment, answer, context),
        Command::Cancel { id, wanted, reason } => {
            cancel::request(payment, id, (wanted, reason), context)
        }
        Command::SettleCancel(id, answer) => cancel::settle_cancel(payment, id, answer, context),
        Command::Learn(looked_up) => learn::learn(payment, looked_up, context),
    }
}

/// The shop takes it back: never approved from now on, whatever the payer does. Once an approval is
/// claimed this is no longer in our hands.
fn withdraw(payment: &Payment, context: Context) -> Decision {
    match payment.state {
        // For all that a restored database knows it may have been charged.
        State::Ready { .. } | State::Authenticated { .. }
            if context.obstacle == Some(Obstacle::Restored) =>
        {
            Decision::Refuse(Refusal::Restored)
        }
        State::Ready { .. } | State::Authenticated { .. } => {
            let state = State::Withdrawn { at: context.now };
            Draft::of(payment, state, EventKind::Withdrawn)
                .check_at(Some(expiry(payment)))
                .commit(context)
        }
        _ => refuse(payment),
    }
}

/// When nothing of a payment can move any longer that no call of ours moves.
fn expiry(payment: &Payment) -> Timestamp {
    timing::after(payment.expires_at, timing::EXPIRY_MARGIN)
}

fn refuse(payment: &Payment) -> Decision {
    Decision::Refuse(Refusal::Status(payment.status()))
}

/// A change in the making.
struct Draft {
    /// The status before it.
    before: Status,
    payment: Payment,
    kind: EventKind,
    cancellations: Vec<Cancellation>,
    next_check: Option<Timestamp>,
    call: Option<Call>,
}

impl Draft {
    /// From `payment` to `state`. Tokens stay only where the new state needs them.
    fn of(payment: &Payment, state: State, kind: EventKind) -> Self {
        let before = payment.status();
        let mut payment = payment.clone();
        if !state.needs_pg_token() && !planted!(TokenKept) {
            payment.pg_token = None;
            payment.further_pg_token = None;
        }
        payment.state = state;
        payment.version = payment.version.saturating_add(1);
        Self {
            before,
            payment,
            kind,
            cancellations: Vec::new(),
            next_check: None,
            call: None,
        }
    }

    /// The token of the next call to approve, and the one that is tried if it is not the payer's.
    fn tokens(mut self, (token, further): (Option<PgToken>, Option<PgToken>)) -> Self {
        self.payment.pg_token = token;
        self.payment.further_pg_token = further;
        self
    }

    fn check_at(mut self, at: Option<Timestamp>) -> Self {
        self.next_check = at;
        self
    }

    /// Adds a cancellation, or moves it on.
    fn cancellation(mut self, cancellation: Cancellation) -> Self {
        self.payment.set(cancellation.clone());
        self.cancellations.push(cancellation);
        self
    }

    fn call(mut self, call: Call) -> Self {
        self.call = Some(call);
        self
    }

    fn review(mut self, reason: Option<Review>) -> Self {
        self.payment.review = reason;
        self
    }

    fn into_change(self, context: Context) -> Change {
        let Self {
            before,
            payment,
            kind,
            cancellations,
            next_check,
            call,
        } = self;
        let order = OrderClaim::of(before, &payment, call, &context);
        let refund_day = RefundDay::of(kind, &cancellations, &context);
        let event = Event {
            id: context.event_id,
            payment_id: payment.id,
            sequence: payment.version,
            kind,
            at: context.now,
            by: context.by,
            state: payment.state.clone(),
            cancellations,
            review: payment.review.clone(),
            evidence: context.evidence,
        };
        Change {
            payment,
            event,
            next_check,
            call,
            order,
            refund_day,
        }
    }

    fn commit(self, context: Context) -> Decision {
        Decision::Commit(Box::new(self.into_change(context)))
    }
}

#[cfg(test)]
mod tests;

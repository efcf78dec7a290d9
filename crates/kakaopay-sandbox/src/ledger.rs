//! What KakaoPay would hold, and the only judge of who has paid.
//! Pure: no I/O, no async; the time and the dice are arguments.
//! Invariant: a payment is approved at most once and never gives back more than was paid.

mod amount;
mod cancel;
mod card;
mod method;
mod mistaken;
mod moves;
mod order;
mod outcome;
mod payment;
mod payment_status;
mod payment_store;
mod settle;
mod subscription;
#[cfg(test)]
mod tests;
mod wallet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::amount::{Amount, default_vat};
pub use self::cancel::CancelVat;
use self::cancel::cancellable_part;
pub(crate) use self::cancel::fitting_split;
pub(crate) use self::card::Card;
pub(crate) use self::method::{Method, MethodType};
pub(crate) use self::moves::Stuck;
pub(crate) use self::order::Order;
pub(crate) use self::outcome::{MethodResult, Outcome, WRONG_PASSWORDS_MAX};
pub(crate) use self::payment::{Cancellation, Message, Paid, Payment, Reached, Standing, State};
pub use self::payment_status::PaymentStatus;
use self::payment_store::{Kept, PaymentStore};
use self::subscription::Subscriptions;
pub(crate) use self::subscription::{Charge, Subscription};
pub use self::wallet::Wallet;
use self::wallet::Wallets;
use crate::dice::Dice;

/// A merchant's approve call.
pub(crate) struct Approve {
    pub(crate) cid: String,
    pub(crate) tid: String,
    pub(crate) partner_order_id: String,
    pub(crate) partner_user_id: String,
    pub(crate) pg_token: String,
    pub(crate) total_amount: Option<u64>,
    pub(crate) payload: Option<String>,
}

/// A merchant's cancel call.
pub(crate) struct Cancel {
    pub(crate) cid: String,
    pub(crate) tid: String,
    pub(crate) amount: u64,
    pub(crate) tax_free: u64,
    pub(crate) vat: Option<u64>,
    pub(crate) vat_rule: CancelVat,
    /// What the merchant believes is left before this cancellation.
    pub(crate) available: Option<u64>,
    pub(crate) payload: Option<String>,
}

/// Why the ledger says no to a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    UnknownTid,
    OrderIdDiffers,
    UserIdDiffers,
    AlreadyApproved,
    GivenUp,
    Expired,
    NotAuthenticated,
    WrongToken,
    TotalDiffers,
    MethodFailed(MethodResult),
    NotCancelable,
    AvailableDiffers,
    AboveAvailable,
    SplitDoesNotFit,
    DepositNeedsFullCancel,
    TooManyCancellations,
    UnknownSid,
    SidInactive,
    SidOfAnotherUser,
}

pub(crate) struct Ledger {
    payment_store: PaymentStore,
    subscriptions: Subscriptions,
    wallets: Wallets,
    /// How many payments, and how many subscriptions, are kept.
    limit: usize,
}

/// A ledger to be kept in a file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Saved {
    payments: Kept,
    subscriptions: Subscriptions,
    wallets: Wallets,
}

impl Ledger {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            payment_store: PaymentStore::new(limit),
            subscriptions: Subscriptions::default(),
            wallets: Wallets::default(),
            limit,
        }
    }

    pub(crate) fn save(&self) -> Saved {
        Saved {
            payments: self.payment_store.keep(),
            subscriptions: self.subscriptions.clone(),
            wallets: self.wallets.clone(),
        }
    }

    pub(crate) fn load(&mut self, saved: Saved, now: Timestamp) {
        self.payment_store = PaymentStore::restore(saved.payments, self.limit, now);
        self.subscriptions = saved.subscriptions;
        self.wallets = saved.wallets;
    }

    pub(crate) fn ready(&mut self, order: Order, now: Timestamp, dice: &mut Dice) -> &Payment {
        self.begin(order, State::Waiting(Reached::Nothing), now, dice)
    }

    fn begin(&mut self, order: Order, state: State, now: Timestamp, dice: &mut Dice) -> &Payment {
        let tid = fresh(|tid| self.payment_store.has_tid(tid), || dice.tid(now));
        let page = fresh(|page| self.payment_store.has_page(page), || dice.page());
        let payment = Payment {
            tid,
            page,
            created_at: now,
            order,
            state,
            approve_calls: 0,
            outcome: Outcome::default(),
            wrong_passwords: 0,
            message: None,
        };
        self.payment_store.put(payment, now)
    }

    pub(crate) fn approve(
        &mut self,
        ask: &Approve,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<&Payment, Refused> {
        let settled = self.settle(ask, now, dice);
        // An approval that failed has ended the payment as well.
        self.payment_store.note(&ask.tid);
        settled?;
        self.order(&ask.cid, &ask.tid)
    }

    /// The order of the checks is ours: first whose payment it is, then what became of it, then
    /// whether this call may move the money.
    fn settle(&mut self, ask: &Approve, now: Timestamp, dice: &mut Dice) -> Result<(), Refused> {
        let payment = self.payment_store.by_tid_mut(&ask.tid);
        let payment = payment.filter(|payment| payment.order.cid == ask.cid);
        let payment = payment.ok_or(Refused::UnknownTid)?;
        payment.approve_calls = payment.approve_calls.saturating_add(1);
        let order = &payment.order;
        if order.partner_order_id != ask.partner_order_id {
            return Err(Refused::OrderIdDiffers);
        }
        if order.partner_user_id != ask.partner_user_id {
            return Err(Refused::UserIdDiffers);
        }
        let (method, pg_token) = match (payment.standing(now), &payment.state) {
            (Standing::Paid, _) => return Err(Refused::AlreadyApproved),
            (Standing::Quit | Standing::Failed, _) => return Err(Refused::GivenUp),
            (Standing::Expired, _) => return Err(Refused::Expired),
            (_, State::Authenticated { method, pg_token }) => (*method, pg_token),
            _ => return Err(Refused::NotAuthenticated),
        };
        if *pg_token != ask.pg_token {
            return Err(Refused::WrongToken);
        }
        if ask
            .total_amount
            .is_some_and(|total| total != order.amount.total)
        {
            return Err(Refused::TotalDiffers);
        }
        let settled = payment.settle(Paid {
            method,
            amount: order.amount,
            aid: dice.aid(now),
            sid: None,
            at: now,
            payload: ask.payload.clone(),
            approved_id: dice.approved_id(),
            cancellations: Vec::new(),
        });
        // Whatever the answer says: where money moved, points moved too.
        if let State::Paid(paid) = &mut payment.state {
            paid.amount = self.wallets.spend(&payment.order);
            if payment.order.subscribes {
                let issued =
                    (self.subscriptions).issue(&payment.order, method, now, dice, self.limit);
                paid.sid = Some(issued);
            }
        }
        settled
    }

    pub(crate) fn order(&self, cid: &str, tid: &str) -> Result<&Payment, Refused> {
        self.by_tid(tid)
            .filter(|payment| payment.order.cid == cid)
            .ok_or(Refused::UnknownTid)
    }

    pub(crate) fn cancel(
        &mut self,
        ask: &Cancel,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<(&Payment, Cancellation), Refused> {
        let payment = self.payment_store.by_tid_mut(&ask.tid);
        let payment = payment.filter(|payment| payment.order.cid == ask.cid);
        let payment = payment.ok_or(Refused::UnknownTid)?;
        let amount = cancellable_part(payment, ask)?;
        let State::Paid(paid) = &mut payment.state else {
            return Err(Refused::NotCancelable);
        };
        let aid = dice.aid(now);
        let cancellation = Cancellation {
            aid,
            at: now,
            amount,
            payload: ask.payload.clone(),
        };
        paid.cancellations.push(cancellation.clone());
        let user_id = &payment.order.partner_user_id;
        self.wallets.give_back(user_id, amount.point);
        self.payment_store.note(&ask.tid);
        Ok((self.order(&ask.cid, &ask.tid)?, cancellation))
    }

    /// A tester gives a payer points or a discount.
    pub(crate) fn give(&mut self, user_id: String, wallet: Wallet) {
        self.wallets.give(user_id, wallet);
    }

    pub(crate) fn wallet(&self, user_id: &str) -> Wallet {
        self.wallets.of(user_id)
    }

    pub(crate) fn by_tid(&self, tid: &str) -> Option<&Payment> {
        self.payment_store.by_tid(tid)
    }

    pub(crate) fn by_page(&self, page: &str) -> Option<&Payment> {
        self.payment_store.by_page(page)
    }

    pub(crate) fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payment_store.payments()
    }
}

/// Draws until the name is not taken.
fn fresh(taken: impl Fn(&str) -> bool, mut draw: impl FnMut() -> String) -> String {
    loop {
        let name = draw();
        if !taken(&name) {
            return name;
        }
    }
}

//! What KakaoPay would hold, and the only judge of who has paid.
//! Pure: no I/O, no async; the time and the dice are arguments.
//! Invariant: a payment is approved at most once and never gives back more than was paid.

mod amount;
mod method;
mod outcome;
mod payment;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub(crate) use self::amount::{Amount, default_vat};
pub(crate) use self::method::{CARDS, Card, Method, MethodType};
pub(crate) use self::outcome::{MethodResult, Outcome, WRONG_PASSWORDS_MAX};
pub use self::payment::PaymentStatus;
pub(crate) use self::payment::{
    Cancellation, Message, Order, Paid, Payment, Reached, Standing, State,
};
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
}

/// Why a payer's move is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    UnknownPage,
    /// Finished, given up or expired.
    Closed,
    MethodNotOffered,
    NothingChosen,
}

#[derive(Default)]
pub(crate) struct Ledger {
    /// In the order of ready.
    payments: BTreeMap<u64, Payment>,
    by_tid: HashMap<String, u64>,
    by_page: HashMap<String, u64>,
    next: u64,
}

impl Ledger {
    pub(crate) fn ready(&mut self, order: Order, now: Timestamp, dice: &mut Dice) -> &Payment {
        let tid = fresh(&self.by_tid, || dice.tid(now));
        let page = fresh(&self.by_page, || dice.page());
        let number = self.next;
        self.next += 1;
        self.by_tid.insert(tid.clone(), number);
        self.by_page.insert(page.clone(), number);
        let state = State::Waiting(Reached::Nothing);
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
        self.payments.entry(number).or_insert(payment)
    }

    /// The order of the checks is ours: first whose payment it is, then what became of it, then
    /// whether this call may move the money.
    pub(crate) fn approve(
        &mut self,
        ask: &Approve,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<&Payment, Refused> {
        let payment = self.of_merchant(&ask.cid, &ask.tid)?;
        payment.approve_calls = payment.approve_calls.saturating_add(1);
        if payment.order.partner_order_id != ask.partner_order_id {
            return Err(Refused::OrderIdDiffers);
        }
        if payment.order.partner_user_id != ask.partner_user_id {
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
            .is_some_and(|total| total != payment.order.amount.total)
        {
            return Err(Refused::TotalDiffers);
        }
        payment.settle(Paid {
            method,
            aid: dice.aid(now),
            at: now,
            payload: ask.payload.clone(),
            approved_id: dice.approved_id(),
            cancellations: Vec::new(),
        })?;
        Ok(payment)
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
        let payment = self.of_merchant(&ask.cid, &ask.tid)?;
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
        Ok((payment, cancellation))
    }

    /// The payer used the QR code or the message.
    pub(crate) fn use_message(&mut self, page: &str, now: Timestamp) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        if matches!(payment.state, State::Waiting(Reached::Nothing)) {
            payment.state = State::Waiting(Reached::Message);
        }
        Ok(())
    }

    /// The payer asked for a message to a phone, which replaces one sent before.
    pub(crate) fn send_message(
        &mut self,
        page: &str,
        phone: String,
        now: Timestamp,
    ) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        if matches!(payment.state, State::Waiting(Reached::Nothing)) {
            payment.state = State::Waiting(Reached::Message);
        }
        payment.message = Some(Message { phone, at: now });
        Ok(())
    }

    /// A tester chose how this payer ends.
    pub(crate) fn lead_to(
        &mut self,
        page: &str,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        payment.outcome = outcome;
        payment.wrong_passwords = 0;
        Ok(())
    }

    /// The payer sees the payment page.
    pub(crate) fn open(&mut self, page: &str, now: Timestamp) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        if matches!(payment.state, State::Waiting(_)) {
            payment.state = State::Waiting(Reached::Page);
        }
        Ok(())
    }

    pub(crate) fn choose(
        &mut self,
        page: &str,
        method: Method,
        now: Timestamp,
    ) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        if payment.order.only.is_some_and(|only| only != method.kind()) {
            return Err(Stuck::MethodNotOffered);
        }
        payment.state = State::Selected { method };
        Ok(())
    }

    pub(crate) fn authenticate(
        &mut self,
        page: &str,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        let State::Selected { method } = payment.state else {
            return Err(Stuck::NothingChosen);
        };
        if payment.outcome == Outcome::WrongPassword {
            payment.mistype(method);
            return Ok(());
        }
        payment.state = State::Authenticated {
            method,
            pg_token: dice.pg_token(),
        };
        Ok(())
    }

    pub(crate) fn quit(&mut self, page: &str, now: Timestamp) -> Result<(), Stuck> {
        let payment = self.open_page(page, now)?;
        payment.state = State::Quit {
            method: payment.method(),
        };
        Ok(())
    }

    pub(crate) fn by_tid(&self, tid: &str) -> Option<&Payment> {
        self.payments.get(self.by_tid.get(tid)?)
    }

    pub(crate) fn by_page(&self, page: &str) -> Option<&Payment> {
        self.payments.get(self.by_page.get(page)?)
    }

    pub(crate) fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.values()
    }

    fn of_merchant(&mut self, cid: &str, tid: &str) -> Result<&mut Payment, Refused> {
        let number = self.by_tid.get(tid).ok_or(Refused::UnknownTid)?;
        let payment = self.payments.get_mut(number).ok_or(Refused::UnknownTid)?;
        if payment.order.cid == cid {
            Ok(payment)
        } else {
            Err(Refused::UnknownTid)
        }
    }

    fn open_page(&mut self, page: &str, now: Timestamp) -> Result<&mut Payment, Stuck> {
        let number = self.by_page.get(page).ok_or(Stuck::UnknownPage)?;
        let payment = self.payments.get_mut(number).ok_or(Stuck::UnknownPage)?;
        if payment.standing(now) == Standing::Open {
            Ok(payment)
        } else {
            Err(Stuck::Closed)
        }
    }
}

/// Draws until the name is not taken.
fn fresh(taken: &HashMap<String, u64>, mut draw: impl FnMut() -> String) -> String {
    loop {
        let name = draw();
        if !taken.contains_key(&name) {
            return name;
        }
    }
}

/// What this cancellation would give back, if the payment's state and its split allow it.
fn cancellable_part(payment: &Payment, ask: &Cancel) -> Result<Amount, Refused> {
    let left = payment.cancel_available();
    if left.total == 0 {
        return Err(Refused::NotCancelable);
    }
    if ask
        .available
        .is_some_and(|available| available != left.total)
    {
        return Err(Refused::AvailableDiffers);
    }
    if ask.amount > left.total {
        return Err(Refused::AboveAvailable);
    }
    let whole_rest = ask.amount == left.total;
    if left.green_deposit > 0 && !whole_rest {
        return Err(Refused::DepositNeedsFullCancel);
    }
    let taxed = ask
        .amount
        .checked_sub(ask.tax_free)
        .ok_or(Refused::SplitDoesNotFit)?;
    let taxed_left = left.total.saturating_sub(left.tax_free);
    // The last taxed won takes all VAT that is left: rounding each part alone could otherwise
    // give back a won more or less than was taken.
    let computed = default_vat(taxed, 0).min(left.vat);
    let vat = ask.vat.unwrap_or(if taxed == taxed_left {
        left.vat
    } else {
        computed
    });
    let fits = ask.tax_free <= left.tax_free
        && taxed <= taxed_left
        && vat <= left.vat
        && (!whole_rest || vat == left.vat);
    if !fits {
        return Err(Refused::SplitDoesNotFit);
    }
    let others = if whole_rest { left } else { Amount::default() };
    Ok(Amount {
        total: ask.amount,
        tax_free: ask.tax_free,
        vat,
        ..others
    })
}

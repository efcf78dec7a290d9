//! The moves of a payer on the pages, and how a tester leads them.
//! Invariant: only a payment that is open can be moved.

use jiff::Timestamp;

use super::Ledger;
use super::method::Method;
use super::outcome::Outcome;
use super::payment::{Message, Payment, Reached, Standing, State};
use crate::dice::Dice;

/// Why a payer's move is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    UnknownPage,
    /// Finished, given up or expired.
    Closed,
    MethodNotOffered,
    NothingChosen,
}

impl Ledger {
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
        if !payment.order.offers(method) {
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
            let tid = payment.tid.clone();
            self.payment_store.note(&tid);
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
        let tid = payment.tid.clone();
        self.payment_store.note(&tid);
        Ok(())
    }

    fn open_page(&mut self, page: &str, now: Timestamp) -> Result<&mut Payment, Stuck> {
        let payment = self
            .payment_store
            .by_page_mut(page)
            .ok_or(Stuck::UnknownPage)?;
        if payment.standing(now) == Standing::Open {
            Ok(payment)
        } else {
            Err(Stuck::Closed)
        }
    }
}

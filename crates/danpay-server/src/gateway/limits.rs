//! How hard we press on KakaoPay: as many calls at once as it answers in time, those that move money first
//! and however KakaoPay fares; payments that begin wait for a moment, and are refused while it is down;
//! lookups have a cap of their own.
//!
//! **Invariant**: this is the one state that a process keeps to itself. Another process learns the
//! same from its own calls, and nothing about a payment is in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kakaopay::{Error, Outcome};

use super::breaker::{Breaker, Health, Why};
use super::complaints::Complaints;
use super::lookups::{LookupRates, Lookups};
use super::pace::CallsAtOnce;
use super::turns::{For, Turn, Turns};
use crate::limits;

/// Why KakaoPay is not asked to make a payment ready now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    /// It failed several times in a row.
    #[error("KakaoPay fails, and is left alone for {0:#}")]
    CoolingDown(SignedDuration),
    /// It was asked too often.
    #[error("KakaoPay was asked too often, and is left alone for {0:#}")]
    TurnedAway(SignedDuration),
    /// As many payments as are allowed wait already, or this one waited too long.
    #[error("too many payments are being made ready")]
    Overloaded,
}

#[derive(Debug)]
struct State {
    breaker: Breaker,
    lookups: Lookups,
    complaints: Complaints,
}

/// Clones are one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    turns: Turns,
    state: Mutex<State>,
}

/// A call to approve or cancel that may be made. To be had before its claim is committed, since
/// nothing may wait between the two.
#[derive(Debug)]
pub(crate) struct MoneyTurn(#[expect(dead_code, reason = "it is held, not read")] Turn);

impl Limits {
    pub(crate) fn new(lookups: LookupRates, calls: CallsAtOnce) -> Self {
        Self(Arc::new(Inner {
            turns: Turns::new(calls),
            state: Mutex::new(State {
                breaker: Breaker::default(),
                lookups: Lookups::new(lookups),
                complaints: Complaints::default(),
            }),
        }))
    }

    /// Waits, not for long, until a payment may be made ready.
    pub(super) async fn turn(&self, now: impl Fn() -> Timestamp) -> Result<Turn, Busy> {
        let turns = &self.0.turns;
        if turns.waiting_to_be_ready() >= limits::READY_QUEUE {
            return Err(Busy::Overloaded);
        }
        // Whoever could not be served in time is told so at once, and when to come again.
        let wait = turns.wait_for_ready();
        if let Some(wait) = wait.filter(|wait| *wait > limits::READY_WAITS) {
            return Err(Busy::TurnedAway(wait));
        }
        let turn = turns.take(For::Ready, &now, limits::READY_WAITS.unsigned_abs());
        let turn = turn.await.ok_or(Busy::Overloaded)?;
        // Last, so that whoever may try whether KakaoPay is back does so.
        let admitted = self.state().breaker.admit(now());
        admitted.map_err(|(left, why)| match why {
            Why::Failing => Busy::CoolingDown(left),
            Why::TurnedAway => Busy::TurnedAway(left),
        })?;
        Ok(turn)
    }

    /// A turn for a call that moves money, if there is one free.
    pub(crate) fn money_turn_now(&self, now: Timestamp) -> Option<MoneyTurn> {
        self.0.turns.take_now(For::Money, now).map(MoneyTurn)
    }

    /// The same, waiting for it, but not for long.
    pub(crate) async fn money_turn(&self, now: impl Fn() -> Timestamp) -> Option<MoneyTurn> {
        let turn = self.0.turns.take(For::Money, now, self.patience());
        turn.await.map(MoneyTurn)
    }

    /// How long a payer waits for a turn, and then for the outcome: the shorter, the more there are.
    /// Each holds a connection meanwhile, and the page that says "being checked" costs less.
    pub(crate) fn patience(&self) -> Duration {
        let crowd = u32::try_from(self.0.turns.crowd()).unwrap_or(u32::MAX);
        let share = limits::PAYER_WAITS * limits::CROWD / crowd.max(limits::CROWD);
        share.max(limits::PAYER_WAITS_MIN)
    }

    /// Whether to log trouble with our own keys, merchant code or addresses: each kind once a while.
    pub(super) fn complains(&self, now: Timestamp, kind: i32) -> bool {
        self.state().complaints.is_due(now, kind)
    }

    /// A call to ready that began then has ended so.
    pub(super) fn ready_ended<T>(
        &self,
        began_at: Timestamp,
        now: Timestamp,
        result: &Result<T, Error>,
    ) {
        let told = self.call_ended(began_at, now, result);
        let health = match result {
            Err(Error::InvalidField(_) | Error::Unwritable { .. }) => Health::NotAsked,
            Err(error) if told.is_none() && error.outcome() != Outcome::Rejected => Health::Unwell,
            _ => told.map_or(Health::Well, Health::TurnedAway),
        };
        self.state().breaker.ended(now, health);
    }

    /// A call that had its turn and began then has ended so; gives for how long KakaoPay is left alone, if
    /// it turned it away.
    pub(super) fn call_ended<T>(
        &self,
        began_at: Timestamp,
        now: Timestamp,
        result: &Result<T, Error>,
    ) -> Option<SignedDuration> {
        let turns = &self.0.turns;
        match result {
            // It was not made.
            Err(Error::InvalidField(_) | Error::Unwritable { .. }) => {}
            Err(error) if error.outcome() != Outcome::Rejected => turns.failed(began_at, now),
            _ => turns.answered(began_at, now),
        }
        self.record(now, result)
    }

    /// Any call has ended so; gives for how long KakaoPay is left alone, if it turned it away.
    pub(super) fn record<T>(
        &self,
        now: Timestamp,
        result: &Result<T, Error>,
    ) -> Option<SignedDuration> {
        let turns = &self.0.turns;
        let Err(error) = result else {
            turns.record(now);
            self.state().lookups.record();
            return None;
        };
        let api = error.api_error()?;
        if error.outcome() != Outcome::NotExecuted {
            turns.record(now);
            self.state().lookups.record();
            return None;
        }
        turns.turned_away(now);
        let told = error.retry_after();
        let told = told.and_then(|told| SignedDuration::try_from(told).ok());
        let rest = self.state().lookups.rest(now, told);
        tracing::warn!(error = %api, rest_s = rest.as_secs(), "KakaoPay wants to be left alone");
        Some(rest)
    }

    /// A lookup that began then has ended so.
    pub(super) fn looked_up<T>(
        &self,
        began_at: Timestamp,
        now: Timestamp,
        result: &Result<T, Error>,
    ) {
        self.record(now, result);
        let lookups = &mut self.state().lookups;
        match result {
            Err(error) if error.outcome() != Outcome::Rejected => lookups.failed(),
            _ => lookups.answered(now.duration_since(began_at)),
        }
    }

    /// So many payments wait for their lookup now; gives how many are made in a second.
    pub(crate) fn lookups_wait(&self, waiting: u64) -> u32 {
        let lookups = &mut self.state().lookups;
        lookups.are_waiting(waiting);
        lookups.per_second()
    }

    /// How many lookups may be made now.
    pub(crate) fn free_lookups(&self, now: Timestamp) -> u32 {
        let per_s = self.0.turns.lookups_per_s();
        self.state().lookups.free_of(now, per_s)
    }

    /// How many lookups may be made now, of so many.
    pub(crate) fn take_lookups(&self, now: Timestamp, most: u32) -> u32 {
        let per_s = self.0.turns.lookups_per_s();
        let taken = self.state().lookups.take(now, most, per_s);
        self.0.turns.spend(now, taken);
        taken
    }

    /// Lookups that were taken and not made.
    pub(crate) fn give_back_lookups(&self, unused: u32) {
        self.state().lookups.give_back(unused);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed, so a poisoned lock is as good as another.
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

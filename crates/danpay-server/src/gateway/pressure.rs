//! How hard we press on KakaoPay: payments that begin wait in a short queue and are refused while
//! KakaoPay is down; lookups have a cap; approvals and cancellations have one of their own, which
//! nothing else takes of, and go through however KakaoPay fares.
//!
//! **Invariant**: this is the one state that a process keeps to itself. Another process learns the
//! same from its own calls, and nothing about a payment is in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kakaopay::{Error, Outcome};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::breaker::{Breaker, Health, Why};
use super::complaints::Complaints;
use super::lookups::Lookups;
use crate::limits;

/// Why KakaoPay is not asked to make a payment ready now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    /// It failed several times in a row.
    #[error("KakaoPay fails, and is left alone for {0:#}")]
    Resting(SignedDuration),
    /// It was asked too often.
    #[error("KakaoPay was asked too often, and is left alone for {0:#}")]
    TurnedAway(SignedDuration),
    /// As many payments as are allowed wait already, or this one waited too long.
    #[error("too many payments are being made ready")]
    Crowded,
}

#[derive(Debug)]
struct State {
    breaker: Breaker,
    lookups: Lookups,
    complaints: Complaints,
}

/// Clones are one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Pressure(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Calls to ready, under way or waiting.
    places: Semaphore,
    /// Calls to ready under way.
    turns: Semaphore,
    /// Calls to approve and cancel under way.
    money: Arc<Semaphore>,
    state: Mutex<State>,
}

/// A call to approve or cancel that may be made. To be had before its claim is committed, since
/// nothing may wait between the two.
#[derive(Debug)]
pub(crate) struct MoneyTurn(
    #[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit,
);

/// A call to ready under way.
pub(super) struct Turn<'a> {
    _place: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

impl Pressure {
    pub(crate) fn new(lookups_per_second: u32, money_calls: usize) -> Self {
        Self(Arc::new(Inner {
            places: Semaphore::new(limits::READY_CALLS + limits::READY_QUEUE),
            turns: Semaphore::new(limits::READY_CALLS),
            money: Arc::new(Semaphore::new(money_calls)),
            state: Mutex::new(State {
                breaker: Breaker::default(),
                lookups: Lookups::new(lookups_per_second),
                complaints: Complaints::default(),
            }),
        }))
    }

    /// Waits, not for long, until a payment may be made ready.
    pub(super) async fn turn(&self, now: impl Fn() -> Timestamp) -> Result<Turn<'_>, Busy> {
        let place = self.0.places.try_acquire().map_err(|_| Busy::Crowded)?;
        let turn = tokio::time::timeout(limits::READY_WAITS, self.0.turns.acquire());
        let turn = turn.await.ok().and_then(Result::ok).ok_or(Busy::Crowded)?;
        // Last, so that whoever may try whether KakaoPay is back does so.
        let admitted = self.state().breaker.admit(now());
        admitted.map_err(|(left, why)| match why {
            Why::Failing => Busy::Resting(left),
            Why::TurnedAway => Busy::TurnedAway(left),
        })?;
        Ok(Turn {
            _place: place,
            _turn: turn,
        })
    }

    /// A turn for a call that moves money, if there is one free.
    pub(crate) fn money_turn_now(&self) -> Option<MoneyTurn> {
        let turn = Arc::clone(&self.0.money).try_acquire_owned();
        turn.ok().map(MoneyTurn)
    }

    /// The same, waiting for it, but not for long.
    pub(crate) async fn money_turn(&self) -> Option<MoneyTurn> {
        let turn = Arc::clone(&self.0.money).acquire_owned();
        let turn = tokio::time::timeout(limits::MONEY_WAITS, turn).await;
        turn.ok().and_then(Result::ok).map(MoneyTurn)
    }

    /// Whether to log trouble with our own keys, merchant code or addresses: each kind once a while.
    pub(super) fn complains(&self, now: Timestamp, kind: i32) -> bool {
        self.state().complaints.is_due(now, kind)
    }

    /// A call to ready has ended so.
    pub(super) fn ready_ended<T>(&self, now: Timestamp, result: &Result<T, Error>) {
        let told = self.heard(now, result);
        let health = match result {
            Err(Error::InvalidField(_) | Error::Unwritable { .. }) => Health::NotAsked,
            Err(error) if told.is_none() && error.outcome() != Outcome::Rejected => Health::Unwell,
            _ => told.map_or(Health::Well, Health::TurnedAway),
        };
        self.state().breaker.ended(now, health);
    }

    /// Any call has ended so; gives for how long KakaoPay is left alone, if it turned it away.
    pub(super) fn heard<T>(
        &self,
        now: Timestamp,
        result: &Result<T, Error>,
    ) -> Option<SignedDuration> {
        let mut state = self.state();
        let Err(error) = result else {
            state.lookups.heard();
            return None;
        };
        let api = error.api_error()?;
        if error.outcome() != Outcome::NotSent {
            state.lookups.heard();
            return None;
        }
        let told = error.retry_after();
        let told = told.and_then(|told| SignedDuration::try_from(told).ok());
        let rest = state.lookups.rest(now, told);
        tracing::warn!(error = %api, rest_s = rest.as_secs(), "KakaoPay wants to be left alone");
        Some(rest)
    }

    /// How many lookups may be made now.
    pub(crate) fn free_lookups(&self, now: Timestamp) -> u32 {
        self.state().lookups.free(now)
    }

    /// How many lookups may be made now, of so many.
    pub(crate) fn take_lookups(&self, now: Timestamp, most: u32) -> u32 {
        self.state().lookups.take(now, most)
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

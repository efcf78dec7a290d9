//! Changes of one shop that wait at the same time are written by one statement.
//!
//! A statement costs PostgreSQL more than a row of it does, so what comes while others are being written
//! waits for them, and goes together. Whoever is alone waits for nobody.
//!
//! **Invariant**: a change is answered after its statement's commit. If the statement fails and nothing
//! of it remains, each of its changes is written alone, so that none spoils another; if it is not known
//! whether something remains, none of them is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::{Change, OrderClaim, RefundDay, ShopId};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::pool::Failed;
use super::queries::{self, Query};
use super::rows::Parameter;
use super::written::{self, Written};
use super::{Postgres, borrowed, refund_days};
use crate::limits;
use crate::store::StoreError;

/// What is written, each kind by a statement of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Create,
    Commit,
    Claim,
    Release,
    Refund,
    GiveRefundBack,
}

impl Kind {
    /// Of a change of a payment that is there. Money goes back only of a payment that is paid, which keeps
    /// its order.
    pub(super) fn of(change: &Change) -> Self {
        match (change.refund_day, change.order) {
            (RefundDay::Count { .. }, _) => Self::Refund,
            (RefundDay::GiveBack { .. }, _) => Self::GiveRefundBack,
            (RefundDay::Keep, OrderClaim::Keep) if !change.needs_whole_database() => Self::Commit,
            (RefundDay::Keep, OrderClaim::Release) => Self::Release,
            (RefundDay::Keep, _) => Self::Claim,
        }
    }

    /// Whether its statement takes one change: a day's sum can be changed once in one.
    fn goes_alone(self) -> bool {
        matches!(self, Self::Refund | Self::GiveRefundBack)
    }

    fn query(self) -> &'static Query {
        match self {
            Self::Create => &queries::CREATE,
            Self::Commit => &queries::COMMIT,
            Self::Claim => &queries::CLAIM,
            Self::Release => &queries::RELEASE,
            Self::Refund => &queries::REFUND,
            Self::GiveRefundBack => &queries::GIVE_REFUND_BACK,
        }
    }

    fn values<'a>(self, changes: &[&'a Written]) -> Vec<Parameter<'a>> {
        match self {
            Self::Create => written::created(changes),
            Self::Commit => written::changed(changes),
            Self::Claim => written::claimed(changes),
            Self::Release => written::released(changes),
            Self::Refund | Self::GiveRefundBack => {
                let mut values = written::changed(changes);
                for change in changes {
                    values.extend(refund_days::parameters(change.change()));
                }
                values
            }
        }
    }
}

/// The changes that wait, each shop's apart for as long as it has some: no shop waits for another.
#[derive(Default)]
pub(super) struct Together(Mutex<HashMap<Group, Queue>>);

/// What may go together.
type Group = (Kind, ShopId);

#[derive(Default)]
struct Queue {
    changes: VecDeque<Waiter>,
    /// How many statements are under way.
    under_way: usize,
}

struct Waiter {
    change: Arc<Written>,
    since: Instant,
    caller: oneshot::Sender<Result<bool, StoreError>>,
}

impl Together {
    fn lock(&self) -> MutexGuard<'_, HashMap<Group, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a statement is to be begun for it: otherwise it goes with the next one.
    fn add(&self, of: Group, waiter: Waiter) -> bool {
        let mut groups = self.lock();
        let waiting = groups.entry(of).or_default();
        waiting.changes.push_back(waiter);
        let begins = waiting.under_way < limits::DATABASE_GROUPS;
        waiting.under_way += usize::from(begins);
        begins
    }

    /// What goes together next, the longest waiting first; if nothing waits, one statement less is under
    /// way.
    fn take(&self, of: Group) -> Vec<Waiter> {
        let mut groups = self.lock();
        let Some(waiting) = groups.get_mut(&of) else {
            return Vec::new();
        };
        let taken = waiting.take();
        if taken.is_empty() {
            waiting.under_way -= 1;
            if waiting.under_way == 0 {
                groups.remove(&of);
            }
        }
        taken
    }
}

impl Queue {
    fn take(&mut self) -> Vec<Waiter> {
        let mut taken: Vec<Waiter> = Vec::new();
        let mut others = VecDeque::new();
        while taken.len() < limits::DATABASE_GROUP
            && let Some(waiter) = self.changes.pop_front()
        {
            if taken.iter().any(|one| one.change.excludes(&waiter.change)) {
                others.push_back(waiter);
            } else {
                taken.push(waiter);
            }
        }
        others.append(&mut self.changes);
        self.changes = others;
        // All servers lock rows in one order.
        taken.sort_by_key(|waiter| waiter.change.id());
        taken
    }
}

/// Writes a change, with what else waits to be. Whether its payment was still as it was when it was
/// decided, and nothing in its way.
pub(super) async fn write(
    database: &Postgres,
    kind: Kind,
    change: &Arc<Written>,
) -> Result<bool, StoreError> {
    if kind.goes_alone() || database.inner.pool.is_simulated() {
        return alone(database, kind, change).await;
    }
    let of = (kind, change.change().payment.shop_id);
    let (caller, answer) = oneshot::channel();
    let waiter = Waiter {
        change: Arc::clone(change),
        since: Instant::now(),
        caller,
    };
    if database.inner.together.add(of, waiter) {
        tokio::spawn(write_what_waits(database.clone(), of));
    }
    // Nobody answers if writing it has panicked.
    let panicked = || StoreError::Unavailable("the write was not made".to_owned());
    answer.await.unwrap_or_else(|_| Err(panicked()))
}

async fn write_what_waits(database: Postgres, of: Group) {
    loop {
        let waiters = database.inner.together.take(of);
        if waiters.is_empty() {
            return;
        }
        // A panic ends these alone: it has been logged, and those who waited learn by the silence.
        let _ = tokio::spawn(write_group(database.clone(), of.0, waiters)).await;
    }
}

async fn write_group(database: Postgres, kind: Kind, waiters: Vec<Waiter>) {
    let (waiters, late): (Vec<_>, Vec<_>) = waiters.into_iter().partition(Waiter::is_in_time);
    late.into_iter().for_each(Waiter::tell_it_is_late);
    let changes: Vec<_> = waiters.iter().map(|waiter| &*waiter.change).collect();
    if changes.is_empty() {
        return;
    }
    match statement(&database, kind, &changes).await {
        Ok(ids) => {
            for waiter in waiters {
                let is_written = ids.contains(&waiter.change.id());
                waiter.tell(Ok(is_written));
            }
        }
        Err(failed) if failed.left_no_trace && waiters.len() > 1 => {
            for waiter in waiters {
                tokio::spawn(write_alone(database.clone(), kind, waiter));
            }
        }
        Err(failed) => {
            for waiter in waiters {
                waiter.tell(Err(failed.error.clone()));
            }
        }
    }
}

async fn write_alone(database: Postgres, kind: Kind, waiter: Waiter) {
    let is_written = alone(&database, kind, &waiter.change).await;
    waiter.tell(is_written);
}

async fn alone(database: &Postgres, kind: Kind, change: &Written) -> Result<bool, StoreError> {
    let ids = statement(database, kind, &[change]).await;
    Ok(!ids.map_err(|failed| failed.error)?.is_empty())
}

/// The payments that it has changed.
async fn statement(
    database: &Postgres,
    kind: Kind,
    changes: &[&Written],
) -> Result<Vec<Uuid>, Failed> {
    let values = kind.values(changes);
    let rows = database
        .inner
        .pool
        .rows(kind.query(), &borrowed(&values))
        .await?;
    let ids = rows.iter().map(|row| row.try_get("id"));
    Ok(ids.collect::<Result<_, _>>()?)
}

impl Waiter {
    /// Its caller gives up what takes longer.
    fn is_in_time(&self) -> bool {
        self.since.elapsed() < limits::DATABASE_TURN
    }

    fn tell_it_is_late(self) {
        let problem = "the database is too busy";
        self.tell(Err(StoreError::Unavailable(problem.to_owned())));
    }

    fn tell(self, is_written: Result<bool, StoreError>) {
        // A caller that has gone away does not need the answer.
        let _ = self.caller.send(is_written);
    }
}

//! Changes of one shop that wait at the same time are written by one statement.
//!
//! A statement costs PostgreSQL more than a row of it does, so what comes while others are being written
//! waits for them, and goes together. Whoever is alone waits for nobody.
//!
//! **Invariant**: a change is answered after its statement's commit. If the statement fails and nothing
//! of it remains, each of its changes is written alone, so that none spoils another; if it is not known
//! whether something remains, none of them is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use danpay_core::{Change, ShopId};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::pool::Failed;
use super::queries::{self, Query};
use super::rows::Parameter;
use super::written::{self, Written};
use super::{Postgres, borrowed};
use crate::limits;
use crate::store::StoreError;

/// What one statement can do for many changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Create,
    Commit,
    Claim,
    Release,
}

impl Kind {
    fn query(self) -> &'static Query {
        match self {
            Self::Create => &queries::CREATE,
            Self::Commit => &queries::COMMIT,
            Self::Claim => &queries::CLAIM,
            Self::Release => &queries::RELEASE,
        }
    }

    fn values<'a>(self, changes: &[&'a Written]) -> Vec<Parameter<'a>> {
        match self {
            Self::Create => written::created(changes),
            Self::Commit => written::changed(changes),
            Self::Claim => written::claimed(changes),
            Self::Release => written::released(changes),
        }
    }
}

/// The changes that wait, by what is done with them.
#[derive(Default)]
pub(super) struct Together {
    create: Queue,
    commit: Queue,
    claim: Queue,
    release: Queue,
}

/// Each shop's, for as long as it has some: no shop waits for another.
#[derive(Default)]
struct Queue(Mutex<HashMap<ShopId, Waiting>>);

#[derive(Default)]
struct Waiting {
    changes: VecDeque<Waiter>,
    /// How many statements are under way.
    under_way: usize,
}

struct Waiter {
    change: Written,
    since: Instant,
    caller: oneshot::Sender<Result<(Box<Change>, bool), StoreError>>,
}

impl Together {
    fn queue(&self, kind: Kind) -> &Queue {
        match kind {
            Kind::Create => &self.create,
            Kind::Commit => &self.commit,
            Kind::Claim => &self.claim,
            Kind::Release => &self.release,
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, HashMap<ShopId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a statement is to be begun for it: otherwise it goes with the next one.
    fn add(&self, shop: ShopId, waiter: Waiter) -> bool {
        let mut shops = self.lock();
        let waiting = shops.entry(shop).or_default();
        waiting.changes.push_back(waiter);
        let begins = waiting.under_way < limits::DATABASE_GROUPS;
        waiting.under_way += usize::from(begins);
        begins
    }

    /// What goes together next, the longest waiting first; if nothing waits, one statement less is under
    /// way.
    fn take(&self, shop: ShopId) -> Vec<Waiter> {
        let mut shops = self.lock();
        let Some(waiting) = shops.get_mut(&shop) else {
            return Vec::new();
        };
        let group = waiting.take();
        if group.is_empty() {
            waiting.under_way -= 1;
            if waiting.under_way == 0 {
                shops.remove(&shop);
            }
        }
        group
    }
}

impl Waiting {
    fn take(&mut self) -> Vec<Waiter> {
        let mut group: Vec<Waiter> = Vec::new();
        let mut others = VecDeque::new();
        while group.len() < limits::DATABASE_GROUP
            && let Some(waiter) = self.changes.pop_front()
        {
            if group.iter().any(|one| one.change.excludes(&waiter.change)) {
                others.push_back(waiter);
            } else {
                group.push(waiter);
            }
        }
        others.append(&mut self.changes);
        self.changes = others;
        // All servers lock rows in one order.
        group.sort_by_key(|waiter| waiter.change.id());
        group
    }
}

/// Writes a change, with what else waits to be. Gives it back, and whether its payment was still as it
/// was when it was decided, and nothing in its way.
pub(super) async fn write(
    books: &Postgres,
    kind: Kind,
    change: Written,
) -> Result<(Box<Change>, bool), StoreError> {
    if books.inner.pool.is_simulated() {
        let is_written = alone(books, kind, &change).await?;
        return Ok((change.into_change(), is_written));
    }
    let shop = change.change().payment.shop_id;
    let (caller, answer) = oneshot::channel();
    let waiter = Waiter {
        change,
        since: Instant::now(),
        caller,
    };
    if books.inner.together.queue(kind).add(shop, waiter) {
        tokio::spawn(write_what_waits(books.clone(), kind, shop));
    }
    // Nobody answers if writing it has panicked.
    let panicked = || StoreError::Unavailable("the write was not made".to_owned());
    answer.await.unwrap_or_else(|_| Err(panicked()))
}

async fn write_what_waits(books: Postgres, kind: Kind, shop: ShopId) {
    loop {
        let group = books.inner.together.queue(kind).take(shop);
        if group.is_empty() {
            return;
        }
        // A panic ends this group alone: it has been logged, and those who waited learn by the silence.
        let _ = tokio::spawn(write_group(books.clone(), kind, group)).await;
    }
}

async fn write_group(books: Postgres, kind: Kind, group: Vec<Waiter>) {
    let (group, late): (Vec<_>, Vec<_>) = group.into_iter().partition(Waiter::is_in_time);
    late.into_iter().for_each(Waiter::tell_it_is_late);
    let changes: Vec<_> = group.iter().map(|waiter| &waiter.change).collect();
    if changes.is_empty() {
        return;
    }
    match statement(&books, kind, &changes).await {
        Ok(ids) => {
            for waiter in group {
                let is_written = ids.contains(&waiter.change.id());
                waiter.tell(Ok(is_written));
            }
        }
        Err(failed) if failed.left_no_trace && group.len() > 1 => {
            for waiter in group {
                tokio::spawn(write_alone(books.clone(), kind, waiter));
            }
        }
        Err(failed) => {
            for waiter in group {
                waiter.tell(Err(failed.error.clone()));
            }
        }
    }
}

async fn write_alone(books: Postgres, kind: Kind, waiter: Waiter) {
    let is_written = alone(&books, kind, &waiter.change).await;
    waiter.tell(is_written);
}

async fn alone(books: &Postgres, kind: Kind, change: &Written) -> Result<bool, StoreError> {
    let ids = statement(books, kind, &[change]).await;
    Ok(!ids.map_err(|failed| failed.error)?.is_empty())
}

/// The payments that it has changed.
async fn statement(
    books: &Postgres,
    kind: Kind,
    changes: &[&Written],
) -> Result<Vec<Uuid>, Failed> {
    let values = kind.values(changes);
    let rows = books
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
        let change = self.change.into_change();
        // A caller that has gone away does not need the answer.
        let _ = self
            .caller
            .send(is_written.map(|is_written| (change, is_written)));
    }
}

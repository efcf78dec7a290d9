//! The one thread that writes. Whatever waits is committed together: one flush of the disk for
//! many payers.
//!
//! **Invariant**: a piece of work that fails leaves no trace and spoils no other; nobody is answered
//! before the transaction around all of them is durable.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoints::Checkpoints;
use super::presence::Presence;
use crate::store::StoreError;

/// How many pieces of work may wait; beyond that, callers wait for their turn to wait.
const QUEUE: usize = 1_024;
/// How many share one transaction: enough to share the disk's flush, few enough to be quick.
const GROUP: usize = 128;

/// Statements that are kept ready: all of the writer's.
const STATEMENTS: usize = 64;

/// A piece of work, and whoever waits for it.
pub(super) trait Job: Send {
    /// Does the work, each time from its beginning; whether to keep what it wrote.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the caller how it ended, once the transaction has ended.
    fn tell(self: Box<Self>, durable: Result<(), StoreError>);
}

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// With a second connection, for what is done beside the writing.
    pub(super) fn start(
        connection: Connection,
        beside: Connection,
        file: Presence,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let checkpoints = Checkpoints::beside(&connection, beside)?;
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(&connection, checkpoints, &file, queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = || StoreError::Unavailable("the write was not made".to_owned());
        let (job, answer) = job(work);
        self.jobs
            .as_ref()
            .ok_or_else(closed)?
            .send(job)
            .await
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Writer {
    /// Ends the thread after what is queued, so that the file is closed when the store is.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been told to its callers already.
            let _ = thread.join();
        }
    }
}

struct Work<F, T> {
    work: F,
    result: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Work<F, T>
where
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.result.insert((self.work)(connection)).is_ok()
    }

    fn tell(self: Box<Self>, durable: Result<(), StoreError>) {
        let Self { result, caller, .. } = *self;
        // Without a result it was never run, which its caller learns by the silence. A caller that
        // has gone away does not need the answer.
        if let Some(result) = result {
            let _ = caller.send(durable.and(result));
        }
    }
}

/// A piece of work to be run, and where its answer will be.
pub(super) fn job<T: Send + 'static>(
    work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>) {
    let (caller, answer) = oneshot::channel();
    let work = Work {
        work,
        result: None,
        caller,
    };
    (Box::new(work), answer)
}

fn run(
    connection: &Connection,
    mut checkpoints: Checkpoints,
    file: &Presence,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
) {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
        match file.check() {
            Ok(()) => {
                commit_together(connection, &mut group);
                checkpoints.committed(connection);
            }
            // Dropped unrun, which their callers learn.
            Err(gone) => {
                tracing::error!(%gone, "the books cannot be written");
                group.clear();
            }
        }
    }
}

/// Runs the jobs in one transaction and answers them once it has ended.
pub(super) fn commit_together(connection: &Connection, jobs: &mut Vec<Box<dyn Job>>) {
    let outcome = transact(connection, jobs);
    if outcome.is_err() {
        roll_back(connection);
    }
    for job in jobs.drain(..) {
        let durable = outcome.as_ref().copied();
        job.tell(durable.map_err(|error| StoreError::Unavailable(error.to_string())));
    }
}

/// A savepoint costs a copy of each page that is touched in it, and hardly any work fails after it
/// has written something. So all are run without one; if there was need of one, all are run again.
fn transact(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    if !run_plainly(connection, jobs)? {
        roll_back(connection);
        run_apart(connection, jobs)?;
    }
    execute(connection, "commit")
}

/// False if a job failed and left something behind.
fn run_plainly(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
    execute(connection, "begin immediate")?;
    for job in jobs {
        let before = connection.total_changes();
        let keep = job.run(connection);
        if !keep && connection.total_changes() != before {
            return Ok(false);
        }
    }
    Ok(true)
}

fn run_apart(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    execute(connection, "begin immediate")?;
    for job in jobs {
        execute(connection, "savepoint work")?;
        if !job.run(connection) {
            execute(connection, "rollback to work")?;
        }
        execute(connection, "release work")?;
    }
    Ok(())
}

fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        // If even this fails, the next begin does too, and says so to its callers.
        let _ = execute(connection, "rollback");
    }
}

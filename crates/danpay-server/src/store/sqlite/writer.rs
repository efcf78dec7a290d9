//! The one thread that writes. Whatever waits is committed together: one flush of the disk for
//! many payers.
//!
//! **Invariant**: a piece of work that fails or panics leaves no trace and spoils no other; nobody is
//! answered before the transaction around all of them is durable. The thread outlives every panic:
//! without it nothing would be written until the next start.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoints::{self, Checkpoints};
use super::presence::Presence;
use crate::alerts::AlertKind;
use crate::store::StoreError;

/// How many pieces of work may wait; beyond that, callers wait for their turn to wait.
const QUEUE: usize = 1_024;
/// How many share one transaction: enough to share the disk's flush, few enough to be quick.
const GROUP: usize = 128;

/// Statements that are kept ready: all of the writer's.
const STATEMENTS: usize = 96;

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
        file: Arc<Presence>,
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
        let (job, answer) = job(work);
        self.jobs
            .as_ref()
            .ok_or_else(not_made)?
            .send(job)
            .await
            .map_err(|_| not_made())?;
        answered(answer).await
    }
}

impl Drop for Writer {
    /// Ends the thread after what is queued, so that the file is closed when the store is.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been logged already.
            let _ = thread.join();
        }
    }
}

/// What came of a piece of work; or its panic, which is the caller's.
type Outcome<T> = thread::Result<Result<T, StoreError>>;

struct Work<F, T> {
    work: F,
    outcome: Option<Outcome<T>>,
    caller: oneshot::Sender<Outcome<T>>,
}

impl<F, T> Job for Work<F, T>
where
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        // What it wrote is rolled back, and of its own it has nothing that is used again.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(connection)));
        matches!(self.outcome.insert(outcome), Ok(Ok(_)))
    }

    fn tell(self: Box<Self>, durable: Result<(), StoreError>) {
        let Self {
            outcome, caller, ..
        } = *self;
        // Without an outcome it was never run, which its caller learns by the silence. A caller that
        // has gone away does not need the answer.
        if let Some(outcome) = outcome {
            let _ = caller.send(outcome.map(|result| durable.and(result)));
        }
    }
}

/// A piece of work to be run, and where its answer will be.
pub(super) fn job<T: Send + 'static>(
    work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Outcome<T>>) {
    let (caller, answer) = oneshot::channel();
    let work = Work {
        work,
        outcome: None,
        caller,
    };
    (Box::new(work), answer)
}

/// Waits for the answer. A panic of the work goes on here, as if the caller had done it: whoever
/// called decides what becomes of it.
pub(super) async fn answered<T>(answer: oneshot::Receiver<Outcome<T>>) -> Result<T, StoreError> {
    match answer.await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => Err(not_made()),
    }
}

fn not_made() -> StoreError {
    StoreError::Unavailable("the write was not made".to_owned())
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
                let commit = || {
                    commit_together(connection, &mut group);
                    checkpoints.committed(connection);
                };
                // The work's own panics are caught where it is done, so this one is of our making.
                if catch_unwind(AssertUnwindSafe(commit)).is_err() {
                    tracing::error!("the commit of a group of writes panicked");
                    roll_back(connection);
                    group.clear();
                }
            }
            // Dropped unrun, which their callers learn.
            Err(problem) => {
                tracing::error!(alert = AlertKind::Database.as_str(), %problem, "the database cannot be written");
                group.clear();
                if file.check_file().is_ok() {
                    // What is in a log that was deleted is saved while it is still open.
                    checkpoints::save(connection);
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(file: &std::path::Path) -> Connection {
        let connection = Connection::open(file).unwrap();
        let made = "pragma journal_mode = wal; create table if not exists numbers (number)";
        connection.execute_batch(made).unwrap();
        connection
    }

    fn insert(connection: &Connection, number: u32) -> Result<(), StoreError> {
        connection.execute("insert into numbers values (?1)", [number])?;
        Ok(())
    }

    fn insert_and_panic(connection: &Connection) -> Result<(), StoreError> {
        insert(connection, 666)?;
        panic!("planted");
    }

    fn sum(connection: &Connection) -> Result<u32, StoreError> {
        Ok(connection.query_row("select sum(number) from numbers", [], |row| row.get(0))?)
    }

    /// What a task of its own comes to: an error if it panicked.
    async fn outcome<T: Send + 'static>(
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        tokio::spawn(work).await.map(Result::unwrap)
    }

    #[tokio::test]
    async fn work_that_panics_leaves_no_trace_and_spoils_no_other_of_its_group() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connection = connect(file.path());
        let (first, told_first) = job(|connection| insert(connection, 1));
        let (panics, told_panic) = job(insert_and_panic);
        let (second, told_second) = job(|connection| insert(connection, 2));
        commit_together(&connection, &mut vec![first, panics, second]);
        outcome(answered(told_first)).await.unwrap();
        outcome(answered(told_second)).await.unwrap();
        let panic = outcome(answered(told_panic)).await.unwrap_err();
        assert!(panic.is_panic());
        assert_eq!(sum(&connect(file.path())).unwrap(), 3);
    }

    #[tokio::test]
    async fn the_writer_writes_on_after_a_panic() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (connection, beside) = (connect(file.path()), connect(file.path()));
        let presence = Arc::new(Presence::of(file.path()).unwrap());
        let writer = Writer::start(connection, beside, presence).unwrap();
        let writer = Arc::new(writer);
        let panicking = Arc::clone(&writer);
        let panic = outcome(async move { panicking.write(insert_and_panic).await });
        assert!(panic.await.unwrap_err().is_panic());
        let insert = |connection: &Connection| insert(connection, 1);
        writer.write(insert).await.unwrap();
        assert_eq!(writer.write(sum).await.unwrap(), 1);
    }
}

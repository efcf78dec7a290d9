//! The one thread that writes. Whatever waits is committed together: one flush of the disk for
//! many payers.
//!
//! **Invariant**: each piece of work runs in a savepoint of its own, so one that fails leaves no
//! trace and spoils no other; nobody is answered before the transaction around all of them is
//! durable.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::presence::Presence;
use crate::store::StoreError;

/// How many pieces of work may wait; beyond that, callers wait for their turn to wait.
const QUEUE: usize = 1_024;
/// How many share one transaction: enough to share the disk's flush, few enough to be quick.
const GROUP: usize = 128;

/// Tells a caller how its work ended, once the transaction has ended.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Does the work; says whether to keep it, and how to tell its caller.
pub(super) type Job = Box<dyn FnOnce(&Connection) -> (bool, Reply) + Send>;

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, file: Presence) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(&connection, &file, queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
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

/// A piece of work to be run, and where its answer will be.
pub(super) fn job<T: Send + 'static>(
    work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (tell, answer) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = work(connection);
        let keep = result.is_ok();
        let reply: Reply = Box::new(move |durable| {
            // A caller that has gone away does not need the answer.
            let _ = tell.send(durable.and(result));
        });
        (keep, reply)
    });
    (job, answer)
}

fn run(connection: &Connection, file: &Presence, mut queue: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
        match file.check() {
            Ok(()) => commit_together(connection, group.drain(..)),
            // Dropped unrun, which their callers learn.
            Err(gone) => {
                tracing::error!(%gone, "the books cannot be written");
                group.clear();
            }
        }
    }
}

/// Runs the jobs in one transaction and answers them once it has ended.
pub(super) fn commit_together(connection: &Connection, jobs: impl ExactSizeIterator<Item = Job>) {
    let mut replies = Vec::with_capacity(jobs.len());
    let outcome = transact(connection, jobs, &mut replies);
    if outcome.is_err() && !connection.is_autocommit() {
        // If even this fails, the next begin does too, and says so to its callers.
        let _ = connection.execute_batch("rollback");
    }
    for reply in replies {
        let durable = outcome.as_ref().copied();
        reply(durable.map_err(|error| StoreError::Unavailable(error.to_string())));
    }
}

/// Jobs that it does not come to are dropped, which their callers learn.
fn transact(
    connection: &Connection,
    jobs: impl Iterator<Item = Job>,
    replies: &mut Vec<Reply>,
) -> rusqlite::Result<()> {
    connection.execute_batch("begin immediate")?;
    for job in jobs {
        connection.execute_batch("savepoint work")?;
        let (keep, reply) = job(connection);
        replies.push(reply);
        let end = if keep {
            "release work"
        } else {
            "rollback to work; release work"
        };
        connection.execute_batch(end)?;
    }
    connection.execute_batch("commit")
}

//! Moves the log's pages into the file, beside the thread that writes: a checkpoint writes thousands
//! of pages and flushes them, and whoever waits for a commit would wait for that too.
//!
//! **Invariant**: the log does not grow without end. A checkpoint beside the writer never catches up
//! with it, and the log begins anew only once all of it has been moved. So from [`LONG`] pages on the
//! writer itself moves the few that are left.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// So many pages (4 KiB each) are moved at once.
const BATCH: u32 = if cfg!(test) { 50 } else { 1_000 };
/// From so many pages on the log is to begin anew.
const LONG: u32 = 8 * BATCH;

thread_local! {
    /// Pages in the log after this thread's last commit.
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// The writer's end.
pub(super) struct Checkpoints {
    work: Option<Sender<()>>,
    done: Receiver<()>,
    is_at_work: bool,
    /// Pages in the log when some were moved last.
    moved_at: u32,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// With a connection beside the writer's.
    pub(super) fn beside(writer: &Connection, connection: Connection) -> std::io::Result<Self> {
        // In the place of SQLite's own hook, which makes checkpoints in the commit.
        writer.wal_hook(Some(remember));
        let (work, orders) = channel::<()>();
        let (tell, done) = channel();
        let thread = std::thread::Builder::new()
            .name("sqlite-log".to_owned())
            .spawn(move || obey(&orders, &tell, || checkpoint(&connection)))?;
        Ok(Self {
            work: Some(work),
            done,
            is_at_work: false,
            moved_at: 0,
            thread: Some(thread),
        })
    }

    /// To be called after each transaction, on the thread that made it.
    pub(super) fn committed(&mut self, writer: &Connection) {
        let pages = PAGES.get();
        if self.is_at_work {
            if self.done.try_recv() == Err(TryRecvError::Empty) {
                return;
            }
            self.is_at_work = false;
            if pages >= LONG {
                checkpoint(writer);
            }
        }
        // The log has begun anew.
        if pages < self.moved_at {
            self.moved_at = 0;
        }
        if pages - self.moved_at >= BATCH
            && let Some(work) = &self.work
        {
            self.is_at_work = work.send(()).is_ok();
            self.moved_at = pages;
        }
    }
}

impl Drop for Checkpoints {
    /// The last connection to be closed folds the log into the file: the writer's, after this one.
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been logged already.
            let _ = thread.join();
        }
    }
}

/// Makes a checkpoint for each order and tells when it is done, until there is nobody to order any
/// more. Whatever panics, the thread goes on: without it the log would grow for ever.
fn obey(orders: &Receiver<()>, tell: &Sender<()>, checkpoint: impl Fn()) {
    while orders.recv().is_ok() {
        // SQLite itself keeps what is behind the connection in order.
        if catch_unwind(AssertUnwindSafe(&checkpoint)).is_err() {
            tracing::error!("a checkpoint panicked; the next one moves its pages");
        }
        if tell.send(()).is_err() {
            return;
        }
    }
}

/// Moves all of the log into the file, on the thread that writes: somebody has deleted the log.
pub(super) fn save(writer: &Connection) {
    if PAGES.replace(0) > 0 {
        checkpoint(writer);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what SQLite wants of a hook")]
fn remember(_: &Wal, pages: std::ffi::c_int) -> rusqlite::Result<()> {
    PAGES.set(pages.unsigned_abs());
    Ok(())
}

/// As far as nobody else is in the way; the next one moves the rest.
fn checkpoint(connection: &Connection) {
    let done = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    if let Err(error) = done {
        tracing::warn!(%error, "SQLite's log cannot be moved into its file yet");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_that_panics_is_not_the_last_one() {
        let (order, orders) = channel();
        let (tell, done) = channel();
        order.send(()).unwrap();
        order.send(()).unwrap();
        drop(order);
        let made = Cell::new(0);
        obey(&orders, &tell, || {
            made.set(made.get() + 1);
            assert!(made.get() > 1, "planted");
        });
        assert_eq!((made.get(), done.try_iter().count()), (2, 2));
    }
}

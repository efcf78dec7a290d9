//! Progress of what may take more than a few seconds: on a terminal alone, on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// A line that counts.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Nobody knows how much there is to do.
    pub(crate) fn of(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(DRAWN_EVERY);
        Self(bar)
    }

    /// One thing to do, of which nobody knows how far it is.
    pub(crate) fn once(what: &'static str) -> Self {
        let progress = Self::of(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            progress.0.set_style(style);
        }
        progress
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.inc(more);
    }

    /// Does something that writes to the terminal.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.suspend(work)
    }

    /// The line goes; how much it was.
    pub(crate) fn end(self) -> u64 {
        self.0.finish_and_clear();
        self.0.position()
    }
}

impl Drop for Progress {
    /// What failed leaves no line behind.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

//! What waits to be written, at most so many bytes of it. When there is no more room, the oldest
//! lines go: the newest tell how it stands.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::gap::Gap;

/// How long a line may wait for others: to wake a thread for each costs more than to write it.
const LULL: Duration = Duration::from_millis(5);

/// A line, with the newline at its end.
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) text: Vec<u8>,
}

/// What is to be written next.
pub(super) enum Next {
    Gap(Gap),
    Line(Line),
}

pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    bytes_max: usize,
}

struct State {
    /// What is missing before the first line.
    gap: Option<Gap>,
    lines: VecDeque<Line>,
    bytes: usize,
    is_ending: bool,
    /// There is a thread that writes.
    is_at_work: bool,
}

impl Queue {
    pub(super) const fn new(bytes_max: usize) -> Self {
        let state = State {
            gap: None,
            lines: VecDeque::new(),
            bytes: 0,
            is_ending: false,
            is_at_work: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            bytes_max,
        }
    }

    /// Takes a line, whatever else has to go for it.
    pub(super) fn push(&self, line: Line) {
        let mut state = self.state();
        let was_empty = state.is_empty();
        state.bytes += line.text.len();
        state.lines.push_back(line);
        state.shorten_to(self.bytes_max);
        drop(state);
        // Only then does anybody wait for it.
        if was_empty {
            self.changed.notify_all();
        }
    }

    /// Waits for something to write; nothing once all is written and the end has come.
    pub(super) fn next(&self) -> Option<Next> {
        let mut state = self.state();
        if state.is_idle() {
            state = self.wait(state);
        }
        if let Some(gap) = state.gap.take() {
            return Some(Next::Gap(gap));
        }
        let line = state.lines.pop_front()?;
        state.bytes -= line.text.len();
        Some(Next::Line(line))
    }

    /// Waits for a line, and then for those that come with it: they wake nobody.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let state = self.changed.wait_while(state, |state| state.is_idle());
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let goes_on = |state: &mut State| !state.is_ending;
        let state = self.changed.wait_timeout_while(state, LULL, goes_on);
        state.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes back what could not be written, to be written first.
    pub(super) fn give_back(&self, next: Next) {
        let mut state = self.state();
        match (next, state.gap) {
            (Next::Gap(gap), _) => state.lose(gap),
            // Newer lines have had to go meanwhile.
            (Next::Line(line), Some(_)) => state.lose(Gap::of(line.at)),
            (Next::Line(line), None) => {
                state.bytes += line.text.len();
                state.lines.push_front(line);
                state.shorten_to(self.bytes_max);
            }
        }
    }

    /// From now on somebody writes, until [`Queue::ended`].
    pub(super) fn begin(&self) {
        self.state().is_at_work = true;
    }

    pub(super) fn is_ending(&self) -> bool {
        self.state().is_ending
    }

    pub(super) fn ended(&self) {
        self.state().is_at_work = false;
        self.changed.notify_all();
    }

    /// Asks whoever writes to come to an end, and waits for it, once. Whether it has.
    pub(super) fn end(&self, patience: Duration) -> bool {
        let mut state = self.state();
        if state.is_ending {
            return !state.is_at_work;
        }
        state.is_ending = true;
        self.changed.notify_all();
        let goes_on = |state: &mut State| state.is_at_work;
        let state = self.changed.wait_timeout_while(state, patience, goes_on);
        let (state, _) = state.unwrap_or_else(PoisonError::into_inner);
        !state.is_at_work
    }

    /// Nothing that is done under the lock can panic half-way.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.is_empty() && !self.is_ending
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.gap.is_none()
    }

    fn lose(&mut self, more: Gap) {
        self.gap = Some(self.gap.map_or(more, |gap| gap.and(more)));
    }

    fn shorten_to(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max
            && let Some(line) = self.lines.pop_front()
        {
            self.bytes -= line.text.len();
            self.lose(Gap::of(line.at));
        }
    }
}

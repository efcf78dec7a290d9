//! The last calls and their answers as they came, so that tests can see what a client sent.
//! Calls come in thousands a second and are looked at now and then: they are kept as they came
//! and read when they are shown. Invariant: only [`Entry`] is shown, and the journal is bounded.

mod entry;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

pub(crate) use self::entry::Entry;
use crate::api::{Answer, Call};
use crate::fault::FaultKind;
use crate::world::World;

const NOTES_MAX: usize = 1_000;
/// Of bodies and answers; a client may send a thousand times the largest that is read.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A call as it came, with its keys and tokens.
struct Note {
    /// Counts from 1 and names the entry.
    number: u64,
    at: Timestamp,
    call: Call,
    /// What was answered, or would have been if the fault had let it through.
    answer: Option<Answer>,
    fault: Option<FaultKind>,
    /// How long the answer took, delays included, by the machine's clock.
    took: Duration,
}

#[derive(Default)]
pub(crate) struct Journal {
    notes: VecDeque<Arc<Note>>,
    /// The size of all of them.
    bytes: usize,
    written: u64,
    /// Counts whatever may have changed what a page shows.
    changes: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn add(
        &mut self,
        at: Timestamp,
        call: Call,
        answer: Option<Answer>,
        fault: Option<FaultKind>,
    ) {
        self.written += 1;
        let took = call.came.elapsed();
        let note = Note {
            number: self.written,
            at,
            call,
            answer,
            fault,
            took,
        };
        self.bytes += note.size();
        self.notes.push_back(Arc::new(note));
        while self.notes.len() > NOTES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.notes.pop_front() else {
                break;
            };
            self.bytes -= oldest.size();
        }
        self.stir();
    }

    /// Begins again with nothing in it.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        self.bytes = 0;
        self.written = 0;
        self.stir();
    }

    /// Oldest first; to be read when the journal is no longer locked.
    fn notes(&self) -> Vec<Arc<Note>> {
        self.notes.iter().cloned().collect()
    }

    /// The call of an entry as it came.
    pub(super) fn sent(&self, number: u64) -> Option<Call> {
        let note = self.notes.iter().find(|note| note.number == number)?;
        Some(note.call.clone())
    }

    /// Something else than a call may have changed what a page shows.
    pub(crate) fn stir(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Note {
    fn size(&self) -> usize {
        let answer = self.answer.as_ref().map_or(0, |answer| answer.body.len());
        self.call.body.len() + answer
    }
}

/// Oldest first.
pub(super) fn entries(world: &World) -> Vec<Entry> {
    let notes = world.journal().notes();
    notes.iter().map(|note| Entry::of(note)).collect()
}

/// The newest of those that are wanted, newest first.
pub(super) fn latest(world: &World, wanted: impl Fn(&Entry) -> bool, max: usize) -> Vec<Entry> {
    let notes = world.journal().notes();
    let newest = notes.iter().rev().map(|note| Entry::of(note));
    newest.filter(wanted).take(max).collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn add(journal: &mut Journal, size: usize) {
        let call = Call {
            method: Method::POST,
            path: "/".to_owned(),
            headers: HeaderMap::new(),
            body: vec![b' '; size].into(),
            came: std::time::Instant::now(),
            only_key: None,
        };
        journal.add(Timestamp::UNIX_EPOCH, call, None, None);
    }

    #[test]
    fn large_calls_leave_earlier_than_small_ones_and_the_last_is_always_there() {
        let mut journal = Journal::default();
        let large = 1024 * 1024;
        (0..100).for_each(|_| add(&mut journal, large));
        assert_eq!(journal.notes().len(), BYTES_MAX / large);
        assert!(journal.sent(84).is_none() && journal.sent(85).is_some());
        (0..2 * NOTES_MAX).for_each(|_| add(&mut journal, 1));
        assert_eq!(journal.notes().len(), NOTES_MAX);
        assert_eq!(journal.bytes, NOTES_MAX);
        assert!(journal.sent(2_100).is_some());
    }
}

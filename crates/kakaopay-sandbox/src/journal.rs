//! The last calls and their answers as they came, so that tests can see what a client sent.
//! Calls come in thousands a second and are looked at now and then: they are kept as they came
//! and read when they are shown. Invariant: only [`Entry`] is shown, and the journal is bounded.

mod entry;
mod mask;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

pub(crate) use self::entry::Entry;
use crate::advice::Sign;
use crate::call::{Answer, Call};
use crate::fault::FaultKind;

const NOTES_MAX: usize = 1_000;
/// How many of the last are looked through for what a call has to do with them.
const LATELY: usize = 100;
/// Of all that is kept; a client may send a thousand times the largest that is read.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a header takes beside its name and its value.
const HEADER: usize = 64;

/// A call as it came, with its keys and tokens.
pub(crate) struct Note {
    /// Counts from 1 and names the entry.
    number: u64,
    at: Timestamp,
    call: Call,
    /// What was answered, or would have been if the fault had let it through.
    answer: Option<Answer>,
    fault: Option<FaultKind>,
    signs: Vec<Sign>,
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
        mut call: Call,
        answer: Option<Answer>,
        fault: Option<FaultKind>,
        sign: Option<Sign>,
    ) -> Arc<Note> {
        self.written += 1;
        let took = call.came.elapsed();
        let repeated = self.has_just_seen(&call, at).then_some(Sign::Repeated);
        let signs = sign.into_iter().chain(repeated).collect();
        let_go_of_the_line(&mut call);
        let note = Arc::new(Note {
            number: self.written,
            at,
            call,
            answer,
            fault,
            signs,
            took,
        });
        self.bytes += note.size();
        self.notes.push_back(Arc::clone(&note));
        while self.notes.len() > NOTES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.notes.pop_front() else {
                break;
            };
            self.bytes -= oldest.size();
        }
        self.stir();
        note
    }

    /// Whether the same call that moves money came within the second before, as it does where an
    /// HTTP client repeats a POST by itself.
    fn has_just_seen(&self, call: &Call, at: Timestamp) -> bool {
        let moves = ["/approve", "/cancel", "/subscription"];
        if !moves.iter().any(|end| call.path.ends_with(end)) {
            return false;
        }
        let second = SignedDuration::from_secs(1);
        let lately = self.notes.iter().rev().take(LATELY);
        let lately = lately.take_while(|note| at.duration_since(note.at) <= second);
        let mut same = lately.filter(|note| note.call.path == call.path);
        same.any(|note| note.call.body == call.body && note.call.query == call.query)
    }

    /// Whether another payment was approved with this token lately.
    pub(crate) fn approved_another(&self, token: &str, tid: &str) -> bool {
        let holds = |body: &[u8], text: &str| {
            body.windows(text.len().max(1))
                .any(|part| part == text.as_bytes())
        };
        let lately = self.notes.iter().rev().take(LATELY);
        let mut approved = lately.filter(|note| {
            let answer = note.answer.as_ref();
            note.call.path.ends_with("/approve")
                && answer.is_some_and(|answer| answer.status.is_success())
        });
        approved.any(|note| holds(&note.call.body, token) && !holds(&note.call.body, tid))
    }

    /// Begins again with nothing in it.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        self.bytes = 0;
        self.written = 0;
        self.stir();
    }

    /// Oldest first; to be read when the journal is no longer locked.
    pub(crate) fn notes(&self) -> Vec<Arc<Note>> {
        self.notes.iter().cloned().collect()
    }

    /// The call of an entry as it came.
    pub(crate) fn sent(&self, number: u64) -> Option<Call> {
        let note = self.notes.iter().find(|note| note.number == number)?;
        Some(note.call.clone())
    }

    /// Something else than a call may have changed what a page shows.
    pub(crate) fn stir(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// What came shares its memory with all else that was read from the line then, which would be kept
/// as well, and counted nowhere.
fn let_go_of_the_line(call: &mut Call) {
    call.body = Bytes::copy_from_slice(&call.body);
    for value in call.headers.values_mut() {
        if let Ok(own) = HeaderValue::from_bytes(value.as_bytes()) {
            *value = own;
        }
    }
}

impl Note {
    fn size(&self) -> usize {
        let (call, answer) = (&self.call, self.answer.as_ref());
        let headers = call.headers.iter();
        let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + HEADER);
        size_of::<Self>()
            + call.path.len()
            + call.query.as_ref().map_or(0, String::len)
            + headers.sum::<usize>()
            + call.body.len()
            + answer.map_or(0, |answer| answer.body.len())
    }
}

/// Tells whoever runs the sandbox of a call in a line of the log.
pub(crate) fn tell(note: &Note) {
    if tracing::enabled!(tracing::Level::INFO) {
        tracing::info!("{}", Entry::of(note).line());
    }
}

/// In the order of the notes.
pub(crate) fn entries(notes: &[Arc<Note>]) -> Vec<Entry> {
    notes.iter().map(|note| Entry::of(note)).collect()
}

/// The newest of those that are wanted, newest first.
pub(crate) fn latest(
    notes: &[Arc<Note>],
    wanted: impl Fn(&Entry) -> bool,
    max: usize,
) -> Vec<Entry> {
    let newest = notes.iter().rev().map(|note| Entry::of(note));
    newest.filter(wanted).take(max).collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn add(journal: &mut Journal, headers: HeaderMap, size: usize) {
        let call = Call {
            method: Method::POST,
            path: "/".to_owned(),
            query: None,
            headers,
            body: vec![b' '; size].into(),
            came: std::time::Instant::now(),
            only_key: None,
        };
        journal.add(Timestamp::UNIX_EPOCH, call, None, None, None);
    }

    #[test]
    fn large_calls_leave_earlier_than_small_ones_and_the_last_is_always_there() {
        let mut journal = Journal::default();
        let large = 1024 * 1024;
        (0..100).for_each(|_| add(&mut journal, HeaderMap::new(), large));
        assert!(journal.bytes <= BYTES_MAX);
        assert_eq!(journal.notes().len(), BYTES_MAX / large - 1);
        assert!(journal.sent(85).is_none() && journal.sent(86).is_some());
        (0..2 * NOTES_MAX).for_each(|_| add(&mut journal, HeaderMap::new(), 1));
        assert_eq!(journal.notes().len(), NOTES_MAX);
        assert!(journal.sent(2_100).is_some());
    }

    #[test]
    fn headers_count_as_well() {
        let mut journal = Journal::default();
        let value = HeaderValue::from_bytes(&vec![b'x'; 100_000]).unwrap();
        let headers = HeaderMap::from_iter([(http::header::USER_AGENT, value)]);
        (0..NOTES_MAX).for_each(|_| add(&mut journal, headers.clone(), 0));
        assert!(journal.bytes <= BYTES_MAX);
        assert!(journal.notes().len() < 200);
        let kept: usize = journal.notes().iter().map(|note| note.size()).sum();
        assert_eq!(kept, journal.bytes);
    }
}

//! What happened in a run, in its order: the actors' doings and every line that the servers log.
//!
//! **Invariant**: a line holds simulated time only, so two runs of a seed write the same bytes.

use std::cell::RefCell;
use std::fmt::{Display, Write as _};
use std::io;
use std::sync::Once;

use danpay_server::Logged;
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;

struct Timeline {
    begun: Instant,
    text: String,
}

thread_local! {
    /// A run has its thread to itself.
    static RUNNING: RefCell<Option<Timeline>> = const { RefCell::new(None) };
}

/// Begins the record of this thread's run.
pub(crate) fn begin() {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_target(false)
            .without_time()
            .with_writer(Log)
            .finish();
        // Whoever has set another one does without the log's lines.
        let _ = tracing::subscriber::set_global_default(log);
    });
    let timeline = Timeline {
        begun: Instant::now(),
        text: String::new(),
    };
    RUNNING.set(Some(timeline));
}

/// One line.
pub(crate) fn note(who: impl Display, what: impl Display) {
    RUNNING.with_borrow_mut(|running| {
        let Some(timeline) = running else { return };
        let at_ms = timeline.begun.elapsed().as_millis();
        let (seconds, millis) = (at_ms / 1000, at_ms % 1000);
        // Writing to a text cannot fail.
        let _ = writeln!(timeline.text, "{seconds:6}.{millis:03} {who:<10} {what}");
    });
}

/// Whether any line so far holds this text.
pub(crate) fn has(text: &str) -> bool {
    RUNNING.with_borrow(|running| {
        let timeline = running.as_ref();
        timeline.is_some_and(|timeline| timeline.text.contains(text))
    })
}

/// The payments that the servers' log names, as `danpay recover --from-log` finds them.
pub(crate) fn payments() -> Vec<Logged> {
    RUNNING.with_borrow(|running| {
        let text = running.as_ref().map_or("", |timeline| &timeline.text);
        let mut payments = Vec::new();
        for line in text.lines().filter(|line| line.contains("payment.tid=")) {
            // Spans come first, and the line's own fields last.
            let value = |name: &str| {
                let (_, value) = line.rsplit_once(name)?;
                value.split([' ', '"']).find(|text| !text.is_empty())
            };
            let id = value("payment.id=").and_then(|id| id.parse().ok());
            if let (Some(id), Some(tid)) = (id, value("payment.tid=")) {
                let tid = tid.to_owned();
                let shop_id = value("payment.shop_id=").and_then(|id| id.parse().ok());
                let logged = Logged { id, shop_id, tid };
                if !payments.contains(&logged) {
                    payments.push(logged);
                }
            }
        }
        payments
    })
}

/// Ends the record and gives it.
pub(crate) fn end() -> String {
    RUNNING.take().map(|it| it.text).unwrap_or_default()
}

/// Where the servers log to.
struct Log;

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        note("log", String::from_utf8_lossy(line).trim_end());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

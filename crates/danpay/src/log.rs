//! The log, on standard error.
//!
//! **Invariant**: a line of the log fails nothing and keeps nobody waiting. Lines wait in a bounded
//! queue for a thread that alone meets a full disk or a reader that has stopped. Those that are lost
//! are counted, and the count stands in the log where they are missing.

mod alarm;
mod gap;
mod place;
mod queue;
mod writer;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal as _, Write};
use std::panic::PanicHookInfo;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use danpay_server::{Alerts, Clock, LogFormat};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

pub(crate) use gap::Gap;
use queue::{Line, Queue};
use writer::Writer;

/// How much may wait: some 15,000 lines, which is a second of the most that danpay does, and hours
/// of most shops.
const BYTES_MAX: usize = 4 << 20;

/// How long the end waits for the last lines. The server has 9 of the 10 s within which it promises
/// to end.
const LAST_LINES: Duration = Duration::from_secs(1);

static QUEUE: Queue = Queue::new(BYTES_MAX);

/// Starts the log. Panics go there, too, and what asks for a person is told by `alerts`.
pub(crate) fn start(filter: &str, format: LogFormat, alerts: Option<Alerts>) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .context("log (DANPAY_LOG, --log): is no filter such as info or danpay=debug")?;
    let clock = Clock::system();
    let writer = Writer::new(io::stderr(), format, clock.clone(), alerts.clone());
    QUEUE.begin();
    thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || writer.run(&QUEUE))
        .context("the log's thread cannot be started")?;
    let lines = fmt::layer()
        // A log that goes to a file is read by programs, `danpay recover` for one.
        .with_ansi(io::stderr().is_terminal())
        .with_writer(move || Entrance(clock.clone()));
    let lines = match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines
            .json()
            .with_span_list(false)
            .with_filter(filter)
            .boxed(),
    };
    let mut layers = vec![lines];
    layers.extend(alerts.map(|alerts| alarm::layer(alerts).boxed()));
    let started = tracing_subscriber::registry().with(layers).try_init();
    started.map_err(|error| anyhow!("the log cannot be started: {error}"))?;
    std::panic::set_hook(Box::new(tell));
    Ok(())
}

/// Waits a moment for what is not written yet. False if standard error takes nothing any more:
/// whoever writes to it now may wait for ever.
pub(crate) fn end() -> bool {
    QUEUE.end(LAST_LINES)
}

/// Ends the log however the process ends.
pub(crate) struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        end();
    }
}

/// Where tracing hands in a line, whole. It prints to standard error itself if this fails, and panics
/// if that fails as well: so this does not.
struct Entrance(Clock);

impl Write for Entrance {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let (at, text) = (self.0.now(), text.to_vec());
        let written = text.len();
        QUEUE.push(Line { at, text });
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A panic is a line like others. Whoever catches it adds what came of it.
fn tell(panic: &PanicHookInfo<'_>) {
    // Only where RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    let is_captured = backtrace.status() == BacktraceStatus::Captured;
    let place = panic.location().map(|at| {
        let (file, line, column) = (place::shortened(at.file()), at.line(), at.column());
        format!("{file}:{line}:{column}")
    });
    let backtrace = is_captured.then(|| place::shortened_lines(&backtrace.to_string()));
    tracing::error!(
        panic.message = panic.payload_as_str().unwrap_or("of no words"),
        panic.location = place,
        panic.backtrace = backtrace,
        "panicked",
    );
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_with_its_place_and_message() {
        let sink = Sink::default();
        let writer = sink.clone();
        let log = tracing_subscriber::fmt().json();
        let log = log.with_writer(move || writer.clone()).finish();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(tell));
        tracing::subscriber::with_default(log, || {
            let panicking = || panic!("planted {}", 1);
            std::panic::catch_unwind(panicking).unwrap_err();
        });
        std::panic::set_hook(before);
        let line = sink.0.lock().unwrap();
        let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(line["level"], "ERROR");
        let fields = &line["fields"];
        assert_eq!(fields["message"], "panicked");
        assert_eq!(fields["panic.message"], "planted 1");
        let place = fields["panic.location"].as_str().unwrap();
        assert!(place.starts_with(file!()), "{place}");
    }
}

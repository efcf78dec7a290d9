//! The thread that writes the log, and may fail or wait in doing so.

use std::io::{ErrorKind, Result, Write};
use std::thread;
use std::time::Duration;

use danpay_server::{AlertKind, Alerts, Clock, LogFormat};

use super::queue::{Next, Queue};

/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Writer<W> {
    out: W,
    format: LogFormat,
    clock: Clock,
    alerts: Option<Alerts>,
    /// The last write ended within a line.
    is_cut: bool,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, format: LogFormat, clock: Clock, alerts: Option<Alerts>) -> Self {
        Self {
            out,
            format,
            clock,
            alerts,
            is_cut: false,
        }
    }

    /// Writes what comes until the end. What cannot be written is kept, as long as there is room for
    /// it, and tried again.
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(next) = queue.next() {
            if let Err(kind) = self.write(next, queue) {
                // Nobody makes room now; but a slow reader may come in a moment.
                if queue.is_ending() && kind != ErrorKind::WouldBlock {
                    break;
                }
                thread::park_timeout(PAUSE);
            }
        }
        queue.ended();
    }

    fn write(&mut self, next: Next, queue: &Queue) -> std::result::Result<(), ErrorKind> {
        let written = match &next {
            Next::Gap(gap) => {
                let line = gap.line(self.format, self.clock.now());
                self.write_line(line.as_bytes())
            }
            Next::Line(line) => self.write_line(&line.text),
        };
        match written {
            Ok(()) => {
                if matches!(next, Next::Gap(_)) {
                    self.alert(AlertKind::LogGap);
                }
                Ok(())
            }
            Err(error) => {
                if matches!(
                    error.kind(),
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded
                ) {
                    self.alert(AlertKind::Disk);
                }
                queue.give_back(next);
                Err(error.kind())
            }
        }
    }

    /// The log cannot tell it itself.
    fn alert(&self, kind: AlertKind) {
        if let Some(alerts) = &self.alerts {
            alerts.raise(kind);
        }
    }

    /// A line that was cut stays as it is, and the next one begins below it.
    fn write_line(&mut self, line: &[u8]) -> Result<()> {
        if self.is_cut {
            self.write_all(b"\n")?;
        }
        self.write_all(line)
    }

    fn write_all(&mut self, mut rest: &[u8]) -> Result<()> {
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    let (done, left) = rest.split_at(written.min(rest.len()));
                    self.is_cut = !done.ends_with(b"\n");
                    rest = left;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

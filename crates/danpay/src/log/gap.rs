//! Lines that are missing from the log: counted in a line of its own, which programs read.

use std::fmt;

use danpay_server::LogFormat;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What the line says in both formats, after its time.
const MESSAGE: &str = "log gap";
const TARGET: &str = "danpay::log";

/// So many lines in a row, and when the first and the last of them were made, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) lost: u64,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Gap {
    /// One line.
    pub(super) fn of(at: Timestamp) -> Self {
        Self {
            lost: 1,
            from: at,
            to: at,
        }
    }

    /// With another that nothing was written between.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// The line that tells of it, written now.
    pub(super) fn line(self, format: LogFormat, now: Timestamp) -> String {
        let Self { lost, from, to } = self;
        match format {
            LogFormat::Text => format!(
                "{now}  WARN {TARGET}: {MESSAGE} log.lost={lost} log.from={from} log.to={to}\n"
            ),
            LogFormat::Json => {
                let fields = json!({
                    "message": MESSAGE,
                    "log.lost": lost,
                    "log.from": from,
                    "log.to": to,
                });
                let line = json!({
                    "timestamp": now,
                    "level": "WARN",
                    "fields": fields,
                    "target": TARGET,
                });
                format!("{line}\n")
            }
        }
    }

    /// The gap that a line of either format tells of, if it does.
    pub(crate) fn read(line: &str) -> Option<Self> {
        // Hardly any does.
        if !line.contains(MESSAGE) {
            return None;
        }
        from_json(line).or_else(|| from_text(line))
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, from, to } = self;
        write!(f, "{lost} lines are missing, from {from} to {to}")
    }
}

fn from_json(line: &str) -> Option<Gap> {
    let line: Value = serde_json::from_str(line).ok()?;
    if line.get("target")? != TARGET {
        return None;
    }
    let fields = line.get("fields")?;
    let time = |name: &str| fields.get(name)?.as_str()?.parse().ok();
    Some(Gap {
        lost: fields.get("log.lost")?.as_u64()?,
        from: time("log.from")?,
        to: time("log.to")?,
    })
}

fn from_text(line: &str) -> Option<Gap> {
    // A collector of logs may have put something before it.
    let start = format!("  WARN {TARGET}: {MESSAGE} ");
    let (_, fields) = line.split_once(&start)?;
    let mut fields = fields.split_whitespace();
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
    Some(Gap {
        lost: field("log.lost")?.parse().ok()?,
        from: field("log.from")?.parse().ok()?,
        to: field("log.to")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_gap_is_read_as_it_was_written_in_both_formats() {
        let gap = Gap::of(at(1)).and(Gap::of(at(3))).and(Gap::of(at(2)));
        let text = gap.line(LogFormat::Text, at(9));
        assert_eq!(
            text,
            "2027-01-15T08:00:09Z  WARN danpay::log: log gap log.lost=3 \
             log.from=2027-01-15T08:00:01Z log.to=2027-01-15T08:00:03Z\n"
        );
        let json = gap.line(LogFormat::Json, at(9));
        assert_eq!(
            json,
            r#"{"timestamp":"2027-01-15T08:00:09Z","level":"WARN","fields":{"message":"log gap","log.lost":3,"log.from":"2027-01-15T08:00:01Z","log.to":"2027-01-15T08:00:03Z"},"target":"danpay::log"}"#
                .to_owned()
                + "\n"
        );
        assert_eq!(Gap::read(&text), Some(gap));
        assert_eq!(Gap::read(&json), Some(gap));
        assert_eq!(Gap::read(&format!("host danpay[1]: {text}")), Some(gap));
    }

    #[test]
    fn no_other_line_is_a_gap() {
        for line in [
            "",
            "{",
            "2027-01-15T08:00:09Z  INFO danpay_server::flow: payment ready",
            "2027-01-15T08:00:09Z  WARN danpay::log: log gap log.lost=3 log.from=2027",
            r#"{"fields":{"message":"payment ready"},"target":"danpay_server::flow"}"#,
        ] {
            assert_eq!(Gap::read(line), None, "{line}");
        }
    }
}

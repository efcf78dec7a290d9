//! One call as the page shows it: what came, what was answered, and the same as a curl command.
//! Invariant: it is made from the journal's masked entry alone.

use serde_json::Value;

use crate::advice::Advice;
use crate::clock::korean_time;
use crate::journal::Entry;

pub(super) struct CallView {
    pub(super) number: u64,
    pub(super) time: String,
    pub(super) method: String,
    pub(super) path: String,
    /// The path without what all of KakaoPay's calls begin with.
    pub(super) name: String,
    pub(super) status: Option<u16>,
    pub(super) ending: Ending,
    pub(super) error_code: Option<i64>,
    pub(super) tid: Option<String>,
    pub(super) order_id: Option<String>,
    pub(super) fault: Option<&'static str>,
    pub(super) advice: Vec<Advice>,
    /// In milliseconds, with one decimal.
    pub(super) took_ms: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Text,
    pub(super) answer: Text,
    pub(super) curl: String,
}

/// How a call ended for its caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Accepted,
    Refused,
    Unanswered,
}

impl Ending {
    pub(super) fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Accepted,
            Some(_) => Self::Refused,
            None => Self::Unanswered,
        }
    }

    /// The name in filters and style classes.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
        }
    }
}

/// A body to read, and as it came where that is not the same.
pub(super) struct Text {
    pub(super) pretty: String,
    pub(super) raw: Option<String>,
}

impl Text {
    fn new(raw: &str) -> Self {
        let value: Result<Value, _> = serde_json::from_str(raw);
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
        match pretty {
            Ok(pretty) if pretty != raw => Self {
                pretty,
                raw: Some(raw.to_owned()),
            },
            _ => Self {
                pretty: raw.to_owned(),
                raw: None,
            },
        }
    }
}

impl CallView {
    pub(super) fn new(entry: &Entry, public_url: &str) -> Self {
        let time = korean_time(entry.at);
        let name = entry.path.strip_prefix("/online/v1/payment/");
        Self {
            number: entry.number,
            time: time
                .split_once('T')
                .map_or(time.clone(), |(_, time)| time.to_owned()),
            method: entry.method.clone(),
            path: address(entry),
            name: name.unwrap_or(&entry.path).to_owned(),
            status: entry.status,
            ending: Ending::of(entry.status),
            error_code: entry.error_code,
            tid: entry.tid.clone(),
            order_id: entry.order_id.clone(),
            fault: entry.fault.map(crate::fault::FaultKind::as_str),
            advice: entry.advice.clone(),
            took_ms: format!("{:.1}", entry.took.as_secs_f64() * 1_000.0),
            headers: entry
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body: Text::new(&entry.body),
            answer: Text::new(entry.answer.as_deref().unwrap_or_default()),
            curl: curl(entry, public_url),
        }
    }
}

/// The path with its query.
fn address(entry: &Entry) -> String {
    let query = entry.query.as_deref().map(|query| format!("?{query}"));
    format!("{}{}", entry.path, query.unwrap_or_default())
}

/// What curl adds by itself, or counts anew, is left out.
fn curl(entry: &Entry, public_url: &str) -> String {
    let own = |name: &&str| {
        !matches!(
            *name,
            "host"
                | "content-length"
                | "accept"
                | "user-agent"
                | "connection"
                | "transfer-encoding"
                | "expect"
                | "accept-encoding"
        )
    };
    let headers = entry
        .headers
        .iter()
        .filter(|(name, _)| own(&name.as_str()))
        .map(|(name, value)| format!(" \\\n  -H {}", quoted(&format!("{name}: {value}"))));
    let body =
        (!entry.body.is_empty()).then(|| format!(" \\\n  --data-raw {}", quoted(&entry.body)));
    let address = quoted(&format!("{public_url}{}", address(entry)));
    let begin = format!("curl -X {} {address}", entry.method);
    std::iter::once(begin).chain(headers).chain(body).collect()
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_stays_one_word_for_the_shell() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(x) `y`"), "'$(x) `y`'");
    }

    #[test]
    fn a_body_that_is_no_json_is_shown_as_it_came() {
        let form = Text::new("cid=1&tid=2");
        assert!(form.pretty == "cid=1&tid=2" && form.raw.is_none());
        let json = Text::new(r#"{"a":1}"#);
        assert!(json.pretty.contains("\n  \"a\": 1") && json.raw.is_some());
    }
}

//! The last calls and their answers as they came, so that tests can see what a client sent.
//! Invariant: what is shown has its keys and tokens masked, and the journal is bounded. A call as
//! it came is held for nothing but sending it again.

use std::collections::{BTreeMap, VecDeque};

use http::header;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;
use url::form_urlencoded;

use super::advice::{Advice, advise};
use crate::api::{Answer, Call};
use crate::fault::FaultKind;

const ENTRIES_MAX: usize = 1_000;
/// A body's beginning tells what went wrong with it.
const BODY_MAX: usize = 16 * 1024;
const MASK: &str = "***";

#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    /// Counts from 1 and names the entry.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// What was answered, or would have been if the fault had let it through.
    pub(crate) status: Option<u16>,
    pub(crate) answer: Option<String>,
    pub(crate) fault: Option<FaultKind>,
    pub(crate) tid: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) error_code: Option<i64>,
    pub(crate) advice: Vec<Advice>,
    #[serde(skip)]
    sent: Call,
}

impl Entry {
    pub(crate) fn new(
        at: Timestamp,
        call: &Call,
        answer: Option<&Answer>,
        fault: Option<FaultKind>,
    ) -> Self {
        let headers = call.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = if *name == header::AUTHORIZATION {
                mask_key(&value)
            } else {
                value.into_owned()
            };
            (name.as_str().to_owned(), value)
        });
        let body = call.body.get(..BODY_MAX).unwrap_or(&call.body);
        let answered: Value = answer
            .and_then(|answer| serde_json::from_str(&answer.body).ok())
            .unwrap_or_default();
        let named = |field| text(&answered, field).or_else(|| asked(&call.body, field));
        let code = answered.get("error_code").or_else(|| answered.get("code"));
        Self {
            number: 0,
            at,
            method: call.method.to_string(),
            path: call.path.clone(),
            headers: headers.collect(),
            body: mask_tokens(&String::from_utf8_lossy(body)),
            status: answer.map(|answer| answer.status.as_u16()),
            answer: answer.map(|answer| answer.body.clone()),
            fault,
            tid: named("tid"),
            order_id: named("partner_order_id"),
            error_code: code.and_then(Value::as_i64),
            advice: advise(call, answer),
            sent: call.clone(),
        }
    }
}

fn text(body: &Value, field: &str) -> Option<String> {
    match body.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A field of a request, be it JSON or a form.
fn asked(body: &[u8], field: &str) -> Option<String> {
    if let Ok(body) = serde_json::from_slice::<Value>(body) {
        return text(&body, field);
    }
    form_urlencoded::parse(body)
        .find(|(name, _)| name == field)
        .map(|(_, value)| value.into_owned())
}

#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    written: u64,
    /// Counts whatever may have changed what a page shows.
    changes: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn add(&mut self, entry: Entry) {
        if self.entries.len() >= ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.written += 1;
        self.entries.push_back(Entry {
            number: self.written,
            ..entry
        });
        self.stir();
    }

    /// Begins again with nothing in it.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.written = 0;
        self.stir();
    }

    /// Oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    /// The newest of those that are wanted, newest first.
    pub(super) fn latest(&self, wanted: impl Fn(&Entry) -> bool, max: usize) -> Vec<Entry> {
        let newest = self.entries.iter().rev();
        let wanted = newest.filter(|entry| wanted(entry)).take(max);
        wanted.cloned().collect()
    }

    /// The call of an entry as it came.
    pub(super) fn sent(&self, number: u64) -> Option<Call> {
        let entry = self.entries.iter().find(|entry| entry.number == number)?;
        Some(entry.sent.clone())
    }

    /// Something else than a call may have changed what a page shows.
    pub(crate) fn stir(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// Keeps the scheme, which is what clients get wrong.
fn mask_key(authorization: &str) -> String {
    match authorization.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} {MASK}"),
        None => MASK.to_owned(),
    }
}

/// Works on text, as a body that is broken JSON, or a form, carries the same secrets.
fn mask_tokens(body: &str) -> String {
    ["pg_token", "cid_secret"]
        .iter()
        .fold(body.to_owned(), |body, name| mask_value(&body, name))
}

fn mask_value(body: &str, name: &str) -> String {
    let mut masked = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once(name) {
        let value = after.trim_start_matches(['"', '\'', ':', '=', ' ', '\t', '\r', '\n']);
        let between = after.strip_suffix(value).unwrap_or_default();
        let end = value
            .find(['"', '\'', ',', '&', '}', ' ', '\r', '\n'])
            .unwrap_or(value.len());
        masked.push_str(before);
        masked.push_str(name);
        masked.push_str(between);
        if end > 0 {
            masked.push_str(MASK);
        }
        rest = value.split_at(end).1;
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_masked_in_json_in_broken_json_and_in_forms() {
        for (body, masked) in [
            (
                r#"{"tid":"T1","pg_token" : "abc","x":1}"#,
                r#"{"tid":"T1","pg_token" : "***","x":1}"#,
            ),
            (
                r#"{"cid_secret":"s3cr3t","pg_token":"abc"}"#,
                r#"{"cid_secret":"***","pg_token":"***"}"#,
            ),
            (r#"{"pg_token":"abc"#, r#"{"pg_token":"***"#),
            ("tid=T1&pg_token=abc&x=1", "tid=T1&pg_token=***&x=1"),
            (r#"{"pg_token":12345,"x":1}"#, r#"{"pg_token":***,"x":1}"#),
            (r#"{"item_name":"초코파이"}"#, r#"{"item_name":"초코파이"}"#),
        ] {
            assert_eq!(mask_tokens(body), masked);
        }
    }

    #[test]
    fn a_key_is_masked_and_its_scheme_is_not() {
        assert_eq!(mask_key("SECRET_KEY DEVABC"), "SECRET_KEY ***");
        assert_eq!(mask_key("DEVABC"), "***");
    }
}

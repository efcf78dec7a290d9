//! A call of the journal as it is shown: read, masked, and with advice.
//! Invariant: no key and no token is in it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use super::{Note, mask};
use crate::advice::{Advice, Seen, advise};
use crate::call::{Call, error_code};
use crate::fault::FaultKind;

/// A body's beginning tells what went wrong with it.
const BODY_MAX: usize = 16 * 1024;

#[derive(Serialize)]
pub(crate) struct Entry {
    /// Counts from 1 and names the entry.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<String>,
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
    /// For the page alone: with it, no two runs of one seed would give the same journal.
    #[serde(skip)]
    pub(crate) took: Duration,
}

impl Entry {
    /// `POST /online/v1/payment/approve 400 -702 order-1 T… · approve_repeated`.
    pub(super) fn line(&self) -> String {
        let status = self
            .status
            .map_or("no answer".to_owned(), |status| status.to_string());
        let code = self.error_code.map(|code| format!(" {code}"));
        let about = [&self.order_id, &self.tid].into_iter().flatten();
        let about = about.map(|id| format!(" {}", id.escape_debug()));
        let fault = self.fault.map(|fault| format!(" · {}", fault.as_str()));
        let advice = self
            .advice
            .iter()
            .map(|advice| format!(" · {}", advice.name));
        let begin = format!("{} {} {status}", self.method, self.path);
        let begin = std::iter::once(begin).chain(code).chain(about);
        begin.chain(fault).chain(advice).collect()
    }

    pub(super) fn of(note: &Note) -> Self {
        let (call, answer) = (&note.call, note.answer.as_ref());
        let keys = keys(call);
        let headers = call.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), mask::header(name, &value))
        });
        let body = call.body.get(..BODY_MAX).unwrap_or(&call.body);
        let answered: Value = answer
            .and_then(|answer| serde_json::from_str(&answer.body).ok())
            .unwrap_or_default();
        let query = call.query.as_deref().unwrap_or_default().as_bytes();
        let named = |field| {
            let asked = || asked(&call.body, field).or_else(|| asked(query, field));
            text(&answered, field).or_else(asked)
        };
        Self {
            number: note.number,
            at: note.at,
            method: call.method.to_string(),
            path: mask::text(&call.path, &keys),
            query: call.query.as_deref().map(|query| mask::text(query, &keys)),
            headers: headers.collect(),
            body: mask::text(&String::from_utf8_lossy(body), &keys),
            status: answer.map(|answer| answer.status.as_u16()),
            answer: answer.map(|answer| answer.body.clone()),
            fault: note.fault,
            tid: named("tid"),
            order_id: named("partner_order_id"),
            error_code: error_code(&answered),
            advice: advise(&Seen {
                call,
                answer,
                fault: note.fault,
                signs: &note.signs,
            }),
            took: note.took,
        }
    }
}

/// What the call itself, or the sandbox, shows to be a key.
fn keys(call: &Call) -> Vec<String> {
    let sent = call
        .headers
        .values()
        .filter_map(|value| value.to_str().ok());
    let sent = sent.filter_map(mask::keys_in);
    let only = call
        .only_key
        .as_deref()
        .filter(|key| key.len() >= mask::KEY_MIN);
    sent.chain(only.map(str::to_owned)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_in_a_line() {
        let mut entry = Entry {
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            method: "POST".to_owned(),
            path: "/online/v1/payment/approve".to_owned(),
            query: None,
            headers: BTreeMap::new(),
            body: String::new(),
            status: Some(400),
            answer: None,
            fault: Some(FaultKind::RefuseDuplicate),
            tid: Some("T1".to_owned()),
            order_id: Some("a\nb".to_owned()),
            error_code: Some(-785),
            advice: Vec::new(),
            took: Duration::ZERO,
        };
        let line = "POST /online/v1/payment/approve 400 -785 a\\nb T1 · refuse_duplicate";
        assert_eq!(entry.line(), line);
        entry.status = None;
        assert!(entry.line().contains(" no answer "));
    }
}

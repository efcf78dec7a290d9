//! A call of the journal as it is shown: read, masked, and with advice.
//! Invariant: no key and no token is in it.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use super::Note;
use crate::control::advice::{Advice, advise};
use crate::fault::FaultKind;

/// A body's beginning tells what went wrong with it.
const BODY_MAX: usize = 16 * 1024;
const MASK: &str = "***";

#[derive(Serialize)]
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
    /// For the page alone: with it, no two runs of one seed would give the same journal.
    #[serde(skip)]
    pub(crate) took: Duration,
}

impl Entry {
    pub(super) fn of(note: &Note) -> Self {
        let (call, answer) = (&note.call, note.answer.as_ref());
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
            number: note.number,
            at: note.at,
            method: call.method.to_string(),
            path: call.path.clone(),
            headers: headers.collect(),
            body: mask_tokens(&String::from_utf8_lossy(body)),
            status: answer.map(|answer| answer.status.as_u16()),
            answer: answer.map(|answer| answer.body.clone()),
            fault: note.fault,
            tid: named("tid"),
            order_id: named("partner_order_id"),
            error_code: code.and_then(Value::as_i64),
            advice: advise(call, answer),
            took: note.took,
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

//! The answers that are no success: which problems an operation can have, by their statuses.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::known::takes_key;
use super::{operations, set};
use crate::docs;
use crate::http::Code;

/// Adds them to every operation.
pub(super) fn add(document: &mut Value) {
    if let Some(components) = document.get_mut("components") {
        set(components, "examples", Value::Object(examples()));
    }
    for (path, method, operation) in operations(document) {
        let named = operation
            .as_object_mut()
            .and_then(|operation| operation.shift_remove("x-problems"));
        let named: Vec<String> = named
            .and_then(|codes| serde_json::from_value(codes).ok())
            .unwrap_or_default();
        let named = named.iter().filter_map(|name| Code::named(name));
        let mut by_status: BTreeMap<StatusCode, Vec<Code>> = BTreeMap::new();
        for code in named.chain(common(&path, &method, operation)) {
            let codes = by_status.entry(code.status()).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        let Some(responses) = responses else {
            continue;
        };
        responses.extend(
            by_status
                .iter()
                .map(|(status, codes)| (status.as_str().to_owned(), response(codes))),
        );
        for (status, response) in responses.iter_mut() {
            let headers = headers(status, &method, &path);
            if !headers.is_empty() {
                set(response, "headers", Value::Object(headers));
            }
        }
    }
}

/// What any operation of its kind can meet.
fn common(path: &str, method: &str, operation: &Value) -> Vec<Code> {
    let has_body = operation.get("requestBody").is_some();
    let has_query = operation.get("parameters").is_some();
    let has_key = takes_key(path, method);
    // What ends a payment is never refused for coming too often.
    let ends = path.ends_with("/approve") || path.ends_with("/cancel");
    let mut codes = vec![Code::Unauthorized, Code::Forbidden];
    if has_body {
        codes.extend([
            Code::BodyMissing,
            Code::MalformedJson,
            Code::BodyUnreadable,
            Code::BodyTooLarge,
        ]);
    }
    if has_query {
        codes.push(Code::QueryUnreadable);
    }
    if has_body || has_query || has_key {
        codes.push(Code::InvalidFields);
    }
    if !ends {
        codes.push(Code::TooManyRequests);
    }
    codes.extend([Code::Internal, Code::DatabaseUnavailable, Code::Timeout]);
    codes
}

fn response(codes: &[Code]) -> Value {
    let named: Vec<_> = codes
        .iter()
        .map(|code| format!("`{}`", code.as_str()))
        .collect();
    let examples = codes.iter().map(|code| {
        let code = code.as_str();
        (
            code.to_owned(),
            json!({ "$ref": format!("#/components/examples/{code}") }),
        )
    });
    let examples: Map<_, _> = examples.collect();
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "description": named.join(", "),
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    })
}

/// A problem of each code.
fn examples() -> Map<String, Value> {
    let examples = Code::ALL.iter().map(|code| {
        let (detail, detail_ko) = docs::cause(*code);
        let (status, code) = (code.status(), code.as_str());
        let value = json!({
            "type": format!("https://pay.your-shop.example{}/{code}", docs::PROBLEMS),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
            "detail_ko": detail_ko,
            "request_id": "req_88887bdf46432847",
        });
        (code.to_owned(), json!({ "value": value }))
    });
    examples.collect()
}

/// Headers that a client goes by.
fn headers(status: &str, method: &str, path: &str) -> Map<String, Value> {
    let mut headers = Map::new();
    if matches!(status, "202" | "429" | "500" | "503") {
        let retry_after = json!({
            "description": "After so many seconds ask again.",
            "schema": { "type": "integer", "minimum": 0 },
        });
        headers.insert("Retry-After".to_owned(), retry_after);
    }
    if status.starts_with('2') && takes_key(path, method) {
        let replayed = json!({
            "description": "`true`, if the request had come before, with its key.",
            "schema": { "type": "string" },
        });
        headers.insert("Idempotent-Replayed".to_owned(), replayed);
    }
    headers
}

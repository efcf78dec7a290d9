//! The answers that are no success: which problems an operation can have, by their statuses.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{operations, set};

/// Adds them to every operation.
pub(super) fn add(document: &mut Value) {
    for (path, method, operation) in operations(document) {
        let named = operation
            .as_object_mut()
            .and_then(|operation| operation.shift_remove("x-problems"));
        let named: Vec<String> = named
            .and_then(|codes| serde_json::from_value(codes).ok())
            .unwrap_or_default();
        let all = common(&path, &method, operation);
        let all = named.iter().map(String::as_str).chain(all);
        let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for code in all {
            let codes = by_status.entry(status(code)).or_default();
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
                .map(|(status, codes)| (status.to_string(), response(*status, codes))),
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
fn common(path: &str, method: &str, operation: &Value) -> Vec<&'static str> {
    let has_body = operation.get("requestBody").is_some();
    let has_query = operation.get("parameters").is_some();
    let has_key = method == "post" && path.starts_with("/v1/payments");
    // What ends a payment is never refused for coming too often.
    let ends = path.ends_with("/approve") || path.ends_with("/cancel");
    let mut codes = vec!["unauthorized", "forbidden"];
    if has_body {
        codes.extend([
            "body_missing",
            "malformed_json",
            "body_unreadable",
            "body_too_large",
        ]);
    }
    if has_query {
        codes.push("query_unreadable");
    }
    if has_body || has_query || has_key {
        codes.push("invalid_fields");
    }
    if !ends {
        codes.push("too_many_requests");
    }
    codes.extend(["internal", "database_unavailable", "timeout"]);
    codes
}

fn response(status: u16, codes: &[&str]) -> Value {
    let named: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let title = http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Error");
    let examples = codes.iter().map(|code| {
        let value = json!({
            "type": format!("https://pay.your-shop.example/docs/problems/{code}"),
            "title": title,
            "status": status,
            "code": code,
            "detail": "…",
            "detail_ko": "…",
            "request_id": "01m3252qhgfrzbwfhy7rz3wfhy",
        });
        ((*code).to_owned(), json!({ "value": value }))
    });
    let examples: Map<_, _> = examples.collect();
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "description": named.join(", "),
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    })
}

/// Headers that a client goes by.
fn headers(status: &str, method: &str, path: &str) -> Map<String, Value> {
    let mut headers = Map::new();
    if matches!(status, "202" | "429" | "503") {
        let retry_after = json!({
            "description": "After so many seconds ask again.",
            "schema": { "type": "integer", "minimum": 0 },
        });
        headers.insert("Retry-After".to_owned(), retry_after);
    }
    if status.starts_with('2') && method == "post" && path.starts_with("/v1/payments") {
        let replayed = json!({
            "description": "`true`, if the request had come before, with its key.",
            "schema": { "type": "string" },
        });
        headers.insert("Idempotent-Replayed".to_owned(), replayed);
    }
    headers
}

fn status(code: &str) -> u16 {
    match code {
        "query_unreadable"
        | "body_missing"
        | "malformed_json"
        | "body_unreadable"
        | "idempotency_key_missing" => 400,
        "unauthorized" => 401,
        "forbidden" | "shop_disabled" => 403,
        "not_found" | "event_unknown" => 404,
        "body_too_large" => 413,
        "invalid_fields" | "idempotency_key_reused" => 422,
        "too_many_requests" => 429,
        "internal" => 500,
        "kakaopay_refused" | "kakaopay_no_answer" => 502,
        "overloaded"
        | "kakaopay_unreachable"
        | "kakaopay_quota"
        | "kakaopay_setup"
        | "database_restored"
        | "database_unavailable"
        | "timeout"
        | "master_key_missing" => 503,
        _ => 409,
    }
}

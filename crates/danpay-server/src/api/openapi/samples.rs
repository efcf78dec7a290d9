//! A sample of each body, made from the examples of its members.

use serde_json::{Map, Value, json};

use super::{operations, referred, set};
use crate::wire::{SAMPLE_EVENT, SAMPLE_PAID, SAMPLE_READY};

/// How deep a sample goes. Deeper than any of ours is.
const DEPTH: usize = 6;

/// Adds one to every body, of requests and of answers.
pub(super) fn add(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned();
    let schemas = schemas.unwrap_or_default();
    for (path, method, operation) in operations(document) {
        if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json") {
            add_to(body, &schemas, asked);
        }
        let answers = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        for (_, answer) in answers.into_iter().flatten() {
            if let Some(body) = answer.pointer_mut("/content/application~1json") {
                add_to(body, &schemas, answered);
                if method == "post" && path == "/v1/payments" {
                    set(body, "example", json_of(SAMPLE_READY));
                }
            }
        }
    }
}

fn add_to(body: &mut Value, schemas: &Value, sample: fn(&Value, &Value, usize) -> Value) {
    if let Some(schema) = body.get("schema") {
        let sample = sample(schema, schemas, DEPTH);
        set(body, "example", sample);
    }
}

/// Of a request: what has to be there, and what has an example.
fn asked(schema: &Value, schemas: &Value, depth: usize) -> Value {
    let schema = named(schema, schemas);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let has_example = |schema: &Value| {
        let members = named(schema, schemas).get("properties");
        let mut members = members.and_then(Value::as_object).into_iter().flatten();
        own(schema).is_some() || members.any(|(_, member)| own(member).is_some())
    };
    members(schema, |name, member| {
        let wanted = is_required(name) || has_example(member);
        (wanted && depth > 0).then(|| match own(member) {
            Some(example) => example,
            None => asked(member, schemas, depth - 1),
        })
    })
}

/// Of an answer: all that there is, null where that may be.
fn answered(schema: &Value, schemas: &Value, depth: usize) -> Value {
    let kind = schema.get("type");
    if depth == 0 || schema.get("oneOf").is_some() || kind.is_some_and(Value::is_array) {
        return Value::Null;
    }
    if let Some(example) = own(schema) {
        return example;
    }
    match referred(schema) {
        Some("Payment") => return json_of(SAMPLE_PAID),
        Some("Event") => return json_of(SAMPLE_EVENT),
        _ => {}
    }
    let schema = named(schema, schemas);
    let kind = schema.get("type");
    match kind.and_then(Value::as_str) {
        Some("object") => members(schema, |_, member| {
            Some(answered(member, schemas, depth - 1))
        }),
        Some("array") => match schema.get("items") {
            // The rows of a list are what it is about.
            Some(row) if row.get("$ref").is_some() && depth == DEPTH - 1 => {
                json!([answered(row, schemas, depth - 1)])
            }
            _ => json!([]),
        },
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(0)),
        Some("boolean") => json!(false),
        _ if schema
            .get("format")
            .is_some_and(|format| format == "date-time") =>
        {
            json!("2026-09-21T14:13:20Z")
        }
        _ => json!("…"),
    }
}

fn members(schema: &Value, sample: impl Fn(&str, &Value) -> Option<Value>) -> Value {
    let members = schema.get("properties").and_then(Value::as_object);
    let members = members.into_iter().flatten();
    let told = members.filter_map(|(name, member)| Some((name.clone(), sample(name, member)?)));
    Value::Object(told.collect::<Map<_, _>>())
}

fn own(schema: &Value) -> Option<Value> {
    schema.pointer("/examples/0").cloned()
}

fn json_of(sample: &str) -> Value {
    // A sample is JSON: it is what the tests have written.
    serde_json::from_str(sample).unwrap_or_default()
}

fn named<'a>(schema: &'a Value, schemas: &'a Value) -> &'a Value {
    referred(schema)
        .and_then(|name| schemas.get(name))
        .unwrap_or(schema)
}

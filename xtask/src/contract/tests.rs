//! Changes are planted one by one: each break is named with its place, and what is harmless passes.

mod breaking;
mod harmless;

use serde_json::{Value, json};

use super::{breaks, keep};

/// A small API that has one of each.
fn api() -> Value {
    let payment = json!({ "$ref": "#/components/schemas/Payment" });
    let problem = json!({ "type": "object", "required": ["code"],
        "properties": { "code": { "type": "string", "x-extensible-enum": ["not_found", "internal"] },
                        "payment": payment } });
    let answer = |schema: &Value| json!({ "description": "so", "content": { "application/json": { "schema": schema } } });
    let new_payment = json!({ "$ref": "#/components/schemas/NewPayment" });
    let create = json!({
        "operationId": "create_payment", "tags": ["payments"],
        "parameters": [{ "name": "Idempotency-Key", "in": "header", "required": false,
                         "schema": { "type": "string", "minLength": 1, "maxLength": 255 } }],
        "requestBody": { "required": true,
                         "content": { "application/json": { "schema": new_payment } } },
        "responses": {
            "200": answer(&payment),
            "201": { "description": "so", "content": { "application/json": { "schema": payment } },
                     "headers": { "X-Request-Id": { "required": true, "schema": { "type": "string" } } } },
            "422": { "$ref": "#/components/responses/Problem" },
        },
    });
    let list = json!({
        "operationId": "list_payments", "tags": ["payments"],
        "parameters": [
            { "name": "limit", "in": "query",
              "schema": { "type": "integer", "minimum": 1, "maximum": 100, "default": 20 } },
            { "name": "status", "in": "query",
              "schema": { "type": "string", "enum": ["ready", "approved"] } },
        ],
        "responses": { "200": answer(&json!({ "type": "object", "required": ["data"],
            "properties": { "data": { "type": "array", "items": payment } } })) },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "danpay", "version": "0.1.0" },
        "security": [{ "bearer": [] }],
        "paths": {
            "/v1/payments": { "get": list, "post": create },
            "/v1/payments/{id}": {
                "parameters": [{ "name": "id", "in": "path", "required": true,
                                 "schema": { "type": "string" } }],
                "get": { "operationId": "get_payment", "responses": { "200": answer(&payment) } },
            },
        },
        "webhooks": { "payment": { "post": { "requestBody": {
            "content": { "application/json": { "schema": payment } } }, "responses": {} } } },
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "responses": { "Problem": { "description": "an error",
                "content": { "application/problem+json": { "schema": problem } } } },
            "schemas": schemas(),
        },
    })
}

fn schemas() -> Value {
    json!({
        "Payment": {
            "type": "object",
            "required": ["id", "status", "amount", "card_info", "item_code", "metadata"],
            "properties": {
                "id": { "type": "string", "maxLength": 30 },
                "status": { "type": "string", "x-extensible-enum": ["ready", "approved"] },
                "amount": { "$ref": "#/components/schemas/Amount" },
                "card_info": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/CardInfo" }] },
                "item_code": { "type": ["string", "null"] },
                "metadata": { "type": "object", "additionalProperties": { "type": "string" } },
                "second_charge_of": { "type": "string" },
                "replaces": { "$ref": "#/components/schemas/Payment" },
            },
        },
        "Amount": { "type": "object", "required": ["total"],
                    "properties": { "total": { "type": "integer", "format": "int64" } } },
        "CardInfo": { "type": "object", "required": ["bin"],
                      "properties": { "bin": { "type": ["string", "null"] } } },
        "NewPayment": {
            "type": "object",
            "required": ["order_id", "amount"],
            "additionalProperties": false,
            "properties": {
                "order_id": { "type": "string", "minLength": 1, "maxLength": 100 },
                "amount": { "type": "number" },
                "approval": { "type": ["string", "null"], "enum": ["automatic", "manual", null] },
                "item_code": { "type": ["string", "null"] },
                "metadata": { "type": "object", "maxProperties": 20,
                              "additionalProperties": { "type": "string" } },
            },
        },
    })
}

/// What is found when this is put there; null takes away what is there.
fn found(pointer: &str, value: Value) -> Vec<String> {
    breaks(&api(), &with(api(), pointer, value))
}

fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    let name = name.replace("~1", "/");
    match (parent, value.is_null()) {
        (Value::Object(parent), true) => _ = parent.remove(&name).unwrap(),
        (Value::Object(parent), false) => _ = parent.insert(name, value),
        (Value::Array(parent), false) if name == "-" => parent.push(value),
        (Value::Array(parent), true) => _ = parent.remove(name.parse().unwrap()),
        (Value::Array(parent), false) => parent[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} is not there"),
    }
    document
}

#[test]
fn an_api_that_stays_as_it_is_breaks_nothing() {
    assert_eq!(breaks(&api(), &api()), [""; 0]);
}

#[test]
fn the_contract_that_there_is() {
    let text = include_str!("../../../docs/openapi.json");
    let contract: Value = serde_json::from_str(text).unwrap();
    assert_eq!(breaks(&contract, &contract), [""; 0]);
    let total = "/components/schemas/Amount/properties/total";
    let found = breaks(&contract, &with(contract.clone(), total, Value::Null));
    for expected in [
        "POST /v1/payments → 201 → amount.total: removed",
        "GET /v1/payments → 200 → data[].canceled_amount.total: removed",
        "webhook payment → data.cancellations[].amount.total: removed",
    ] {
        assert!(found.contains(&expected.to_owned()), "{found:#?}");
    }
    let reason = "/components/schemas/NewCancellation/properties/reason";
    let found = breaks(&contract, &with(contract.clone(), reason, Value::Null));
    assert_eq!(
        found,
        ["POST /v1/payments/{id}/cancel → request → reason: removed"]
    );
}

#[test]
fn a_new_version_may_break_what_another_promised() {
    let next = |version: &str| {
        let broken = with(api(), "/paths/~1v1~1payments/get", Value::Null);
        with(broken, "/info/version", json!(version))
    };
    assert_eq!(keep(&api(), &next("0.1.1")).len(), 1);
    assert_eq!(keep(&api(), &next("0.2.0")).len(), 0);
    let stable = with(api(), "/info/version", json!("1.4.0"));
    assert_eq!(keep(&stable, &next("1.5.0")).len(), 1);
    assert_eq!(keep(&stable, &next("2.0.0")).len(), 0);
}

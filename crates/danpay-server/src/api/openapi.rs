//! The API's contract, OpenAPI 3.1, made from the code: each route brings its own operation, each type of
//! `wire` its own schema.
//!
//! **Invariant**: what is served is what is described. A route without a description does not compile, and
//! `docs/openapi.json` is the same to the byte (`cargo xtask openapi`). It is of the plain form that makers of
//! clients get right: nothing beside a `$ref`, no `allOf`, every member of an answer is there and may be null.

mod known;
mod korean;
mod plain;
mod problems;
mod samples;

use std::sync::LazyLock;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{InfoBuilder, License, RefOr, Schema};

use crate::app::App;
use crate::wire;

pub(super) use known::{card_issuers, delivery_statuses, event_names, metadata, statuses};

/// The document, once.
static TEXT: LazyLock<String> = LazyLock::new(|| text(&document()));

/// The document, as it is served and committed: JSON with two spaces, and a line break at its end.
pub fn openapi_json() -> &'static str {
    &TEXT
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/openapi.json", get(show))
}

async fn show() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        // A reference on another address may show it: it has no secrets.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, openapi_json())
}

fn text(document: &Value) -> String {
    // A value of JSON is JSON.
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    format!("{text}\n")
}

/// The same as a value, made anew.
pub(crate) fn document() -> Value {
    let (ending, rest) = super::described();
    let mut described = ending.merge(rest).into_openapi();
    let components = described.components.get_or_insert_default();
    let mut told = Vec::new();
    with_its_own::<wire::Problem<'_>>("Problem", &mut told);
    with_its_own::<wire::PaymentWebhook<'_>>("PaymentWebhook", &mut told);
    with_its_own::<wire::EndpointWebhook<'_>>("WebhookEndpointWebhook", &mut told);
    components.schemas.extend(told);
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    described.info = InfoBuilder::new()
        .title("danpay")
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(license))
        .description(Some(
            "KakaoPay one-time payments (카카오페이 단건 결제) for a shop. Amounts are whole KRW, times are UTC \
             (RFC 3339). What is answered may grow: ignore members that you do not know, and take a word that you do \
             not know for \"not known yet\". Nothing is removed, and nothing more is asked.",
        ))
        .build();
    // A document of utoipa's is JSON.
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    in_reading_order(&mut document);
    plain::make_plain(&mut document);
    problems::add(&mut document);
    samples::add(&mut document);
    add_known(&mut document);
    korean::add(&mut document);
    document
}

/// A payment's life as it goes: what makes it before what shows it, and what ends it after both.
fn in_reading_order(document: &mut Value) {
    const FIRST: [&str; 5] = [
        "",
        "/{id}",
        "/{id}/approve",
        "/{id}/withdraw",
        "/{id}/cancel",
    ];
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let Some(paths) = paths else {
        return;
    };
    let place = |path: &str| {
        let of = path.strip_prefix("/v1/payments");
        let of = of.and_then(|of| FIRST.iter().position(|first| *first == of));
        of.unwrap_or(FIRST.len())
    };
    let mut all: Vec<_> = std::mem::take(paths).into_iter().collect();
    all.sort_by_key(|(path, _)| place(path));
    for (_, item) in &mut all {
        if let Some(item) = item.as_object_mut()
            && let Some(post) = item.shift_remove("post")
        {
            item.shift_insert(0, "post".to_owned(), post);
        }
    }
    paths.extend(all);
}

/// The schema of a type under this name, and those that it is made of.
fn with_its_own<T: ToSchema>(name: &str, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((name.to_owned(), T::schema()));
    T::schemas(schemas);
}

/// What every operation has: the key, the server, its place in the list.
fn add_known(document: &mut Value) {
    set(document, "servers", json!([{ "url": "/" }]));
    set(document, "security", json!([{ "api_key": [] }]));
    set(document, "tags", known::tags());
    set(document, "webhooks", known::webhooks());
    if let Some(components) = document.get_mut("components") {
        let scheme = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, `danpay_sk_…`.",
        });
        set(components, "securitySchemes", json!({ "api_key": scheme }));
    }
    for (path, method, operation) in operations(document) {
        known::add(&path, &method, operation);
    }
}

/// Each operation with its path and its method.
fn operations(document: &mut Value) -> impl Iterator<Item = (String, String, &mut Value)> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let paths = paths.into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object_mut().into_iter().flatten();
        operations.map(move |(method, operation)| (path.clone(), method.clone(), operation))
    })
}

/// The name of the schema that is referred to.
pub(crate) fn referred(schema: &Value) -> Option<&str> {
    let of = schema.get("$ref").and_then(Value::as_str);
    of.and_then(|of| of.rsplit('/').next())
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;

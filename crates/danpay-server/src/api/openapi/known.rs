//! What operations have in common: ids and words in the address, the key of a request that may come twice, who
//! may call, and what leads from one to the next.

use danpay_core::webhook::{DeliveryStatus, EventFilter};
use danpay_core::{AvailableCards, Metadata, Status};
use http::Method;
use serde_json::{Value, json};
use utoipa::openapi::schema::{Array, Object, ObjectBuilder, SchemaType, Type};

use super::set;
use crate::api::roles;
use crate::limits::IDEMPOTENCY_KEY_CHARS;
use crate::store::keys::Role;
use crate::wire;

const PAYMENT_ID: &str = "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$";
const ENDPOINT_ID: &str = "^we_[0-7][0-9a-hjkmnp-tv-z]{25}$";
const DELIVERY_ID: &str = "^dlv_[0-7][0-9a-hjkmnp-tv-z]{25}$";

/// Texts by their names; one that is null is left out.
pub(in crate::api) fn metadata() -> Object {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(Metadata::MAX_VALUE));
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(Metadata::MAX_NAME));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .max_properties(Some(Metadata::MAX_ENTRIES))
        .property_names(Some(name))
        .additional_properties(Some(text))
        .description(Some(
            "Up to 20 texts of yours: names of 1 to 40 characters, values of up to 500. Not sent to KakaoPay.",
        ))
        .build()
}

/// KakaoPay's codes of card issuers.
pub(in crate::api) fn card_issuers() -> Array {
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Z0-9]{1,20}$"))
        .examples(["SHINHAN"]);
    let mut array = Array::new(code);
    array.min_items = Some(1);
    array.max_items = Some(AvailableCards::MAX);
    array.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
    array.description = Some(
        "The only card issuers, in KakaoPay's codes (`SHINHAN`, `KB`, …). KakaoPay takes it from shops that have \
         agreed on it only."
            .into(),
    );
    array
}

/// The statuses of payments.
pub(in crate::api) fn statuses() -> Object {
    now(Status::ALL.map(wire::status))
}

/// The statuses of deliveries.
pub(in crate::api) fn delivery_statuses() -> Object {
    now(DeliveryStatus::ALL.map(DeliveryStatus::as_str))
}

fn now(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .description(Some("Those that have it now."))
        .build()
}

/// Names of events.
pub(in crate::api) fn event_names() -> Array {
    let words: Vec<_> = EventFilter::known().chain(["*"]).collect();
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words));
    let mut array = Array::new(name);
    array.min_items = Some(1);
    array.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
    array.description = Some(
        "The names of events; `[\"*\"]` is all of them, also those that there will be.".into(),
    );
    array
}

pub(super) fn tags() -> Value {
    json!([
        { "name": "payments", "x-name-ko": "결제", "description": "An order becomes a payment, and a payment money." },
        { "name": "events", "x-name-ko": "이벤트", "description": "What has happened, for whoever asks." },
        { "name": "webhooks", "x-name-ko": "웹훅", "description": "What has happened, told by itself." },
        { "name": "shop", "x-name-ko": "상점", "description": "Which shop a key opens." },
    ])
}

/// What danpay sends by itself (Standard Webhooks 1.0).
pub(super) fn webhooks() -> Value {
    let header = |name: &str, what: &str| json!({ "name": name, "in": "header", "required": true, "description": what, "schema": { "type": "string" } });
    let webhook = |summary: &str, schema: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        json!({ "post": {
            // A maker of clients makes no call of it.
            "x-internal": true,
            "summary": summary,
            "parameters": [
                header("webhook-id", "The event's `id`: keep each once."),
                header("webhook-timestamp", "When it was signed, in seconds since 1970."),
                header("webhook-signature", "`v1,…`, or two of them with a space between."),
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": { "2XX": { "description": "It has arrived. Any other answer, and none, is tried again." } },
        } })
    };
    json!({
        "payment": webhook("Something has happened to a payment", "PaymentWebhook"),
        "webhook_endpoint": webhook("danpay has disabled another endpoint, or somebody asked for a ping", "WebhookEndpointWebhook"),
    })
}

/// What the route says of itself: the id in it, who may call it, what is asked and comes next.
pub(super) fn add(path: &str, method: &str, operation: &mut Value) {
    let mut parameters = Vec::new();
    if path.contains("{id}") {
        parameters.push(id(path));
    }
    if takes_key(path, method) {
        parameters.push(idempotency_key(path.ends_with("/cancel")));
    }
    if let Some(Value::Array(own)) = operation.get_mut("parameters").map(Value::take) {
        parameters.extend(own);
    }
    if !parameters.is_empty() {
        set(operation, "parameters", json!(parameters));
    }
    let roles = roles(path, method);
    set(operation, "x-roles", json!(roles));
    if takes_key(path, method) {
        add_links(operation, "id", &PAYMENT_LINKS);
    }
    if path == "/v1/webhook_endpoints" && method == "post" {
        add_links(operation, "id", &ENDPOINT_LINKS);
    }
}

fn id(path: &str) -> Value {
    let (pattern, example) = if path.starts_with("/v1/payments/") {
        (PAYMENT_ID, "pay_01m3250v00ew3re1r70w3ge1r7")
    } else if path.starts_with("/v1/webhook_endpoints/") {
        (ENDPOINT_ID, "we_01m31y6v00ew3re1r70w3ge1r7")
    } else {
        (DELIVERY_ID, "dlv_01m3252qk0f4t7w9x2c5v8b1nm")
    };
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": "Its `id`.",
        "schema": { "type": "string", "pattern": pattern },
        "example": example,
    })
}

/// Payments' POSTs have one. Of webhooks' none: sent twice, they do the same.
pub(super) fn takes_key(path: &str, method: &str) -> bool {
    method == "post" && path.starts_with("/v1/payments")
}

fn idempotency_key(is_required: bool) -> Value {
    let what = if is_required {
        "Your own key of this decision to refund, stored before the request. Sent again with it, the money goes back once."
    } else {
        "Your own key of this attempt: the same request again with it does nothing again, and is answered by how the payment stands."
    };
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": is_required,
        "description": what,
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": IDEMPOTENCY_KEY_CHARS,
            "pattern": "^[!-~]([ -~]*[!-~])?$",
        },
        "example": "order-2026-1001-attempt-1",
    })
}

/// Whose keys may.
fn roles(path: &str, method: &str) -> Vec<&'static str> {
    // Each method of the document is one of HTTP's.
    let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap_or_default();
    let may = Role::ALL
        .into_iter()
        .filter(|role| roles::may(*role, &method, path));
    may.map(Role::as_str).collect()
}

const PAYMENT_LINKS: [&str; 6] = [
    "getPayment",
    "approvePayment",
    "withdrawPayment",
    "cancelPayment",
    "recoverPayment",
    "listPaymentEvents",
];

const ENDPOINT_LINKS: [&str; 6] = [
    "getWebhookEndpoint",
    "updateWebhookEndpoint",
    "rotateWebhookSecret",
    "pingWebhookEndpoint",
    "resendFailedWebhooks",
    "deleteWebhookEndpoint",
];

/// What can be asked next of what was answered.
fn add_links(operation: &mut Value, parameter: &str, next: &[&str]) {
    let links = next.iter().map(|operation_id| {
        let link = json!({
            "operationId": operation_id,
            "parameters": { parameter: "$response.body#/id" },
        });
        ((*operation_id).to_owned(), link)
    });
    let links: serde_json::Map<_, _> = links.collect();
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        if status.starts_with('2') {
            set(response, "links", json!(links));
        }
    }
}

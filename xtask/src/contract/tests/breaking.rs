use serde_json::{Value, json};

use super::{api, breaks, found, with};

const PAYMENT: &str = "/components/schemas/Payment";
const NEW: &str = "/components/schemas/NewPayment";
const CREATE: &str = "/paths/~1v1~1payments/post";
const LIST: &str = "/paths/~1v1~1payments/get";

/// That this alone is found when `value` is put there.
fn only(pointer: &str, value: Value, expected: &str) {
    assert_eq!(found(pointer, value), [expected], "{pointer}");
}

/// That it is found wherever the payment comes out.
fn everywhere(pointer: &str, value: Value, expected: &str) {
    let places = [
        "GET /v1/payments → 200 → data[].",
        "POST /v1/payments → 200 → ",
        "POST /v1/payments → 201 → ",
        "POST /v1/payments → 422 → payment.",
        "GET /v1/payments/{id} → 200 → ",
        "webhook payment → ",
    ];
    let expected: Vec<_> = places.map(|place| format!("{place}{expected}")).into();
    assert_eq!(found(pointer, value), expected, "{pointer}");
}

#[test]
fn what_can_be_called() {
    only(
        "/paths/~1v1~1payments",
        Value::Null,
        "/v1/payments: the path is removed",
    );
    only(
        LIST,
        Value::Null,
        "GET /v1/payments: the operation is removed",
    );
    only(
        "/webhooks/payment",
        Value::Null,
        "webhook payment: the webhook is removed",
    );
    only(
        &format!("{LIST}/operationId"),
        json!("payments"),
        "GET /v1/payments: operationId changed from \"list_payments\" to \"payments\"",
    );
    only(
        &format!("{LIST}/tags/0"),
        json!("orders"),
        "GET /v1/payments: tags changed from [\"payments\"] to [\"orders\"]",
    );
}

#[test]
fn a_path_that_is_renamed_is_removed() {
    let paths = api()["paths"].clone();
    let renamed = with(api(), "/paths/~1v1~1orders", paths["/v1/payments"].clone());
    let renamed = with(renamed, "/paths/~1v1~1payments", Value::Null);
    assert_eq!(
        breaks(&api(), &renamed),
        ["/v1/payments: the path is removed"]
    );
}

#[test]
fn who_may_call() {
    let removed = ": a way to authenticate is removed";
    let found = found("/components/securitySchemes/bearer/scheme", json!("basic"));
    assert!(found.len() == 3 && found.iter().all(|found| found.ends_with(removed)));
    let open = with(api(), &format!("{LIST}/security"), json!([]));
    assert_eq!(
        breaks(&open, &api()),
        ["GET /v1/payments: a way to authenticate is removed"]
    );
}

#[test]
fn parameters() {
    let limit = "GET /v1/payments → query limit";
    only(
        &format!("{LIST}/parameters/0"),
        Value::Null,
        &format!("{limit}: the parameter is removed"),
    );
    only(
        &format!("{LIST}/parameters/0/required"),
        json!(true),
        &format!("{limit}: the parameter is required now"),
    );
    only(
        &format!("{LIST}/parameters/0/schema/maximum"),
        json!(50),
        &format!("{limit}: maximum is tightened, from 100 to 50"),
    );
    only(
        &format!("{LIST}/parameters/0/schema/default"),
        json!(10),
        &format!("{limit}: its default changed from 20 to 10"),
    );
    only(
        &format!("{LIST}/parameters/1/schema/enum/0"),
        Value::Null,
        "GET /v1/payments → query status: the value \"ready\" is removed",
    );
    only(
        &format!("{LIST}/parameters/-"),
        json!({ "name": "cid", "in": "query", "required": true, "schema": { "type": "string" } }),
        "GET /v1/payments → query cid: a new parameter is required",
    );
    only(
        &format!("{LIST}/parameters/0/style"),
        json!("deepObject"),
        &format!("{limit}: it is written in another way now"),
    );
    only(
        "/paths/~1v1~1payments~1{id}/parameters/0/schema/pattern",
        json!("^pay_"),
        "GET /v1/payments/{id} → path id: pattern changed from none to \"^pay_\"",
    );
    only(
        &format!("{CREATE}/parameters/0/schema/maxLength"),
        json!(64),
        "POST /v1/payments → header idempotency-key: maxLength is tightened, from 255 to 64",
    );
}

#[test]
fn members_of_an_answer() {
    everywhere(
        &format!("{PAYMENT}/properties/id"),
        Value::Null,
        "id: removed",
    );
    everywhere(
        "/components/schemas/Amount/properties/total",
        Value::Null,
        "amount.total: removed",
    );
    everywhere(
        &format!("{PAYMENT}/required/0"),
        Value::Null,
        "id: may be absent now",
    );
    everywhere(
        &format!("{PAYMENT}/properties/id/type"),
        json!("integer"),
        "id: its type changed from string to integer",
    );
    everywhere(
        &format!("{PAYMENT}/properties/id/type"),
        json!(["string", "null"]),
        "id: may be null now",
    );
    everywhere(
        &format!("{PAYMENT}/properties/amount"),
        json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Amount" }] }),
        "amount: may be null now",
    );
    everywhere(
        &format!("{PAYMENT}/properties/id/maxLength"),
        json!(40),
        "id: maxLength is loosened, from 30 to 40",
    );
    everywhere(
        "/components/schemas/Amount/properties/total/format",
        Value::Null,
        "amount.total: format changed from \"int64\" to none",
    );
    everywhere(
        "/components/schemas/CardInfo/properties/bin/type",
        json!("object"),
        "card_info.bin: its type changed from string to object",
    );
    everywhere(
        &format!("{PAYMENT}/properties/metadata/additionalProperties/type"),
        json!("integer"),
        "metadata.*: its type changed from string to integer",
    );
    everywhere(
        &format!("{PAYMENT}/properties/metadata/additionalProperties"),
        Value::Null,
        "metadata.*: removed",
    );
}

#[test]
fn a_member_of_an_answer_that_is_renamed_is_removed() {
    let id = format!("{PAYMENT}/properties/id");
    let renamed = with(api(), &id, Value::Null);
    let number = json!({ "type": "string" });
    let renamed = with(renamed, &format!("{PAYMENT}/properties/number"), number);
    let renamed = with(renamed, &format!("{PAYMENT}/required/0"), json!("number"));
    let found = breaks(&api(), &renamed);
    assert_eq!(found[2], "POST /v1/payments → 201 → id: removed");
    assert_eq!(found.len(), 6);
}

#[test]
fn a_reference_that_leads_nowhere() {
    let reference = json!({ "$ref": "#/components/schemas/Money" });
    let lost = with(api(), &format!("{PAYMENT}/properties/amount"), reference);
    let expected = "POST /v1/payments → 201 → amount: there is no #/components/schemas/Money";
    assert!(breaks(&api(), &lost).contains(&expected.to_owned()));
}

#[test]
fn words_of_an_answer() {
    everywhere(
        &format!("{PAYMENT}/properties/status/x-extensible-enum/1"),
        Value::Null,
        "status: the value \"approved\" is removed",
    );
    let closed = with(
        api(),
        &format!("{PAYMENT}/properties/status"),
        json!({ "type": "string", "enum": ["ready", "approved"] }),
    );
    let grown = with(
        closed.clone(),
        &format!("{PAYMENT}/properties/status/enum/-"),
        json!("held"),
    );
    let found = breaks(&closed, &grown);
    let expected = "status: the value \"held\" is new in a list that was closed";
    assert!(
        found.len() == 6 && found[1].ends_with(expected),
        "{found:?}"
    );
    assert!(breaks(&closed, &api())[1].ends_with("status: it may have any value now"));
}

#[test]
fn responses() {
    only(
        &format!("{CREATE}/responses/200"),
        Value::Null,
        "POST /v1/payments → 200: the response is removed",
    );
    only(
        &format!("{CREATE}/responses/201/headers/X-Request-Id"),
        Value::Null,
        "POST /v1/payments → 201 → header X-Request-Id: the header is removed",
    );
    only(
        &format!("{CREATE}/responses/201/headers/X-Request-Id/required"),
        json!(false),
        "POST /v1/payments → 201 → header X-Request-Id: the header may be absent now",
    );
    only(
        "/components/responses/Problem/content",
        json!({ "application/json": {} }),
        "POST /v1/payments → 422: application/problem+json is removed",
    );
    let code =
        "/components/responses/Problem/content/application~1problem+json/schema/properties/code";
    only(
        &format!("{code}/x-extensible-enum/0"),
        Value::Null,
        "POST /v1/payments → 422 → code: the value \"not_found\" is removed",
    );
}

#[test]
fn members_of_a_request() {
    let request = "POST /v1/payments → request";
    let member = |pointer: &str, value, expected: &str| {
        only(
            &format!("{NEW}/{pointer}"),
            value,
            &format!("{request} → {expected}"),
        );
    };
    member("properties/item_code", Value::Null, "item_code: removed");
    member("required/-", json!("item_code"), "item_code: required now");
    member(
        "properties/item_code/type",
        json!("string"),
        "item_code: must not be null any more",
    );
    member(
        "properties/order_id/maxLength",
        json!(99),
        "order_id: maxLength is tightened, from 100 to 99",
    );
    member(
        "properties/order_id/minLength",
        json!(2),
        "order_id: minLength is tightened, from 1 to 2",
    );
    member(
        "properties/amount/minimum",
        json!(1),
        "amount: minimum is tightened, from none to 1",
    );
    member(
        "properties/amount/type",
        json!("integer"),
        "amount: its type changed from number to integer",
    );
    member(
        "properties/approval/enum/0",
        Value::Null,
        "approval: the value \"automatic\" is removed",
    );
    member(
        "properties/item_code/enum",
        json!(["a", null]),
        "item_code: it takes some values only now",
    );
    member(
        "properties/metadata/maxProperties",
        json!(10),
        "metadata: maxProperties is tightened, from 20 to 10",
    );
    member(
        "properties/metadata/additionalProperties/maxLength",
        json!(500),
        "metadata.*: maxLength is tightened, from none to 500",
    );
    member(
        "properties/metadata/propertyNames",
        json!({ "maxLength": 40 }),
        "metadata: the names of its members are limited now",
    );
    only(
        &format!("{CREATE}/requestBody"),
        Value::Null,
        "POST /v1/payments → request: the body is removed",
    );
    only(
        &format!("{LIST}/requestBody"),
        json!({ "required": true, "content": {} }),
        "GET /v1/payments → request: a body is required now",
    );
    let optional = with(
        api(),
        &format!("{CREATE}/requestBody/required"),
        json!(false),
    );
    assert_eq!(
        breaks(&optional, &api()),
        [format!("{request}: the body is required now")]
    );
}

#[test]
fn a_request_that_wants_more_or_takes_less_of_what_is_not_named() {
    let wants = with(
        api(),
        &format!("{NEW}/properties/shop"),
        json!({ "type": "string" }),
    );
    let wants = with(wants, &format!("{NEW}/required/-"), json!("shop"));
    let expected = "POST /v1/payments → request → shop: a new member is required";
    assert_eq!(breaks(&api(), &wants), [expected]);
    let open = with(api(), &format!("{NEW}/additionalProperties"), Value::Null);
    let expected = "POST /v1/payments → request: members that are not named are refused now";
    assert_eq!(breaks(&open, &api()), [expected]);
}

#[test]
fn what_may_be_one_of_several() {
    let choice = |names: &[&str]| {
        let names = names
            .iter()
            .map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
        let choice = json!({ "oneOf": names.collect::<Vec<_>>() });
        with(api(), &format!("{PAYMENT}/properties/amount"), choice)
    };
    let found = breaks(
        &choice(&["Amount", "CardInfo"]),
        &choice(&["Amount", "Payment"]),
    );
    assert_eq!(
        found[2],
        "POST /v1/payments → 200 → amount: it is never CardInfo any more"
    );
    assert_eq!(
        found[3],
        "POST /v1/payments → 200 → amount: it may be Payment now"
    );
}

#[test]
fn a_schema_that_generated_clients_know_by_its_name() {
    let renamed = with(api(), "/components/schemas/Won", schema("Amount"));
    let reference = json!({ "$ref": "#/components/schemas/Won" });
    let renamed = with(renamed, &format!("{PAYMENT}/properties/amount"), reference);
    let found = breaks(&api(), &renamed);
    let expected = "POST /v1/payments → 200 → amount: its schema Amount is called Won now";
    assert_eq!(found[1], expected);
}

fn schema(name: &str) -> Value {
    api()["components"]["schemas"][name].clone()
}

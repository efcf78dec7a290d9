use serde_json::{Value, json};

use super::{api, breaks, found, with};

const PAYMENT: &str = "/components/schemas/Payment";
const NEW: &str = "/components/schemas/NewPayment";
const CREATE: &str = "/paths/~1v1~1payments/post";
const LIST: &str = "/paths/~1v1~1payments/get";

fn harmless(pointer: &str, value: Value) {
    assert_eq!(found(pointer, value), [""; 0], "{pointer}");
}

#[test]
fn more_to_call() {
    let list = api()["paths"]["/v1/payments"]["get"].clone();
    harmless("/paths/~1v1~1payments~1{id}/delete", list.clone());
    harmless("/paths/~1v1~1orders", json!({ "get": list }));
    harmless("/webhooks/endpoint", api()["webhooks"]["payment"].clone());
    harmless(
        &format!("{LIST}/security"),
        json!([{ "bearer": [] }, { "basic": [] }]),
    );
    harmless(&format!("{LIST}/security"), json!([]));
}

#[test]
fn other_texts() {
    harmless("/info/title", json!("another"));
    harmless(&format!("{LIST}/description"), json!("It lists."));
    harmless(
        &format!("{CREATE}/responses/201/description"),
        json!("made"),
    );
    harmless(
        &format!("{PAYMENT}/properties/id/description"),
        json!("its number"),
    );
    harmless(
        &format!("{PAYMENT}/properties/id/examples"),
        json!(["pay_1"]),
    );
}

#[test]
fn an_answer_that_grows_or_says_more() {
    harmless(
        &format!("{PAYMENT}/properties/aid"),
        json!({ "type": "string" }),
    );
    harmless(
        &format!("{PAYMENT}/properties/status/x-extensible-enum/-"),
        json!("held"),
    );
    harmless(&format!("{PAYMENT}/required/-"), json!("second_charge_of"));
    harmless(
        &format!("{PAYMENT}/properties/item_code/type"),
        json!("string"),
    );
    harmless(&format!("{PAYMENT}/properties/id/maxLength"), json!(20));
    harmless(
        &format!("{PAYMENT}/properties/card_info"),
        json!({ "$ref": "#/components/schemas/CardInfo" }),
    );
    harmless(
        &format!("{CREATE}/responses/202"),
        api()["paths"]["/v1/payments"]["post"]["responses"]["201"].clone(),
    );
    harmless(
        &format!("{CREATE}/responses/201/headers/RateLimit-Limit"),
        json!({ "schema": { "type": "integer" } }),
    );
}

#[test]
fn a_request_that_takes_more() {
    harmless(
        &format!("{NEW}/properties/memo"),
        json!({ "type": "string" }),
    );
    harmless(&format!("{NEW}/required/0"), Value::Null);
    harmless(
        &format!("{NEW}/properties/order_id/type"),
        json!(["string", "null"]),
    );
    harmless(&format!("{NEW}/properties/order_id/maxLength"), json!(200));
    harmless(&format!("{NEW}/properties/order_id/minLength"), Value::Null);
    harmless(&format!("{NEW}/properties/approval/enum/-"), json!("later"));
    harmless(&format!("{NEW}/properties/approval/enum"), Value::Null);
    harmless(
        &format!("{NEW}/properties/metadata/additionalProperties"),
        json!({}),
    );
    harmless(&format!("{NEW}/additionalProperties"), Value::Null);
    harmless(&format!("{CREATE}/requestBody/required"), json!(false));
    harmless(
        &format!("{LIST}/parameters/-"),
        json!({ "name": "cid", "in": "query", "schema": { "type": "string" } }),
    );
    harmless(&format!("{LIST}/parameters/0/schema/maximum"), json!(200));
    harmless(
        &format!("{CREATE}/parameters/0/name"),
        json!("idempotency-key"),
    );
}

/// The same is said in another way.
#[test]
fn other_words_for_the_same() {
    let nullable =
        json!({ "anyOf": [{ "$ref": "#/components/schemas/CardInfo" }, { "type": "null" }] });
    harmless(&format!("{PAYMENT}/properties/card_info"), nullable);
    let amount = api()["components"]["schemas"]["Amount"].clone();
    harmless(&format!("{PAYMENT}/properties/amount"), amount);
    let parts = json!({ "allOf": [{ "$ref": "#/components/schemas/Payment" },
        { "type": "object", "required": ["cancellation_id"],
          "properties": { "cancellation_id": { "type": "string" } } }] });
    let content = format!("{CREATE}/responses/200/content/application~1json/schema");
    harmless(&content, parts.clone());
    // What has come by a part goes with it.
    let before = with(api(), &content, parts);
    let expected = "POST /v1/payments → 200 → cancellation_id: removed";
    assert_eq!(breaks(&before, &api()), [expected]);
}

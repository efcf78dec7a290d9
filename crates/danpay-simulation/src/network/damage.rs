//! Answers of KakaoPay's that arrive other than they were given.

use bytes::Bytes;
use kakaopay::TransportResponse as Response;
use serde_json::{Value, json};

/// It ends in the middle.
pub(super) fn half(mut answer: Response) -> Response {
    let middle = answer.body.len() / 2;
    answer.body.truncate(middle);
    answer
}

/// Every value has another type.
pub(super) fn of_wrong_types(answer: Response) -> Response {
    let Ok(Value::Object(fields)) = serde_json::from_slice(&answer.body) else {
        return answer;
    };
    let wrong = fields.into_iter().map(|(name, value)| {
        let wrong = match value {
            Value::String(_) => json!({ "value": null }),
            Value::Number(_) | Value::Bool(_) => json!(["not a number"]),
            Value::Object(_) | Value::Array(_) => json!("not an object"),
            Value::Null => json!(0),
        };
        (name, wrong)
    });
    let body = Value::Object(wrong.collect()).to_string();
    with_body(answer, body)
}

/// What KakaoPay would say of another payer's payment.
pub(super) fn about_another(answer: Response) -> Response {
    with(answer, "/tid", json!("T0000000000000000000"))
}

/// It repeats another amount than was asked.
pub(super) fn of_another_amount(answer: Response) -> Response {
    let answer = with(answer, "/amount/total", json!(1));
    with(answer, "/canceled_amount/total", json!(1))
}

fn with(answer: Response, place: &str, value: Value) -> Response {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return answer;
    };
    match body.pointer_mut(place) {
        Some(place) => *place = value,
        None => return answer,
    }
    with_body(answer, body.to_string())
}

fn with_body(mut answer: Response, body: impl Into<Bytes>) -> Response {
    answer.body = body.into();
    answer
}

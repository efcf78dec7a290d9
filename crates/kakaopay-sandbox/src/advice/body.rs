//! What is wrong with a body: its form, fields that are missing or misspelt, values out of bounds.

mod names;
mod unreadable;
mod values;

use serde_json::{Map, Value};

use self::names::{is_misspelling, misspelt};
use super::{Advice, Generation, door};
use crate::call::Call;

type Fields = Map<String, Value>;

pub(super) fn advise(call: &Call, refused: bool, generation: Generation) -> Vec<Advice> {
    if generation == Generation::Old {
        return of_fields(call, &call.form(), refused);
    }
    if call.path.starts_with(door::OLD_BASE) {
        return Vec::new();
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => of_fields(call, &fields, refused),
        Ok(other) => vec![no_object(&other)],
        Err(error) => vec![unreadable::advise(&call.body, &error)],
    }
}

fn of_fields(call: &Call, fields: &Fields, refused: bool) -> Vec<Advice> {
    let missing = missing(&call.path, fields);
    let values = values::advise(fields);
    let misspelt = names::misspelt_optional(endpoint(&call.path), fields);
    missing
        .chain(values)
        .chain(misspelt)
        .filter(|advice| refused || is_warning(advice))
        .collect()
}

fn endpoint(path: &str) -> Option<&str> {
    path.strip_prefix(door::BASE)
        .or_else(|| path.strip_prefix(door::OLD_BASE))
}

/// What KakaoPay lets pass: it cannot see the one, and leaves the other unread.
pub(super) fn is_warning(advice: &Advice) -> bool {
    [values::PERSONAL_DATA, names::MISSPELT_OPTIONAL].contains(&advice.name)
}

fn no_object(body: &Value) -> Advice {
    let twice = body
        .as_str()
        .is_some_and(|text| serde_json::from_str::<Fields>(text).is_ok());
    if twice {
        return Advice::new(
            "encoded_twice",
            "The body is JSON inside a JSON string: it was encoded twice; leave one of the two out.",
            "본문이 JSON 문자열 안의 JSON입니다. 두 번 인코딩했으니 한 번만 하세요.",
        );
    }
    Advice::new(
        "not_an_object",
        "The body has to be one JSON object with the fields of the call.",
        "본문은 호출의 필드를 담은 JSON 객체 하나여야 합니다.",
    )
}

fn required_of(endpoint: Option<&str>) -> &'static [&'static str] {
    match endpoint {
        Some("ready") => &[
            "cid",
            "partner_order_id",
            "partner_user_id",
            "item_name",
            "quantity",
            "total_amount",
            "tax_free_amount",
            "approval_url",
            "cancel_url",
            "fail_url",
        ],
        Some("approve") => &[
            "cid",
            "tid",
            "partner_order_id",
            "partner_user_id",
            "pg_token",
        ],
        Some("order") => &["cid", "tid"],
        Some("cancel") => &["cid", "tid", "cancel_amount", "cancel_tax_free_amount"],
        _ => &[],
    }
}

fn missing<'a>(path: &'a str, fields: &'a Fields) -> impl Iterator<Item = Advice> + 'a {
    let required = required_of(endpoint(path));
    let strangers = fields
        .keys()
        .filter(|key| !required.contains(&key.as_str()));
    let strangers: Vec<&str> = strangers.map(String::as_str).collect();
    required.iter().filter_map(move |&field| {
        let given = fields.get(field);
        if given.is_some_and(|value| !value.is_null() && value != "") {
            return None;
        }
        Some(
            match strangers.iter().find(|key| is_misspelling(key, field)) {
                Some(key) => misspelt(key, field),
                None => absent(field, fields),
            },
        )
    })
}

fn absent(field: &str, fields: &Fields) -> Advice {
    match field {
        "tax_free_amount" => Advice::new(
            "no_tax_free_amount",
            "tax_free_amount is required; send 0 when nothing is free of tax.",
            "tax_free_amount는 필수입니다. 비과세가 없으면 0을 보내세요.",
        ),
        "cancel_tax_free_amount" => Advice::new(
            "no_tax_free_amount",
            "cancel_tax_free_amount is required; send 0 when nothing of it is free of tax.",
            "cancel_tax_free_amount는 필수입니다. 비과세가 없으면 0을 보내세요.",
        ),
        "tid" if fields.contains_key("partner_order_id") => Advice::new(
            "no_tid",
            "tid is missing: KakaoPay knows a payment by the tid of ready only, never by your order id; store it before you redirect.",
            "tid가 없습니다. 카카오페이는 결제를 주문번호가 아니라 ready의 tid로만 찾습니다. 리다이렉트 전에 저장하세요.",
        ),
        "pg_token" => Advice::new(
            "no_pg_token",
            "pg_token is missing; it comes in the query of approval_url when the payer returns.",
            "pg_token이 없습니다. 결제자가 돌아올 때 approval_url의 쿼리에 붙어 옵니다.",
        ),
        _ => Advice::new(
            "missing_field",
            format!("{field} is required and was absent, null or empty."),
            format!("{field}는 필수인데 없거나 null이거나 비어 있습니다."),
        ),
    }
}

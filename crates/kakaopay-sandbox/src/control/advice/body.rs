//! What is wrong with a body: its form, fields that are missing or misspelt, values out of bounds.

mod values;

use serde_json::{Map, Value};

use super::{Advice, door};
use crate::api::Call;

type Fields = Map<String, Value>;

pub(super) fn advise(call: &Call, refused: bool) -> Vec<Advice> {
    // The predecessor's bodies are forms, and nobody starts with it today.
    if call.path.starts_with("/v1/") {
        return Vec::new();
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => {
            let missing = missing(&call.path, &fields);
            let values = values::advise(&fields);
            missing
                .into_iter()
                .chain(values)
                .filter(|advice| refused || is_warning(advice))
                .collect()
        }
        Ok(other) => vec![no_object(&other)],
        Err(error) => vec![no_json(&call.body, &error)],
    }
}

/// KakaoPay forbids it in its terms and cannot see it in a call.
pub(super) fn is_warning(advice: &Advice) -> bool {
    advice.name == values::PERSONAL_DATA
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

fn no_json(body: &[u8], error: &serde_json::Error) -> Advice {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return Advice::new(
            "empty_body",
            "The body is empty; send the fields as a JSON object.",
            "본문이 비어 있습니다. 필드를 JSON 객체로 보내세요.",
        );
    }
    if !text.starts_with(['{', '[']) && text.contains('=') {
        return door::form();
    }
    let (line, column) = (error.line(), error.column());
    Advice::new(
        "broken_json",
        format!(
            "The body stops being JSON at line {line}, column {column}; build it with a JSON library."
        ),
        format!("본문이 {line}행 {column}열에서 JSON이 아니게 됩니다. JSON 라이브러리로 만드세요."),
    )
}

fn required(path: &str) -> &'static [&'static str] {
    match path.strip_prefix("/online/v1/payment/") {
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
    let required = required(path);
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

/// Field names of ours only: a stranger's own could hold anything.
fn misspelt(key: &str, field: &str) -> Advice {
    if key.contains('_') {
        Advice::new(
            "misspelt_field",
            format!("{field} is missing, and a field looks like a misspelling of it."),
            format!("{field}가 없고, 그 이름을 잘못 적은 듯한 필드가 있습니다."),
        )
    } else {
        Advice::new(
            "misspelt_field",
            format!(
                "{field} is missing, and a field has its name in another spelling; names are in lower case with underscores."
            ),
            format!(
                "{field}가 없고, 다르게 적은 이름이 있습니다. 이름은 밑줄을 쓰는 소문자입니다."
            ),
        )
    }
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

/// `partnerOrderId`, or a name with at most two letters wrong.
fn is_misspelling(key: &str, field: &str) -> bool {
    let bare = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    if bare(key) == bare(field) {
        return true;
    }
    let near = key.len().abs_diff(field.len()) <= 2 && key.len() > 5;
    near && distance(key, field) <= 2
}

/// Levenshtein's, over characters.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let above = *cell;
            let replaced = diagonal + usize::from(letter != *other);
            left = replaced.min(above + 1).min(left + 1);
            *cell = left;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

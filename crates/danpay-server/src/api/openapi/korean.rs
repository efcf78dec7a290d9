//! The Korean of what the contract says in English.
//!
//! **Invariant**: each text of the contract is here (a test sees to it).

use serde_json::{Value, json};

/// English, Korean.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
];

/// Says each text in Korean as well, beside the English.
pub(super) fn add(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(add);
            let said = object.get("description").and_then(Value::as_str);
            if let Some(korean) = said.and_then(korean) {
                object.insert("x-description-ko".to_owned(), json!(korean));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(add),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn korean(english: &str) -> Option<&'static str> {
    let mut all = TEXTS.iter();
    all.find(|(text, _)| *text == english)
        .map(|(_, korean)| *korean)
}

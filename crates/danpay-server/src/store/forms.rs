//! Documents in the database, and how an older form of one becomes today's.
//!
//! **Invariant**: what was written once is never rewritten for its form alone: it is brought up to date
//! each time that it is read, step by step. A document of a form that is not known here is refused, since
//! it was written by a newer danpay.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Makes of a document of a table one of the next form. An array is a document for each of its elements.
type Step = fn(table: &str, document: &mut Map<String, Value>);

/// From the first form on. A new one is added at the end, with a test of a document as it was before.
const STEPS: &[Step] = &[];

/// Under which name a document says its form, as its first member. Those of the first form say none.
const FORM: &str = "v";

/// The document as it is stored.
pub(super) fn write(value: &impl Serialize) -> Result<String, String> {
    write_by(STEPS, value)
}

/// What a stored document says.
pub(super) fn read<T: DeserializeOwned>(table: &str, text: &str) -> Result<T, String> {
    read_by(STEPS, table, text)
}

fn write_by(steps: &[Step], value: &impl Serialize) -> Result<String, String> {
    let plain = || serde_json::to_string(value).map_err(|error| error.to_string());
    if steps.is_empty() {
        return plain();
    }
    let mut value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    for document in documents(&mut value) {
        let members = std::mem::take(document);
        document.insert(FORM.to_owned(), (steps.len() + 1).into());
        document.extend(members);
    }
    Ok(value.to_string())
}

fn read_by<T: DeserializeOwned>(steps: &[Step], table: &str, text: &str) -> Result<T, String> {
    let says_its_form = text.trim_start_matches('[').starts_with("{\"v\":");
    if steps.is_empty() && !says_its_form {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let mut value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for document in documents(&mut value) {
        let form = match document.shift_remove(FORM) {
            None => 1,
            Some(form) => form.as_u64().ok_or("its form is no number")?,
        };
        let passed = usize::try_from(form.saturating_sub(1)).unwrap_or(usize::MAX);
        let missing = steps
            .get(passed..)
            .ok_or_else(|| format!("it has the form {form}, of a newer danpay than this one"))?;
        for step in missing {
            step(table, document);
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// The document, or those of an array.
fn documents(value: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let several = match value {
        Value::Array(several) => several.iter_mut(),
        one => std::slice::from_mut(one).iter_mut(),
    };
    several.filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Now {
        total_won: i64,
        currency: String,
    }

    /// `total` was renamed, then the currency was added; elsewhere neither was there.
    const SINCE: &[Step] = &[
        |table, document| {
            if table == "payments"
                && let Some(total) = document.shift_remove("total")
            {
                document.insert("total_won".to_owned(), total);
            }
        },
        |_, document| {
            document.insert("currency".to_owned(), json!("KRW"));
        },
    ];

    fn now(total_won: i64) -> Now {
        let currency = "KRW".to_owned();
        Now {
            total_won,
            currency,
        }
    }

    #[test]
    fn a_document_of_every_older_form_is_read_as_one_of_today() {
        let read = |text: &str| read_by::<Now>(SINCE, "payments", text).unwrap();
        assert_eq!(read(r#"{"total":2200}"#), now(2200));
        assert_eq!(read(r#"{"v":2,"total_won":2200}"#), now(2200));
        let written = write_by(SINCE, &now(2200)).unwrap();
        assert!(written.starts_with(r#"{"v":3,"#), "{written}");
        assert_eq!(read(&written), now(2200));
    }

    #[test]
    fn each_document_of_an_array_has_a_form_of_its_own() {
        let text = r#"[{"total":1},{"v":3,"total_won":2,"currency":"KRW"}]"#;
        let read: Vec<Now> = read_by(SINCE, "payments", text).unwrap();
        assert_eq!(read, [now(1), now(2)]);
        let written = write_by(SINCE, &read).unwrap();
        assert_eq!(
            read_by::<Vec<Now>>(SINCE, "payments", &written).unwrap(),
            read
        );
    }

    #[test]
    fn a_document_of_a_newer_form_is_refused() {
        for (steps, text) in [
            (SINCE, r#"{"v":4,"total_won":1,"currency":"KRW"}"#),
            (&[], r#"{"v":2,"total_won":1,"currency":"KRW"}"#),
            (&[], r#"[{"v":2,"total_won":1,"currency":"KRW"}]"#),
        ] {
            let refused = read_by::<Value>(steps, "payments", text).unwrap_err();
            assert!(refused.contains("newer"), "{refused}");
        }
        let other: Result<Now, String> = read_by(SINCE, "cancellations", r#"{"total":1}"#);
        assert!(other.is_err());
    }
}

use serde::Deserialize;

use super::*;
use crate::{Aid, Tid};

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(deserialize_with = "required_text")]
    tid: Tid,
    #[serde(default = "absent", deserialize_with = "text")]
    aid: Aid,
    #[serde(default, deserialize_with = "optional_text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "number_or_zero")]
    quantity: u32,
    #[serde(default, deserialize_with = "decoration")]
    months: Option<u8>,
}

fn read(json: &str) -> Result<Answer, serde_json::Error> {
    serde_json::from_str(json)
}

#[test]
fn absent_and_null_are_the_same() {
    let nulls = r#"{"tid":"T","aid":null,"code":null,"quantity":null,"months":null}"#;
    for json in [r#"{"tid":"T"}"#, nulls] {
        let answer = read(json).unwrap();
        assert_eq!((answer.tid.as_str(), answer.aid.as_str()), ("T", ""));
        assert_eq!(
            (answer.code, answer.quantity, answer.months),
            (None, 0, None)
        );
    }
}

#[test]
fn an_answer_has_to_say_which_payment_it_is_about() {
    for json in [
        "{}",
        r#"{"tid":null}"#,
        r#"{"tid":""}"#,
        r#"{"error_code":-500}"#,
    ] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn texts_may_be_numbers_and_numbers_texts() {
    let answer = read(r#"{"tid":1,"aid":2,"code":6666,"quantity":"3","months":"x"}"#).unwrap();
    assert_eq!((answer.tid.as_str(), answer.aid.as_str()), ("1", "2"));
    assert_eq!((answer.code.as_deref(), answer.quantity), (Some("6666"), 3));
    assert_eq!(
        answer.months, None,
        "a decoration that is unreadable is absent"
    );
}

#[test]
fn whole_numbers_are_read_in_every_form_and_nothing_else_is() {
    let whole = |json: &str| serde_json::from_str::<Whole>(json).map(|Whole(value)| value);
    for json in [
        "2200",
        "\"2200\"",
        "2200.0",
        "\"2200.00\"",
        "\" 2200 \"",
        "2.2e3",
    ] {
        assert_eq!(whole(json).unwrap(), 2_200, "{json}");
    }
    for json in [
        "-1",
        "1.5",
        "\"1.5\"",
        "\"\"",
        "\"abc\"",
        "\"1,000\"",
        "true",
        "[]",
        "1e30",
    ] {
        assert!(whole(json).is_err(), "{json}");
    }
    assert_eq!(whole("18446744073709551615").unwrap(), u64::MAX);
}

//! What KakaoPay says is bounded before it comes into the database, with room above what is documented.
//!
//! **Invariant**: an answer that proves that money moved is never lost for something in it that is
//! too long or cannot be: that part is left out.

use danpay_core::timing;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Numbers of payments and of requests have 20 characters.
pub(super) const ID_CHARS: usize = 64;
/// Names, codes and words have at most some tens of characters.
pub(super) const WORD_CHARS: usize = 100;
/// Messages, which people read.
pub(super) const MESSAGE_CHARS: usize = 500;
/// Of an answer that is recorded; a real one has at most 2 KiB.
const EVIDENCE_BYTES: usize = 16 * 1024;

/// KakaoPay's first payments were made in September 2014.
const BEGINNING_S: i64 = 1_388_534_400;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A number or a code: as it is, or not at all.
pub(super) fn word(text: String, most: usize) -> Option<String> {
    let fits = !text.is_empty() && text.chars().count() <= most && !text.contains(char::is_control);
    fits.then_some(text)
}

/// A message: its beginning, if it is too long.
pub(super) fn message(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// A time at which it can have been, `now` being ours.
pub(super) fn time(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (at.as_second() >= BEGINNING_S && at <= timing::after(now, DAY)).then_some(at)
}

/// An answer as evidence: long texts in it are cut, and what is still too much is left out.
pub(super) fn evidence(mut answer: Value) -> Value {
    cut(&mut answer);
    let bytes = answer.to_string().len();
    if bytes > EVIDENCE_BYTES {
        return json!({ "too_long_bytes": bytes });
    }
    answer
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) => *text = message(text),
        Value::Array(values) => values.iter_mut().for_each(cut),
        Value::Object(members) => members.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_or_left_out() {
        assert_eq!(word("A".repeat(64), ID_CHARS), Some("A".repeat(64)));
        assert_eq!(word("A".repeat(65), ID_CHARS), None);
        assert_eq!(word("A\r\nB".to_owned(), ID_CHARS), None);
        assert_eq!(message(&"가".repeat(501)), format!("{}…", "가".repeat(500)));
        let long = evidence(json!({ "aid": "A".repeat(800_000), "b": [{ "c": "d" }] }));
        assert_eq!(long["b"][0]["c"], "d");
        assert!(long["aid"].as_str().unwrap().len() < 600);
        let many = evidence(json!(vec!["x".repeat(400); 100]));
        assert_eq!(many, json!({ "too_long_bytes": 40_301 }));
        let of_bytes = |last: usize| {
            let mut texts = vec!["x".repeat(400); 40];
            texts.push("x".repeat(last));
            json!(texts)
        };
        let most = of_bytes(260);
        assert_eq!(most.to_string().len(), 16_384);
        assert_eq!(evidence(most.clone()), most);
        assert_eq!(evidence(of_bytes(261)), json!({ "too_long_bytes": 16_385 }));
    }

    #[test]
    fn a_time_that_cannot_be_is_none() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(time(now, now), Some(now));
        let years = |year: &str| {
            format!("{year}-01-01T00:00:00Z")
                .parse::<Timestamp>()
                .unwrap()
        };
        for wrong in ["2000", "2100", "9999"] {
            assert_eq!(time(years(wrong), now), None, "{wrong}");
        }
        assert_eq!(time(years("2024"), now), Some(years("2024")));
        assert_eq!(time(Timestamp::MAX, Timestamp::MAX), Some(Timestamp::MAX));
    }
}

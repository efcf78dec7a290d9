//! The client against what danpay promises: its samples, and the words of its documentation.

use danpay_client::{Event, EventType, Payment, PaymentStatus, ProblemCode};
use serde_json::{Value, json};

const DOCS: &str = include_str!("../../../../docs/api.md");
pub(crate) const SAMPLE: &str =
    include_str!("../../../danpay-server/src/wire/samples/payment.json");
const EVENTS: [&str; 3] = [
    include_str!("../../../danpay-server/src/wire/samples/event.approved.json"),
    include_str!("../../../danpay-server/src/wire/samples/event.corrected.json"),
    include_str!("../../../danpay-server/src/wire/samples/event.partially_canceled.json"),
];

/// The words in code letters at the beginning of the rows of the table below this heading.
fn words(heading: &str) -> Vec<&'static str> {
    let (_, section) = DOCS.split_once(heading).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let words: Vec<_> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(!words.is_empty(), "{heading}");
    words
}

#[test]
fn every_documented_word_is_known() {
    for word in words("## Ask how it stands") {
        assert!(
            !matches!(PaymentStatus::from(word), PaymentStatus::Other(_)),
            "{word}"
        );
    }
    for word in words("is for `GET /v1/payments/{id}` to say.") {
        assert!(
            !matches!(EventType::from(word), EventType::Other(_)),
            "{word}"
        );
    }
    for word in words("## Problems") {
        assert!(
            !matches!(ProblemCode::from(word), ProblemCode::Other(_)),
            "{word}"
        );
    }
}

#[test]
fn what_danpay_tells_is_kept_whole() {
    let whole = |told: &str, kept: Value| {
        let mut told: Value = serde_json::from_str(told).unwrap();
        drop_objects(&mut told);
        assert_eq!(kept, told);
    };
    let payment: Payment = serde_json::from_str(SAMPLE).unwrap();
    whole(SAMPLE, serde_json::to_value(payment).unwrap());
    for sample in EVENTS {
        let event: Event = serde_json::from_str(sample).unwrap();
        whole(sample, serde_json::to_value(event).unwrap());
    }
}

/// `object` says what the type says.
fn drop_objects(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("object");
            members.values_mut().for_each(drop_objects);
        }
        Value::Array(values) => values.iter_mut().for_each(drop_objects),
        _ => {}
    }
}

#[test]
fn new_members_and_new_words_break_nothing() {
    let mut new: Value = serde_json::from_str(SAMPLE).unwrap();
    new["status"] = json!("settled");
    new["approval"] = json!("by_committee");
    new["payment_method_type"] = json!("COIN");
    new["amount"]["crypto"] = json!(1.5);
    new["new"] = json!({ "a": [] });
    let payment: Payment = serde_json::from_value(new).unwrap();
    assert_eq!(payment.status, PaymentStatus::Other("settled".to_owned()));
    assert_eq!(payment.status.as_str(), "settled");
    let status = &payment.status;
    assert!(!status.is_paid() && !status.was_paid() && !status.ended_unpaid());
}

#[test]
fn members_that_may_be_left_out_may_be_left_out() {
    let mut less: Value = serde_json::from_str(SAMPLE).unwrap();
    less.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let payment: Payment = serde_json::from_value(less).unwrap();
    assert_eq!((payment.item_code, payment.checkout_url), (None, None));
}

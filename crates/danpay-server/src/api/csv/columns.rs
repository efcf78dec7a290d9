//! The columns of the files, under the names of the API's JSON.

use std::sync::LazyLock;

/// A payment's, in the order of its JSON. `object` says the same in each row, and is left out.
#[rustfmt::skip]
const PAYMENT: &[&str] = &[
    "id", "status", "sequence", "livemode", "order_id", "user_id", "item_name", "item_code", "quantity",
    "amount.total", "amount.tax_free", "amount.vat",
    "amount.point", "amount.discount", "amount.green_deposit",
    "canceled_amount.total", "canceled_amount.tax_free", "canceled_amount.vat",
    "canceled_amount.point", "canceled_amount.discount", "canceled_amount.green_deposit",
    "cancel_available_amount.total", "cancel_available_amount.tax_free", "cancel_available_amount.vat",
    "cancel_available_amount.point", "cancel_available_amount.discount", "cancel_available_amount.green_deposit",
    "cid", "tid", "aid", "payment_method_type",
    "card_info.kakaopay_purchase_corp", "card_info.kakaopay_purchase_corp_code",
    "card_info.kakaopay_issuer_corp", "card_info.kakaopay_issuer_corp_code", "card_info.card_corp_name",
    "card_info.bin", "card_info.card_type", "card_info.install_month", "card_info.approved_id",
    "card_info.card_mid", "card_info.interest_free_install", "card_info.installment_type",
    "card_info.card_item_code",
    "checkout_url", "return_url", "approval",
    "failure.code", "failure.message", "failure.message_ko",
    "failure.kakaopay.error_code", "failure.kakaopay.error_message",
    "failure.kakaopay.method_result_code", "failure.kakaopay.method_result_message",
    "second_charge_of", "cancellations", "metadata",
    "created_at", "expires_at", "approved_at", "refundable_until",
];

/// Of payments besides: books are closed by Korea's days, and spreadsheets take this form for a time, but
/// not that of RFC 3339.
pub(super) const CREATED_AT_KOREA: &str = "created_at_korea";
pub(super) const APPROVED_AT_KOREA: &str = "approved_at_korea";

const EVENT: &[&str] = &[
    "id",
    "type",
    "sequence",
    "created_at",
    "livemode",
    "needs_review",
    "corrected_from",
    "cancellation_id",
];

const DELIVERY: &[&str] = &[
    "id",
    "endpoint_id",
    "event_id",
    "type",
    "payment_id",
    "sequence",
    "status",
    "in_flight",
    "attempt_count",
    "next_attempt_at",
    "created_at",
    "attempts",
];

/// Whether the row cannot be read; then it has its id alone.
pub(super) const DAMAGED: &str = "damaged";

fn named(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let names = names.into_iter().map(Into::into);
    names.chain([DAMAGED.to_owned()]).collect()
}

pub(super) static PAYMENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let korea = [CREATED_AT_KOREA, APPROVED_AT_KOREA];
    named(PAYMENT.iter().copied().chain(korea))
});

pub(super) static EVENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of_payment = PAYMENT.iter().map(|name| format!("payment.{name}"));
    let of_event = EVENT.iter().map(|name| (*name).to_owned());
    named(of_event.chain(of_payment))
});

pub(super) static DELIVERIES: LazyLock<Vec<String>> =
    LazyLock::new(|| named(DELIVERY.iter().copied()));

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const SAMPLES: [&str; 3] = [
        include_str!("../../wire/samples/event.approved.json"),
        include_str!("../../wire/samples/event.corrected.json"),
        include_str!("../../wire/samples/event.partially_canceled.json"),
    ];

    /// Its members that have no column. `object` needs none, and in a file no cancellations are left out.
    fn without_column(value: &Value, name: &str, columns: &[String]) -> Vec<String> {
        let below = format!("{name}.");
        let is_known = columns.iter().any(|column| column == name)
            || value.is_null() && columns.iter().any(|column| column.starts_with(&below));
        if is_known || name.ends_with("object") || name.ends_with("cancellations_truncated") {
            return Vec::new();
        }
        match value.as_object() {
            None => vec![name.to_owned()],
            Some(members) => {
                let named = members.iter().flat_map(|(member, value)| {
                    let name = if name.is_empty() {
                        member.clone()
                    } else {
                        format!("{name}.{member}")
                    };
                    without_column(value, &name, columns)
                });
                named.collect()
            }
        }
    }

    #[test]
    fn whatever_the_json_has_has_a_column() {
        for sample in SAMPLES {
            let event: Value = serde_json::from_str(sample).unwrap();
            assert_eq!(without_column(&event, "", &EVENTS), Vec::<String>::new());
            let payment = &event["payment"];
            assert_eq!(without_column(payment, "", &PAYMENTS), Vec::<String>::new());
        }
        let new = serde_json::json!({ "amount": { "new": 1 }, "id": 1 });
        assert_eq!(without_column(&new, "", &PAYMENTS), ["amount.new"]);
    }

    #[test]
    fn each_column_is_there_once() {
        for columns in [&PAYMENTS, &EVENTS, &DELIVERIES] {
            let mut once = columns.to_vec();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), columns.len());
        }
    }
}

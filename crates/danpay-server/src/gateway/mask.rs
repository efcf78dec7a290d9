//! What is recorded of KakaoPay's answers tells nothing of persons.
//!
//! **Invariant**: what an audit needs is named here: numbers of payments and requests, amounts, times,
//! codes, messages. Whatever else an answer holds, be it that KakaoPay adds it one day, is masked
//! before it comes into the database.

use danpay_core::{CancellationId, PaymentId};
use serde_json::Value;

/// What stands for what is not kept.
const MASKED: &str = "***";

/// Members whose texts and numbers are kept as they are.
const KEPT: [&str; 36] = [
    // What it is about.
    "aid",
    "cid",
    "tid",
    "sid",
    "partner_order_id",
    "status",
    "payment_method_type",
    "payment_action_type",
    // Amounts.
    "amount",
    "total",
    "tax_free",
    "vat",
    "point",
    "discount",
    "green_deposit",
    "point_amount",
    "discount_amount",
    "green_deposit_amount",
    "quantity",
    // Times.
    "created_at",
    "approved_at",
    "canceled_at",
    // How a card was charged, and nothing of whose card it is.
    "kakaopay_purchase_corp_code",
    "kakaopay_issuer_corp_code",
    "approved_id",
    "card_mid",
    "card_item_code",
    "card_type",
    "install_month",
    "interest_free_install",
    "installment_type",
    // A call that failed.
    "outcome",
    "http_status",
    "error_code",
    "method_result_code",
    "unrecordable",
];

/// Members that people read, in which long numbers are masked.
const MESSAGES: [&str; 3] = ["error", "error_message", "method_result_message"];

/// A telephone number has this many digits or more, and so has that of a card or an account.
const PERSONAL_DIGITS: usize = 9;

/// Masks what is not kept. That it was there is told all the same.
pub(super) fn mask(answer: &mut Value) {
    mask_member("", answer);
}

fn mask_member(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                mask_member(name, value);
            }
        }
        Value::Array(values) => {
            for value in values {
                mask_member(name, value);
            }
        }
        Value::String(text) if MESSAGES.contains(&name) => *text = without_long_numbers(text),
        Value::String(text) if name == "payload" && is_ours(text) => {}
        Value::String(_) | Value::Number(_) if !KEPT.contains(&name) => {
            *value = Value::from(MASKED);
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// We give our own ids; somebody else who has the key may give anything.
fn is_ours(payload: &str) -> bool {
    payload.parse::<PaymentId>().is_ok() || payload.parse::<CancellationId>().is_ok()
}

/// The same without numbers such as 010-1234-5678.
fn without_long_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    // What may become such a number.
    let mut number = String::new();
    for letter in text.chars().map(Some).chain([None]) {
        let goes_on = match letter {
            Some('-' | ' ') => !number.is_empty(),
            Some(letter) => letter.is_ascii_digit(),
            None => false,
        };
        if let Some(letter) = letter.filter(|_| goes_on) {
            number.push(letter);
            continue;
        }
        let digits = number.chars().filter(char::is_ascii_digit).count();
        if digits < PERSONAL_DIGITS {
            kept.push_str(&number);
        } else {
            kept.push_str(MASKED);
            let shown = number.trim_end_matches(['-', ' ']).len();
            kept.push_str(number.get(shown..).unwrap_or_default());
        }
        number.clear();
        kept.extend(letter);
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(mut answer: Value) -> Value {
        mask(&mut answer);
        answer
    }

    #[test]
    fn what_an_audit_needs_is_kept_and_what_tells_of_a_person_is_not() {
        let ours = CancellationId::from_bytes([1; 16]).to_string();
        let answer = json!({
            "aid": "A1", "tid": "T1", "cid": "TC0ONETIME", "status": "PART_CANCEL_PAYMENT",
            "partner_order_id": "order-1", "partner_user_id": "hong@shop.example",
            "item_name": "초코파이", "payload": "홍길동 010-1234-5678",
            "amount": { "total": 2200, "vat": 200 }, "approved_at": "2026-11-26T12:01:00",
            "card_info": { "bin": "111111", "approved_id": "11111111", "card_type": "신용",
                           "kakaopay_issuer_corp": "신한", "kakaopay_issuer_corp_code": "101" },
            "selected_card_info": { "card_bin": "111111", "install_month": 0 },
            "payment_action_details": [
                { "aid": "A2", "amount": 700, "payment_action_type": "CANCEL", "payload": ours },
            ],
            "next_redirect_pc_url": "https://online-payment.kakaopay.com/x", "sid": null,
            // KakaoPay adds them one day.
            "payer": { "name": "홍길동", "phone": 1_012_345_678, "adult": true },
            "phones": ["010-1234-5678", { "amount": 1 }],
        });
        let expected = json!({
            "aid": "A1", "tid": "T1", "cid": "TC0ONETIME", "status": "PART_CANCEL_PAYMENT",
            "partner_order_id": "order-1", "partner_user_id": "***",
            "item_name": "***", "payload": "***",
            "amount": { "total": 2200, "vat": 200 }, "approved_at": "2026-11-26T12:01:00",
            "card_info": { "bin": "***", "approved_id": "11111111", "card_type": "신용",
                           "kakaopay_issuer_corp": "***", "kakaopay_issuer_corp_code": "101" },
            "selected_card_info": { "card_bin": "***", "install_month": 0 },
            "payment_action_details": [
                { "aid": "A2", "amount": 700, "payment_action_type": "CANCEL", "payload": ours },
            ],
            "next_redirect_pc_url": "***", "sid": null,
            "payer": { "name": "***", "phone": "***", "adult": true },
            "phones": ["***", { "amount": 1 }],
        });
        assert_eq!(masked(answer), expected);
    }

    #[test]
    fn a_message_is_kept_without_the_numbers_of_persons() {
        for (message, expected) in [
            ("approval failure!", "approval failure!"),
            ("HTTP 400, -780", "HTTP 400, -780"),
            ("카드(1234-5678-9012-3456) 한도 초과", "카드(***) 한도 초과"),
            ("010 1234 5678 is not registered", "*** is not registered"),
            ("01012345678", "***"),
            // Seoul's shortest have nine digits.
            ("02-123-4567", "***"),
            ("2026-1126", "2026-1126"),
            ("12:30 - 13:00, 2026-11-26", "12:30 - 13:00, 2026-11-26"),
            ("", ""),
        ] {
            let told = masked(json!({ "kakaopay": { "error_message": message } }));
            assert_eq!(told["kakaopay"]["error_message"], expected);
        }
    }
}

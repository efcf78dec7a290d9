//! Values that KakaoPay refuses, or that its terms forbid.

use serde_json::Value;
use url::Url;

use super::{Advice, Fields};
use crate::call::is_without_scheme;

pub(super) const PERSONAL_DATA: &str = "personal_data";
const URL_MAX: usize = 255;

/// Fields of text with a limit.
const TEXTS: [(&str, usize); 6] = [
    ("cid", 10),
    ("partner_order_id", 100),
    ("partner_user_id", 100),
    ("item_name", 100),
    ("item_code", 100),
    ("payload", 200),
];
/// Whole numbers with the least they may be.
const NUMBERS: [(&str, u64); 10] = [
    ("quantity", 1),
    ("total_amount", 0),
    ("tax_free_amount", 0),
    ("vat_amount", 0),
    ("green_deposit", 0),
    ("install_month", 0),
    ("cancel_amount", 1),
    ("cancel_tax_free_amount", 0),
    ("cancel_vat_amount", 0),
    ("cancel_available_amount", 0),
];
const URLS: [&str; 3] = ["approval_url", "cancel_url", "fail_url"];

pub(super) fn advise(fields: &Fields) -> Vec<Advice> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let urls = URLS.iter().filter_map(|name| url(name, text(name)?));
    let texts = TEXTS
        .iter()
        .filter_map(|(name, max)| too_long(name, text(name)?, *max));
    let numbers = NUMBERS
        .iter()
        .filter_map(|(name, min)| number(name, fields.get(*name)?, *min));
    let user = text("partner_user_id").and_then(personal_data);
    let tid = text("tid").and_then(tid);
    urls.chain(texts)
        .chain(numbers)
        .chain(tax_free_above_total(fields))
        .chain(user)
        .chain(tid)
        .collect()
}

fn url(name: &str, value: &str) -> Option<Advice> {
    let length = value.chars().count();
    if length > URL_MAX {
        return Some(Advice::new(
            "url_too_long",
            format!(
                "{name} is {length} characters long and may be {URL_MAX}; keep an id in it and the rest in your database."
            ),
            format!(
                "{name}이 {length}자입니다. {URL_MAX}자까지이니 id만 남기고 나머지는 데이터베이스에 두세요."
            ),
        ));
    }
    if is_without_scheme(value) {
        return Some(Advice::new(
            "url_without_scheme",
            format!(
                "{name} has no scheme; begin it with https:// or http://. What KakaoPay answers to it is not known."
            ),
            format!(
                "{name}에 스킴이 없습니다. https:// 또는 http://로 시작하세요. 카카오페이가 어떻게 답하는지는 알려지지 않았습니다."
            ),
        ));
    }
    (!value.is_empty() && Url::parse(value).is_err()).then(|| {
        Advice::new(
            "url_not_absolute",
            format!(
                "{name} is not a complete address; begin it with https:// or http:// and the host."
            ),
            format!("{name}이 온전한 주소가 아닙니다. https:// 또는 http://와 호스트부터 쓰세요."),
        )
    })
}

fn too_long(name: &str, value: &str, max: usize) -> Option<Advice> {
    let length = value.chars().count();
    (length > max).then(|| {
        Advice::new(
            "too_long",
            format!("{name} is {length} characters long and may be {max}."),
            format!("{name}가 {length}자입니다. {max}자까지입니다."),
        )
    })
}

fn number(name: &str, value: &Value, min: u64) -> Option<Advice> {
    let written = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let whole = written.trim_end_matches('0').strip_suffix('.');
    match whole.unwrap_or(&written).parse::<u64>() {
        Ok(number) if number >= min => None,
        Ok(_) => Some(Advice::new(
            "too_small",
            format!("{name} must be {min} or more."),
            format!("{name}는 {min} 이상이어야 합니다."),
        )),
        Err(_) => Some(Advice::new(
            "no_whole_number",
            format!(
                "{name} must be whole won or pieces in digits only: no fraction, no comma, no sign, no unit."
            ),
            format!("{name}는 소수점, 쉼표, 부호, 단위 없이 숫자로만 쓴 정수여야 합니다."),
        )),
    }
}

fn tax_free_above_total(fields: &Fields) -> Option<Advice> {
    let whole = |name: &str| {
        let value = fields.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let above = |part, total| whole(part) > whole(total) && whole(total).is_some();
    let ready = above("tax_free_amount", "total_amount");
    let cancel = above("cancel_tax_free_amount", "cancel_amount");
    (ready || cancel).then(|| {
        Advice::new(
            "tax_free_above_total",
            "The tax-free amount is a part of the whole and cannot be more than it.",
            "비과세액은 전체 금액의 일부라서 전체보다 클 수 없습니다.",
        )
    })
}

fn personal_data(user: &str) -> Option<Advice> {
    let digits: String = user.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("82").map(|rest| format!("0{rest}"));
    let number = national.unwrap_or(digits);
    let dialled = user
        .chars()
        .all(|letter| letter.is_ascii_digit() || "+- ()".contains(letter));
    let phone = dialled && number.starts_with("01") && matches!(number.len(), 10 | 11);
    let mail = user
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    (phone || mail).then(|| {
        Advice::new(
            PERSONAL_DATA,
            "partner_user_id looks like an e-mail address or a phone number, which KakaoPay forbids; send an id of your own that says nothing about the person.",
            "partner_user_id가 이메일이나 전화번호로 보입니다. 카카오페이가 금지하니, 사람을 알 수 없는 자체 식별자를 보내세요.",
        )
    })
}

fn tid(tid: &str) -> Option<Advice> {
    if matches!(tid, "null" | "undefined" | "None" | "nil" | "NaN") {
        return Some(Advice::new(
            "null_tid",
            "tid is the word that an empty variable becomes in a text: the tid of ready was not stored, or not found again.",
            "tid가 빈 변수를 글자로 바꾼 값입니다. ready의 tid를 저장하지 않았거나 다시 찾지 못했습니다.",
        ));
    }
    if tid.starts_with('A') && tid.len() == 20 {
        return Some(Advice::new(
            "aid_as_tid",
            "tid begins with A: that is an aid, which names one approval or cancellation; send the tid of ready.",
            "tid가 A로 시작합니다. 승인이나 취소 한 번을 가리키는 aid이니, ready의 tid를 보내세요.",
        ));
    }
    (!tid.is_empty() && tid.chars().count() != 20).then(|| {
        Advice::new(
            "tid_shape",
            "tid is not 20 characters long; send the tid of ready as it came.",
            "tid가 20자가 아닙니다. ready가 답한 tid를 그대로 보내세요.",
        )
    })
}

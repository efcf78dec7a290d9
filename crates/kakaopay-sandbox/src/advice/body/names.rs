//! Names of fields that look like others: a field whose name has a typing mistake is missing, or
//! goes unread.

use super::{Advice, Fields};

pub(super) const MISSPELT_OPTIONAL: &str = "misspelt_optional";

/// What a call may leave out.
fn optional(endpoint: Option<&str>) -> &'static [&'static str] {
    match endpoint {
        Some("ready") => &[
            "cid_secret",
            "item_code",
            "vat_amount",
            "green_deposit",
            "available_cards",
            "payment_method_type",
            "install_month",
            "use_share_installment",
            "custom_json",
            "redirect_scheme_url",
        ],
        Some("approve") => &["cid_secret", "payload", "total_amount"],
        Some("order") => &["cid_secret"],
        Some("cancel") => &[
            "cid_secret",
            "cancel_vat_amount",
            "cancel_available_amount",
            "payload",
        ],
        Some("subscription") => &[
            "cid_secret",
            "item_name",
            "item_code",
            "vat_amount",
            "payload",
        ],
        _ => &[],
    }
}

/// KakaoPay leaves such a field unread and says nothing.
pub(super) fn misspelt_optional(endpoint: Option<&str>, fields: &Fields) -> Vec<Advice> {
    let optional = optional(endpoint);
    let required = super::required_of(endpoint);
    let known = |key: &str| optional.contains(&key) || required.contains(&key);
    let strangers: Vec<&str> = fields
        .keys()
        .map(String::as_str)
        .filter(|key| !known(key))
        .collect();
    let meant = optional.iter().filter(|field| {
        !fields.contains_key(**field) && strangers.iter().any(|key| is_misspelling(key, field))
    });
    let advice = meant.map(|field| {
        Advice::new(
            MISSPELT_OPTIONAL,
            format!("A field looks like a misspelling of {field}, which may be left out: it goes unread, and nobody says so."),
            format!("{field}를 잘못 적은 듯한 필드가 있습니다. 선택 항목이라 아무 말 없이 무시됩니다."),
        )
    });
    advice.collect()
}

/// Field names of ours only: a stranger's own could hold anything.
pub(super) fn misspelt(key: &str, field: &str) -> Advice {
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

/// `partnerOrderId`, or a name with at most two letters wrong.
pub(super) fn is_misspelling(key: &str, field: &str) -> bool {
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

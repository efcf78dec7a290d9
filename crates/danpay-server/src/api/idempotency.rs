//! The `Idempotency-Key` header (the IETF draft's name, Stripe's meaning), and what makes two requests
//! the same: what they mean, not their bytes. JSON libraries write members in any order, and leave out
//! or write what is the default.
//!
//! **Invariant**: what is hashed for a request never changes, whatever members are added later: a key
//! may come again after years. A form that differs has another number in its first line.

use danpay_core::{InvalidField, Order, PaymentId, Reason, Wanted};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::flow::Key;
use crate::http::Problem;
use crate::limits::IDEMPOTENCY_KEY_CHARS;

const HEADER: &str = "idempotency-key";

/// A request by what it means.
pub(super) struct Asked {
    /// The route as it is matched.
    route: &'static str,
    /// What stands in the route's place for it.
    payment: Option<PaymentId>,
    /// The members that differ from their defaults.
    members: Map<String, Value>,
}

impl Asked {
    /// `POST /v1/payments`.
    pub(super) fn create(order: &Order) -> Self {
        Self {
            route: "/v1/payments",
            payment: None,
            members: members_of(order),
        }
    }

    /// `POST /v1/payments/{id}/cancel`. An amount that is not named stays so: it means all that is left
    /// by then.
    pub(super) fn cancel(id: PaymentId, wanted: &Wanted, reason: Option<&Reason>) -> Self {
        let Wanted {
            total,
            tax_free,
            vat,
            ..
        } = wanted;
        let mut amount = Map::new();
        for (name, part) in [("total", total), ("tax_free", tax_free), ("vat", vat)] {
            set(&mut amount, name, part.map(|part| json!(part)));
        }
        let mut members = Map::new();
        set(&mut members, "amount", total.map(|_| json!(amount)));
        set(&mut members, "reason", reason.map(|reason| json!(reason)));
        Self {
            route: "/v1/payments/{id}/cancel",
            payment: Some(id),
            members,
        }
    }

    /// A request without a body.
    pub(super) fn plain(route: &'static str, id: PaymentId) -> Self {
        Self {
            route,
            payment: Some(id),
            members: Map::new(),
        }
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.form()).into()
    }

    /// All of it as text, in one way.
    fn form(&self) -> String {
        let payment = self.payment.map(|id| format!("id={id}"));
        let members = sorted(&Value::Object(self.members.clone()));
        let (route, payment) = (self.route, payment.unwrap_or_default());
        format!("danpay request 1\nPOST\n{route}\n{payment}\n{members}")
    }
}

fn members_of(order: &Order) -> Map<String, Value> {
    let Order {
        order_id,
        user_id,
        item_name,
        item_code,
        quantity,
        amount,
        return_url,
        approval,
        metadata,
        ..
    } = order;
    let rule = kakaopay::vat(amount.total.into(), amount.tax_free.into());
    let mut split = Map::new();
    set(&mut split, "total", Some(json!(amount.total)));
    let other =
        |part: danpay_core::Won, default: u64| (u64::from(part) != default).then(|| json!(part));
    set(&mut split, "tax_free", other(amount.tax_free, 0));
    set(&mut split, "vat", other(amount.vat, rule));
    set(&mut split, "green_deposit", other(amount.green_deposit, 0));
    let mut members = Map::new();
    set(&mut members, "order_id", Some(json!(order_id)));
    set(&mut members, "user_id", Some(json!(user_id)));
    set(&mut members, "item_name", Some(json!(item_name)));
    set(
        &mut members,
        "item_code",
        item_code.as_ref().map(|code| json!(code)),
    );
    set(
        &mut members,
        "quantity",
        (*quantity != 1).then(|| json!(quantity)),
    );
    set(&mut members, "amount", Some(json!(split)));
    set(
        &mut members,
        "return_url",
        return_url.as_ref().map(|url| json!(url)),
    );
    let is_manual = *approval != danpay_core::ApprovalMode::default();
    set(&mut members, "approval", is_manual.then(|| json!(approval)));
    let has_notes = *metadata != danpay_core::Metadata::default();
    set(&mut members, "metadata", has_notes.then(|| json!(metadata)));
    members
}

fn set(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value);
    }
}

/// JSON without spaces, its members sorted by their names.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", json!(name), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(sorted).collect();
            format!("[{}]", values.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// A key that has to be there.
pub(super) fn required(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(HEADER) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency_key_missing",
        "Send an Idempotency-Key of your own for each decision to refund, stored before the request: \
         HTTP clients repeat requests by themselves, and without a key each would go back. Nothing \
         has happened.",
        "환불 결정마다 고유한 Idempotency-Key를 먼저 저장하고 함께 보내 주세요. HTTP 클라이언트는 \
         요청을 스스로 다시 보내기도 하는데, 키가 없으면 그때마다 환불됩니다. 아직 아무 일도 일어나지 \
         않았습니다.",
    ))
}

/// The request's key, with the hash of what it asks for.
pub(super) fn read(headers: &HeaderMap, asked: &Asked) -> Result<Option<Key>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refuse = |message: &str, message_ko: &str| {
        Err(Problem::fields(vec![InvalidField::new(
            "Idempotency-Key",
            message,
            message_ko,
        )]))
    };
    if values.next().is_some() {
        return refuse("must be sent once", "한 번만 보내야 합니다");
    }
    let key = value.to_str().unwrap_or_default().trim();
    // The IETF draft writes the key as a quoted string, most clients without the quotes.
    let key = key
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(key);
    let visible = key
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS || !visible {
        return refuse(
            "must have 1 to 255 visible ASCII characters, such as a UUID",
            "UUID 같은 1~255자의 ASCII 문자여야 합니다",
        );
    }
    Ok(Some(Key {
        key: key.to_owned(),
        request_hash: asked.hash(),
    }))
}

#[cfg(test)]
mod tests;

//! A shop's order as it comes in JSON, to an [`Order`] that fits.
//!
//! **Invariant**: every field that is wrong is named, all of them in one answer where the JSON
//! itself can be read, and nothing has happened by then.

use std::collections::BTreeMap;
use std::fmt;

use danpay_core::{
    Amount, ApprovalMode, InvalidField, ItemCode, ItemName, Metadata, Order, OrderId, ReturnUrl,
    UserId, Won,
};
use http::StatusCode;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::http::Problem;

/// `POST /v1/payments`. A key that is not known is an error: it is a misspelt one that is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePayment {
    order_id: String,
    user_id: String,
    item_name: String,
    item_code: Option<String>,
    quantity: Option<i64>,
    amount: AmountBody,
    return_url: Option<String>,
    #[serde(default)]
    approval: ApprovalMode,
    #[serde(default)]
    metadata: Entries,
}

/// Names and texts. A name that comes twice is an error: only one of them could be kept.
#[derive(Debug, Default)]
struct Entries(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((name, value)) = map.next_entry()? {
            if entries.insert(name, value).is_some() {
                return Err(A::Error::custom("one of the names comes twice"));
            }
        }
        Ok(Entries(entries))
    }
}

/// Whole KRW.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountBody {
    total: i64,
    tax_free: Option<i64>,
    vat: Option<i64>,
    green_deposit: Option<i64>,
}

/// Reads a JSON object, or says where it cannot be read.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::fields(vec![unfit(&path, &inner)])
        } else {
            malformed(&inner)
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    // serde would take an array for an object, in the order of our source.
    if body.trim_ascii_start().first() != Some(&b'{') {
        let error = InvalidField::new("body", "must be a JSON object", "JSON 객체여야 합니다");
        return Err(Problem::fields(vec![error]));
    }
    Ok(value)
}

/// JSON that does not fit, in the shop's words instead of the reader's.
fn unfit(path: &str, error: &serde_json::Error) -> InvalidField {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let within = |name: &str| {
        if path == "." {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    let named = |start| {
        text.strip_prefix(start)
            .and_then(|rest: &str| rest.split('`').next())
    };
    if let Some(name) = named("missing field `") {
        return InvalidField::new(within(name), "is missing", "빠졌습니다");
    }
    if text.starts_with("unknown field `") {
        let known = text.split_once(", ").map_or("", |(_, known)| known);
        let message = format!("is not known; {}", known.replace('`', ""));
        return InvalidField::new(path, message, "없는 항목입니다. 철자를 확인해 주세요");
    }
    if path == "." {
        return InvalidField::new("body", "must be a JSON object", "JSON 객체여야 합니다");
    }
    let text = text
        .replace("expected i64", "expected a whole number")
        .replace('`', "");
    InvalidField::new(
        path,
        format!("does not fit: {text}"),
        "형식이나 타입이 맞지 않습니다",
    )
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("The body is not JSON: {error}."),
        format!("본문이 올바른 JSON이 아닙니다: {error}."),
    )
}

impl CreatePayment {
    pub(super) fn into_order(self) -> Result<Order, Problem> {
        let mut errors = Vec::new();
        let order_id = keep(&mut errors, OrderId::try_from(self.order_id));
        let user_id = keep(&mut errors, UserId::try_from(self.user_id));
        let item_name = keep(&mut errors, ItemName::try_from(self.item_name));
        let item_code = self
            .item_code
            .map(|code| keep(&mut errors, ItemCode::try_from(code)));
        let quantity = keep(&mut errors, quantity(self.quantity.unwrap_or(1)));
        let amount = keep(&mut errors, self.amount.into_amount());
        let return_url = self
            .return_url
            .map(|url| keep(&mut errors, ReturnUrl::try_from(url)));
        let metadata = keep(&mut errors, Metadata::try_from(self.metadata.0));
        let order = (|| {
            Some(Order {
                order_id: order_id?,
                user_id: user_id?,
                item_name: item_name?,
                item_code: optional(item_code)?,
                quantity: quantity?,
                amount: amount?,
                return_url: optional(return_url)?,
                approval: self.approval,
                metadata: metadata?,
                payment_method_type: None,
                available_cards: None,
                install_month: None,
            })
        })();
        order.ok_or_else(|| Problem::fields(errors))
    }
}

impl AmountBody {
    fn into_amount(self) -> Result<Amount, InvalidField> {
        let total = Won::new("amount.total", self.total)?;
        let tax_free = Won::new("amount.tax_free", self.tax_free.unwrap_or(0))?;
        let deposit = Won::new("amount.green_deposit", self.green_deposit.unwrap_or(0))?;
        let vat = match self.vat {
            Some(vat) => Won::new("amount.vat", vat)?,
            // KakaoPay's own rule for a VAT that is not given; tax-free above the total is
            // refused just below, whatever comes out here.
            None => Won::try_from(kakaopay::vat(total.into(), tax_free.min(total).into()))?,
        };
        Amount::asked(total, tax_free, vat, deposit)
    }
}

fn quantity(quantity: i64) -> Result<u32, InvalidField> {
    u32::try_from(quantity)
        .ok()
        .filter(|quantity| *quantity > 0)
        .ok_or_else(|| {
            InvalidField::new(
                "quantity",
                format!("must be from 1 to {}", u32::MAX),
                format!("1 이상 {} 이하여야 합니다", u32::MAX),
            )
        })
}

fn keep<T>(errors: &mut Vec<InvalidField>, result: Result<T, InvalidField>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

/// Absent is fine; present and wrong is not.
#[expect(clippy::option_option, reason = "three cases: absent, right, wrong")]
fn optional<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}

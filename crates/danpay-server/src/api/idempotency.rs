//! What makes two requests the same: what they mean, not their bytes. JSON libraries write members in
//! any order, and leave out or write what is the default.
//!
//! **Invariant**: what is hashed for a request never changes, whatever members are added later: a key
//! may come again after years. A member that is added is in it only where it is given. A form that
//! differs has another number in its first line.

use axum::extract::RawPathParams;
use danpay_core::{ApprovalMode, Metadata, Order, Reason, Wanted, Won};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Where a request goes.
pub(super) struct Route {
    method: String,
    /// The route as it is matched, wherever the whole API is mounted.
    path: String,
    /// What stands in the route's places.
    parameters: String,
}

impl Route {
    pub(super) fn new(method: &str, matched: &str, parameters: &RawPathParams) -> Self {
        let parameters = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let parameters: Vec<_> = parameters.collect();
        Self {
            method: method.to_owned(),
            path: ours(matched).to_owned(),
            parameters: parameters.join("&"),
        }
    }
}

/// The part of a matched path that is ours: a shop in Rust may mount the API below a path of its own.
fn ours(matched: &str) -> &str {
    let start = matched.rfind("/v1/").unwrap_or(0);
    matched.get(start..).unwrap_or(matched)
}

/// The members of `POST /v1/payments` that differ from their defaults. The usual merchant code may change,
/// so one that is named is no default.
pub(super) fn create(order: &Order, cid: Option<&str>) -> Map<String, Value> {
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
        payment_method_type,
        available_cards,
        install_month,
        redirect_scheme_url,
    } = order;
    let rule = kakaopay::vat(amount.total.into(), amount.tax_free.into());
    let mut split = Map::new();
    set(&mut split, "total", Some(json!(amount.total)));
    let other = |part: Won, default: u64| (u64::from(part) != default).then(|| json!(part));
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
    let is_manual = *approval != ApprovalMode::default();
    set(&mut members, "approval", is_manual.then(|| json!(approval)));
    let has_notes = *metadata != Metadata::default();
    set(&mut members, "metadata", has_notes.then(|| json!(metadata)));
    set(
        &mut members,
        "payment_method_type",
        payment_method_type.map(|method| json!(method)),
    );
    set(
        &mut members,
        "available_cards",
        available_cards.as_ref().map(|cards| json!(cards)),
    );
    set(
        &mut members,
        "install_month",
        install_month.map(|months| json!(months)),
    );
    set(
        &mut members,
        "redirect_scheme_url",
        redirect_scheme_url.as_ref().map(|url| json!(url)),
    );
    set(&mut members, "cid", cid.map(|cid| json!(cid)));
    members
}

/// The members of `POST /v1/payments/{id}/cancel` that are given. An amount that is not named stays so:
/// it means all that is left by then.
pub(super) fn cancel(wanted: &Wanted, reason: Option<&Reason>) -> Map<String, Value> {
    let Wanted {
        total,
        tax_free,
        vat,
        expected_left,
    } = wanted;
    let mut amount = Map::new();
    for (name, part) in [("total", total), ("tax_free", tax_free), ("vat", vat)] {
        set(&mut amount, name, part.map(|part| json!(part)));
    }
    let mut members = Map::new();
    set(&mut members, "amount", total.map(|_| json!(amount)));
    set(
        &mut members,
        "expected_left",
        expected_left.map(|left| json!(left)),
    );
    set(&mut members, "reason", reason.map(|reason| json!(reason)));
    members
}

pub(super) fn hash(route: &Route, members: Map<String, Value>) -> [u8; 32] {
    Sha256::digest(form(route, members)).into()
}

/// All of it as text, in one way.
fn form(route: &Route, members: Map<String, Value>) -> String {
    let Route {
        method,
        path,
        parameters,
    } = route;
    let members = sorted(&Value::Object(members));
    format!("danpay request 1\n{method}\n{path}\n{parameters}\n{members}")
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

#[cfg(test)]
mod tests;

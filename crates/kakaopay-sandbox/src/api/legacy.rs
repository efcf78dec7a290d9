//! How the predecessor (`/v1/payment/*` of kapi.kakao.com) put what the current API says.
//! Its answers leave out what is `null` now, and its page addresses had another shape.
//! Invariant: only shapes differ; what a call does is the same in both generations.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::fault::Endpoint;
use crate::ledger::Payment;
use crate::world::World;

pub(super) const PREFIX: &str = "/v1/payment/";

/// Where the predecessor's page addresses lead to here.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/mockup/v1/{page}/{info}", get(page))
}

async fn page(
    State(world): State<Arc<World>>,
    Path((page, info)): Path<(String, String)>,
) -> Response {
    let device = match info.as_str() {
        "info" => "pc",
        "mInfo" => "mobile-web",
        "aInfo" => "mobile-app",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let bridge = world.look(|books| books.ledger.by_page(&page).map(Payment::bridge));
    match bridge {
        Some(bridge) => {
            Redirect::temporary(&format!("/mockup/bridge/{device}/{bridge}")).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) fn shaped(world: &World, endpoint: Endpoint, answer: &impl Serialize) -> Value {
    let mut value = json!(answer);
    leave_out_nulls(&mut value);
    let Some(members) = value.as_object_mut() else {
        return value;
    };
    match endpoint {
        Endpoint::Ready => {
            // Undocumented, and false in every real log.
            members.insert("tms_result".to_owned(), json!(false));
            shape_addresses(&world.settings.public_url, members);
            in_order(members, &["tid", "tms_result"]);
        }
        Endpoint::Approve | Endpoint::Subscription => in_order(members, &PAID),
        Endpoint::Order => {
            in_order(members, &LOOKED_UP);
            let details = members.get_mut("payment_action_details");
            let details = details.and_then(Value::as_array_mut).into_iter().flatten();
            for detail in details.filter_map(Value::as_object_mut) {
                detail.shift_remove("amount");
            }
        }
        _ => {}
    }
    value
}

/// As six real logs have it (2017 to 2023).
const PAID: [&str; 11] = [
    "aid",
    "tid",
    "cid",
    "sid",
    "partner_order_id",
    "partner_user_id",
    "payment_method_type",
    "item_name",
    "item_code",
    "quantity",
    "amount",
];
/// As a real lookup of a payment by money has it (2023-10-28); that one by card is the same is our
/// guess.
const LOOKED_UP: [&str; 12] = [
    "tid",
    "cid",
    "status",
    "partner_order_id",
    "partner_user_id",
    "payment_method_type",
    "item_name",
    "item_code",
    "quantity",
    "amount",
    "cancel_available_amount",
    "canceled_amount",
];

/// These first, and then the others as they were.
fn in_order(members: &mut Map<String, Value>, first: &[&str]) {
    let mut others = std::mem::take(members);
    for name in first {
        if let Some((name, value)) = others.shift_remove_entry(*name) {
            members.insert(name, value);
        }
    }
    members.extend(others);
}

/// info is the PC's page, mInfo the mobile one, aInfo the app's (2022-2023).
fn shape_addresses(public_url: &str, answer: &mut Map<String, Value>) {
    for (key, page) in [
        ("next_redirect_app_url", "aInfo"),
        ("next_redirect_mobile_url", "mInfo"),
        ("next_redirect_pc_url", "info"),
    ] {
        let Some(Value::String(address)) = answer.get_mut(key) else {
            continue;
        };
        if let Some((_, name)) = address.rsplit_once('/') {
            *address = format!("{public_url}/mockup/v1/{name}/{page}");
        }
    }
}

fn leave_out_nulls(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(leave_out_nulls);
    }
}

//! The merchant's door: KakaoPay's four calls, answered with exactly KakaoPay's keys.
//! `answer` is a plain function of the world and a call; `door` brings it onto the wire.
//! Invariant: every call that can be read is answered in JSON and journaled, understood or not.

mod approve;
mod cancel;
pub(crate) mod door;
mod fields;
mod order;
mod ready;
mod refusal;

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde::Serialize;

use self::fields::Fields;
use self::refusal::Refusal;
use crate::fault::Endpoint;
use crate::world::World;

/// The length of a tid; a longer one is no tid.
const TID: usize = 20;
const BODY_MAX: usize = 64 * 1024;

pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Answer {
    fn json(status: StatusCode, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(body) => Self { status, body },
            // Plain structs always serialize; should that ever change, it is told as it is.
            Err(_) => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                body: "{}".to_owned(),
            },
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.status, &refusal)
    }
}

impl Endpoint {
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path.strip_prefix("/online/v1/payment/")? {
            "ready" => Some(Self::Ready),
            "approve" => Some(Self::Approve),
            "order" => Some(Self::Order),
            "cancel" => Some(Self::Cancel),
            _ => None,
        }
    }
}

pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    handle(world, call).unwrap_or_else(Answer::from)
}

/// The order of the checks is ours: address, method, key, content type, body.
fn handle(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let endpoint = Endpoint::at(&call.path).ok_or_else(Refusal::wrong_url)?;
    if call.method != Method::POST {
        return Err(Refusal::wrong_method());
    }
    authorize(world, &call.headers)?;
    if !is_json(&call.headers) {
        return Err(Refusal::wrong_content_type());
    }
    if call.body.len() > BODY_MAX {
        return Err(Refusal::too_large());
    }
    let fields = Fields::parse(&call.body)?;
    Ok(match endpoint {
        Endpoint::Ready => Answer::json(StatusCode::OK, &ready::ready(world, &fields)?),
        Endpoint::Approve => Answer::json(StatusCode::OK, &approve::approve(world, &fields)?),
        Endpoint::Order => Answer::json(StatusCode::OK, &order::order(world, &fields)?),
        Endpoint::Cancel => Answer::json(StatusCode::OK, &cancel::cancel(world, &fields)?),
    })
}

fn authorize(world: &World, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(Refusal::no_authorization)?;
    let given = given.to_str().map_err(|_| Refusal::wrong_scheme())?;
    let (scheme, key) = given.split_once(' ').ok_or_else(Refusal::wrong_scheme)?;
    if !matches!(scheme, "SECRET_KEY" | "DEV_SECRET_KEY") {
        return Err(Refusal::wrong_scheme());
    }
    // Nothing real is behind this key, so comparing it needs no constant time.
    let right = match &world.settings.secret_key {
        Some(only) => key == only,
        None => !key.trim().is_empty(),
    };
    if right {
        Ok(())
    } else {
        Err(Refusal::wrong_key())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = given.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

/// Every call names its merchant code first.
fn known_cid(world: &World, fields: &Fields) -> Result<String, Refusal> {
    let cid = fields.text("cid", 10)?;
    if world.settings.cids.contains(&cid) {
        Ok(cid)
    } else {
        Err(Refusal::wrong_cid())
    }
}

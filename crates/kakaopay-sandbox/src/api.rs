//! The merchant's door: KakaoPay's calls, answered with exactly KakaoPay's keys.
//! `answer` is a plain function of the world and a call; `door` brings it onto the wire.
//! Invariant: every call that can be read is answered in JSON and journaled, understood or not.

mod approve;
mod cancel;
mod compress;
pub(crate) mod door;
mod fields;
pub(crate) mod legacy;
mod order;
mod passage;
mod ready;
mod refusal;
mod signs;
mod subscription;

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderMap, Method, StatusCode, header};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;

use self::fields::Fields;
use self::refusal::Refusal;
use crate::call::{Answer, Call};
use crate::fault::Endpoint;
use crate::world::{CidKind, World};

/// The length of a tid; a longer one is no tid. A sid has the same.
const TID: usize = 20;
const BODY_MAX: usize = 64 * 1024;

/// The two generations of the API.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Current,
    Legacy,
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

    fn refused(refusal: &Refusal, dialect: Dialect) -> Self {
        let (code, message) = match dialect {
            Dialect::Current => ("error_code", "error_message"),
            Dialect::Legacy => ("code", "msg"),
        };
        let mut body = json!({ code: refusal.code, message: refusal.message });
        if let (Some(extras), Some(body)) = (&refusal.extras, body.as_object_mut()) {
            body.insert("extras".to_owned(), json!(extras));
        }
        Self::json(refusal.status, &body)
    }
}

impl Endpoint {
    /// Which of the merchant's calls an address of the current API names.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Self::named(path.strip_prefix("/online/v1/payment/")?)
    }

    fn named(call: &str) -> Option<Self> {
        match call {
            "ready" => Some(Self::Ready),
            "approve" => Some(Self::Approve),
            "order" => Some(Self::Order),
            "cancel" => Some(Self::Cancel),
            "subscription" => Some(Self::Subscription),
            "manage/subscription/status" => Some(Self::SubscriptionStatus),
            "manage/subscription/inactive" => Some(Self::SubscriptionInactive),
            _ => None,
        }
    }
}

impl Dialect {
    /// An address below the predecessor's is answered in its manner, if it is served at all.
    fn of(world: &World, path: &str) -> Self {
        if world.settings.legacy && path.starts_with(legacy::PREFIX) {
            Self::Legacy
        } else {
            Self::Current
        }
    }

    fn endpoint(self, path: &str) -> Option<Endpoint> {
        match self {
            Self::Current => Endpoint::at(path),
            Self::Legacy => Endpoint::named(path.strip_prefix(legacy::PREFIX)?),
        }
    }

    fn fields(self, call: &Call) -> Result<Fields, Refusal> {
        match self {
            Self::Current => Fields::json(&call.body),
            Self::Legacy => Ok(Fields::form(call)),
        }
    }

    /// The predecessor's lookup was called with GET as well.
    fn takes_method(self, method: &Method, endpoint: Endpoint) -> bool {
        let looks_up = self == Self::Legacy && endpoint == Endpoint::Order;
        *method == Method::POST || (looks_up && *method == Method::GET)
    }

    /// A body that is empty has no type: the predecessor's parameters may be in the query.
    fn takes_media_type(self, call: &Call) -> bool {
        let in_query = self == Self::Legacy && call.body.is_empty();
        in_query || says_media_type(&call.headers, self.media_type())
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Current => "application/json",
            Self::Legacy => "application/x-www-form-urlencoded",
        }
    }

    fn authorization(self) -> &'static str {
        match self {
            Self::Current => "SECRET_KEY {secret key}",
            Self::Legacy => "KakaoAK {admin key}",
        }
    }

    fn says(self, world: &World, endpoint: Endpoint, answer: &impl Serialize) -> Answer {
        match self {
            Self::Current => Answer::json(StatusCode::OK, answer),
            Self::Legacy => Answer::json(StatusCode::OK, &legacy::shaped(world, endpoint, answer)),
        }
    }
}

/// Makes a call once more that a tester found in the journal; nobody waits for its answer.
pub(crate) async fn again(world: &Arc<World>, mut call: Call) {
    call.came = Instant::now();
    call.only_key = world.secret_key();
    drop(passage::pass(world, call).await);
}

/// `lag` is how far a lookup runs behind what has happened.
fn answer(world: &World, call: &Call, lag: SignedDuration) -> Answer {
    handle(world, call, lag).unwrap_or_else(|refusal| refused(world, call, &refusal))
}

fn refused(world: &World, call: &Call, refusal: &Refusal) -> Answer {
    let mut answer = Answer::refused(refusal, Dialect::of(world, &call.path));
    if world.settings.empty_401 && refusal.status == StatusCode::UNAUTHORIZED {
        answer.body.clear();
    }
    answer
}

/// The order of the checks is ours: address, method, key, content type, body.
fn handle(world: &World, call: &Call, lag: SignedDuration) -> Result<Answer, Refusal> {
    let dialect = Dialect::of(world, &call.path);
    let endpoint = dialect
        .endpoint(&call.path)
        .ok_or_else(Refusal::wrong_url)?;
    if !dialect.takes_method(&call.method, endpoint) {
        return Err(Refusal::wrong_method());
    }
    authorize(call, dialect)?;
    if !dialect.takes_media_type(call) {
        return Err(Refusal::wrong_content_type(dialect.media_type()));
    }
    if call.body.len() > BODY_MAX {
        return Err(Refusal::too_large());
    }
    let fields = dialect.fields(call)?;
    let cid = known_cid(world, &fields)?;
    Ok(match endpoint {
        Endpoint::Ready => dialect.says(world, endpoint, &ready::ready(world, cid, &fields)?),
        Endpoint::Approve => dialect.says(world, endpoint, &approve::approve(world, cid, &fields)?),
        Endpoint::Order => dialect.says(world, endpoint, &order::order(world, &cid, &fields, lag)?),
        Endpoint::Cancel => dialect.says(world, endpoint, &cancel::cancel(world, cid, &fields)?),
        Endpoint::Subscription => {
            dialect.says(world, endpoint, &subscription::charge(world, cid, &fields)?)
        }
        Endpoint::SubscriptionStatus => dialect.says(
            world,
            endpoint,
            &subscription::status(world, &cid, &fields)?,
        ),
        Endpoint::SubscriptionInactive => dialect.says(
            world,
            endpoint,
            &subscription::inactive(world, &cid, &fields)?,
        ),
        Endpoint::Payer => return Err(Refusal::wrong_url()),
    })
}

fn authorize(call: &Call, dialect: Dialect) -> Result<(), Refusal> {
    let wrong_scheme = || Refusal::wrong_scheme(dialect.authorization());
    let given = (call.headers)
        .get(header::AUTHORIZATION)
        .ok_or_else(Refusal::no_authorization)?;
    let given = given.to_str().map_err(|_| wrong_scheme())?;
    let (scheme, key) = given.split_once(' ').ok_or_else(wrong_scheme)?;
    let known = match dialect {
        Dialect::Current => matches!(scheme, "SECRET_KEY" | "DEV_SECRET_KEY"),
        Dialect::Legacy => scheme == "KakaoAK",
    };
    if !known {
        return Err(wrong_scheme());
    }
    // Nothing real is behind this key, so comparing it needs no constant time.
    let right = match &call.only_key {
        Some(only) => key == &**only,
        None => !key.trim().is_empty(),
    };
    if right {
        Ok(())
    } else {
        Err(Refusal::wrong_key())
    }
}

fn says_media_type(headers: &HeaderMap, expected: &str) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = given.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

/// A merchant code, which every call names first, and what it may be used for.
struct Cid {
    code: String,
    kind: CidKind,
}

fn known_cid(world: &World, fields: &Fields) -> Result<Cid, Refusal> {
    let code = fields.text("cid", 10)?;
    let secret = fields.optional_text("cid_secret", 24)?;
    let known = world.settings.cids.iter().find(|known| known.code == code);
    let known = known.ok_or_else(Refusal::wrong_cid)?;
    if known.secret.is_some() && known.secret != secret {
        return Err(Refusal::of(-733));
    }
    let kind = known.kind;
    Ok(Cid { code, kind })
}

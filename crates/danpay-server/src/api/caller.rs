//! Who calls: the shop, by its API key, and what the key may do.
//!
//! **Invariant**: a route that [`roles`](super::roles) does not know is open to nobody. A key that was
//! revoked is refused within [`limits::KEYS_KNOWN`], on every server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use danpay_core::{PaymentId, PaymentRef};
use http::Method;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::bearer::{EXPIRED, NoKey, REVOKED, UNKNOWN, bearer};
use super::roles;
use crate::app::App;
use crate::flow::FlowError;
use crate::http::Problem;
use crate::http::request_id::KeyName;
use crate::shops::Shop;
use crate::store::keys::{ApiKey, Role, Used, WithHash};
use crate::{keys, limits};

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) shop: Arc<Shop>,
    /// What the operator calls the key.
    pub(crate) key_name: Arc<str>,
    pub(crate) role: Role,
    /// Of the key.
    hash: [u8; 32],
}

impl Caller {
    /// A payment of the shop's own.
    pub(crate) fn payment(&self, id: PaymentId) -> PaymentRef {
        PaymentRef {
            shop_id: self.shop.id,
            id,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        // The layer before it has let nobody else in.
        caller.ok_or_else(|| Problem::unauthorized(UNKNOWN))
    }
}

/// Keys that were used just now, by their hashes. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownKeys(Arc<Mutex<ByHash>>);

/// With the time at which it was read.
type ByHash = HashMap<[u8; 32], (ApiKey, Timestamp)>;

impl KnownKeys {
    fn lock(&self) -> MutexGuard<'_, ByHash> {
        // Never left half-changed, so a poisoned lock is as good as another.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<ApiKey> {
        let known = self.lock();
        let (key, read_at) = known.get(hash)?;
        let age = now.duration_since(*read_at);
        let is_fresh = !age.is_negative() && age < limits::KEYS_KNOWN;
        is_fresh.then(|| key.clone())
    }

    fn put(&self, hash: [u8; 32], key: ApiKey, now: Timestamp) {
        let mut known = self.lock();
        if known.len() >= limits::KEYS_KNOWN_MAX {
            known.clear();
        }
        known.insert(hash, (key, now));
    }
}

/// Lets a request pass whose key may do what it asks for.
pub(super) async fn require(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(String::new, |route| route.as_str().to_owned());
    let asked = (request.method().clone(), route);
    let now = app.flow.clock.machine();
    let (hash, key) = match presented(&app, bearer(request.headers()), now).await {
        Ok(presented) => presented,
        Err(problem) => return problem.into_response(),
    };
    let name: Arc<str> = key.name.as_str().into();
    let mut response = match caller(&app, (hash, key), now, asked).await {
        Ok((shop, role)) => {
            let key_name = Arc::clone(&name);
            request.extensions_mut().insert(Caller {
                shop,
                key_name,
                role,
                hash,
            });
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(KeyName(name));
    response
}

/// The key that a request has, with its hash, whether or not it may still be used.
async fn presented(
    app: &App,
    key: Result<SecretString, NoKey>,
    now: Timestamp,
) -> Result<([u8; 32], ApiKey), Problem> {
    let hash = keys::hash(&key.map_err(Problem::unauthorized)?);
    Ok((hash, known(app, hash, now).await?))
}

/// Whose key it is, and its role, if it may do that.
async fn caller(
    app: &App,
    (hash, key): ([u8; 32], ApiKey),
    now: Timestamp,
    (method, route): (Method, String),
) -> Result<(Arc<Shop>, Role), Problem> {
    usable(&key, now)?;
    if !roles::may(key.role, &method, &route) {
        return Err(Problem::forbidden(key.role));
    }
    let shop = app.flow.shops.shop(key.shop_id).await;
    let role = key.role;
    note_use(app, hash, key, now);
    Ok((shop.map_err(FlowError::from)?, role))
}

fn usable(key: &ApiKey, now: Timestamp) -> Result<(), Problem> {
    let is_over = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    if is_over(key.revoked_at) {
        return Err(Problem::unauthorized(REVOKED));
    }
    if is_over(key.expires_at) {
        return Err(Problem::unauthorized(EXPIRED));
    }
    Ok(())
}

/// For whoever has waited longer than a key is known: nothing is told by one that was revoked meanwhile.
pub(super) async fn still_opens(app: &App, caller: &Caller) -> Result<(), Problem> {
    let now = app.flow.clock.machine();
    usable(&known(app, caller.hash, now).await?, now)
}

/// The key of this hash.
async fn known(app: &App, hash: [u8; 32], now: Timestamp) -> Result<ApiKey, Problem> {
    if let Some(key) = app.known_keys.get(&hash, now) {
        return Ok(key);
    }
    let key = app.flow.store.ask(WithHash(hash)).await;
    let key = key
        .map_err(FlowError::from)?
        .ok_or_else(|| Problem::unauthorized(UNKNOWN))?;
    app.known_keys.put(hash, key.clone(), now);
    Ok(key)
}

/// Notes when a key was used last, to the minute.
fn note_use(app: &App, hash: [u8; 32], mut key: ApiKey, now: Timestamp) {
    let used_before = key.last_used_at.unwrap_or(Timestamp::MIN);
    if now.duration_since(used_before) < SignedDuration::from_mins(1) {
        return;
    }
    let minute = now.as_millisecond().div_euclid(60_000) * 60_000;
    let at = Timestamp::from_millisecond(minute).unwrap_or(now);
    key.last_used_at = Some(at);
    app.known_keys.put(hash, key, now);
    let store = app.flow.store.clone();
    // Nobody waits for it, and nothing is lost with it but the minute.
    app.flow.calls.spawn(async move {
        if let Err(error) = store.ask(Used { hash, at }).await {
            tracing::warn!(%error, "the use of an API key could not be noted");
        }
    });
}

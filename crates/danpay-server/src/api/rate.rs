//! How often the shop's door may be knocked at: by each API key, and by each address that comes without
//! one that opened the door lately.
//!
//! **Invariant**: what ends a payment, approve and cancel, is never refused for coming too often, and
//! nobody else can use up a key's allowance. Before a key is looked up its address has paid for it, so
//! guessing costs the database no more than that. (Approve and cancel look a key up all the same: a key is
//! 256 random bits, and guessing one is hopeless at any rate.)

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::bearer::bearer;
use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::http::client_address::{TrustedProxies, client_of, subscriber};
use crate::http::rate::{Allowance, Allowances};
use crate::http::{Code, Problem};
use crate::keys;

/// What is left to whom, in this process.
#[derive(Debug)]
pub(crate) struct Rates {
    keys: Allowances<[u8; 32]>,
    addresses: Allowances<IpAddr>,
    trusted_proxies: TrustedProxies,
}

impl Rates {
    pub(crate) fn of(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            keys: Allowances::new(config.rate_per_key),
            addresses: Allowances::new(config.rate_per_address),
            trusted_proxies: config.trusted_proxies()?,
        })
    }

    /// Who it is counted for. Where nobody knows, as without sockets, there is no limit.
    fn address(&self, request: &Request) -> Option<IpAddr> {
        client_of(request, &self.trusted_proxies).map(subscriber)
    }

    pub(crate) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.trusted_proxies
    }
}

/// The hash of the key that the request has; whether it is one of ours is not known yet.
#[derive(Clone, Copy)]
struct PresentedKey([u8; 32]);

/// Before a key is looked up: its address pays, unless the key has opened the door lately.
pub(super) async fn per_address(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let (rates, now) = (&app.rates, app.flow.clock.machine());
    let key = bearer(request.headers()).ok().map(|key| keys::hash(&key));
    if let Some(hash) = key {
        request.extensions_mut().insert(PresentedKey(hash));
    }
    if key.is_none_or(|hash| !rates.keys.know(hash, now))
        && let Some(address) = rates.address(&request)
        && let Some(left) = rates.addresses.take(address, now)
        && left.retry_after_s.is_some()
    {
        return refused(
            left,
            "Too many requests have come from your address without a valid API key. Nothing has \
             happened; try again after the seconds of Retry-After.",
            "이 주소에서 유효한 API 키 없이 보낸 요청이 너무 많습니다. 요청은 처리되지 않았으니 \
             Retry-After 헤더의 초만큼 기다린 뒤 다시 시도해 주세요.",
        );
    }
    next.run(request).await
}

/// After the key was found good.
pub(super) async fn per_key(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(PresentedKey(hash)) = request.extensions().get().copied() else {
        return next.run(request).await;
    };
    let Some(left) = app.rates.keys.take(hash, app.flow.clock.machine()) else {
        return next.run(request).await;
    };
    if left.retry_after_s.is_some() {
        return refused(
            left,
            "Too many requests have come with this API key. Nothing has happened; try again after \
             the seconds of Retry-After.",
            "이 API 키로 보낸 요청이 너무 많습니다. 요청은 처리되지 않았으니 Retry-After 헤더의 \
             초만큼 기다린 뒤 다시 시도해 주세요.",
        );
    }
    let mut response = next.run(request).await;
    left.tell(&mut response);
    response
}

fn refused(left: Allowance, detail: &str, detail_ko: &str) -> Response {
    let problem = Problem::new(Code::TooManyRequests, detail, detail_ko);
    let mut response = problem.into_response();
    left.tell(&mut response);
    response
}

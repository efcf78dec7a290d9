//! Alerts: a person is told that something needs one, where nobody watches the log or the metrics.
//!
//! **Invariant**: whoever raises an alert waits for nothing, and what waits is bounded: each kind has one
//! place, in which it is counted. They are kept in the process alone, since they tell of the process: what a
//! server has not told any more when it ends is met again by the next one, or is over.

mod board;
mod kind;
mod send;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::address;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Notify;
use url::Url;

use crate::clock::{Clock, Entropy};
use crate::config::{Config, ConfigError};
use crate::start_error::StartError;
use crate::webhooks::sign::SigningSecret;

use board::Board;
pub use kind::AlertKind;

/// The way to whoever is alerted. Clones are one and the same.
#[derive(Clone)]
pub struct Alerts(Arc<Inner>);

struct Inner {
    board: Mutex<Board>,
    raised: Notify,
    clock: Clock,
    /// Which process it is; ids of messages begin so.
    process: String,
    http: reqwest::Client,
    /// May hold a secret, as those of chats do.
    url: Url,
    secret: SigningSecret,
}

impl Alerts {
    /// As the settings want them; none, if they name no address.
    pub fn of(
        config: &Config,
        clock: Clock,
        entropy: &Entropy,
    ) -> Result<Option<Self>, StartError> {
        let Some((url, secret)) = receiver(config)? else {
            return Ok(None);
        };
        let process = format!("alert_{:016x}", u64::from_be_bytes(entropy.bytes()?));
        Ok(Some(Self(Arc::new(Inner {
            board: Mutex::default(),
            raised: Notify::new(),
            clock,
            process,
            http: send::client(&url)?,
            url,
            secret,
        }))))
    }

    /// Something of this kind has happened.
    pub fn raise(&self, kind: AlertKind) {
        let now = self.0.clock.now();
        self.board().raise(kind, now);
        self.0.raised.notify_one();
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Never left half-changed, so a poisoned lock is as good as another.
        let board = self.0.board.lock();
        board.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Alerts(to {})",
            self.0.url.host_str().unwrap_or_default()
        )
    }
}

fn receiver(config: &Config) -> Result<Option<(Url, SigningSecret)>, ConfigError> {
    let invalid = |setting, problem: &str| ConfigError::value(setting, problem);
    let (url, secret) = match (&config.alert_url, &config.alert_secret) {
        (None, None) => return Ok(None),
        (Some(url), Some(secret)) => (url, secret),
        (Some(_), None) => {
            let problem = "is not set, and alerts are signed with it: whsec_ and the base64 of 32 random bytes";
            return Err(invalid("alert_secret", problem));
        }
        (None, Some(_)) => return Err(invalid("alert_url", "is not set, but alert_secret is")),
    };
    let url = web_address(url).ok_or_else(|| {
        // Not repeated: it may hold a secret.
        invalid("alert_url", "must be an absolute http or https URL")
    })?;
    let secret = SigningSecret::parse(secret);
    let secret = secret.map_err(|error| invalid("alert_secret", &error.to_string()))?;
    Ok(Some((url, secret)))
}

fn web_address(text: &SecretString) -> Option<Url> {
    let url = Url::parse(text.expose_secret().trim()).ok()?;
    address::is_web(&url).then_some(url)
}

#[cfg(test)]
mod tests;

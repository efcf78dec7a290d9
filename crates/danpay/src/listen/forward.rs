//! An event on its way to the developer's machine: signed, sent once, and what came back.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_server::{Clock, SigningSecret};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::feed::Event;
use crate::as_shop::client;

/// The whole exchange, as for a webhook.
const PATIENCE: Duration = Duration::from_secs(20);

/// What events are signed with: made of the API key, so it is the same each time, and nobody learns the key
/// from it.
pub(crate) struct Secret {
    text: SecretString,
    signing: SigningSecret,
}

impl Secret {
    pub(crate) fn of(key: &SecretString) -> Result<Self> {
        let text = SigningSecret::derived(key);
        let signing = SigningSecret::parse(&text)?;
        Ok(Self { text, signing })
    }

    pub(crate) fn text(&self) -> String {
        self.text.expose_secret().to_owned()
    }
}

pub(super) struct Forward {
    http: Client,
    to: Url,
    secret: Secret,
    clock: Clock,
}

/// What came of it.
pub(super) enum Answer {
    Status {
        status: StatusCode,
        took: Duration,
    },
    /// It was not answered.
    None {
        why: String,
    },
}

impl Forward {
    pub(super) fn to(to: Url, secret: Secret) -> Result<Self> {
        ensure!(
            matches!(to.scheme(), "http" | "https"),
            "--forward-to must be an http:// or https:// URL"
        );
        Ok(Self {
            http: client(&to)?,
            to,
            secret,
            clock: Clock::system(),
        })
    }

    pub(super) async fn send(&self, event: &Event) -> Answer {
        let body = body(event).to_string();
        let now = self.clock.now();
        let headers = self
            .secret
            .signing
            .headers(event.id(), now, body.as_bytes());
        let request = headers
            .into_iter()
            .fold(self.http.post(self.to.clone()), |request, (name, value)| {
                request.header(name, value)
            });
        let request = request
            .header("content-type", "application/json")
            .timeout(PATIENCE)
            .body(body);
        let began = Instant::now();
        match request.send().await {
            Ok(answer) => Answer::Status {
                status: answer.status(),
                took: began.elapsed(),
            },
            Err(error) => Answer::None {
                why: reason(&error.without_url()),
            },
        }
    }
}

/// What a webhook says: the event, and the payment as it stood then.
fn body(event: &Event) -> Value {
    let mut body = Map::new();
    for (name, member) in [
        ("type", "type"),
        ("timestamp", "created_at"),
        ("data", "payment"),
        ("sequence", "sequence"),
        ("corrected_from", "corrected_from"),
        ("cancellation_id", "cancellation_id"),
        ("needs_review", "needs_review"),
    ] {
        body.insert(name.to_owned(), event.member(member));
    }
    body.into()
}

/// The innermost cause says most: "connection refused".
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

impl Answer {
    pub(super) fn line(&self, event: &Event) -> String {
        let payment = event.member("payment");
        let payment = payment
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let said = match self {
            Self::Status { status, took } => format!("{status} ({} ms)", took.as_millis()),
            Self::None { why } => format!("응답 없음 (no answer): {why}"),
        };
        format!("{:28} {} {payment} -> {said}", event.kind(), event.id())
    }

    pub(super) fn json(&self, event: &Event) -> Value {
        let (status, took, why) = match self {
            Self::Status { status, took } => (Some(status.as_u16()), Some(took.as_millis()), None),
            Self::None { why } => (None, None, Some(why)),
        };
        let took = took.and_then(|took| u64::try_from(took).ok());
        json!({ "id": event.id(), "type": event.kind(), "status": status, "duration_ms": took, "error": why })
    }
}

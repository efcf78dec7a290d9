//! Whoever receives webhooks, as danpay sees them.

use std::pin::Pin;
use std::sync::Arc;

use danpay_core::InvalidField;
use danpay_core::webhook::Answer;
use http::HeaderName;
use jiff::SignedDuration;
use url::Url;

use super::client::{Call, Client, Failure, FailureKind, Outcome};
use crate::config::{Config, ConfigError};

/// What is sent.
#[derive(Clone)]
pub struct Message {
    /// Where to.
    pub url: String,
    /// Whether the shop moves real money: then the way is https.
    pub is_live: bool,
    /// Id, time and signature, as Standard Webhooks names them.
    pub headers: [(HeaderName, String); 3],
    /// JSON.
    pub body: Vec<u8>,
}

/// What comes of it, later.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Why a message was not sent: it is no receiver's doing, and counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsent(String);

/// What a receiver said, and how many milliseconds the exchange took.
pub type Posted = Result<(Answer, u64), Unsent>;

/// The way to receivers. A simulation brings its own.
pub trait Receivers: Send + Sync {
    /// Whether webhooks may go to an address; if not, why.
    fn check(&self, url: Url, is_live: bool) -> Later<Result<(), InvalidField>>;

    /// One exchange.
    fn post(&self, message: Message) -> Later<Posted>;
}

impl Config {
    /// The way to receivers of webhooks, as the settings bound it.
    pub fn receivers(&self) -> Result<Arc<dyn Receivers>, ConfigError> {
        Ok(Arc::new(HttpReceivers::of(self)?))
    }
}

/// Those of the network, within the settings' bounds.
struct HttpReceivers(Client);

impl HttpReceivers {
    fn of(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self(Client::new(config.webhook_networks()?)))
    }
}

impl Receivers for HttpReceivers {
    fn check(&self, url: Url, is_live: bool) -> Later<Result<(), InvalidField>> {
        let client = self.0.clone();
        Box::pin(async move {
            let checked = client.check(&url, is_live).await;
            checked.map_err(|refused| refused.in_field("url"))
        })
    }

    fn post(&self, message: Message) -> Later<Posted> {
        let client = self.0.clone();
        Box::pin(async move {
            let Ok(url) = Url::parse(&message.url) else {
                let problem = "the address is none".to_owned();
                return Ok((Answer::None { problem }, 0));
            };
            let call = Call {
                url,
                is_live: message.is_live,
                headers: message.headers,
                body: message.body,
            };
            let exchange = client.post(call).await;
            let took = u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX);
            Ok((answer(exchange.outcome)?, took))
        })
    }
}

fn answer(outcome: Outcome) -> Result<Answer, Unsent> {
    Ok(match outcome {
        Outcome::Answered {
            status,
            retry_after,
            excerpt,
        } => Answer::Status {
            status,
            retry_after: retry_after.and_then(|wait| SignedDuration::try_from(wait).ok()),
            body: excerpt,
        },
        Outcome::Failed(Failure { kind, text }) => {
            let problem = format!("{}: {text}", kind.as_str());
            if kind == FailureKind::NoFile {
                return Err(Unsent(problem));
            }
            Answer::None { problem }
        }
    })
}

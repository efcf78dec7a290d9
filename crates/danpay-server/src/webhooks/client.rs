//! Webhooks go out: one call, bounded in time and size, to an address that may be called.
//!
//! **Invariant**: what is connected to was checked as it was connected to; no proxy and no redirect leads
//! elsewhere. Of an answer little is read and less kept. Neither a URL's path or query nor a header is told.

mod answer;
mod failure;
mod resolve;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{redirect, retry};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use super::address::{Networks, Reach, Refused};
use crate::limits;

pub(crate) use failure::{Failure, FailureKind};
use resolve::{Resolver, Unresolved};

/// What is sent, and to whom.
pub(crate) struct Call {
    pub(crate) url: Url,
    /// Whether it tells of real payments.
    pub(crate) is_live: bool,
    pub(crate) headers: [(HeaderName, String); 3],
    pub(crate) body: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// To its end, or to the most that is read.
    Answered {
        status: u16,
        /// When the receiver wants the next one; at most a day.
        retry_after: Option<Duration>,
        /// How the body begins; no control characters are in it but line breaks and tabs.
        excerpt: String,
    },
    Failed(Failure),
}

/// Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    networks: Arc<Networks>,
    /// Each has connections of its own: one that was made by the wider rule is never used by the narrower.
    public: Way,
    named: Way,
}

/// The clients whose connections were checked by one rule. They are made when they are needed: root
/// certificates, which the second one needs, are missing in many containers.
struct Way {
    resolver: Resolver,
    plain: OnceLock<reqwest::Client>,
    tls: OnceLock<reqwest::Client>,
}

impl Client {
    pub(crate) fn new(networks: Networks) -> Self {
        let networks = Arc::new(networks);
        let way = |reach| Way {
            resolver: Resolver::new(Arc::clone(&networks), reach),
            plain: OnceLock::new(),
            tls: OnceLock::new(),
        };
        let (public, named) = (way(Reach::Public), way(Reach::Named));
        Self(Arc::new(Inner {
            networks,
            public,
            named,
        }))
    }

    fn way(&self, reach: Reach) -> &Way {
        match reach {
            Reach::Public => &self.0.public,
            Reach::Named => &self.0.named,
        }
    }

    /// Whether a receiver's URL can be taken, by what DNS says now; each call is checked again. A name that
    /// cannot be resolved now is taken where any address of the internet would be.
    pub(crate) async fn check(&self, url: &Url, is_live: bool) -> Result<(), Refused> {
        let reach = self.0.networks.check_url(url, is_live)?;
        let Some(Host::Domain(name)) = url.host() else {
            return Ok(());
        };
        let resolving = self.way(reach).resolver.addresses(name);
        match timeout(limits::WEBHOOK_NAME_TAKES, resolving).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(Unresolved::Refused(refused))) => Err(refused),
            Ok(Err(Unresolved::Dns(_))) | Err(_) => match reach {
                Reach::Public => Ok(()),
                Reach::Named => Err(Refused::Unguarded),
            },
        }
    }

    /// Sends it once.
    pub(crate) async fn post(&self, call: Call) -> Exchange {
        let began = Instant::now();
        let outcome = timeout(limits::WEBHOOK_TAKES, self.exchange(call)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(Failure::late()));
        Exchange {
            outcome: outcome.unwrap_or_else(Outcome::Failed),
            took: began.elapsed(),
        }
    }

    async fn exchange(&self, call: Call) -> Result<Outcome, Failure> {
        let checked = self.0.networks.check_url(&call.url, call.is_live);
        let reach = checked.map_err(Failure::refused)?;
        let client = self.way(reach).client(call.url.scheme() == "https")?;
        let mut request = client
            .post(call.url)
            .body(call.body)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in call.headers {
            let mut value = HeaderValue::try_from(value).map_err(|_| Failure::unsendable())?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let answer = request.send().await;
        answer::read(answer.map_err(|error| Failure::of(&error))?).await
    }
}

impl Way {
    fn client(&self, is_tls: bool) -> Result<&reqwest::Client, Failure> {
        let made = if is_tls { &self.tls } else { &self.plain };
        if let Some(client) = made.get() {
            return Ok(client);
        }
        let client = self
            .make(is_tls)
            .map_err(|error| Failure::no_client(&error))?;
        Ok(made.get_or_init(|| client))
    }

    fn make(&self, is_tls: bool) -> reqwest::Result<reqwest::Client> {
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("danpay/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(self.resolver.clone())
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(limits::WEBHOOK_IDLE_CONNECTIONS)
            .pool_idle_timeout(limits::WEBHOOK_IDLE)
            .connect_timeout(limits::WEBHOOK_CONNECTS);
        if !is_tls {
            client = client.tls_certs_only([]);
        }
        client.build()
    }
}

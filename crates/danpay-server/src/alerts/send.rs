//! The way out: one message at a time, bounded in time and size, to one address alone.
//!
//! **Invariant**: no redirect is followed, nothing of the answer but its status is read, and neither the
//! address nor the secret is logged.

use jiff::Timestamp;
use reqwest::{Client, redirect, retry};
use serde::Serialize;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::board::{Next, Raised};
use super::kind::Words;
use super::{AlertKind, Alerts};
use crate::config::ConfigError;
use crate::limits;

/// What is sent.
#[derive(Debug, Serialize)]
struct Message {
    kind: &'static str,
    #[serde(flatten)]
    words: Words,
    since: Timestamp,
    count: u64,
}

pub(super) fn client(url: &Url) -> Result<Client, ConfigError> {
    let mut client = Client::builder()
        .user_agent(concat!("danpay/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(limits::ALERT_TAKES)
        .timeout(limits::ALERT_TAKES);
    if url.scheme() != "https" {
        // Root certificates are missing in many containers.
        client = client.tls_certs_only([]);
    }
    client
        .build()
        .map_err(|error| ConfigError::value("alert_url", error.without_url().to_string()))
}

impl Alerts {
    /// Tells what is raised until `stop`, and then what can be told in a moment.
    pub(crate) async fn send_until(self, stop: CancellationToken) {
        let mut is_failing = false;
        while stop
            .run_until_cancelled(self.turn(&mut is_failing))
            .await
            .is_some()
        {}
        let _ = timeout(limits::ALERTS_END, self.tell_due(&mut is_failing)).await;
    }

    /// Tells what is due, and waits for more.
    async fn turn(&self, is_failing: &mut bool) {
        let raised = self.0.raised.notified();
        match self.tell_due(is_failing).await {
            Some(then) => {
                tokio::select! {
                    () = raised => {}
                    () = sleep_until(then) => {}
                }
            }
            None => raised.await,
        }
    }

    /// Tells what is due; gives when there is more, if that is known.
    async fn tell_due(&self, is_failing: &mut bool) -> Option<Instant> {
        loop {
            let next = self.board().next(Instant::now());
            match next {
                Next::Send(kind, raised) => self.tell(kind, raised, is_failing).await,
                Next::WaitUntil(then) => return Some(then),
                Next::WaitForAnother => return None,
            }
        }
    }

    async fn tell(&self, kind: AlertKind, raised: Raised, is_failing: &mut bool) {
        let outcome = self.post(kind, raised).await;
        self.board().ended(kind, outcome.is_ok(), Instant::now());
        // Once, however long it lasts.
        match &outcome {
            Ok(()) if *is_failing => tracing::info!("alerts can be delivered again"),
            Err(problem) if !*is_failing => {
                tracing::warn!(
                    kind = kind.as_str(),
                    problem,
                    "an alert cannot be delivered"
                );
            }
            _ => {}
        }
        *is_failing = outcome.is_err();
    }

    /// Once; why it has not arrived.
    pub(super) async fn post(&self, kind: AlertKind, raised: Raised) -> Result<(), String> {
        let (inner, now) = (&*self.0, self.0.clock.now());
        let Raised { since, count } = raised;
        // The same again when it is sent again, so that who has had it knows it.
        let (name, since_ms) = (kind.as_str(), since.as_millisecond());
        let id = format!("{}_{name}_{since_ms}", inner.process);
        let message = Message {
            kind: name,
            words: kind.words(),
            since,
            count,
        };
        let body = serde_json::to_vec(&message).map_err(|error| error.to_string())?;
        let request = inner.http.post(inner.url.clone());
        let headers = inner.secret.headers(&id, now, &body).into_iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        let sent = request
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await;
        let answer = sent.map_err(|error| told(&error.without_url()))?;
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("it was answered with {}", status.as_u16()))
        }
    }
}

/// With its causes: "error sending request" alone says nothing.
fn told(error: &reqwest::Error) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(of) = cause {
        told = format!("{told}: {of}");
        cause = of.source();
    }
    told
}

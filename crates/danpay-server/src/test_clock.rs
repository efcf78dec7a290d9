//! The clock of a sandbox that runs elsewhere, which payments follow in a shop's tests.
//!
//! **Invariant**: of an answer no more than some bytes and seconds are waited for, no redirect is followed,
//! and what is no answer changes nothing: the clock runs on from the last one.

mod hands;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::{Client, StatusCode, redirect, retry};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::limits;
use crate::start_error::StartError;
use hands::{Hands, Said};

/// Where a sandbox tells its time.
const PATH: &str = "/_sandbox/clock";

/// A sandbox's clock, as it is known here. Clones are one and the same.
#[derive(Clone)]
pub struct TestClock(Arc<Inner>);

struct Inner {
    http: Client,
    url: Url,
    hands: Arc<Mutex<Hands>>,
    clock: Clock,
}

impl TestClock {
    /// That of the settings, asked for its time; none, if they name none.
    pub async fn of(config: &Config) -> Result<Option<Self>, StartError> {
        let Some(mut url) = config.test_clock()? else {
            return Ok(None);
        };
        url.set_path(PATH);
        let http = client(&url)?;
        let machine = Clock::system();
        let said = first(&http, &url).await?;
        let hands = Arc::new(Mutex::new(Hands::new(said, machine.now())));
        let known = Arc::clone(&hands);
        let clock = Clock::of_tests(move || lock(&known).at(machine.now()));
        let ahead_s = lock(&hands).ahead().as_secs();
        tracing::warn!(
            %url,
            ahead_s,
            "payments have the clock of this sandbox, which tests move: never where real money moves"
        );
        Ok(Some(Self(Arc::new(Inner {
            http,
            url,
            hands,
            clock,
        }))))
    }

    /// The time of payments.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Looks at it until `stop`, or until real money moves.
    pub(crate) async fn follow_until(self, stop: CancellationToken) {
        let mut is_silent = false;
        while self.0.clock.is_of_tests() {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(limits::TEST_CLOCK_LOOKS) => {}
            }
            let asked = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                asked = ask(&self.0.http, &self.0.url) => asked,
            };
            // Once, however long it lasts.
            match &asked {
                Err(problem) if !is_silent => {
                    tracing::warn!(
                        problem,
                        "the sandbox does not tell its time: it runs on from the last one"
                    );
                }
                Ok(_) if is_silent => tracing::info!("the sandbox tells its time again"),
                _ => {}
            }
            is_silent = asked.is_err();
            if let Ok(said) = asked {
                let heard_at = self.0.clock.machine();
                let mut hands = lock(&self.0.hands);
                *hands = hands.moved(said, heard_at);
            }
        }
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestClock({})", self.0.url)
    }
}

fn lock(hands: &Mutex<Hands>) -> MutexGuard<'_, Hands> {
    // Never left half-changed, so a poisoned lock is as good as another.
    hands.lock().unwrap_or_else(PoisonError::into_inner)
}

fn client(url: &Url) -> Result<Client, ConfigError> {
    let mut client = Client::builder()
        .user_agent(concat!("danpay/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .timeout(limits::TEST_CLOCK_TAKES);
    if url.scheme() != "https" {
        // Root certificates are missing in many containers.
        client = client.tls_certs_only([]);
    }
    client
        .build()
        .map_err(|error| ConfigError::value("test_clock_url", error.without_url().to_string()))
}

/// At the start it may be starting, too.
async fn first(http: &Client, url: &Url) -> Result<Said, ConfigError> {
    let give_up = Instant::now() + limits::TEST_CLOCK_BEGINS;
    loop {
        let problem = match ask(http, url).await {
            Ok(said) => return Ok(said),
            Err(problem) => problem,
        };
        if Instant::now() >= give_up {
            let problem = format!("the sandbox there does not tell its time ({PATH}): {problem}");
            return Err(ConfigError::value("test_clock_url", problem));
        }
        sleep(limits::TEST_CLOCK_LOOKS).await;
    }
}

/// Once; why it is not known.
async fn ask(http: &Client, url: &Url) -> Result<Said, String> {
    let answer = http.get(url.clone()).send().await;
    let mut answer = answer.map_err(told)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("it was answered with {}", answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(told)? {
        if body.len() + chunk.len() > limits::TEST_CLOCK_BYTES {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| "the answer is none of a sandbox's".to_owned())
}

/// The innermost cause says most: "connection refused".
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

//! What all share: the servers, KakaoPay, how far the torture is, and the record.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use danpay_client::{Danpay, Retries};
use danpay_testkit::Sandbox;
use danpay_testkit::process::Process;
use reqwest::{Client, StatusCode, header};
use tokio::sync::watch;

use crate::chance::Chance;
use crate::fleet::Fleet;
use crate::minutes::Trouble;
use crate::question::{Answer, Question};
use crate::record::{Record, Violation};

/// What is counted when a shop finds no server at the address that it was given.
pub(crate) const NO_CONNECTION: &str = "shops: no connection";

/// How far the torture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Phase {
    /// Servers die and KakaoPay has faults.
    Chaos,
    /// The same, and KakaoPay answers no lookup, so that whatever is in doubt stays so.
    NoLookups,
    /// Nothing goes wrong any more, and everything has time to settle.
    Calm,
    /// Whoever still waits for an answer has waited too long.
    Over,
}

pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) sandbox: Sandbox,
    _kakaopay: Process,
    pub(crate) http: Client,
    began: Instant,
    patient: AtomicBool,
    phase: watch::Sender<Phase>,
    record: Mutex<Record>,
}

impl World {
    pub(crate) fn new(fleet: Fleet, kakaopay: Process, http: Client) -> Result<Self> {
        Ok(Self {
            fleet,
            sandbox: Sandbox::at(&kakaopay.url)?,
            _kakaopay: kakaopay,
            http,
            began: Instant::now(),
            patient: AtomicBool::new(false),
            phase: watch::Sender::new(Phase::Chaos),
            record: Mutex::default(),
        })
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(crate) fn is_chaos(&self) -> bool {
        self.phase() < Phase::Calm
    }

    pub(crate) fn is_over(&self) -> bool {
        self.phase() == Phase::Over
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, what: &str) {
        *self.record().counts.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn counted(&self, what: &str) -> u64 {
        self.record().counts.get(what).copied().unwrap_or(0)
    }

    /// Trouble that has a number; what comes after the chaos does not count.
    pub(crate) fn met(&self, trouble: Trouble) {
        if self.is_chaos() {
            let after = self.began.elapsed();
            self.record().minutes.count(after, trouble);
        }
    }

    pub(crate) fn violation(&self, what: impl Into<String>, payment: Option<&str>) {
        self.record().violations.push(Violation {
            what: what.into(),
            payment: payment.map(str::to_owned),
        });
    }

    /// The key of the shop whose affair it is: orders with odd numbers are the second one's.
    pub(crate) fn api_key_for(&self, question: &Question<'_>) -> &str {
        let order = question
            .body
            .and_then(|body| body.get("order_id")?.as_str());
        let is_odd = |order: &str| order.ends_with(['1', '3', '5', '7', '9']);
        let mut ids = question.path.split(['/', '?']);
        let is_seconds = question.is_seconds
            || order.is_some_and(is_odd)
            || ids.any(|id| self.record().seconds.contains(id));
        if is_seconds {
            &self.fleet.second_api_key
        } else {
            &self.fleet.api_key
        }
    }

    /// The first shop or the second, as a client of any of the servers.
    pub(crate) fn shop(
        &self,
        is_seconds: bool,
        retries: Retries,
        chance: &mut Chance,
    ) -> Result<Danpay> {
        let api_key = if is_seconds {
            &self.fleet.second_api_key
        } else {
            &self.fleet.api_key
        };
        let danpay = Danpay::builder(self.fleet.url(chance), api_key.as_str());
        Ok(danpay.retries(retries).build()?)
    }

    /// A call of that client's, whose answer has to be one that a shop can live with.
    pub(crate) fn failed(&self, error: &danpay_client::Error) {
        if matches!(error.status(), Some(401 | 500)) {
            self.violation(format!("a shop was answered {error}"), None);
        }
    }

    /// From now on nobody tries again sooner than an answer's `Retry-After` of 2 s wants, about.
    pub(crate) fn be_patient(&self) {
        self.patient.store(true, Ordering::SeqCst);
    }

    /// Between two tries of somebody whose connection broke, say.
    pub(crate) fn pause(&self, chance: &mut Chance) -> Duration {
        if self.patient.load(Ordering::SeqCst) {
            return chance.millis(1_500..3_000);
        }
        chance.millis(50..600)
    }

    /// What the shop asks any of the servers. Nothing, if no answer comes back in time.
    pub(crate) async fn ask(&self, question: Question<'_>, chance: &mut Chance) -> Option<Answer> {
        let patience = patience(chance);
        self.ask_for(patience, question, chance).await
    }

    /// The same by somebody who waits for so long.
    pub(crate) async fn ask_for(
        &self,
        patience: Duration,
        question: Question<'_>,
        chance: &mut Chance,
    ) -> Option<Answer> {
        let api_key = self.api_key_for(&question);
        let Question {
            method,
            path,
            key,
            body,
            ..
        } = question;
        let url = format!("{}{path}", self.fleet.url(chance));
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(api_key)
            .timeout(patience);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await;
        if answer.as_ref().is_err_and(reqwest::Error::is_connect) {
            self.count(NO_CONNECTION);
        }
        let answer = answer.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        self.heard(path, status, &text)
    }

    /// An answer, which has to be one that a shop can live with.
    pub(crate) fn heard(&self, path: &str, status: StatusCode, text: &str) -> Option<Answer> {
        if status == StatusCode::INTERNAL_SERVER_ERROR || status == StatusCode::UNAUTHORIZED {
            self.violation(format!("{path} was answered {status}"), None);
        }
        let body = serde_json::from_str(text).ok()?;
        Some(Answer { status, body })
    }
}

/// For how long a shop waits for an answer: one in six longer than danpay itself waits for KakaoPay.
pub(crate) fn patience(chance: &mut Chance) -> Duration {
    if chance.is(160) {
        chance.millis(5_000..20_000)
    } else {
        chance.millis(300..5_000)
    }
}

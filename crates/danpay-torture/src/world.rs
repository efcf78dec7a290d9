//! What all share: the servers, KakaoPay, how far the torture is, and the record of what was told
//! and of what must not have happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, StatusCode, header};
use serde_json::Value;
use tokio::sync::watch;

use crate::chance::Chance;
use crate::fleet::Fleet;
use crate::sandbox::Sandbox;

/// What is counted when a shop finds no server at the address that it was given.
pub(crate) const NO_CONNECTION: &str = "shops: no connection";

/// How far the torture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Servers die and KakaoPay has faults.
    Chaos,
    /// Nothing goes wrong any more, and everything has time to settle.
    Calm,
    /// Whoever still waits for an answer has waited too long.
    Over,
}

pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
    patient: AtomicBool,
    phase: watch::Sender<Phase>,
    record: Mutex<Record>,
}

/// What is counted and kept for the end.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) violations: Vec<Violation>,
    /// What must be in no line of any log.
    pub(crate) secrets: BTreeSet<String>,
    /// Which statuses the shop was told, by payment.
    pub(crate) told: BTreeMap<String, BTreeSet<String>>,
    /// Which payments the shop was given, by order, each of which has one `Idempotency-Key`.
    pub(crate) given: BTreeMap<String, BTreeSet<String>>,
    /// Which events the shop has seen, by payment, by their numbers.
    pub(crate) seen: BTreeMap<String, BTreeMap<u32, String>>,
    /// Which cancellations the shop asked for, by payment.
    pub(crate) cancels: BTreeMap<String, Vec<Asked>>,
}

/// A cancellation that the shop asked for under one `Idempotency-Key`.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) told: Told,
}

/// How a cancellation stands, as far as the shop was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Done,
    Refused,
    /// There is none, since it was not possible.
    Impossible,
    /// Never told.
    Unknown,
}

/// What must not have happened.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) what: String,
    /// Of which payment, by danpay's id or KakaoPay's TID.
    pub(crate) payment: Option<String>,
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.body.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl World {
    pub(crate) fn new(fleet: Fleet, sandbox: Sandbox, http: Client) -> Self {
        Self {
            fleet,
            sandbox,
            http,
            patient: AtomicBool::new(false),
            phase: watch::Sender::new(Phase::Chaos),
            record: Mutex::default(),
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    pub(crate) fn is_chaos(&self) -> bool {
        *self.phase.borrow() == Phase::Chaos
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.phase.borrow() == Phase::Over
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

    pub(crate) fn violation(&self, what: impl Into<String>, payment: Option<&str>) {
        self.record().violations.push(Violation {
            what: what.into(),
            payment: payment.map(str::to_owned),
        });
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
        let patience = chance.millis(300..20_000);
        self.ask_for(patience, question, chance).await
    }

    /// The same by somebody who waits for so long.
    pub(crate) async fn ask_for(
        &self,
        patience: Duration,
        question: Question<'_>,
        chance: &mut Chance,
    ) -> Option<Answer> {
        let Question {
            method,
            path,
            key,
            body,
        } = question;
        let url = format!("{}{path}", self.fleet.url(chance));
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(&self.fleet.api_key)
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
        if status == StatusCode::INTERNAL_SERVER_ERROR || status == StatusCode::UNAUTHORIZED {
            self.violation(format!("{path} was answered {status}"), None);
        }
        let text = answer.text().await.ok()?;
        let body = serde_json::from_str(&text).ok()?;
        Some(Answer { status, body })
    }
}

/// What a shop wants to know or to have done.
#[derive(Clone)]
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

impl<'a> Question<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        let method = Method::GET;
        Self {
            method,
            path,
            key: None,
            body: None,
        }
    }

    pub(crate) fn post(path: &'a str, key: &'a str, body: Option<&'a Value>) -> Self {
        let (method, key) = (Method::POST, Some(key));
        Self {
            method,
            path,
            key,
            body,
        }
    }
}

//! KakaoPay: the sandbox's ledger, on the run's time and seed, and what is not known of the real
//! one: how it words the refusal of a call that it has served, or is serving, already.
//!
//! **Invariant**: only this room touches the ledger, and it keeps no books of its own beside it
//! but the last answer of each lookup before money moved, for lookups that lag behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use danpay_core::timing;
use http::{Method, header};
use jiff::{SignedDuration, Timestamp};
use kakaopay::{Endpoint, Request, Response};
use kakaopay_sandbox::{PaymentRecord, Sandbox};
use serde_json::{Value, json};

use crate::world::{Chance, beginning, lock};

pub(crate) const SECRET_KEY: &str = "DEVSECRETKEY00000000000000000000000SIMUL";
/// Whose addresses the SDK trusts.
const PUBLIC_URL: &str = "https://online-payment.kakaopay.com";
const CID: &str = "TC0ONETIME";
const PATH: &str = "https://open-api.kakaopay.com";

pub(crate) struct KakaoPay {
    sandbox: Sandbox,
    chance: Chance,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The payments for which a call that moves money is under way.
    moving: BTreeSet<String>,
    /// Each payment's last lookup before money moved, and when that was.
    before: BTreeMap<String, (Response, Timestamp)>,
}

impl KakaoPay {
    pub(crate) fn new(seed: u64, chance: Chance) -> Result<Self> {
        let sandbox = Sandbox::builder()
            .seed(seed)
            .frozen_at(beginning())
            .secret_key(SECRET_KEY)
            .public_url(PUBLIC_URL)
            .start_unbound()
            .context("the sandbox does not start")?;
        Ok(Self {
            sandbox,
            chance,
            state: Mutex::default(),
        })
    }

    /// Executes a call `now`. For the 15 minutes counts when it arrived (our guess).
    pub(crate) async fn execute(
        &self,
        request: &Request,
        arrived_at: Timestamp,
        now: Timestamp,
    ) -> Response {
        let tid = tid(request);
        if request.endpoint.moves_money() {
            let before = self.look_up(&tid, now).await;
            lock(&self.state).before.insert(tid, (before, now));
        }
        let body = request.body.clone();
        let response = self.call(request.endpoint, body, arrived_at).await;
        self.reword(request.endpoint, response)
    }

    /// A lookup that lags behind by at most `lag`.
    pub(crate) async fn execute_late(
        &self,
        request: &Request,
        now: Timestamp,
        lag: SignedDuration,
    ) -> Response {
        let before = lock(&self.state).before.get(&tid(request)).cloned();
        match before {
            Some((response, at)) if now < at + lag => response,
            _ => self.execute(request, now, now).await,
        }
    }

    /// Whether this call may begin, or another one that moves the same money is under way.
    pub(crate) fn begin(&self, request: &Request) -> Result<(), Response> {
        let fresh =
            !request.endpoint.moves_money() || lock(&self.state).moving.insert(tid(request));
        if fresh {
            Ok(())
        } else {
            let codes = [-785, -783, -708];
            let approve = request.endpoint == Endpoint::Approve;
            let code = self.chance.pick(&codes).copied().filter(|_| approve);
            Err(refusal(code.unwrap_or(-785), None))
        }
    }

    pub(crate) fn end(&self, request: &Request) {
        lock(&self.state).moving.remove(&tid(request));
    }

    /// The payer's moves on KakaoPay's pages: where the browser is sent in the end.
    pub(crate) fn play(&self, tid: &str, script: &str, now: Timestamp) -> Option<String> {
        self.sandbox.set_clock(now);
        self.sandbox.play(tid, script).ok()
    }

    /// A cancellation at KakaoPay's own site, of all or of half of what is left: how much it was.
    pub(crate) async fn cancel_outside(&self, tid: &str, all: bool, now: Timestamp) -> Option<u64> {
        if lock(&self.state).moving.contains(tid) {
            return None;
        }
        let record = self.payments().into_iter().find(|record| record.tid == tid);
        let record = record.filter(|record| record.approvals > 0)?;
        let went = record.entries.iter().filter(|entry| entry.kind == "CANCEL");
        let (total, tax_free) = went.fold((record.total, record.tax_free), |left, entry| {
            (left.0 - entry.total, left.1 - entry.tax_free)
        });
        let share = if all { 1 } else { 2 };
        let body = json!({
            "cid": CID,
            "tid": tid,
            "cancel_amount": total / share,
            "cancel_tax_free_amount": tax_free / share,
        });
        let response = self
            .call(Endpoint::Cancel, body.to_string().into(), now)
            .await;
        (response.status == 200).then_some(total / share)
    }

    /// Until the 15 minutes are over.
    pub(crate) fn time_left(&self, tid: &str, now: Timestamp) -> Duration {
        let record = self.payments().into_iter().find(|record| record.tid == tid);
        let ends_at = record.map_or(now, |record| record.created_at + timing::LIFETIME);
        Duration::try_from(ends_at.duration_since(now)).unwrap_or_default()
    }

    /// Whether money has moved for this payment.
    pub(crate) fn is_paid(&self, tid: &str) -> bool {
        let mut payments = self.sandbox.payments().into_iter();
        payments.any(|record| record.tid == tid && record.approvals > 0)
    }

    pub(crate) fn payments(&self) -> Vec<PaymentRecord> {
        self.sandbox.payments()
    }

    async fn look_up(&self, tid: &str, now: Timestamp) -> Response {
        let body = json!({ "cid": CID, "tid": tid }).to_string();
        self.call(Endpoint::Order, body.into(), now).await
    }

    async fn call(&self, endpoint: Endpoint, body: Bytes, now: Timestamp) -> Response {
        self.sandbox.set_clock(now);
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(format!("{PATH}{}", endpoint.path()))
            .header(header::AUTHORIZATION, format!("SECRET_KEY {SECRET_KEY}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap_or_default();
        match self.sandbox.handle(request).await {
            Ok(response) => Response::new(response.status().as_u16(), response.into_body()),
            Err(_cut) => Response::new(502, ""),
        }
    }

    /// The documents give -702 for a second approval; that a used token or the state could be
    /// named instead is our guess, so a run may draw any of them.
    fn reword(&self, endpoint: Endpoint, response: Response) -> Response {
        let again =
            endpoint == Endpoint::Approve && response.status == 400 && code(&response) == -702;
        if again {
            self.served_already()
        } else {
            response
        }
    }

    fn served_already(&self) -> Response {
        let codes = [-702, -785, -783, -708, -701];
        refusal(self.chance.pick(&codes).copied().unwrap_or(-702), None)
    }
}

/// A refusal in KakaoPay's form.
pub(crate) fn refusal(code: i32, method_result: Option<&str>) -> Response {
    let mut body = json!({ "error_code": code, "error_message": "refused!" });
    if let (Some(result), Some(fields)) = (method_result, body.as_object_mut()) {
        let extras = json!({ "method_result_code": result, "method_result_message": "거절" });
        fields.insert("extras".to_owned(), extras);
    }
    Response::new(400, body.to_string())
}

fn code(response: &Response) -> i64 {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    body.get("error_code").and_then(Value::as_i64).unwrap_or(0)
}

pub(crate) fn tid(request: &Request) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let tid = body.get("tid").and_then(Value::as_str);
    tid.unwrap_or_default().to_owned()
}

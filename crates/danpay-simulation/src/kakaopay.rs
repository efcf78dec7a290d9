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
use kakaopay::{
    ApiEndpoint as Endpoint, TransportRequest as Request, TransportResponse as Response,
};
use kakaopay_sandbox::{ERROR_CODES, PaymentRecord, PlayError, Sandbox};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::keys::SECRET_KEY;
use crate::seller::Seller;
use crate::world::{beginning, lock};

/// Whose addresses the SDK trusts.
const PUBLIC_URL: &str = "https://online-payment.kakaopay.com";
const PATH: &str = "https://open-api.kakaopay.com";
/// How far its clock is from the true time, in some lives.
const CLOCK_MS: u64 = 600_000;

pub(crate) struct KakaoPay {
    sandbox: Sandbox,
    chance: Chance,
    /// How far its clock is ahead of the true time.
    ahead: SignedDuration,
    state: Mutex<State>,
}

struct State {
    /// The only secret key that it takes.
    key: String,
    /// The payments for which a call that moves money is under way.
    moving: BTreeSet<String>,
    /// Each payment's last lookup before money moved, and when that was.
    before: BTreeMap<String, (Response, Timestamp)>,
    /// Where it was told to send payers, by TID.
    ways: BTreeMap<String, Ways>,
}

/// The addresses by which payers come back, of which it alone was told.
#[derive(Clone)]
pub(crate) struct Ways {
    pub(crate) approve: String,
    pub(crate) cancel: String,
}

impl KakaoPay {
    pub(crate) fn new(seed: u64, chance: Chance) -> Result<Self> {
        let sandbox = Sandbox::builder()
            .seed(seed)
            .frozen_at(beginning())
            .secret_key(SECRET_KEY)
            .cid(Seller::First.cid())
            .cid(Seller::Second.cid())
            .public_url(PUBLIC_URL)
            .start_unbound()
            .context("the sandbox does not start")?;
        let ahead_ms = if chance.is(300) {
            chance.number(0..2 * CLOCK_MS).cast_signed() - CLOCK_MS.cast_signed()
        } else {
            0
        };
        Ok(Self {
            sandbox,
            chance,
            ahead: SignedDuration::from_millis(ahead_ms),
            state: Mutex::new(State {
                key: SECRET_KEY.to_owned(),
                moving: BTreeSet::new(),
                before: BTreeMap::new(),
                ways: BTreeMap::new(),
            }),
        })
    }

    /// How far its clock is ahead of the true time.
    pub(crate) fn ahead(&self) -> SignedDuration {
        self.ahead
    }

    /// Every other secret key is revoked.
    pub(crate) fn takes_only(&self, key: &str) {
        self.sandbox.set_secret_key(Some(key));
        key.clone_into(&mut lock(&self.state).key);
    }

    /// Whether the call comes with the right one.
    pub(crate) fn takes_key_of(&self, request: &Request) -> bool {
        lock(&self.state).key == request.secret_key.expose()
    }

    /// What it says to a call with another one.
    pub(crate) async fn turn_away(&self, request: &Request, now: Timestamp) -> Response {
        let key = request.secret_key.expose();
        self.call_with(key, request.endpoint, request.body.clone(), now)
            .await
    }

    /// Executes a call `now`. For the 15 minutes counts when it arrived (our guess).
    pub(crate) async fn execute(
        &self,
        request: &Request,
        arrived_at: Timestamp,
        now: Timestamp,
    ) -> Response {
        if request.endpoint.moves_money() {
            let tid = tid(request);
            let before = self.look_up(&tid, now).await;
            lock(&self.state).before.insert(tid, (before, now));
        }
        let body = request.body.clone();
        let response = self.call(request.endpoint, body, arrived_at).await;
        if request.endpoint == Endpoint::Ready {
            self.remember_ways(request, &response);
        }
        self.reword(request.endpoint, response)
    }

    fn remember_ways(&self, request: &Request, response: &Response) {
        let (asked, told) = (read(&request.body), read(&response.body));
        let asked = |name| text(&asked, name);
        let ways = Ways {
            approve: asked("approval_url"),
            cancel: asked("cancel_url"),
        };
        lock(&self.state).ways.insert(text(&told, "tid"), ways);
    }

    /// By which addresses the payer of this payment comes back.
    pub(crate) fn ways(&self, tid: &str) -> Option<Ways> {
        lock(&self.state).ways.get(tid).cloned()
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
            let busy = match request.endpoint {
                Endpoint::Approve => [(-785, None), (-783, None), (-708, None)].as_slice(),
                _ => &[(-785, None), (-781, Some("8008"))],
            };
            let (code, method_result) = self.chance.pick(busy).copied().unwrap_or((-785, None));
            Err(refusal(code, method_result))
        }
    }

    pub(crate) fn end(&self, request: &Request) {
        lock(&self.state).moving.remove(&tid(request));
    }

    /// The payer's moves on KakaoPay's pages: where the browser is sent in the end, if anywhere.
    pub(crate) fn play(
        &self,
        tid: &str,
        script: &str,
        now: Timestamp,
    ) -> Result<Option<String>, PlayError> {
        self.sandbox.set_clock(now + self.ahead);
        self.sandbox.perform(tid, script)
    }

    /// A cancellation at KakaoPay's own site, of all or of half of what is left: how much it was.
    pub(crate) async fn cancel_outside(&self, tid: &str, all: bool, now: Timestamp) -> Option<u64> {
        if lock(&self.state).moving.contains(tid) {
            return None;
        }
        let record = self.sandbox.payment(tid)?;
        if record.approvals == 0 {
            return None;
        }
        let went = record.entries.iter().filter(|entry| entry.kind == "CANCEL");
        let (total, tax_free) = went.fold((record.total, record.tax_free), |left, entry| {
            (left.0 - entry.total, left.1 - entry.tax_free)
        });
        let share = if all { 1 } else { 2 };
        let body = json!({
            "cid": record.cid,
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
        let now = now + self.ahead;
        let record = self.sandbox.payment(tid);
        let ends_at = record.map_or(now, |record| record.created_at + timing::LIFETIME);
        Duration::try_from(ends_at.duration_since(now)).unwrap_or_default()
    }

    /// Whether money has moved for this payment.
    pub(crate) fn is_paid(&self, tid: &str) -> bool {
        let record = self.sandbox.payment(tid);
        record.is_some_and(|record| record.approvals > 0)
    }

    /// How often money has moved for this order, of the shop with this merchant code.
    pub(crate) fn charges(&self, cid: &str, order_id: &str) -> u32 {
        let payments = self.sandbox.payments().into_iter();
        let of_order = payments.filter(|record| record.cid == cid && record.order_id == order_id);
        of_order.map(|record| record.approvals).sum()
    }

    /// How often a cancellation with this payload was executed.
    pub(crate) fn cancellations(&self, tid: &str, payload: &str) -> usize {
        let record = self.sandbox.payment(tid);
        let entries = record.map(|record| record.entries).unwrap_or_default();
        let ours = entries
            .iter()
            .filter(|entry| entry.kind == "CANCEL" && entry.payload.as_deref() == Some(payload));
        ours.count()
    }

    pub(crate) fn payments(&self) -> Vec<PaymentRecord> {
        self.sandbox.payments()
    }

    async fn look_up(&self, tid: &str, now: Timestamp) -> Response {
        let record = self.sandbox.payment(tid);
        let cid = record.map_or_else(String::new, |record| record.cid);
        let body = json!({ "cid": cid, "tid": tid }).to_string();
        self.call(Endpoint::Order, body.into(), now).await
    }

    async fn call(&self, endpoint: Endpoint, body: Bytes, now: Timestamp) -> Response {
        let key = lock(&self.state).key.clone();
        self.call_with(&key, endpoint, body, now).await
    }

    async fn call_with(
        &self,
        key: &str,
        endpoint: Endpoint,
        body: Bytes,
        now: Timestamp,
    ) -> Response {
        self.sandbox.set_clock(now + self.ahead);
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(format!("{PATH}{}", endpoint.path()))
            .header(header::AUTHORIZATION, format!("SECRET_KEY {key}"))
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

/// A refusal in KakaoPay's form, with the status that is documented for it.
pub(crate) fn refusal(code: i32, method_result: Option<&str>) -> Response {
    let mut body = json!({ "error_code": code, "error_message": "refused!" });
    if let (Some(result), Some(fields)) = (method_result, body.as_object_mut()) {
        let extras = json!({ "method_result_code": result, "method_result_message": "거절" });
        fields.insert("extras".to_owned(), extras);
    }
    let known = ERROR_CODES.iter().find(|(known, _)| *known == code);
    Response::new(known.map_or(400, |(_, status)| *status), body.to_string())
}

fn code(response: &Response) -> i64 {
    let code = read(&response.body);
    code.get("error_code").and_then(Value::as_i64).unwrap_or(0)
}

pub(crate) fn tid(request: &Request) -> String {
    field(request, "tid")
}

/// What a call says there; nothing, if it says nothing.
pub(crate) fn field(request: &Request, name: &str) -> String {
    text(&read(&request.body), name)
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

//! The calls that were made for an order, the newest first: the shop's to danpay, and danpay's to
//! KakaoPay.
//!
//! **Invariant**: only the members that are named here are shown, so no key and no token is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use danpay_core::timing::KOREA;
use jiff::Timestamp;
use serde_json::Value;

/// How many of an order's last calls are kept.
const KEPT_MAX: usize = 100;

/// Of what the shop sends and gets to read.
const ASKED_BY_SHOP: [&str; 3] = ["amount.total", "quantity", "expected_left"];
const TOLD_BY_DANPAY: [&str; 4] = ["status", "aid", "canceled_amount.total", "code"];
/// Of what danpay sends to KakaoPay and gets to read.
const ASKED_BY_DANPAY: [&str; 3] = ["total_amount", "cancel_amount", "cancel_available_amount"];
const TOLD_BY_KAKAOPAY: [&str; 7] = [
    "tid",
    "aid",
    "status",
    "amount.total",
    "approved_cancel_amount.total",
    "error_code",
    "error_message",
];

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// The shop asks danpay.
    Shop,
    /// danpay asks KakaoPay.
    Danpay,
}

/// A member and its value.
type Fact = (&'static str, String);

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) at: Timestamp,
    pub(super) side: Side,
    /// What it is for, in Korean and English.
    pub(super) name: [&'static str; 2],
    /// `POST /v1/payments`.
    pub(super) line: String,
    pub(super) asked: Vec<Fact>,
    /// The HTTP status; none if no answer came.
    pub(super) status: Option<u16>,
    pub(super) told: Vec<Fact>,
    /// How often it was asked in a row, and answered alike.
    pub(super) times: usize,
}

impl Call {
    pub(super) fn of_shop(at: Timestamp, name: [&'static str; 2], line: String) -> Self {
        Self::new(at, Side::Shop, name, line)
    }

    pub(super) fn of_danpay(at: Timestamp, name: [&'static str; 2], line: String) -> Self {
        Self::new(at, Side::Danpay, name, line)
    }

    fn new(at: Timestamp, side: Side, name: [&'static str; 2], line: String) -> Self {
        Self {
            at,
            side,
            name,
            line,
            asked: Vec::new(),
            status: None,
            told: Vec::new(),
            times: 1,
        }
    }

    pub(super) fn asked(mut self, key: Option<&str>, body: Option<&Value>) -> Self {
        let members: &[&'static str] = match self.side {
            Side::Shop => &ASKED_BY_SHOP,
            Side::Danpay => &ASKED_BY_DANPAY,
        };
        let key = key.map(|key| ("Idempotency-Key", key.to_owned()));
        self.asked = key.into_iter().chain(facts(body, members)).collect();
        self
    }

    pub(super) fn told(mut self, answer: Option<(u16, &Value)>) -> Self {
        let members: &[&'static str] = match self.side {
            Side::Shop => &TOLD_BY_DANPAY,
            Side::Danpay => &TOLD_BY_KAKAOPAY,
        };
        self.status = answer.map(|(status, _)| status);
        self.told = facts(answer.map(|(_, body)| body), members);
        self
    }

    pub(super) fn time(&self) -> String {
        KOREA.to_datetime(self.at).strftime("%H:%M:%S").to_string()
    }

    pub(super) fn is_good(&self) -> bool {
        self.status.is_some_and(|status| status < 400)
    }

    /// Whether this is the same again.
    fn repeats(&self, other: &Self) -> bool {
        let parts = |call: &Self| (call.side, call.line.clone(), call.status);
        parts(self) == parts(other) && self.asked == other.asked && self.told == other.told
    }
}

/// The members that are there.
fn facts(body: Option<&Value>, members: &[&'static str]) -> Vec<Fact> {
    let Some(body) = body else {
        return Vec::new();
    };
    let told = members.iter().filter_map(|member| {
        let mut path = member.split('.');
        let value = match path.try_fold(body, |value, name| value.get(name))? {
            Value::String(text) => text.clone(),
            // Of amounts, those that are there.
            Value::Number(number) if number.as_i64() != Some(0) => number.to_string(),
            _ => return None,
        };
        Some((*member, value))
    });
    told.collect()
}

/// Both sides' calls as one list, by when they began; what is asked again and again is one of them.
pub(super) fn newest_first(own: Vec<Call>, kakaopays: Vec<Call>) -> Vec<Call> {
    let mut all = own;
    all.extend(kakaopays);
    all.sort_by_key(|call| (call.at, call.side));
    let mut list: Vec<Call> = Vec::with_capacity(all.len());
    for call in all {
        match list.last_mut() {
            Some(last) if call.repeats(last) => last.times += 1,
            _ => list.push(call),
        }
    }
    list.reverse();
    list
}

#[derive(Default)]
struct OfOrder {
    calls: VecDeque<Call>,
    tids: BTreeSet<String>,
}

/// The shop's own calls. A real shop's log has them.
pub(super) struct Calls {
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    orders: Mutex<BTreeMap<String, OfOrder>>,
}

impl Calls {
    /// The clock is the one that KakaoPay's side goes by.
    pub(super) fn new(clock: Box<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            clock,
            orders: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn add(&self, order_id: &str, call: Call, tid: Option<&str>) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let order = orders.entry(order_id.to_owned()).or_default();
        order.tids.extend(tid.map(str::to_owned));
        order.calls.push_back(call);
        if order.calls.len() > KEPT_MAX {
            order.calls.pop_front();
        }
    }

    /// Those of an order, and the TIDs of its payments.
    pub(super) fn of(&self, order_id: &str) -> (Vec<Call>, BTreeSet<String>) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.get(order_id).map_or_else(Default::default, |order| {
            (order.calls.iter().cloned().collect(), order.tids.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(second: i64, line: &str, status: &str) -> Call {
        let at = Timestamp::from_second(second).unwrap();
        let body =
            json!({ "status": status, "pg_token": "s3cret", "next_redirect_pc_url": "s3cret" });
        Call::of_shop(at, ["", ""], line.to_owned()).told(Some((200, &body)))
    }

    #[test]
    fn only_what_is_named_is_shown() {
        let body =
            json!({ "amount": { "total": 2200 }, "return_url": "s3cret", "pg_token": "s3cret" });
        let call = asked(1, "POST /", "ready").asked(Some("order-1-attempt-1"), Some(&body));
        let shown = [
            ("Idempotency-Key", "order-1-attempt-1".to_owned()),
            ("amount.total", "2200".to_owned()),
        ];
        assert_eq!(call.asked, shown);
        assert_eq!(call.told, [("status", "ready".to_owned())]);
        assert!(!format!("{call:?}").contains("s3cret"));
    }

    #[test]
    fn a_question_that_is_repeated_is_shown_once_until_the_answer_changes() {
        let get = "GET /v1/payments/pay_1";
        let own = vec![
            asked(3, get, "ready"),
            asked(4, get, "ready"),
            asked(5, get, "approved"),
        ];
        let ready = Call::of_danpay(
            Timestamp::from_second(1).unwrap(),
            ["", ""],
            "POST /".into(),
        );
        let list = newest_first(own, vec![ready]);
        let times: Vec<_> = list.iter().map(|call| (call.side, call.times)).collect();
        assert_eq!(times, [(Side::Shop, 1), (Side::Shop, 2), (Side::Danpay, 1)]);
    }

    #[test]
    fn of_an_order_the_last_calls_are_kept() {
        let calls = Calls::new(Box::new(|| Timestamp::UNIX_EPOCH));
        for second in 0..150 {
            calls.add("a", asked(second, "GET /", "ready"), Some("T1"));
        }
        let (kept, tids) = calls.of("a");
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!(kept.last().map(|call| call.at.as_second()), Some(149));
        assert_eq!(tids.into_iter().collect::<Vec<_>>(), ["T1"]);
    }
}

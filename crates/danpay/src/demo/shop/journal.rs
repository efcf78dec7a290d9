//! danpay's calls to KakaoPay, as the sandbox's journal has them, in which keys and tokens are masked.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;

use super::calls::Call;

/// The end of a call's address, and what it is for.
const CALLS: [(&str, [&str; 2]); 4] = [
    ("/ready", ["결제 준비", "Ready"]),
    ("/approve", ["결제 승인", "Approve"]),
    ("/order", ["주문 조회", "Look the order up"]),
    ("/cancel", ["결제 취소", "Cancel"]),
];
const OTHER: [&str; 2] = ["그 밖의 호출", "Another call"];

pub(super) struct Journal {
    http: Client,
    url: String,
}

#[derive(Deserialize)]
struct Entries {
    entries: Vec<Entry>,
}

/// Of an entry, what is shown or told apart by.
#[derive(Deserialize)]
struct Entry {
    at: Timestamp,
    method: String,
    path: String,
    body: String,
    status: Option<u16>,
    answer: Option<String>,
    tid: Option<String>,
    order_id: Option<String>,
}

impl Journal {
    pub(super) fn new(http: Client, sandbox_url: &str) -> Self {
        Self {
            http,
            url: format!("{sandbox_url}/_sandbox/journal"),
        }
    }

    /// Those about an order or one of its payments. Without a journal there are none to show.
    pub(super) async fn of(&self, order_id: &str, tids: &BTreeSet<String>) -> Vec<Call> {
        let entries = match self.entries().await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!("the sandbox's journal cannot be read: {error:#}");
                Vec::new()
            }
        };
        let is_about = |entry: &Entry| {
            entry.order_id.as_deref() == Some(order_id)
                || entry.tid.as_ref().is_some_and(|tid| tids.contains(tid))
        };
        entries
            .iter()
            .filter(|entry| is_about(entry))
            .map(call)
            .collect()
    }

    async fn entries(&self) -> Result<Vec<Entry>> {
        let answer = self.http.get(&self.url).send().await?.error_for_status()?;
        Ok(answer.json::<Entries>().await?.entries)
    }
}

fn call(entry: &Entry) -> Call {
    let name = CALLS.iter().find(|(end, _)| entry.path.ends_with(end));
    let name = name.map_or(OTHER, |(_, name)| *name);
    let asked: Option<Value> = serde_json::from_str(&entry.body).ok();
    let answer = entry.answer.as_deref().unwrap_or_default();
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    Call::of_danpay(entry.at, name, format!("{} {}", entry.method, entry.path))
        .asked(None, asked.as_ref())
        .told(entry.status.map(|status| (status, &answer)))
}

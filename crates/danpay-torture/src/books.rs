//! The books as the shop can read them: every payment of the list, and each one's events.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::{Question, World};

/// In calm an answer may be slow, but it comes.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

pub(crate) const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];
/// Ends that say that no money moved.
pub(crate) const UNPAID: [&str; 3] = ["quit", "failed", "expired"];

/// By the payments' ids.
pub(crate) type Events = BTreeMap<String, Vec<Event>>;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) order_id: String,
    pub(crate) tid: String,
    pub(crate) aid: Option<String>,
    pub(crate) amount: Amount,
    pub(crate) canceled_amount: Amount,
    pub(crate) cancel_available_amount: Amount,
    pub(crate) cancellations: Vec<Cancellation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Amount {
    pub(crate) total: i64,
    pub(crate) tax_free: i64,
    pub(crate) vat: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cancellation {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: Amount,
    pub(crate) reason: Option<String>,
    pub(crate) outside: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) sequence: u32,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) at: String,
    pub(crate) by: String,
    pub(crate) state: Value,
}

impl Event {
    /// The payment's status after it.
    pub(crate) fn status(&self) -> &str {
        let status = self.state.get("status").and_then(Value::as_str);
        status.unwrap_or_default()
    }
}

impl Payment {
    /// Whether there is something that recovery has to end.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let mut cancellations = self.cancellations.iter();
        self.status == "approving"
            || cancellations.any(|cancellation| cancellation.status == "pending")
    }
}

/// All payments, newest first.
pub(crate) async fn payments(world: &World, chance: &mut Chance) -> Result<Vec<Payment>> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Payment>,
        next_cursor: Option<String>,
    }
    let mut payments = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/payments?limit=100{cursor}");
        let page: Page = read(world, &path, chance).await?;
        ensure!(
            !page.data.is_empty() || page.next_cursor.is_none(),
            "an empty page has a next one"
        );
        payments.extend(page.data);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(payments),
        }
    }
}

pub(crate) async fn events(
    world: &World,
    payments: &[Payment],
    chance: &mut Chance,
) -> Result<Events> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Event>,
    }
    let mut events = Events::new();
    for Payment { id, .. } in payments {
        let path = format!("/v1/payments/{id}/events");
        let list: List = read(world, &path, chance).await?;
        events.insert(id.clone(), list.data);
    }
    Ok(events)
}

async fn read<T: DeserializeOwned>(world: &World, path: &str, chance: &mut Chance) -> Result<T> {
    for _ in 0..TRIES {
        let answer = world.ask(Question::get(path), chance).await;
        if let Some(answer) = answer.filter(|answer| answer.status.is_success()) {
            return serde_json::from_value(answer.body)
                .with_context(|| format!("{path} is not what it should be"));
        }
        sleep(PAUSE).await;
    }
    anyhow::bail!("{path} is not answered")
}

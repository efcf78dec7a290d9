//! The books as the shop can read them: every payment of the list, and what it is told of each.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::fleet::SECOND_CID;
use crate::question::Question;
use crate::world::World;

/// In calm an answer may be slow, but it comes.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

pub(crate) const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];
/// Ends that say that no money moved.
pub(crate) const UNPAID: [&str; 4] = ["quit", "failed", "expired", "withdrawn"];
/// Few, so that most payments have more than one page.
const EVENTS_PER_PAGE: u32 = 2;

/// By the payments' ids.
pub(crate) type Events = BTreeMap<String, Vec<Event>>;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) order_id: String,
    pub(crate) cid: String,
    pub(crate) tid: String,
    pub(crate) aid: Option<String>,
    pub(crate) approval: String,
    pub(crate) failure: Option<Failure>,
    pub(crate) expires_at: String,
    pub(crate) second_charge_of: Option<String>,
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
    pub(crate) failure: Option<Failure>,
}

/// Why a payment or a cancellation has failed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) kakaopay: Option<KakaoPaySaid>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct KakaoPaySaid {
    pub(crate) error_code: Option<i64>,
}

/// What a shop is told.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) sequence: u32,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) payment: Payment,
}

/// Of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

impl Payment {
    /// Whether there is something that recovery has to end: also a payment whose payer is back and
    /// which waits for its turn, since another one of its order is being approved.
    pub(crate) fn is_in_doubt(&self) -> bool {
        let mut cancellations = self.cancellations.iter();
        self.status == "approving"
            || self.waits_for_turn()
            || cancellations.any(|cancellation| cancellation.status == "pending")
    }

    pub(crate) fn waits_for_turn(&self) -> bool {
        self.status == "authenticated" && self.approval == "automatic"
    }
}

/// All payments, newest first.
pub(crate) async fn payments(world: &World, chance: &mut Chance) -> Result<Vec<Payment>> {
    let path = |cursor: Option<&str>| {
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}"));
        format!("/v1/payments?limit=100{}", cursor.unwrap_or_default())
    };
    let mut payments: Vec<Payment> = all_pages(world, path, (false, chance)).await?;
    let seconds: Vec<Payment> = all_pages(world, path, (true, chance)).await?;
    for payment in &seconds {
        ensure!(
            payment.cid == SECOND_CID,
            "the second shop is shown {}, which is not its own",
            payment.id
        );
        world.record().seconds.insert(payment.id.clone());
    }
    ensure!(
        payments.iter().all(|payment| payment.cid != SECOND_CID),
        "the first shop is shown payments of the second"
    );
    payments.extend(seconds);
    payments.sort_by(|one, other| other.id.cmp(&one.id));
    Ok(payments)
}

pub(crate) async fn events(
    world: &World,
    payments: &[Payment],
    chance: &mut Chance,
) -> Result<Events> {
    let mut events = Events::new();
    for Payment { id, .. } in payments {
        events.insert(id.clone(), events_of(world, id, chance).await?);
    }
    Ok(events)
}

async fn events_of(world: &World, payment: &str, chance: &mut Chance) -> Result<Vec<Event>> {
    let path = |cursor: Option<&str>| events_path(payment, cursor);
    all_pages(world, path, (false, chance)).await
}

/// Where the page of a payment's events is that comes after the cursor.
pub(crate) fn events_path(payment: &str, cursor: Option<&str>) -> String {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}"));
    let cursor = cursor.unwrap_or_default();
    format!("/v1/payments/{payment}/events?limit={EVENTS_PER_PAGE}{cursor}")
}

async fn all_pages<T: DeserializeOwned>(
    world: &World,
    path: impl Fn(Option<&str>) -> String,
    (is_seconds, chance): (bool, &mut Chance),
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let path = path(cursor.as_deref());
        let Page { data, next_cursor } = read(world, (&path, is_seconds), chance).await?;
        ensure!(
            !data.is_empty() || next_cursor.is_none(),
            "an empty page has a next one"
        );
        all.extend(data);
        cursor = next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

async fn read<T: DeserializeOwned>(
    world: &World,
    (path, is_seconds): (&str, bool),
    chance: &mut Chance,
) -> Result<T> {
    for _ in 0..TRIES {
        let question = Question {
            is_seconds,
            ..Question::get(path)
        };
        let answer = world.ask(question, chance).await;
        if let Some(answer) = answer.filter(|answer| answer.status.is_success()) {
            return serde_json::from_value(answer.body)
                .with_context(|| format!("{path} is not what it should be"));
        }
        sleep(PAUSE).await;
    }
    anyhow::bail!("{path} is not answered")
}

//! The operator's desk: endpoints are made and enabled again, deliveries are looked at and sent once more.
//! Invariant: all of it by danpay's API, and whatever is asked is asked until it is answered.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::receiver::Endpoint;
use crate::chance::Chance;
use crate::question::{Answer, Question};
use crate::world::World;

/// Servers are killed meanwhile.
const ANSWERED_WITHIN: Duration = Duration::from_mins(2);
const PATIENCE: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_millis(200);

/// A delivery as the API tells of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) endpoint_id: String,
    pub(super) event_id: String,
    pub(super) status: String,
    pub(super) next_attempt_at: Option<Timestamp>,
    pub(super) attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Attempt {
    pub(super) at: Timestamp,
    pub(super) duration_ms: u64,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
}

pub(super) struct Desk {
    world: Arc<World>,
    /// Endpoints and events of what was sent once more.
    resent: Mutex<BTreeSet<(String, String)>>,
}

impl Desk {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self {
            world,
            resent: Mutex::default(),
        }
    }

    pub(super) fn resent(&self) -> BTreeSet<(String, String)> {
        lock(&self.resent).clone()
    }

    /// A new endpoint that hears everything.
    pub(super) async fn make(&self, url: &str, chance: &mut Chance) -> Result<Endpoint> {
        let body = json!({ "url": url, "description": "torture" });
        let mut question = Question::post("/v1/webhook_endpoints", "", Some(&body));
        question.key = None;
        let answer = self.insist(question, chance).await?;
        let endpoint = Endpoint {
            id: answer.text("id"),
            secret: answer.text("secret"),
        };
        let is_made = answer.status == StatusCode::CREATED || answer.status == StatusCode::OK;
        let code = answer.code();
        ensure!(
            is_made,
            "no webhook endpoint is made: {} {code}",
            answer.status
        );
        // Secrets are looked for in the logs by words of letters and digits.
        let words = endpoint
            .secret
            .split(|letter: char| !letter.is_ascii_alphanumeric());
        let long = words.filter(|word| word.len() > 11).map(str::to_owned);
        self.world.record().secrets.extend(long);
        Ok(endpoint)
    }

    /// Since when an endpoint is disabled.
    pub(super) async fn disabled_at(
        &self,
        endpoint: &str,
        chance: &mut Chance,
    ) -> Result<Option<Timestamp>> {
        let path = format!("/v1/webhook_endpoints/{endpoint}");
        let answer = self.insist(Question::get(&path), chance).await?;
        Ok(answer.text("disabled_at").parse().ok())
    }

    /// Enables it and has what it has missed sent.
    pub(super) async fn enable(&self, endpoint: &str, chance: &mut Chance) -> Result<()> {
        let path = format!("/v1/webhook_endpoints/{endpoint}");
        let body = json!({ "enabled": true, "send_missed": true });
        let answer = self.insist(Question::patch(&path, &body), chance).await?;
        ensure!(
            answer.status.is_success(),
            "{} {}",
            answer.status,
            answer.code()
        );
        Ok(())
    }

    /// All deliveries of these words of a query, newest first.
    pub(super) async fn deliveries(
        &self,
        query: &str,
        chance: &mut Chance,
    ) -> Result<Vec<Delivery>> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/webhook_deliveries?limit=100{query}{cursor}");
            let mut answer = self.insist(Question::get(&path), chance).await?;
            let page = answer.body.get_mut("data").map(Value::take);
            let page: Vec<Delivery> = serde_json::from_value(page.unwrap_or_default())
                .with_context(|| format!("{path}: {} {}", answer.status, answer.code()))?;
            all.extend(page);
            let next = answer.text("next_cursor");
            if next.is_empty() {
                return Ok(all);
            }
            cursor = format!("&cursor={next}");
        }
    }

    /// Has it sent once more, unless it is under way.
    pub(super) async fn resend(&self, delivery: &Delivery, chance: &mut Chance) -> Result<()> {
        let Delivery {
            endpoint_id,
            event_id,
            ..
        } = delivery;
        let resent = (endpoint_id.clone(), event_id.clone());
        lock(&self.resent).insert(resent);
        self.world.count("operator: sent once more");
        let path = format!("/v1/webhook_deliveries/{}/resend", delivery.id);
        let mut question = Question::post(&path, "", None);
        question.key = None;
        let answer = self.insist(question, chance).await?;
        let is_known = answer.status.is_success() || answer.status == StatusCode::CONFLICT;
        ensure!(is_known, "{path}: {} {}", answer.status, answer.code());
        Ok(())
    }

    /// Asks until there is an answer that says something.
    async fn insist(&self, question: Question<'_>, chance: &mut Chance) -> Result<Answer> {
        let began = Instant::now();
        while began.elapsed() < ANSWERED_WITHIN {
            let answer = self.world.ask_for(PATIENCE, question.clone(), chance).await;
            if let Some(answer) = answer.filter(|answer| !answer.status.is_server_error()) {
                return Ok(answer);
            }
            sleep(AGAIN).await;
        }
        anyhow::bail!("{} is not answered", question.path)
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

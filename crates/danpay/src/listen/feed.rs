//! A shop's events, as `GET /v1/events` has them, one after the other.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Result, bail};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::as_shop::client;

/// How long danpay may wait for something new, in seconds.
const WAIT: &str = "20";
/// After a page with nothing new: danpay does not wait while it stops, or while many others wait.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two tries while danpay cannot be reached.
const TRIES: Duration = Duration::from_secs(2);
const PAGE: &str = "100";

/// One thing that the shop is told, as the API shows it.
pub(super) struct Event(Value);

impl Event {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        self.text("id")
    }

    pub(super) fn kind(&self) -> &str {
        self.text("type")
    }

    /// A member as it came.
    pub(super) fn member(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

pub(super) struct Feed {
    http: Client,
    url: Url,
    key: SecretString,
    /// The last event that was read.
    after: Option<String>,
    /// Whether it is known where it begins.
    begun: bool,
    read: VecDeque<Event>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    next_cursor: Option<String>,
}

impl Feed {
    pub(super) fn open(url: &Url, key: SecretString, after: Option<String>) -> Result<Self> {
        let mut path = url.clone();
        path.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("--url must be an http:// or https:// URL"))?
            .pop_if_empty()
            .extend(["v1", "events"]);
        Ok(Self {
            http: client(&path)?,
            url: path,
            key,
            begun: after.is_some(),
            after,
            read: VecDeque::new(),
        })
    }

    /// The last event that was given.
    pub(super) fn last(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Passes over what has happened so far, unless it is to go on after an event.
    pub(super) async fn begin(&mut self) -> Result<()> {
        if !self.begun {
            // Nothing, if nothing has happened yet: the first event is not passed over.
            let latest = self.page(&[("after", "latest")]).await?;
            self.after = latest.next_cursor;
            self.begun = true;
        }
        Ok(())
    }

    /// The next event, as soon as there is one. An error is one that waiting does not mend.
    pub(super) async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.after = Some(event.id().to_owned());
                return Ok(event);
            }
            let mut query = vec![("limit", PAGE), ("wait", WAIT)];
            query.extend(self.after.as_deref().map(|after| ("after", after)));
            let Page { data, .. } = self.page(&query).await?;
            if data.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            self.read.extend(data.into_iter().map(Event));
        }
    }

    async fn page(&self, query: &[(&str, &str)]) -> Result<Page> {
        let mut is_told = false;
        loop {
            let mut url = self.url.clone();
            url.query_pairs_mut().extend_pairs(query);
            let asked = self.http.get(url).bearer_auth(self.key.expose_secret());
            let trouble = match asked.send().await {
                Ok(answer) if answer.status() == StatusCode::OK => match answer.json().await {
                    Ok(page) => return Ok(page),
                    Err(error) => error.without_url().to_string(),
                },
                Ok(answer)
                    if answer.status().is_client_error()
                        && answer.status() != StatusCode::TOO_MANY_REQUESTS =>
                {
                    let status = answer.status();
                    let said = answer.json::<Value>().await.unwrap_or_default();
                    let said = said
                        .get("detail")
                        .and_then(Value::as_str)
                        .unwrap_or("no reason");
                    bail!("danpay answered {status}: {said}");
                }
                Ok(answer) => answer.status().to_string(),
                Err(error) => error.without_url().to_string(),
            };
            if !is_told {
                crate::say(&format!("danpay cannot be asked, trying on: {trouble}"));
                is_told = true;
            }
            tokio::time::sleep(TRIES).await;
        }
    }
}

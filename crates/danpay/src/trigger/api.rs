//! The two that a trigger asks: danpay as the shop, and the sandbox's desk.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::as_shop::client;

pub(super) struct Api {
    http: Client,
    danpay: String,
    key: SecretString,
    desk: Client,
    sandbox: String,
}

impl Api {
    pub(super) fn new(danpay: &Url, key: SecretString, sandbox: &Url) -> Result<Self> {
        let base = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            http: client(danpay)?,
            danpay: base(danpay),
            key,
            desk: client(sandbox)?,
            sandbox: base(sandbox),
        })
    }

    /// Asks danpay for something, once for each call.
    pub(super) async fn shop(&self, path: &str, body: Value) -> Result<Value> {
        let number = getrandom::u64().context("the machine gives no random bytes")?;
        let request = self.http.post(format!("{}{path}", self.danpay));
        let request = request
            .bearer_auth(self.key.expose_secret())
            .header("Idempotency-Key", format!("trigger-{number:016x}"))
            .json(&body);
        answer(request).await
    }

    /// What the shop is told of a payment.
    pub(super) async fn events(&self, payment: &str) -> Result<Vec<Value>> {
        let url = format!("{}/v1/payments/{payment}/events?limit=100", self.danpay);
        let request = self.http.get(url).bearer_auth(self.key.expose_secret());
        let mut page = answer(request).await?;
        let data = page.get_mut("data").map(Value::take);
        Ok(data
            .and_then(|data| serde_json::from_value(data).ok())
            .unwrap_or_default())
    }

    pub(super) async fn sandbox(&self, path: &str, body: Value) -> Result<()> {
        let request = self.desk.post(format!("{}/_sandbox/{path}", self.sandbox));
        answer(request.json(&body)).await.map(drop)
    }
}

async fn answer(request: RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (status, url) = (answer.status(), answer.url().path().to_owned());
    let said = answer.text().await?;
    if !status.is_success() {
        bail!("{url} answered {status}: {said}");
    }
    Ok(serde_json::from_str(&said).unwrap_or_default())
}

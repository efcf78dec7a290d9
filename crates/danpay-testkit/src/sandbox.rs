//! KakaoPay's side: a sandbox, as its tester sees it and moves it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use danpay_client::Payment;
use reqwest::{Client, RequestBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::LedgerPayment;

/// Far above what it takes: the whole ledger may be long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox at some address, whoever has started it.
#[derive(Clone, Debug)]
pub struct Sandbox {
    url: String,
    http: Client,
}

/// Where KakaoPay sends the payer's browser, one address after the other.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Played {
    /// First here.
    pub redirect_to: Option<String>,
    /// Then here.
    pub then: Option<String>,
}

impl Sandbox {
    /// The sandbox at this address.
    pub fn at(url: impl Into<String>) -> Result<Self> {
        // Fails when somebody else in this process was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            url: url.into(),
            http,
        })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The payer does at KakaoPay what `script` says; nothing, if the payment is past that.
    pub async fn play(&self, tid: &str, script: &str) -> Result<Option<Played>> {
        let body = json!({ "tid": tid, "script": script });
        let request = self.http.post(self.desk("payer"));
        let answer = send(request.body(body.to_string())).await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(Some(answer.json().await?))
    }

    /// The payer pays by card: the address by which KakaoPay sends the browser back.
    pub async fn pay(&self, payment: &Payment) -> Result<String> {
        let played = self.play(&payment.tid, "pays_by_card").await?;
        let back = played.and_then(|played| played.redirect_to);
        back.with_context(|| format!("{} cannot be paid", payment.id))
    }

    /// Revokes the secret key; from now on only this one is taken.
    pub async fn replace_key(&self, key: &str) -> Result<()> {
        let body = json!({ "secret_key": key });
        let request = self.http.post(self.desk("secret-key"));
        send(request.body(body.to_string()))
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// It does this wrong from now on.
    pub async fn inject(&self, fault: &Value) -> Result<()> {
        let request = self.http.post(self.desk("faults"));
        let answer = send(request.body(fault.to_string())).await?;
        let status = answer.status();
        let said = answer.text().await?;
        ensure!(
            status.is_success(),
            "the sandbox does not take {fault}: {said}"
        );
        Ok(())
    }

    /// It does nothing wrong any more.
    pub async fn clear_faults(&self) -> Result<()> {
        let request = self.http.delete(self.desk("faults"));
        send(request).await?.error_for_status()?;
        Ok(())
    }

    /// Its ledger.
    pub async fn ledger(&self) -> Result<Vec<LedgerPayment>> {
        #[derive(Deserialize)]
        struct Ledger {
            payments: Vec<LedgerPayment>,
        }
        Ok(self.read::<Ledger>("payments").await?.payments)
    }

    /// The last calls, oldest first.
    pub async fn journal<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        #[derive(Deserialize)]
        struct Journal<T> {
            entries: Vec<T>,
        }
        Ok(self.read::<Journal<T>>("journal").await?.entries)
    }

    async fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        let answer = send(self.http.get(self.desk(what))).await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    fn desk(&self, what: &str) -> String {
        format!("{}/_sandbox/{what}", self.url)
    }
}

async fn send(request: RequestBuilder) -> Result<Response> {
    request.send().await.context("the sandbox is gone")
}

//! KakaoPay: a `danpay sandbox` process, and what its tester can do and see.
//! Invariant: it is never killed, for its ledger is the truth that the books are held against.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::sleep;

use crate::fleet::{SECOND_CID, SECRET_KEY};
use crate::process::{Conditions, Launch};

/// Far above what it takes, on a machine that has other things to do.
const STARTS_WITHIN: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(5);
/// It forgets none, however long the torture.
const PAYMENTS_MAX: &str = "10000000";

pub(crate) struct Sandbox {
    pub(crate) url: String,
    http: Client,
    _process: Child,
}

/// Where KakaoPay sends the payer's browser, one address after the other.
#[derive(Default, Deserialize)]
pub(crate) struct Played {
    pub(crate) redirect_to: Option<String>,
    pub(crate) then: Option<String>,
}

/// A payment in KakaoPay's ledger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LedgerPayment {
    pub(crate) tid: String,
    pub(crate) order_id: String,
    pub(crate) status: String,
    pub(crate) total: i64,
    pub(crate) tax_free: i64,
    pub(crate) vat: i64,
    pub(crate) aid: Option<String>,
    /// How often danpay asked for its approval, in vain too.
    pub(crate) approve_calls: usize,
    pub(crate) entries: Vec<Movement>,
}

/// Money that moved, `PAYMENT` or `CANCEL`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Movement {
    pub(crate) kind: String,
    pub(crate) total: i64,
    pub(crate) tax_free: i64,
    pub(crate) vat: i64,
    pub(crate) payload: Option<String>,
}

impl LedgerPayment {
    /// How often money moved to the shop.
    pub(crate) fn approvals(&self) -> usize {
        let approvals = self.entries.iter().filter(|entry| entry.kind == "PAYMENT");
        approvals.count()
    }

    pub(crate) fn cancels(&self) -> impl Iterator<Item = &Movement> {
        self.entries.iter().filter(|entry| entry.kind == "CANCEL")
    }
}

impl Sandbox {
    pub(crate) async fn start(
        danpay: &Path,
        folder: &Path,
        seed: u64,
        http: &Client,
    ) -> Result<Self> {
        let ready = folder.join("sandbox.url");
        let (file, seed) = (ready.display().to_string(), seed.to_string());
        let words = [
            &["sandbox", "--port", "0", "--ready-file", &file][..],
            &["--seed", &seed, "--secret-key", SECRET_KEY],
            &["--payments-max", PAYMENTS_MAX],
            &["--cid", "TC0ONETIME", "--cid", SECOND_CID],
        ];
        let launch = Launch::new(danpay, &words.concat(), (folder, "sandbox"));
        let process = launch.start(Conditions::default())?;
        let begun = Instant::now();
        let url = loop {
            if let Ok(url) = std::fs::read_to_string(&ready) {
                break url.trim().to_owned();
            }
            ensure!(
                begun.elapsed() < STARTS_WITHIN,
                "the sandbox does not start"
            );
            sleep(LOOK).await;
        };
        Ok(Self {
            url,
            http: http.clone(),
            _process: process,
        })
    }

    /// The payer does at KakaoPay what `script` says; nothing, if the payment is past that.
    pub(crate) async fn play(&self, tid: &str, script: &str) -> Result<Option<Played>> {
        let body = json!({ "tid": tid, "script": script });
        let request = self.http.post(self.at("payer")).body(body.to_string());
        let answer = request.send().await.context("the sandbox is gone")?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(Some(answer.json().await?))
    }

    /// Revokes the secret key; from now on only this one is taken.
    pub(crate) async fn replace_key(&self, key: &str) -> Result<()> {
        let body = json!({ "secret_key": key });
        let request = self.http.post(self.at("secret-key")).body(body.to_string());
        let answer = request.send().await.context("the sandbox is gone")?;
        answer.error_for_status()?;
        Ok(())
    }

    pub(crate) async fn inject(&self, fault: &Value) -> Result<()> {
        let request = self.http.post(self.at("faults")).body(fault.to_string());
        let answer = request.send().await.context("the sandbox is gone")?;
        let status = answer.status();
        let said = answer.text().await?;
        ensure!(
            status.is_success(),
            "the sandbox does not take {fault}: {said}"
        );
        Ok(())
    }

    pub(crate) async fn clear_faults(&self) -> Result<()> {
        let request = self.http.delete(self.at("faults"));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    pub(crate) async fn payments(&self) -> Result<Vec<LedgerPayment>> {
        #[derive(Deserialize)]
        struct Ledger {
            payments: Vec<LedgerPayment>,
        }
        Ok(self.read::<Ledger>("payments").await?.payments)
    }

    /// The last calls, oldest first.
    pub(crate) async fn journal<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        #[derive(Deserialize)]
        struct Journal<T> {
            entries: Vec<T>,
        }
        Ok(self.read::<Journal<T>>("journal").await?.entries)
    }

    async fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        let answer = self.http.get(self.at(what)).send().await;
        let answer = answer.context("the sandbox is gone")?.error_for_status()?;
        Ok(answer.json().await?)
    }

    fn at(&self, what: &str) -> String {
        format!("{}/_sandbox/{what}", self.url)
    }
}

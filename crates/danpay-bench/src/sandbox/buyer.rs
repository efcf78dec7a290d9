//! A shop and its payers on one connection: the three calls of a payment, each with its time.
//! Invariant: a payment counts once its approve was answered with an aid.

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use serde_json::json;

use crate::connection::{Answered, Connection};
use crate::latency::Latencies;

const AUTHORIZATION: &str = "SECRET_KEY DEV";
const CID: &str = "TC0ONETIME";
const SHOP: &str = "http://127.0.0.1:7700/return";

pub(super) struct Buyer {
    connection: Connection,
    times: Times,
    pub(super) payments: u64,
}

#[derive(Default)]
pub(super) struct Times {
    pub(super) ready: Latencies,
    pub(super) payer: Latencies,
    pub(super) approve: Latencies,
}

impl Times {
    pub(super) fn of_all(buyers: impl IntoIterator<Item = Buyer>) -> Self {
        let mut all = Self::default();
        for Buyer { times, .. } in buyers {
            all.ready.merge(times.ready);
            all.payer.merge(times.payer);
            all.approve.merge(times.approve);
        }
        all
    }
}

/// A payment that is ready.
pub(super) struct Opened {
    order_id: String,
    pub(super) tid: String,
}

impl Buyer {
    async fn open(url: &str) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(url, AUTHORIZATION).await?,
            times: Times::default(),
            payments: 0,
        })
    }

    pub(super) async fn open_all(url: &str, connections: usize) -> Result<Vec<Self>> {
        let mut buyers = Vec::with_capacity(connections);
        for _ in 0..connections {
            buyers.push(Self::open(url).await?);
        }
        Ok(buyers)
    }

    pub(super) async fn buy(&mut self, number: u64) -> Result<()> {
        let opened = self.ready(number).await?;
        let pg_token = self.play(&opened.tid).await?;
        self.approve(&opened, &pg_token).await
    }

    pub(super) async fn ready(&mut self, number: u64) -> Result<Opened> {
        #[derive(Deserialize)]
        struct Ready {
            tid: String,
        }
        let order_id = format!("order-{number}");
        let body = json!({
            "cid": CID, "partner_order_id": order_id, "partner_user_id": "user-1",
            "item_name": "초코파이", "quantity": 1, "total_amount": 2200, "tax_free_amount": 0,
            "approval_url": format!("{SHOP}/{number}/approve"),
            "cancel_url": format!("{SHOP}/{number}/cancel"),
            "fail_url": format!("{SHOP}/{number}/fail"),
        });
        let answered = self.call("/online/v1/payment/ready", &body).await?;
        self.times.ready.add(answered.took);
        let Ready { tid } = serde_json::from_slice(&answered.body).context("ready's answer")?;
        Ok(Opened { order_id, tid })
    }

    pub(super) async fn play(&mut self, tid: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Played {
            redirect_to: String,
        }
        let body = json!({ "tid": tid, "script": "pays_by_card" });
        let answered = self.call("/_sandbox/payer", &body).await?;
        self.times.payer.add(answered.took);
        let played: Played = serde_json::from_slice(&answered.body).context("payer's answer")?;
        let token = played.redirect_to.split_once("pg_token=");
        let (_, token) = token.ok_or_else(|| anyhow!("the payer came back without a pg_token"))?;
        Ok(token.to_owned())
    }

    pub(super) async fn approve(&mut self, opened: &Opened, pg_token: &str) -> Result<()> {
        #[derive(Deserialize)]
        struct Approved {
            #[serde(rename = "aid")]
            _aid: String,
        }
        let body = json!({
            "cid": CID, "tid": opened.tid, "partner_order_id": opened.order_id,
            "partner_user_id": "user-1", "pg_token": pg_token, "total_amount": 2200,
        });
        let answered = self.call("/online/v1/payment/approve", &body).await?;
        self.times.approve.add(answered.took);
        let _: Approved = serde_json::from_slice(&answered.body).context("approve's answer")?;
        self.payments += 1;
        Ok(())
    }

    async fn call(&mut self, path: &str, body: &serde_json::Value) -> Result<Answered> {
        self.connection.post(path, body.to_string()).await
    }
}

//! The shop's few calls to danpay: what a shop in any language would write.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{ITEM, PRICE};

pub(super) struct Danpay {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
}

/// The body of `POST /v1/payments`.
#[derive(Debug, Serialize)]
pub(in crate::demo) struct NewPayment<'a> {
    order_id: &'a str,
    user_id: &'static str,
    item_name: &'static str,
    item_code: &'static str,
    quantity: u32,
    amount: NewAmount,
    return_url: &'a str,
}

#[derive(Debug, Serialize)]
struct NewAmount {
    total: i64,
    tax_free: i64,
}

impl<'a> NewPayment<'a> {
    pub(in crate::demo) fn of(order_id: &'a str, quantity: u32, return_url: &'a str) -> Self {
        Self {
            order_id,
            user_id: "member-1",
            item_name: ITEM,
            item_code: "choco-pie",
            quantity,
            amount: NewAmount {
                total: PRICE * i64::from(quantity),
                tax_free: 0,
            },
            return_url,
        }
    }
}

/// Of a payment, what the shop shows.
#[derive(Debug, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) order_id: String,
    pub(super) item_name: String,
    pub(super) quantity: u32,
    pub(super) amount: Amount,
    pub(super) tid: String,
    pub(super) aid: Option<String>,
    pub(super) payment_method_type: Option<String>,
    pub(super) card_info: Option<CardInfo>,
    pub(super) failure: Option<Failure>,
    /// Until it has been paid, or cannot be any more.
    pub(super) checkout_url: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) approved_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    pub(super) total: i64,
    pub(super) tax_free: i64,
    pub(super) vat: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct CardInfo {
    pub(super) kakaopay_issuer_corp: Option<String>,
    pub(super) card_corp_name: Option<String>,
    pub(super) card_type: Option<String>,
    pub(super) bin: Option<String>,
    pub(super) approved_id: Option<String>,
    pub(super) install_month: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) message_ko: String,
}

/// What comes of asking for a payment.
pub(super) enum Created {
    /// The payment, as it stands.
    Payment(Box<Payment>),
    /// The order is paid already, by the payment with this id.
    PaidBefore(String),
}

/// danpay's words for what it does not do.
#[derive(Deserialize)]
struct Problem {
    code: String,
    payment_id: Option<String>,
}

impl Danpay {
    pub(super) fn new(url: &str, api_key: &SecretString) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            // Everything is on this machine and in the clear: no root certificates are needed.
            .tls_certs_only([])
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            http,
            url: url.to_owned(),
            api_key: api_key.clone(),
        })
    }

    /// The key is for one attempt to pay: asked twice with it, there is still one payment.
    pub(super) async fn create(&self, key: &str, new: &NewPayment<'_>) -> Result<Created> {
        let request = self
            .http
            .post(format!("{}/v1/payments", self.url))
            .bearer_auth(self.api_key.expose_secret())
            .header("Idempotency-Key", key)
            .json(new);
        let response = request.send().await?;
        if response.status() != StatusCode::CONFLICT {
            return Ok(Created::Payment(Box::new(read(response).await?)));
        }
        let problem: Problem = response
            .json()
            .await
            .context("danpay's answer is no problem")?;
        match (problem.code.as_str(), problem.payment_id) {
            ("order_already_paid", Some(id)) => Ok(Created::PaidBefore(id)),
            (code, _) => bail!("danpay answered {code}"),
        }
    }

    pub(super) async fn payment(&self, id: &str) -> Result<Payment> {
        let request = self
            .http
            .get(format!("{}/v1/payments/{id}", self.url))
            .bearer_auth(self.api_key.expose_secret());
        read(request.send().await?).await
    }
}

async fn read(response: Response) -> Result<Payment> {
    let status = response.status();
    if !status.is_success() {
        bail!(
            "danpay answered {status}: {}",
            response.text().await.unwrap_or_default()
        );
    }
    response
        .json()
        .await
        .context("danpay's answer is no payment")
}

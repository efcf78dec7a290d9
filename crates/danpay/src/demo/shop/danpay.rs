//! The shop's few calls to danpay: what a shop in any language would write. Each is noted, to be shown
//! beside the order.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::http::Method;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{Call, Calls};
use super::forms::Refund;
use super::receipt::Payment;
use super::{ITEM, PRICE};

pub(super) struct Danpay {
    http: Client,
    url: String,
    api_key: SecretString,
    calls: Calls,
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

/// What comes of asking.
pub(super) enum Answer {
    /// The payment, as it stands.
    Payment(Box<Payment>),
    /// Why it is not done.
    Problem(Problem),
}

/// danpay's words for what it does not do.
#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) detail: String,
    pub(super) detail_ko: String,
    pub(super) payment_id: Option<String>,
}

/// What is asked.
struct Question<'a> {
    order_id: &'a str,
    name: [&'static str; 2],
    method: Method,
    path: String,
    /// One for each press of a button.
    key: Option<&'a str>,
    body: Option<Value>,
}

/// Everything is on this machine and in the clear: no root certificates are needed.
pub(super) fn client() -> Result<Client> {
    Client::builder()
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build()
        .context("cannot make an HTTP client")
}

impl Danpay {
    pub(super) fn new(http: Client, url: &str, api_key: &SecretString, calls: Calls) -> Self {
        Self {
            http,
            url: url.to_owned(),
            api_key: api_key.clone(),
            calls,
        }
    }

    /// The key is for one attempt to pay: asked twice with it, there is still one payment.
    pub(super) async fn create(&self, key: &str, new: &NewPayment<'_>) -> Result<Answer> {
        self.ask(Question {
            order_id: new.order_id,
            name: ["결제 만들기", "Create the payment"],
            method: Method::POST,
            path: "/v1/payments".to_owned(),
            key: Some(key),
            body: Some(serde_json::to_value(new)?),
        })
        .await
    }

    pub(super) async fn payment(&self, order_id: &str, id: &str) -> Result<Box<Payment>> {
        let question = Question {
            order_id,
            name: ["결제 확인", "Ask how it stands"],
            method: Method::GET,
            path: format!("/v1/payments/{id}"),
            key: None,
            body: None,
        };
        match self.ask(question).await? {
            Answer::Payment(payment) => Ok(payment),
            Answer::Problem(problem) => bail!("danpay answered {}", problem.code),
        }
    }

    /// The key is for one decision to give money back: asked twice with it, it goes back once.
    pub(super) async fn cancel(
        &self,
        order_id: &str,
        id: &str,
        key: &str,
        refund: &Refund,
    ) -> Result<Answer> {
        let mut body = json!({ "expected_left": refund.left });
        if let (Some(part), Some(body)) = (refund.part, body.as_object_mut()) {
            body.insert("amount".to_owned(), json!({ "total": part }));
        }
        self.ask(Question {
            order_id,
            name: ["결제 취소", "Cancel"],
            method: Method::POST,
            path: format!("/v1/payments/{id}/cancel"),
            key: Some(key),
            body: Some(body),
        })
        .await
    }

    /// What was asked for an order, and the TIDs that were heard of.
    pub(super) fn calls(&self, order_id: &str) -> (Vec<Call>, BTreeSet<String>) {
        self.calls.of(order_id)
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer> {
        let at = self.calls.now();
        let url = format!("{}{}", self.url, question.path);
        let request = self.http.request(question.method.clone(), url);
        let mut request = request.bearer_auth(self.api_key.expose_secret());
        if let Some(key) = question.key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &question.body {
            request = request.json(body);
        }
        let answered = async {
            let response = request.send().await?;
            let status = response.status();
            anyhow::Ok((status, response.json::<Value>().await?))
        };
        let answered = answered.await;
        let told = answered.as_ref().ok();
        let Question {
            order_id,
            name,
            method,
            path,
            key,
            body,
        } = question;
        let call = Call::of_shop(at, name, format!("{method} {path}"))
            .asked(key, body.as_ref())
            .told(told.map(|(status, body)| (status.as_u16(), body)));
        let tid = told.and_then(|(_, body)| body.get("tid")?.as_str());
        self.calls.add(order_id, call, tid);
        let (status, body) = answered.context("danpay cannot be reached")?;
        read(status, body)
    }
}

fn read(status: StatusCode, body: Value) -> Result<Answer> {
    if status.is_success() {
        let payment = serde_json::from_value(body).context("danpay's answer is no payment")?;
        return Ok(Answer::Payment(payment));
    }
    let problem = serde_json::from_value(body).context("danpay's answer is no problem")?;
    Ok(Answer::Problem(problem))
}

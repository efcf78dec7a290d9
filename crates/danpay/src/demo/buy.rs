//! `--buy`: the whole way in one go, each step as it goes over the wire, secrets masked. The payer
//! is played too, by the sandbox.
//!
//! **Invariant**: it succeeds only if KakaoPay's side holds the payment as paid, and the books say
//! the same.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use axum::http::{HeaderMap, Method, header};
use reqwest::{Client, Response, Url};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Demo;
use super::shop::{NewPayment, PRICE, new_order_id};
use crate::say;

/// A desktop browser.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/140.0.0.0 Safari/537.36";
/// How long the outcome may stay unknown: the approval's own time-out, and recovery.
const PATIENCE_S: usize = 60;

pub(super) async fn buy(demo: &Demo) -> Result<()> {
    let buyer = Buyer::new(demo)?;
    let order_id = new_order_id().context("the machine gives no random bytes")?;

    let payment = buyer.create(&order_id).await?;
    let id = text(&payment, "id")?;
    let tid = text(&payment, "tid")?;
    buyer.open(text(&payment, "checkout_url")?).await?;
    let back = buyer.pay(tid)?;
    buyer.come_back(&back).await?;
    let payment = buyer.outcome(id).await?;

    crate::print(&serde_json::to_string_pretty(&payment)?)?;
    check(demo, &payment, tid)
}

/// KakaoPay's ledger and our books, side by side.
fn check(demo: &Demo, payment: &Value, tid: &str) -> Result<()> {
    let ledger = demo
        .sandbox
        .payment(tid)
        .context("KakaoPay's side does not know the TID")?;
    let books = |pointer: &str| payment.pointer(pointer).cloned().unwrap_or_default();
    let (status, held) = (books("/status"), ledger.status);
    ensure!(status == "approved", "the books say {status}");
    ensure!(
        ledger.approvals == 1,
        "KakaoPay's side has {} approvals ({held:?})",
        ledger.approvals
    );
    let agreed = books("/amount/total") == ledger.total
        && ledger.total == PRICE.unsigned_abs()
        && books("/aid") == json!(ledger.aid);
    ensure!(
        agreed,
        "the books and KakaoPay's ledger differ: {payment} and {ledger:?}"
    );
    say(
        "\n카카오페이의 기록과 danpay의 기록이 일치합니다. (KakaoPay's ledger and our books agree.)",
    );
    Ok(())
}

struct Buyer<'a> {
    demo: &'a Demo,
    http: Client,
}

impl<'a> Buyer<'a> {
    fn new(demo: &'a Demo) -> Result<Self> {
        let http = Client::builder()
            .user_agent(AGENT)
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            // Everything is on this machine and in the clear: no root certificates are needed.
            .tls_certs_only([])
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self { demo, http })
    }

    async fn create(&self, order_id: &str) -> Result<Value> {
        step("1. 결제 준비: 상점 → danpay (ready)");
        let url = format!("{}/v1/payments", self.demo.server_url);
        let return_url = format!("{}/orders/{order_id}", self.demo.shop_url);
        let body = serde_json::to_value(NewPayment::of(order_id, 1, &return_url))?;
        show_request(&Method::POST, &url, Some("Bearer danpay_sk_…"), Some(&body));
        let request = self
            .http
            .post(url)
            .bearer_auth(self.demo.api_key.expose_secret())
            .header("Idempotency-Key", format!("{order_id}-attempt-1"))
            .json(&body);
        show_json(request.send().await?).await
    }

    async fn open(&self, checkout_url: &str) -> Result<()> {
        step("2. 결제 요청: 구매자의 브라우저 → danpay → 카카오페이 (the payer is sent on)");
        let page = self.visit(checkout_url).await?;
        let page = self.http.get(page).send().await?;
        ensure!(
            page.status().is_success(),
            "KakaoPay's page answered {}",
            page.status()
        );
        Ok(())
    }

    /// The payer, with a card.
    fn pay(&self, tid: &str) -> Result<String> {
        step("   구매자가 카드로 결제하고 인증합니다 (the payer pays by card and authenticates)");
        Ok(self.demo.sandbox.play(tid, "pays_by_card")?)
    }

    async fn come_back(&self, back: &str) -> Result<()> {
        step("3. 결제 승인: 카카오페이가 구매자를 돌려보냅니다 (approve)");
        self.visit(back).await.map(drop)
    }

    async fn outcome(&self, id: &str) -> Result<Value> {
        step("4. 결과: 상점이 danpay에 묻습니다 (the shop asks)");
        let url = format!("{}/v1/payments/{id}", self.demo.server_url);
        for _ in 0..PATIENCE_S {
            show_request(&Method::GET, &url, Some("Bearer danpay_sk_…"), None);
            let request = self
                .http
                .get(&url)
                .bearer_auth(self.demo.api_key.expose_secret());
            let payment = show_json(request.send().await?).await?;
            if payment.get("status").and_then(Value::as_str) != Some("approving") {
                return Ok(payment);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("the outcome is still unknown; recovery goes on as long as the server runs")
    }

    /// Opens an address as a browser does; tells where it is sent.
    async fn visit(&self, url: &str) -> Result<String> {
        show_request(&Method::GET, &masked(url), None, None);
        let response = self.http.get(url).send().await?;
        let to = location(response.headers());
        say(&format!(
            "   ← {} Location: {}",
            response.status(),
            masked(to.unwrap_or("none"))
        ));
        ensure!(response.status().is_redirection(), "{}", response.status());
        to.map(str::to_owned)
            .context("a redirect without an address")
    }
}

fn step(title: &str) {
    say(&format!("\n{title}"));
}

fn show_request(method: &Method, url: &str, authorization: Option<&str>, body: Option<&Value>) {
    say(&format!("   → {method} {url}"));
    if let Some(authorization) = authorization {
        say(&format!("     Authorization: {authorization}"));
    }
    if let Some(body) = body {
        say(&format!("     {body}"));
    }
}

async fn show_json(response: Response) -> Result<Value> {
    let status = response.status();
    let body: Value = response.json().await.context("the answer is not JSON")?;
    say(&format!("   ← {status}\n     {body}"));
    ensure!(status.is_success(), "danpay answered {status}");
    Ok(body)
}

fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::LOCATION)?.to_str().ok()
}

/// An address without the `pg_token`, which is a secret.
fn masked(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    if url.query().is_none() {
        return address.to_owned();
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(pairs.iter().map(|(name, value)| {
            (
                name,
                if name == "pg_token" {
                    "***"
                } else {
                    value.as_str()
                },
            )
        }));
    url.into()
}

fn text<'v>(payment: &'v Value, field: &str) -> Result<&'v str> {
    let value = payment.get(field).and_then(Value::as_str);
    value.with_context(|| format!("the payment has no {field}: {}", json!(payment)))
}

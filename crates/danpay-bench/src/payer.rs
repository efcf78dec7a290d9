//! A shop, its payer's browser and the payer's hand at KakaoPay: create, pay, return.
//! Invariant: a payment counts once danpay has sent the payer on to the shop's own page, which it
//! does only when it knows the outcome; that this was `approved`, the books are asked in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use http::{Method, StatusCode, header};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::json;

use crate::connection::{Answered, Connection};
use crate::fixture::Fixture;
use crate::latency::Latencies;
use crate::load::Share;

pub(crate) const SHOP: &str = "http://127.0.0.1:7700/done";
/// How often the waiting page asks again.
const PAGE_ASKS: Duration = Duration::from_secs(2);

pub(crate) struct Payer {
    shop: Connection,
    browser: Connection,
    kakaopay: Connection,
    pub(crate) times: Times,
    pub(crate) payments: u64,
}

#[derive(Default)]
pub(crate) struct Times {
    pub(crate) create: Latencies,
    pub(crate) come_back: Latencies,
}

impl Times {
    pub(crate) fn of_all(payers: impl IntoIterator<Item = Payer>) -> Self {
        let mut all = Self::default();
        for Payer { times, .. } in payers {
            all.create.merge(times.create);
            all.come_back.merge(times.come_back);
        }
        all
    }
}

/// What the shop keeps of a payment that it created.
#[derive(Deserialize)]
pub(crate) struct Created {
    pub(crate) tid: String,
}

impl Payer {
    pub(crate) async fn arrive(fixture: &Fixture) -> Result<Self> {
        let bearer = format!("Bearer {}", fixture.api_key);
        Ok(Self {
            shop: Connection::open(&fixture.danpay.url, &bearer).await?,
            browser: Connection::open(&fixture.danpay.url, "").await?,
            kakaopay: Connection::open(&fixture.sandbox.url, "").await?,
            times: Times::default(),
            payments: 0,
        })
    }

    pub(crate) async fn crowd(fixture: &Fixture, size: usize) -> Result<Vec<Self>> {
        let mut payers = Vec::with_capacity(size);
        for _ in 0..size {
            payers.push(Self::arrive(fixture).await?);
        }
        Ok(payers)
    }

    /// Who has paid so far and measured nothing yet.
    pub(crate) fn rested(self) -> Self {
        Self {
            times: Times::default(),
            payments: 0,
            ..self
        }
    }

    /// Pays until there is nothing left to share.
    pub(crate) async fn pay_on(self, share: Share) -> Result<Self> {
        self.pay_until(share, Arc::default()).await
    }

    /// The same, or until it is over.
    pub(crate) async fn pay_until(mut self, share: Share, over: Arc<AtomicBool>) -> Result<Self> {
        while !over.load(Ordering::Relaxed)
            && let Some(number) = share.next()
        {
            self.pay(number).await?;
        }
        Ok(self)
    }

    pub(crate) async fn pay(&mut self, number: u64) -> Result<()> {
        let answered = self.pay_and_return(number).await?;
        ensure_sent_to_shop(&answered)?;
        self.payments += 1;
        Ok(())
    }

    /// Wherever danpay sends the payer then.
    pub(crate) async fn pay_and_return(&mut self, number: u64) -> Result<Answered> {
        let (created, took) = create(&mut self.shop, number).await?;
        self.times.create.add(took);
        let way_back = agree(&mut self.kakaopay, &created.tid).await?;
        let answered = come_back(&mut self.browser, &way_back).await?;
        self.times.come_back.add(answered.took);
        Ok(answered)
    }
}

/// The shop asks danpay for a payment.
pub(crate) async fn create(shop: &mut Connection, number: u64) -> Result<(Created, Duration)> {
    let answered = ask_to_create(shop, number).await?;
    let answered = answered.expect(StatusCode::CREATED, "create")?;
    let created = serde_json::from_slice(&answered.body).context("create's answer")?;
    Ok((created, answered.took))
}

/// The same, whatever is answered.
pub(crate) async fn ask_to_create(shop: &mut Connection, number: u64) -> Result<Answered> {
    let total = 1_000 + number % 100_000;
    let body = json!({
        "order_id": order_id(number), "user_id": format!("user-{:06}", number % 100_000),
        "item_name": "초코파이 한 상자", "amount": { "total": total }, "return_url": SHOP,
    });
    let request = shop
        .request(Method::POST, "/v1/payments")
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            "idempotency-key",
            format!("00000000-0000-4000-8000-{number:012}"),
        )
        .body(Full::from(body.to_string()))?;
    shop.send(request).await
}

pub(crate) fn order_id(number: u64) -> String {
    format!("order-{number:08}")
}

/// The payer agrees on KakaoPay's page, and is told where to go.
pub(crate) async fn agree(kakaopay: &mut Connection, tid: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Played {
        redirect_to: String,
    }
    let body = json!({ "tid": tid, "script": "pays_by_card" }).to_string();
    let answered = kakaopay.post("/_sandbox/payer", body).await?;
    let played: Played = serde_json::from_slice(&answered.body).context("payer's answer")?;
    Ok(played.redirect_to)
}

/// The payer's browser asks danpay for the address that KakaoPay has sent it to.
pub(crate) async fn come_back(browser: &mut Connection, url: &str) -> Result<Answered> {
    let request = browser.request(Method::GET, path(url)?);
    let answered = browser.send(request.body(Full::default())?).await?;
    answered.expect(StatusCode::SEE_OTHER, "return")
}

/// The browser asks for the page that tells how a payment stands: where it is sent on to, or nothing
/// while it is to wait.
pub(crate) async fn look(browser: &mut Connection, path: &str) -> Result<Option<Answered>> {
    let request = browser.request(Method::GET, path).body(Full::default())?;
    let answered = browser.send(request).await?;
    if answered.status == StatusCode::SEE_OTHER {
        return Ok(Some(answered));
    }
    answered.expect(StatusCode::OK, path).map(|_| None)
}

/// Looks again and again, as the waiting page does, but no longer than that.
pub(crate) async fn wait(browser: &mut Connection, path: &str, most: Duration) -> Result<Answered> {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(PAGE_ASKS).await;
        if let Some(answered) = look(browser, path).await? {
            return Ok(answered);
        }
        ensure!(begun.elapsed() < most, "a payer waits at {path}");
    }
}

/// Where a browser is sent.
pub(crate) fn location(answered: &Answered) -> Result<&str> {
    let location = answered.headers.get(header::LOCATION);
    Ok(location.context("nobody is sent anywhere")?.to_str()?)
}

/// An address without scheme and host.
pub(crate) fn path(url: &str) -> Result<&str> {
    let rest = url.strip_prefix("http://");
    let path = rest.and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)));
    path.ok_or_else(|| anyhow!("the payer was sent to {url}"))
}

pub(crate) fn is_at_the_shop(answered: &Answered) -> bool {
    location(answered).is_ok_and(|location| location.starts_with(SHOP))
}

fn ensure_sent_to_shop(answered: &Answered) -> Result<()> {
    let location = location(answered).unwrap_or_default();
    ensure!(is_at_the_shop(answered), "the payer was sent to {location}");
    Ok(())
}

//! Who pays while answers are lost, who waits on the page afterwards, and who pays meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http::{Method, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use tokio::time::sleep;

use crate::connection::{Answered, Connection};
use crate::house::House;
use crate::latency::{Call, Latencies};
use crate::load::Share;
use crate::payer::{agree, come_back, create};

/// How often the waiting page asks again.
const ASKS: Duration = Duration::from_secs(2);
/// Nobody waits longer.
const WAITS: Duration = Duration::from_mins(5);
/// Between two payments of the customer.
const PAUSE: Duration = Duration::from_millis(20);
/// How often the customer looks whether many are in doubt still, in payments.
const LOOKS: u64 = 10;

/// A payment whose payer waits: the path of the page that tells how it stands.
pub(super) struct Lost {
    pub(super) result: String,
}

/// What a payer needs: the shop, a browser, and a hand at KakaoPay.
pub(super) struct Connections {
    shop: Connection,
    browser: Connection,
    kakaopay: Connection,
}

impl Connections {
    pub(super) async fn arrive(house: &House) -> Result<Self> {
        let bearer = format!("Bearer {}", house.api_key);
        Ok(Self {
            shop: Connection::open(&house.danpay.url, &bearer).await?,
            browser: Connection::open(&house.danpay.url, "").await?,
            kakaopay: Connection::open(&house.sandbox.url, "").await?,
        })
    }

    /// Pays until there is nothing left to share; what was lost.
    pub(super) async fn pay_on(mut self, share: Share) -> Result<Vec<Lost>> {
        let mut lost = Vec::new();
        while let Some(number) = share.next() {
            let answered = self.pay(number).await?;
            let result = path(&answered)?.to_owned();
            ensure!(
                result.ends_with("/result"),
                "the payer was sent to {result}"
            );
            lost.push(Lost { result });
        }
        Ok(lost)
    }

    async fn pay(&mut self, number: u64) -> Result<Answered> {
        let (created, _) = create(&mut self.shop, number).await?;
        let way_back = agree(&mut self.kakaopay, &created.tid).await?;
        come_back(&mut self.browser, &way_back).await
    }
}

/// Where the answer sends the browser, without the server's address.
fn path(answered: &Answered) -> Result<&str> {
    let location = answered.headers.get(header::LOCATION);
    let location = location.context("nobody is sent anywhere")?.to_str()?;
    let path = location.find("//").and_then(|at| location.get(at + 2..));
    let path = path.and_then(|path| path.find('/').and_then(|at| path.get(at..)));
    path.with_context(|| format!("the payer was sent to {location}"))
}

/// Looks at the page until it is known how the payment stands; how long that took, unless it was at once.
pub(super) async fn await_result(url: &str, path: &str) -> Result<Option<Duration>> {
    let mut browser = Connection::open(url, "").await?;
    let begun = Instant::now();
    let mut looks = 0_u32;
    loop {
        let request = browser.request(Method::GET, path).body(Full::default())?;
        let answered = browser.send(request).await?;
        match answered.status {
            StatusCode::SEE_OTHER => return Ok((looks > 0).then(|| begun.elapsed())),
            StatusCode::OK => {}
            other => anyhow::bail!("{path} was answered {other}"),
        }
        ensure!(begun.elapsed() < WAITS, "a payer waits for {WAITS:?}");
        looks += 1;
        sleep(ASKS).await;
    }
}

/// Whether danpay says that many payments wait for their lookup.
pub(super) async fn is_late(danpay: &str) -> Result<bool> {
    let answered = Connection::open(danpay, "").await?.get("/readyz").await?;
    Ok(String::from_utf8_lossy(&answered.body).contains("payments wait"))
}

/// Somebody who pays now and then.
pub(super) struct Customer {
    connections: Connections,
    /// danpay's address.
    url: String,
    number: u64,
    times: (Latencies, Latencies),
}

/// How long the customer's calls took.
#[derive(Serialize)]
pub(super) struct Paid {
    pub(super) payments: u64,
    pub(super) create: Call,
    pub(super) come_back: Call,
}

impl Customer {
    /// Whose payments are numbered from `first` on.
    pub(super) async fn arrive(house: &House, first: u64) -> Result<Self> {
        Ok(Self {
            connections: Connections::arrive(house).await?,
            url: house.danpay.url.clone(),
            number: first,
            times: Default::default(),
        })
    }

    /// Pays for so long.
    pub(super) async fn pay_for(&mut self, time: Duration) -> Result<Paid> {
        let (begun, first) = (Instant::now(), self.number);
        while begun.elapsed() < time {
            self.pay().await?;
        }
        Ok(self.paid(first))
    }

    /// Pays while many are in doubt, but not beyond `over`.
    pub(super) async fn pay_while_late(&mut self, over: Instant) -> Result<Paid> {
        let first = self.number;
        loop {
            self.pay().await?;
            let looks = (self.number - first).is_multiple_of(LOOKS);
            if Instant::now() >= over || looks && !is_late(&self.url).await? {
                return Ok(self.paid(first));
            }
        }
    }

    async fn pay(&mut self) -> Result<()> {
        let Connections {
            shop,
            browser,
            kakaopay,
        } = &mut self.connections;
        let (created, took) = create(shop, self.number).await?;
        self.times.0.add(took);
        let way_back = agree(kakaopay, &created.tid).await?;
        self.times.1.add(come_back(browser, &way_back).await?.took);
        self.number += 1;
        sleep(PAUSE).await;
        Ok(())
    }

    fn paid(&mut self, first: u64) -> Paid {
        let (create, come_back) = std::mem::take(&mut self.times);
        Paid {
            payments: self.number - first,
            create: create.call(),
            come_back: come_back.call(),
        }
    }
}

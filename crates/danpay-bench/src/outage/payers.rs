//! Who pays while answers are lost, who waits on the page afterwards, and who pays meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::time::sleep;

use crate::connection::Connection;
use crate::fixture::Fixture;
use crate::latency::Call;
use crate::load::Share;
use crate::payer::{self, Payer, Times};

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

/// Pays until there is nothing left to share; what was lost.
pub(super) async fn lose_on(mut payer: Payer, share: Share) -> Result<Vec<Lost>> {
    let mut lost = Vec::new();
    while let Some(number) = share.next() {
        let answered = payer.pay_and_return(number).await?;
        let result = payer::path(payer::location(&answered)?)?.to_owned();
        ensure!(
            result.ends_with("/result"),
            "the payer was sent to {result}"
        );
        lost.push(Lost { result });
    }
    Ok(lost)
}

/// Looks at the page until it is known how the payment stands; how long that took, unless it was at once.
pub(super) async fn await_result(url: &str, path: &str) -> Result<Option<Duration>> {
    let mut browser = Connection::open(url, "").await?;
    let begun = Instant::now();
    if payer::look(&mut browser, path).await?.is_some() {
        return Ok(None);
    }
    payer::wait(&mut browser, path, WAITS).await?;
    Ok(Some(begun.elapsed()))
}

/// Whether danpay says that many payments wait for their lookup.
pub(super) async fn is_late(danpay: &str) -> Result<bool> {
    let answered = Connection::open(danpay, "").await?.get("/readyz").await?;
    Ok(String::from_utf8_lossy(&answered.body).contains("payments wait"))
}

/// Somebody who pays now and then.
pub(super) struct Customer {
    payer: Payer,
    /// danpay's address.
    url: String,
    number: u64,
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
    pub(super) async fn arrive(fixture: &Fixture, first: u64) -> Result<Self> {
        Ok(Self {
            payer: Payer::arrive(fixture).await?,
            url: fixture.danpay.url.clone(),
            number: first,
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
        self.payer.pay(self.number).await?;
        self.number += 1;
        sleep(PAUSE).await;
        Ok(())
    }

    fn paid(&mut self, first: u64) -> Paid {
        let Times { create, come_back } = std::mem::take(&mut self.payer.times);
        Paid {
            payments: self.number - first,
            create: create.call(),
            come_back: come_back.call(),
        }
    }
}

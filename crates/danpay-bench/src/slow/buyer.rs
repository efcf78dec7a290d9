//! A buyer in a sale: who is refused comes again when it is told to, and who is asked to wait does so.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use http::{Method, StatusCode, header};
use http_body_util::Full;

use crate::connection::{Answered, Connection};
use crate::latency::Latencies;
use crate::load::Share;
use crate::payer::{self, Created, SHOP};

/// When somebody comes again who was refused and not told when.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the waiting page asks again.
const ASKS: Duration = Duration::from_secs(2);
/// A buyer waits no longer than this for one payment.
const WAITS: Duration = Duration::from_mins(1);

pub(super) struct Buyer {
    /// The shop's and the browser's: each buyer takes one place at danpay's door.
    danpay: Connection,
    kakaopay: Connection,
    bought: Bought,
}

#[derive(Default)]
pub(super) struct Bought {
    pub(super) payments: u64,
    pub(super) refused: u64,
    pub(super) waited: u64,
    pub(super) create: Latencies,
    pub(super) come_back: Latencies,
}

impl Bought {
    pub(super) fn and(mut self, other: Self) -> Self {
        self.payments += other.payments;
        self.refused += other.refused;
        self.waited += other.waited;
        self.create.merge(other.create);
        self.come_back.merge(other.come_back);
        self
    }
}

impl Buyer {
    pub(super) async fn arrive((shop, bearer): (&str, &str), kakaopay: &str) -> Result<Self> {
        Ok(Self {
            danpay: Connection::open(shop, bearer).await?,
            kakaopay: Connection::open(kakaopay, "").await?,
            bought: Bought::default(),
        })
    }

    pub(super) async fn buy_on(mut self, share: Share) -> Result<Bought> {
        while let Some(number) = share.next() {
            let answered = payer::ask_to_create(&mut self.danpay, number).await?;
            if answered.status == StatusCode::SERVICE_UNAVAILABLE {
                self.bought.refused += 1;
                tokio::time::sleep(again(&answered)).await;
                continue;
            }
            self.bought.create.add(answered.took);
            let answered = answered.expect(StatusCode::CREATED, "create")?;
            let Created { tid } = serde_json::from_slice(&answered.body)?;
            let way_back = payer::agree(&mut self.kakaopay, &tid).await?;
            let begun = Instant::now();
            let answered = payer::come_back(&mut self.danpay, &way_back).await?;
            if !is_at_the_shop(&answered) {
                self.bought.waited += 1;
                self.wait(&answered).await?;
            }
            self.bought.come_back.add(begun.elapsed());
            self.bought.payments += 1;
        }
        Ok(self.bought)
    }

    /// Asks again as the waiting page does.
    async fn wait(&mut self, answered: &Answered) -> Result<()> {
        let url = location(answered)?.to_owned();
        let (_, rest) = url
            .split_once("://")
            .ok_or_else(|| anyhow!("the buyer was sent to {url}"))?;
        let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
        let begun = Instant::now();
        loop {
            tokio::time::sleep(ASKS).await;
            let request = self.danpay.request(Method::GET, path);
            let answered = self.danpay.send(request.body(Full::default())?).await?;
            if is_at_the_shop(&answered) {
                return Ok(());
            }
            ensure!(begun.elapsed() < WAITS, "a buyer waits at {url}");
        }
    }
}

/// When it is told to come again.
fn again(refused: &Answered) -> Duration {
    let told = refused.headers.get(header::RETRY_AFTER);
    let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
    told.map_or(AGAIN, Duration::from_secs)
}

fn location(answered: &Answered) -> Result<&str> {
    let location = answered.headers.get(header::LOCATION);
    let location = location.ok_or_else(|| anyhow!("the buyer was sent nowhere"))?;
    Ok(location.to_str()?)
}

fn is_at_the_shop(answered: &Answered) -> bool {
    location(answered).is_ok_and(|location| location.starts_with(SHOP))
}

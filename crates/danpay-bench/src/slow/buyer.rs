//! A buyer in a sale: who is refused comes again when it is told to, and who is asked to wait does so.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use http::{StatusCode, header};

use crate::connection::{Answered, Connection};
use crate::latency::Latencies;
use crate::load::Share;
use crate::payer::{self, Created, is_at_the_shop};

/// When somebody comes again who was refused and not told when.
const AGAIN: Duration = Duration::from_secs(1);
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
                let page = payer::path(payer::location(&answered)?)?;
                let answered = payer::wait(&mut self.danpay, page, WAITS).await?;
                ensure!(is_at_the_shop(&answered), "a buyer is sent elsewhere");
            }
            self.bought.come_back.add(begun.elapsed());
            self.bought.payments += 1;
        }
        Ok(self.bought)
    }
}

/// When it is told to come again.
fn again(refused: &Answered) -> Duration {
    let told = refused.headers.get(header::RETRY_AFTER);
    let told = told.and_then(|told| told.to_str().ok()?.parse().ok());
    told.map_or(AGAIN, Duration::from_secs)
}

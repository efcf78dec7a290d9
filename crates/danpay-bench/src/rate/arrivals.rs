//! Payments that arrive whether or not danpay keeps up, as payers do: at random, at a mean rate.
//! Invariant: a call's time counts from when it was meant to begin, so that no wait is left out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use http::StatusCode;
use serde::Serialize;
use tokio::task::JoinSet;

use super::distance::Distance;
use super::pool::Pool;
use crate::fixture::Fixture;
use crate::latency::{Call, Latencies};
use crate::payer::{self, Created};
use crate::process::{Spent, SpentOnEach};

/// The first arrivals find no connection open; they are made, and not counted.
const WARM_UP: Duration = Duration::from_secs(2);
/// How long the last payments may take.
const LAST_MAX: Duration = Duration::from_secs(30);
const SEED: u64 = 11;

/// danpay at one rate. Times are danpay's own: without KakaoPay's.
#[derive(Serialize)]
pub(super) struct Rate {
    pub(super) per_s: u32,
    pub(super) arrived: u64,
    /// KakaoPay failed at ready, and the shop was told.
    pub(super) refused: u64,
    /// danpay had too much to do and told the shop so, without asking KakaoPay.
    pub(super) turned_away: u64,
    /// Payments that had not ended half a minute after the last one arrived.
    pub(super) unfinished: u64,
    pub(super) create: Call,
    pub(super) come_back: Call,
    pub(super) spent: SpentOnEach,
    pub(super) resident_kib: u64,
}

impl Rate {
    pub(super) fn new(per_s: u32, paid: Paid, spent: Spent, resident_kib: u64) -> Self {
        Self {
            per_s,
            arrived: paid.arrived,
            refused: paid.refused,
            turned_away: paid.turned_away,
            unfinished: paid.unfinished,
            create: paid.create.call(),
            come_back: paid.come_back.call(),
            spent: spent.on_each(paid.arrived),
            resident_kib,
        }
    }
}

/// What came of all arrivals.
#[derive(Default)]
pub(super) struct Paid {
    pub(super) arrived: u64,
    pub(super) refused: u64,
    pub(super) turned_away: u64,
    pub(super) unfinished: u64,
    pub(super) create: Latencies,
    pub(super) come_back: Latencies,
}

/// How one payment went, with what danpay itself took of its calls.
enum Own {
    TurnedAway,
    /// KakaoPay failed at ready.
    Refused {
        create: Duration,
    },
    Paid {
        create: Duration,
        come_back: Duration,
    },
}

#[derive(Clone)]
pub(super) struct Arrivals {
    shop: Pool,
    browser: Pool,
    kakaopay: Pool,
    distance: Distance,
}

impl Arrivals {
    pub(super) fn at(fixture: &Fixture, distance: &Distance) -> Self {
        let bearer = format!("Bearer {}", fixture.api_key);
        Self {
            shop: Pool::to(&fixture.danpay.url, &bearer),
            browser: Pool::to(&fixture.danpay.url, ""),
            kakaopay: Pool::to(&fixture.sandbox.url, ""),
            distance: distance.clone(),
        }
    }

    pub(super) async fn come(&self, first: u64, rate: u32, time: Duration) -> Result<Paid> {
        let (meet, mut arriving) = tokio::sync::mpsc::unbounded_channel();
        // A thread of its own: the runtime's timers are good to a millisecond only.
        let begin = Instant::now();
        let usher = std::thread::spawn(move || {
            for at in times(rate, WARM_UP + time) {
                wait_until(begin + at);
                if meet.send(at).is_err() {
                    return;
                }
            }
        });
        let this = Arc::new(self.clone());
        let mut under_way = JoinSet::new();
        let mut paid = Paid::default();
        while let Some(at) = arriving.recv().await {
            let (this, number) = (Arc::clone(&this), first + paid.arrived);
            paid.arrived += 1;
            let counts = at >= WARM_UP;
            under_way.spawn(async move {
                let own = this.pay(number, begin + at).await?;
                anyhow::Ok((own, counts))
            });
        }
        usher.join().map_err(|_| anyhow!("the usher is gone"))?;
        let end = Instant::now() + LAST_MAX;
        let next = async |under_way: &mut JoinSet<_>| {
            let next = tokio::time::timeout_at(end.into(), under_way.join_next());
            next.await.ok().flatten()
        };
        while let Some(done) = next(&mut under_way).await {
            let (own, counts) = done??;
            paid.count(&own, counts);
        }
        // What is left is dropped with the set.
        paid.unfinished = under_way.len() as u64;
        Ok(paid)
    }

    async fn pay(&self, number: u64, begin: Instant) -> Result<Own> {
        let order_id = payer::order_id(number);
        let mut shop = self.shop.take().await?;
        let answered = payer::ask_to_create(&mut shop, number).await?;
        let took = begin.elapsed();
        self.shop.give_back(shop);
        if answered.status == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(Own::TurnedAway);
        }
        let ready = self.distance.heard(&order_id, "ready")?;
        let create = took.saturating_sub(ready.took);
        if ready.failed {
            return Ok(Own::Refused { create });
        }
        let answered = answered.expect(StatusCode::CREATED, "create")?;
        let Created { tid } = serde_json::from_slice(&answered.body)?;
        let mut kakaopay = self.kakaopay.take().await?;
        let way_back = payer::agree(&mut kakaopay, &tid).await?;
        self.kakaopay.give_back(kakaopay);
        let begin = Instant::now();
        let mut browser = self.browser.take().await?;
        payer::come_back(&mut browser, &way_back).await?;
        let took = begin.elapsed();
        self.browser.give_back(browser);
        let approve = self.distance.heard(&order_id, "approve")?;
        let come_back = took.saturating_sub(approve.took);
        Ok(Own::Paid { create, come_back })
    }
}

impl Paid {
    fn count(&mut self, own: &Own, counts: bool) {
        match *own {
            Own::TurnedAway => self.turned_away += 1,
            Own::Refused { create } => {
                self.refused += 1;
                self.create.add_if(counts, create);
            }
            Own::Paid { create, come_back } => {
                self.create.add_if(counts, create);
                self.come_back.add_if(counts, come_back);
            }
        }
    }
}

/// When they arrive: each independent of the others.
fn times(rate: u32, time: Duration) -> impl Iterator<Item = Duration> {
    let mut dice = fastrand::Rng::with_seed(SEED);
    let mut at = Duration::ZERO;
    std::iter::from_fn(move || {
        let gap = -(1.0 - dice.f64()).ln() / f64::from(rate);
        at += Duration::from_secs_f64(gap);
        (at < time).then_some(at)
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "payers come when they come; there is no condition to wait for"
)]
fn wait_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_arrive_at_the_mean_rate_and_at_no_fixed_distance() {
        let times: Vec<_> = times(1_000, Duration::from_secs(10)).collect();
        assert!((9_700..10_300).contains(&times.len()), "{}", times.len());
        let gaps: Vec<_> = times
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
            .collect();
        let short = gaps.iter().filter(|gap| **gap < Duration::from_millis(1));
        assert!((5_900..6_700).contains(&short.count()));
    }
}

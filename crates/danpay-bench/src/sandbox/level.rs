//! The sandbox under the load of some connections that never pause.
//! First whole payments for a time; then a number of payments call by call, so that ready and
//! approve have a rate of their own, without the payer's call that a real shop does not make.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::buyer::{Buyer, Opened, Times};
use crate::latency::Call;
use crate::load::{Share, Until, share};
use crate::process::{Processes, SpentOnEach};
use crate::report::rate;

/// Fewer than the sandbox keeps by default, so that all of them are there to be approved.
const APART: u64 = 5_000;
/// The first calls pay for what the later ones find made.
const WARM_UP: u64 = 500;

#[derive(Serialize)]
pub(super) struct Level {
    pub(super) connections: usize,
    pub(super) payments: u64,
    pub(super) payments_per_s: f64,
    /// Ready and approve counted as one, without the payer between them.
    pub(super) ready_approve_per_s: f64,
    pub(super) ready: Call,
    pub(super) payer: Call,
    pub(super) approve: Call,
    pub(super) spent: SpentOnEach,
}

pub(super) async fn measure(
    url: &str,
    sandbox: u32,
    connections: usize,
    time: Duration,
) -> Result<Level> {
    let for_a_while = |count| Until {
        first: 0,
        count,
        time: Instant::now() + time,
    };
    let open = || Buyer::open_all(url, connections);
    share(open().await?, for_a_while(WARM_UP), buy).await?;
    let buyers = open().await?;
    let before = Processes::alone(sandbox).spent_so_far()?;
    let (buyers, took) = share(buyers, for_a_while(u64::MAX), buy).await?;
    let spent = Processes::alone(sandbox).spent_so_far()?.since(before);
    let payments = buyers.iter().map(|buyer| buyer.payments).sum();
    let times = Times::of_all(buyers);
    Ok(Level {
        connections,
        payments,
        payments_per_s: rate(payments, took),
        ready_approve_per_s: apart(open().await?, for_a_while(APART)).await?,
        ready: times.ready.call(),
        payer: times.payer.call(),
        approve: times.approve.call(),
        spent: spent.on_each(payments),
    })
}

/// Whole payments, one after another.
pub(super) async fn buy(mut buyer: Buyer, share: Share) -> Result<Buyer> {
    while let Some(number) = share.next() {
        buyer.buy(number).await?;
    }
    Ok(buyer)
}

async fn apart(buyers: Vec<Buyer>, until: Until) -> Result<f64> {
    // What is ready gets approved, however long that takes.
    let all = Until {
        first: 0,
        count: u64::MAX,
        time: until.time + super::RUN_MAX,
    };
    let (ready, making_ready) = share(buyers, until, ready).await?;
    let (played, _) = share(ready, all, play).await?;
    let (approved, approving) = share(played, all, approve).await?;
    let payments = approved.iter().map(|buyer| buyer.payments).sum();
    Ok(rate(payments, making_ready + approving))
}

async fn ready(mut buyer: Buyer, share: Share) -> Result<(Buyer, Vec<Opened>)> {
    let mut opened = Vec::new();
    while let Some(number) = share.next() {
        opened.push(buyer.ready(number).await?);
    }
    Ok((buyer, opened))
}

type WithTokens = (Buyer, Vec<(Opened, String)>);

async fn play((mut buyer, opened): (Buyer, Vec<Opened>), _: Share) -> Result<WithTokens> {
    let mut played = Vec::with_capacity(opened.len());
    for opened in opened {
        let pg_token = buyer.play(&opened.tid).await?;
        played.push((opened, pg_token));
    }
    Ok((buyer, played))
}

async fn approve((mut buyer, played): WithTokens, _: Share) -> Result<Buyer> {
    for (opened, pg_token) in played {
        buyer.approve(&opened, &pg_token).await?;
    }
    Ok(buyer)
}

//! `bench sdk`: the crate `kakaopay` against the sandbox, without danpay between them.
//! First all payments are made ready, then all are agreed to, then all approved: so the SDK's own
//! calls have a rate and a processor time of their own.

use std::fmt::{Display, Formatter};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use danpay_testkit::process::Process;
use kakaopay::{
    ApproveRequest, KakaoPay, PartnerOrderId, PartnerUserId, PgToken, ReadyRequest, RedirectUrls,
    Tid,
};
use serde::Serialize;

use crate::bench::Bench;
use crate::connection::Connection;
use crate::fixture;
use crate::latency::{Call, Latencies};
use crate::load::{Share, Until, share};
use crate::machine::{self, Machine};
use crate::payer;
use crate::process::{Processes, Spent};
use crate::report::rate;

const AT_ONCE: [usize; 4] = [1, 8, 32, 128];
const TOTAL: u64 = 2_200;

/// Measure the SDK alone: ready and approve a second, and its processor time
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many payments are made at each number of calls at once
    #[arg(long, default_value_t = 5_000)]
    payments: u64,
}

impl Default for Args {
    fn default() -> Self {
        Self { payments: 3_000 }
    }
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    load_after: Option<f64>,
    levels: Vec<Level>,
}

#[derive(Serialize)]
struct Level {
    at_once: usize,
    /// Ready and approve counted as one.
    payments_per_s: f64,
    ready: Call,
    approve: Call,
    /// The SDK's processor time for both calls, and the sandbox's.
    cpu_us: f64,
    sandbox_us: f64,
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = Machine::here();
    let mut levels = Vec::new();
    for at_once in AT_ONCE {
        let sandbox = fixture::sandbox(&bench.danpay, &[]).await?;
        levels.push(measure(&sandbox, at_once, args.payments, bench.deadline).await?);
        sandbox.stop().await?;
    }
    bench.tell(
        "sdk",
        &Report {
            machine,
            load_after: machine::load(),
            levels,
        },
    )
}

async fn measure(
    sandbox: &Process,
    at_once: usize,
    payments: u64,
    deadline: Instant,
) -> Result<Level> {
    let client = KakaoPay::builder("DEV").base_url(&sandbox.url).build()?;
    let until = Until {
        first: 0,
        count: payments,
        time: deadline,
    };
    let mut shops = Vec::new();
    for _ in 0..at_once {
        shops.push(Shop {
            client: client.clone(),
            payer: Connection::open(&sandbox.url, "").await?,
            opened: Vec::new(),
            times: [Latencies::default(), Latencies::default()],
        });
    }
    let processes = Processes::alone(sandbox.pid()?);
    let before = processes.spent_so_far()?;
    let (shops, making_ready) = share(shops, until, Shop::ready).await?;
    let ready = processes.spent_so_far()?.since(before);
    let (shops, _) = share(shops, until, Shop::agree).await?;
    let before = processes.spent_so_far()?;
    let (shops, approving) = share(shops, until, Shop::approve).await?;
    let approve = processes.spent_so_far()?.since(before);
    let mut times = [Latencies::default(), Latencies::default()];
    for shop in shops {
        for (all, own) in times.iter_mut().zip(shop.times) {
            all.merge(own);
        }
    }
    let [ready_times, approve_times] = times;
    let spent = |spent: Spent| spent.on_each(payments);
    let (ready, approve) = (spent(ready), spent(approve));
    Ok(Level {
        at_once,
        payments_per_s: rate(payments, making_ready + approving),
        ready: ready_times.call(),
        approve: approve_times.call(),
        cpu_us: ready.generator_us + approve.generator_us,
        sandbox_us: ready.cpu_us + approve.cpu_us,
    })
}

struct Shop {
    client: KakaoPay,
    payer: Connection,
    opened: Vec<Opened>,
    times: [Latencies; 2],
}

struct Opened {
    number: u64,
    tid: Tid,
    pg_token: Option<PgToken>,
}

impl Shop {
    async fn ready(mut self, share: Share) -> Result<Self> {
        while let Some(number) = share.next() {
            let back = |way: &str| format!("http://127.0.0.1:7700/{number}/{way}").parse();
            let urls = RedirectUrls {
                approval: back("approve")?,
                cancel: back("cancel")?,
                fail: back("fail")?,
            };
            let (order, user) = names(number)?;
            let request = ReadyRequest::new(order, user, "초코파이".parse()?, TOTAL, urls);
            let begun = Instant::now();
            let ready = self.client.ready(&request).await?;
            self.took(0, begun.elapsed());
            self.opened.push(Opened {
                number,
                tid: ready.tid,
                pg_token: None,
            });
        }
        Ok(self)
    }

    async fn agree(mut self, _: Share) -> Result<Self> {
        for opened in &mut self.opened {
            let back = payer::agree(&mut self.payer, opened.tid.as_str()).await?;
            let token = back.split_once("pg_token=").context("no pg_token")?.1;
            opened.pg_token = Some(token.parse()?);
        }
        Ok(self)
    }

    async fn approve(mut self, _: Share) -> Result<Self> {
        for Opened {
            number,
            tid,
            pg_token,
        } in std::mem::take(&mut self.opened)
        {
            let (order, user) = names(number)?;
            let pg_token = pg_token.ok_or_else(|| anyhow!("nobody agreed"))?;
            let request = ApproveRequest::new(tid, order, user, pg_token).total_amount(TOTAL);
            let begun = Instant::now();
            self.client.approve(&request).await?;
            self.took(1, begun.elapsed());
        }
        Ok(self)
    }

    fn took(&mut self, call: usize, took: Duration) {
        if let Some(times) = self.times.get_mut(call) {
            times.add(took);
        }
    }
}

fn names(number: u64) -> Result<(PartnerOrderId, PartnerUserId)> {
    Ok((payer::order_id(number).parse()?, "user-1".parse()?))
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "calls at once  ready+approve/s   ready p50 / p99 / p99.9  approve p50 / p99 / p99.9  \
             CPU µs: SDK  sandbox"
        )?;
        for level in &self.levels {
            writeln!(
                f,
                "{:>13}  {:>15.0}  {}   {}  {:>11.0}  {:>7.0}",
                level.at_once,
                level.payments_per_s,
                level.ready,
                level.approve,
                level.cpu_us,
                level.sandbox_us
            )?;
        }
        write!(f, "times in ms; processor time for both calls")
    }
}

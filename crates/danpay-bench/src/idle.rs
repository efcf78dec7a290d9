//! `bench idle`: what danpay takes before anybody pays, and what is left of an hour of payments.

use std::fmt::{Display, Formatter};
use std::fs;
use std::time::Duration;

use anyhow::Result;
use danpay_testkit::DatabaseKind;
use danpay_testkit::audit::Totals;
use serde::Serialize;

use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::load::{Until, share};
use crate::machine::{self, Machine};
use crate::payer::Payer;
use crate::process::{self, SpentOnEach};
use crate::report::{Starts, rate};

const STARTS: usize = 10;
const PAYERS: usize = 8;
/// How often its memory is looked at on the way.
const PARTS: u64 = 4;
/// By then recovery has looked at the database more than once.
const IDLE: Duration = Duration::from_secs(3);

/// Measure danpay's start, size and memory: idle, and after many payments
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many payments are made: an hour at 28 a second, by default
    #[arg(long, default_value_t = 100_000)]
    payments: u64,
    /// What danpay's database is: sqlite or postgres
    #[arg(long, default_value = "sqlite")]
    database: DatabaseKind,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            payments: 100_000,
            database: DatabaseKind::Sqlite,
        }
    }
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    load_after: Option<f64>,
    database: DatabaseKind,
    binary_bytes: u64,
    starts: Starts,
    idle_kib: u64,
    memory: Vec<Memory>,
    payments_per_s: f64,
    spent: SpentOnEach,
    database_bytes: Option<u64>,
    log_bytes: u64,
    books: Totals,
}

/// danpay's resident memory after so many payments.
#[derive(Serialize)]
struct Memory {
    payments: u64,
    resident_kib: u64,
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = Machine::here();
    let starts = starts(bench, args.database).await?;
    let database = fixture::database(&bench.folder, args.database)?;
    let fixture = Fixture::build(&bench.danpay, database).await?;
    tokio::time::sleep(IDLE).await;
    let pid = fixture.danpay.pid()?;
    let idle_kib = process::resident_kib(pid)?;
    let mut report = Report {
        machine,
        load_after: None,
        database: args.database,
        binary_bytes: fs::metadata(&bench.danpay)?.len(),
        starts,
        idle_kib,
        memory: Vec::new(),
        payments_per_s: 0.0,
        spent: fixture.processes()?.spent_so_far()?.on_each(0),
        database_bytes: None,
        log_bytes: 0,
        books: Totals::default(),
    };
    pay(bench, &fixture, args.payments, &mut report).await?;
    report.books = fixture.compare().await?;
    report.load_after = machine::load();
    let database = fixture.stop().await?;
    report.database_bytes = database.bytes()?;
    report.log_bytes = fs::metadata(database.folder().join("danpay.log"))?.len();
    bench.tell("idle", &report)
}

/// Starts on a database that is there, as a restart finds it.
async fn starts(bench: &Bench, on: DatabaseKind) -> Result<Starts> {
    let database = fixture::database(&bench.folder, on)?;
    let mut starts = Vec::new();
    for _ in 0..=STARTS {
        let (danpay, _) = fixture::serve(&bench.danpay, &database, "http://127.0.0.1:1").await?;
        starts.push(danpay.started_in);
        danpay.stop().await?;
    }
    // The first one had its tables to make.
    starts.remove(0);
    Ok(Starts::of(starts))
}

async fn pay(bench: &Bench, fixture: &Fixture, payments: u64, report: &mut Report) -> Result<()> {
    let pid = fixture.danpay.pid()?;
    let mut took = Duration::ZERO;
    let mut made = 0;
    let before = fixture.processes()?.spent_so_far()?;
    for part in 1..=PARTS {
        crate::say(&format!("{} payments …", payments * part / PARTS));
        let crowd = Payer::crowd(fixture, PAYERS).await?;
        let until = Until {
            first: payments * (part - 1) / PARTS,
            count: payments * part / PARTS - payments * (part - 1) / PARTS,
            time: bench.deadline,
        };
        let (crowd, part_took) = share(crowd, until, Payer::pay_on).await?;
        made += crowd.iter().map(|payer| payer.payments).sum::<u64>();
        took += part_took;
        drop(crowd);
        report.memory.push(Memory {
            payments: made,
            resident_kib: process::resident_kib(pid)?,
        });
    }
    let spent = fixture.processes()?.spent_so_far()?.since(before);
    report.payments_per_s = rate(made, took);
    report.spent = spent.on_each(made);
    Ok(())
}

impl Display for Report {
    #[expect(clippy::cast_precision_loss, reason = "bytes for a person to read")]
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(f, "{}", self.starts)?;
        writeln!(f, "binary: {:.1} MB", self.binary_bytes as f64 / 1e6)?;
        writeln!(f, "idle: {:.1} MiB", self.idle_kib as f64 / 1024.0)?;
        for Memory {
            payments,
            resident_kib,
        } in &self.memory
        {
            let mib = *resident_kib as f64 / 1024.0;
            writeln!(f, "after {payments:>7} payments: {mib:.1} MiB")?;
        }
        let payments = self.books.approved.max(1) as f64;
        write!(
            f,
            "{:.0} payments/s, {:.0} µs of CPU time each; {:.1} KiB of log each; ",
            self.payments_per_s,
            self.spent.cpu_us,
            self.log_bytes as f64 / 1024.0 / payments,
        )?;
        if let Some(bytes) = self.database_bytes {
            write!(
                f,
                "{:.1} KiB of database each; ",
                bytes as f64 / 1024.0 / payments
            )?;
        }
        write!(f, "the books agree")
    }
}

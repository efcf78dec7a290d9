//! `bench payments`: whole payments a second, each step durable.

pub(crate) mod level;
mod report;

use std::time::Duration;

use anyhow::Result;
use danpay_testkit::DatabaseKind;

use self::report::Report;
use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::load::{Until, share};
use crate::machine;
use crate::payer::Payer;
use crate::rows::Pattern;

const PAYERS: [usize; 4] = [1, 8, 32, 128];
/// So many payments are bought to see what danpay writes for one.
const PATTERNS: u64 = 64;

/// Measure payments a second, and what one takes of the processors
///
/// A payment is created by the shop, agreed to by its payer at the sandbox, and approved when the
/// payer's browser comes back; danpay, sandbox and load generator share the machine. After each
/// run the books are compared with the sandbox's ledger.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many pay at once, one number after another
    #[arg(long, value_delimiter = ',', default_values_t = PAYERS)]
    payers: Vec<usize>,
    /// How long each number of payers pays
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// What danpay's database is: sqlite or postgres
    #[arg(long, default_value = "sqlite")]
    database: DatabaseKind,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            payers: PAYERS.to_vec(),
            seconds: 8,
            database: DatabaseKind::Sqlite,
        }
    }
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let time = Duration::from_secs(args.seconds);
    let mut levels = Vec::new();
    for payers in args.payers {
        crate::say(&format!("{payers} payers for {time:?} …"));
        levels.push(level::measure(bench, args.database, payers, time).await?);
    }
    bench.tell(
        "payments",
        &Report {
            machine,
            database: args.database,
            levels,
            load_after: machine::load(),
        },
    )
}

/// What danpay writes for a payment, as it has just written it.
pub(crate) async fn pattern(bench: &Bench) -> Result<Pattern> {
    let database = fixture::database(&bench.folder, DatabaseKind::Sqlite)?;
    let fixture = Fixture::build(&bench.danpay, database).await?;
    let until = Until {
        first: 0,
        count: PATTERNS,
        time: bench.deadline,
    };
    share(Payer::crowd(&fixture, 4).await?, until, Payer::pay_on).await?;
    let database = fixture.stop().await?;
    Pattern::read(&database.file())
}

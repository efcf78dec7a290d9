//! `cargo xtask simulate`: many lives, and the timeline of each that went wrong.
//!
//! **Invariant**: exits with 0 only if nothing happened that must not.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use danpay_simulation::{Engine, Report, Summary, live, live_all};

/// Lives many lives of danpay, each decided by its seed, and audits the books.
#[derive(Parser)]
struct Arguments {
    /// How many; a single one shows its whole timeline
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The database of the books; PostgreSQL runs in a temporary cluster
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    fn engine(self) -> Result<Engine> {
        match self {
            Self::Sqlite => Ok(Engine::Sqlite),
            Self::Postgres => Engine::postgres(),
        }
    }

    /// What to say to get it.
    fn words(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " --database postgres",
        }
    }
}

/// Whole timelines of so many failed lives are shown.
const SHOWN: usize = 3;

fn main() -> Result<ExitCode> {
    let Arguments {
        seeds,
        seed,
        database,
    } = Arguments::parse();
    let engine = database.engine()?;
    let mut out = io::stdout().lock();
    let began = Instant::now();
    if seeds == 1 {
        let report = live(seed, &engine.place()?)?;
        show(&mut out, &report, database)?;
        return Ok(exit(report.violations.is_empty()));
    }
    let summary = live_all(seed..=seed.saturating_add(seeds.saturating_sub(1)), &engine)?;
    for report in summary.failed.iter().take(SHOWN) {
        show(&mut out, report, database)?;
    }
    total(&mut out, &summary, began)?;
    Ok(exit(summary.failed.is_empty()))
}

fn exit(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(out: &mut impl Write, report: &Report, database: Kind) -> io::Result<()> {
    write!(out, "{}", report.timeline)?;
    count(out, &report.counts)?;
    writeln!(out, "seed {}, timeline {:016x}", report.seed, report.hash())?;
    for violation in &report.violations {
        writeln!(out, "VIOLATION: {violation}")?;
    }
    if !report.violations.is_empty() {
        let (seed, words) = (report.seed, database.words());
        writeln!(
            out,
            "again: cargo xtask simulate --seeds 1 --seed {seed}{words}\n"
        )?;
    }
    Ok(())
}

/// Payments by their end, crashes and faults by their kind.
fn count(out: &mut impl Write, counts: &BTreeMap<&'static str, u64>) -> io::Result<()> {
    let kind = |what: &str| {
        ["payments", "crash"]
            .iter()
            .position(|kind| what.starts_with(kind))
    };
    for (title, of) in [
        ("payments", Some(0)),
        ("crashes", Some(1)),
        ("faults", None),
    ] {
        let counts = counts.iter().filter(|(what, _)| kind(what) == of);
        let all: u64 = counts.clone().map(|(_, times)| times).sum();
        writeln!(out, "{all:9} {title}")?;
        for (what, times) in counts {
            writeln!(out, "{times:13} {what}")?;
        }
    }
    Ok(())
}

fn total(out: &mut impl Write, summary: &Summary, began: Instant) -> io::Result<()> {
    count(out, &summary.counts)?;
    let seconds = began.elapsed().as_secs_f64();
    let Summary { lives, failed, .. } = summary;
    writeln!(
        out,
        "{lives} lives in {seconds:.1} s, {:.0} a second; {} failed",
        f64::from(u32::try_from(*lives).unwrap_or(u32::MAX)) / seconds,
        failed.len(),
    )?;
    let seeds: Vec<_> = failed.iter().map(|report| report.seed).take(50).collect();
    if !seeds.is_empty() {
        writeln!(out, "failed seeds: {seeds:?}")?;
    }
    Ok(())
}

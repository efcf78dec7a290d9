//! `cargo xtask simulate`: many lives, and the timeline of each that went wrong.
//!
//! **Invariant**: exits with 0 only if nothing happened that must not; and of a thousand lives, if all
//! happened that can.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use danpay_simulation::{Counts, ENDPOINTS, Engine, Kind, Report, Summary, live, live_all};
use kakaopay_sandbox::ERROR_CODES;

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
    database: Database,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

impl Database {
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
/// And of so many what went wrong first.
const TOLD: usize = 50;
/// In so many lives all has to happen that can.
const MEETS_ALL: u64 = 1_000;

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
    let never_met = summary.counts.never_met(&engine);
    if !never_met.is_empty() {
        writeln!(out, "never met: {never_met:#?}")?;
    }
    let met = seeds < MEETS_ALL || never_met.is_empty();
    Ok(exit(met && summary.failed.is_empty()))
}

fn exit(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(out: &mut impl Write, report: &Report, database: Database) -> io::Result<()> {
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

/// What happened, kind by kind, and how often.
fn count(out: &mut impl Write, counts: &Counts) -> io::Result<()> {
    for (kind, title) in Kind::ALL {
        let all: u64 = counts.of(kind).map(|(_, times)| times).sum();
        writeln!(out, "{all:9} {title}")?;
        if kind == Kind::Code {
            count_codes(out, counts)?;
            continue;
        }
        for (what, times) in counts.of(kind) {
            writeln!(out, "{times:13} {what}")?;
        }
    }
    Ok(())
}

/// A line for each code that was met, with a number for each call that can meet it.
fn count_codes(out: &mut impl Write, counts: &Counts) -> io::Result<()> {
    for &(code, _) in ERROR_CODES {
        let met = ENDPOINTS.map(|endpoint| (endpoint, counts.code(code, endpoint)));
        if met.iter().all(|(_, times)| *times == 0) {
            continue;
        }
        write!(out, "{code:13}")?;
        for (endpoint, times) in met {
            write!(out, "{times:7} {endpoint}")?;
        }
        writeln!(out)?;
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
    for report in failed.iter().take(TOLD) {
        let first = report.violations.first().map_or("", String::as_str);
        writeln!(out, "failed: seed {}: {first}", report.seed)?;
    }
    Ok(())
}

//! `danpay recover`: a database that was restored from an older backup is brought up to what KakaoPay
//! holds.

mod logged;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use danpay_server::{Clock, Recovered, Server};
use jiff::Timestamp;
use serde_json::json;

use crate::log::{self, Gap};
use crate::progress::Progress;
use crate::{old, serve};

/// Look payments up at KakaoPay and book what it says
///
/// For a database that was restored from an older backup. KakaoPay looks up by TID alone: what the
/// backup has is found by --since (with --from-log alone every payment of a restored database), what came
/// after it by the TIDs in danpay's own log. Running it again changes nothing. It ends with 0 only if
/// KakaoPay has answered for every payment and the log has no gaps; then a restored database is approved
/// and canceled on again.
///
/// A SQLite database serves one process at a time: stop `danpay serve` first.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").args(["since", "from_log"]).required(true).multiple(true))]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// Payments created since then, a day in Korea such as 2026-11-25 or an instant such as
    /// 2026-11-25T00:00:00Z: from the oldest whose cancellation the backup may lack
    #[arg(long, value_name = "WHEN", value_parser = old::instant)]
    since: Option<Timestamp>,
    /// Payments that this log of `danpay serve` names (text or JSON); may be repeated
    #[arg(long, value_name = "FILE")]
    from_log: Vec<PathBuf>,
    /// Go on although lines are missing from the logs, or there is no log: payments that only it would
    /// have named may be missing then
    #[arg(long)]
    accept_gaps: bool,
    /// Print one JSON object a payment, and one a gap in the logs
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    log::start(&config.log, config.log_format, None)?;
    serve::install_tls();
    let logs = args.from_log.iter().map(read).collect::<Result<Vec<_>>>()?;
    let server = Server::open(&config, Clock::system()).await?;
    let is_restored = server.is_restored().await?;
    let mut report = Report::new(args.json);
    for (path, log) in args.from_log.iter().zip(&logs) {
        for gap in &log.gaps {
            report.tell_gap(path, gap);
        }
    }
    // First what was lost: a lookup of the rest must not come before its payment is there.
    for payment in logged::each_once(logs.into_iter().flat_map(|log| log.payments)) {
        report.tell(server.recover_logged(payment).await?);
    }
    if is_restored || args.since.is_some() {
        server
            .recover_since(args.since, |recovered| report.tell(recovered))
            .await?;
    }
    report.end(args.accept_gaps)?;
    if is_restored {
        ensure!(
            args.accept_gaps || !args.from_log.is_empty(),
            "what the backup lacks is in danpay's log alone: name it with --from-log, or say \
             --accept-gaps if it is lost. Nothing is approved or canceled until then"
        );
        server.clear_restored().await?;
        crate::say("the database is up to date: payments are approved and canceled again");
    }
    Ok(())
}

fn read(path: &PathBuf) -> Result<logged::Log> {
    let failed = || format!("cannot read the log {}", path.display());
    let file = File::open(path).with_context(failed)?;
    logged::read(BufReader::new(file)).with_context(failed)
}

/// What came of the payments, told as it comes and in sum.
struct Report {
    json: bool,
    unchanged: u64,
    changed: u64,
    added: u64,
    unresolved: u64,
    /// Lines that are missing from the logs.
    missing: u64,
    /// Whether all could be printed.
    printed: Result<()>,
    progress: Progress,
}

impl Report {
    fn new(json: bool) -> Self {
        Self {
            json,
            unchanged: 0,
            changed: 0,
            added: 0,
            unresolved: 0,
            missing: 0,
            printed: Ok(()),
            progress: Progress::of("payments looked up"),
        }
    }

    fn tell(&mut self, recovered: Recovered) {
        let (what, count, of, reason) = match recovered {
            Recovered::Unchanged(id) => ("unchanged", &mut self.unchanged, id.to_string(), None),
            Recovered::Changed(id) => ("changed", &mut self.changed, id.to_string(), None),
            Recovered::Added(id) => ("added", &mut self.added, id.to_string(), None),
            Recovered::Unresolved(tid, why) => ("unresolved", &mut self.unresolved, tid, Some(why)),
        };
        *count += 1;
        self.progress.add(1);
        if self.json {
            let line = json!({ "outcome": what, "payment": of, "reason": reason });
            self.print(&line.to_string());
        } else if what != "unchanged" {
            let reason = reason.map(|reason| format!(": {reason}"));
            self.print(&format!("{what} {of}{}", reason.unwrap_or_default()));
        }
    }

    fn tell_gap(&mut self, path: &Path, gap: &Gap) {
        self.missing += gap.lost;
        if self.json {
            let Gap { lost, from, to } = gap;
            let line = json!({
                "outcome": "log_gap", "log": path.display().to_string(),
                "lost": lost, "from": from, "to": to,
            });
            self.print(&line.to_string());
        }
        let told = format!("{}: {gap}", path.display());
        self.progress.aside(|| crate::say(&told));
    }

    fn print(&mut self, text: &str) {
        let printed = self.progress.aside(|| crate::print(text));
        // The rest is recovered all the same.
        if self.printed.is_ok() {
            self.printed = printed;
        }
    }

    fn end(self, accepts_gaps: bool) -> Result<()> {
        let Self {
            unchanged,
            changed,
            added,
            unresolved,
            missing,
            printed,
            progress,
            ..
        } = self;
        progress.end();
        crate::say(&format!(
            "{changed} changed, {added} added, {unchanged} as they were, {unresolved} unresolved"
        ));
        ensure!(
            unresolved == 0,
            "KakaoPay has not answered for {unresolved} payments; run this again"
        );
        ensure!(
            missing == 0 || accepts_gaps,
            "{missing} lines are missing from the logs, and payments that only they name are not \
             restored; if KakaoPay's own list has none, accept the gaps with --accept-gaps"
        );
        printed
    }
}

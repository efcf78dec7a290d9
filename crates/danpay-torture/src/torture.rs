//! One run: chaos, calm until all has settled, the check.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_test_postgres::Cluster;
use danpay_testkit::process::{Launch, Process};
use reqwest::Client;

use crate::chance::Chance;
use crate::chaos::{self, Left, ends};
use crate::check::Evidence;
use crate::fleet::{Base, Fleet, SECOND_CID, SECRET_KEY};
use crate::journal::Journal;
use crate::minutes::Served;
use crate::record::Record;
use crate::report::{self, Summary};
use crate::settling;
use crate::weather::flood;
use crate::world::{NO_CONNECTION, World};
use crate::{Args, books, database, fleet, history, journal, log, print, say};

/// Of ten kills, so many at least must have cut off an approval between its claim and its answer.
const CUT_OFF_OF_TEN: u64 = 4;

/// KakaoPay forgets none, however long the torture.
const PAYMENTS_MAX: &str = "10000000";

// A stream of chance.
pub(crate) const BOOKS: u64 = 3;

/// Whether all was well.
pub(crate) async fn run(args: Args) -> Result<bool> {
    fleet::possible(args.servers, args.database.as_deref())?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!("torture: seed {seed}"));
    let folder = tempfile::tempdir()?;
    let mut args = args;
    let cluster = own_database(&mut args).await?;
    let done = live((&args, cluster), folder.path(), seed).await;
    if !matches!(done, Ok(true)) {
        let kept = folder.keep();
        say(&format!(
            "torture: books and logs are in {}",
            kept.display()
        ));
    }
    done
}

/// The torture's own, if that is asked for; it ends with this.
pub(crate) async fn own_database(args: &mut Args) -> Result<Option<Cluster>> {
    if args.database.as_deref() != Some(database::POSTGRES) {
        return Ok(None);
    }
    let (own, url) = database::start().await?;
    args.database = Some(url);
    Ok(Some(own))
}

async fn live((args, cluster): (&Args, Option<Cluster>), folder: &Path, seed: u64) -> Result<bool> {
    let world = Arc::new(begin(args, folder, seed).await?);
    let journal = tokio::spawn(journal::collect(Arc::clone(&world)));
    let Left {
        mut orders,
        lasted: chaos,
        // It ends with this.
        cluster: _cluster,
    } = chaos::live((args, cluster), &world, seed).await?;
    let calm = Instant::now();
    let mut chance = Chance::new(seed, BOOKS);
    let doubts = settling::calm(&world, &mut orders, &mut chance).await?;
    let journal = journal.await??;
    // KakaoPay has no faults any more; but servers leave it alone for as long as they were told.
    let answered_at = journal.rest_until.map_or(calm, |until| until.max(calm));
    let late = doubts.too_long(answered_at);
    world.record().violations.extend(late);
    let longest_doubt = doubts.longest(answered_at);
    let summary = Summary {
        seed,
        chaos,
        longest_doubt,
    };
    judge((args, &world), &summary, &journal, &mut chance).await
}

pub(crate) async fn begin(args: &Args, folder: &Path, seed: u64) -> Result<World> {
    // Somebody else has installed one already: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        // Everything is on this machine and in the clear: no root certificates are needed.
        .tls_certs_only([])
        // A connection to a killed server must not be tried again on the next one.
        .pool_max_idle_per_host(0)
        .build()?;
    let danpay = args.danpay()?;
    let kakaopay = start_kakaopay(&danpay, folder, seed).await?;
    let base = Base {
        danpay: &danpay,
        folder,
        database: args.database.as_deref(),
        sandbox_url: &kakaopay.url,
    };
    let fleet = Fleet::start(base, args.servers, &http).await?;
    let world = World::new(fleet, kakaopay, http)?;
    let secrets = [SECRET_KEY.to_owned(), world.fleet.api_key.clone()];
    world.record().secrets.extend(secrets);
    let before = books::payments(&world, &mut Chance::new(seed, BOOKS)).await?;
    ensure!(
        before.is_empty(),
        "the database has payments already: take an empty one"
    );
    Ok(world)
}

/// KakaoPay. It is never killed, for its ledger is the truth that the books are held against.
async fn start_kakaopay(danpay: &Path, folder: &Path, seed: u64) -> Result<Process> {
    let seed = seed.to_string();
    let words = [
        &["sandbox", "--seed", &seed, "--secret-key", SECRET_KEY][..],
        &["--payments-max", PAYMENTS_MAX],
        &["--cid", "TC0ONETIME", "--cid", SECOND_CID],
    ];
    let launch = Launch::new(danpay, &words.concat()).in_folder(folder);
    launch.log_to(&folder.join("sandbox.log")).sandbox().await
}

/// Reads all that there is to see, checks it, and says what came of it.
async fn judge(
    (args, world): (&Args, &World),
    summary: &Summary,
    journal: &Journal,
    chance: &mut Chance,
) -> Result<bool> {
    let books = books::payments(world, chance).await?;
    let events = books::events(world, &books, chance).await?;
    let history = history::of(&world.fleet.database, &books).await?;
    let ledger = world.sandbox.ledger().await?;
    let lines = search_logs(world)?;
    let (kills, cut_off) = (ends(world), report::cut_off(&history));
    if kills < args.kills {
        world.violation(format!("only {kills} kills"), None);
    }
    let lost = world.counted(NO_CONNECTION);
    if args.roll && lost > 0 {
        let what = format!("{lost} times a server took no connection that had not said so before");
        world.violation(what, None);
    }
    for never in [flood::SILENT, flood::HEALTHY] {
        if world.counted(never) == 0 {
            world.violation(format!("there were no {never}"), None);
        }
    }
    // Each of several servers has its part of the approvals.
    let servers = u64::try_from(args.servers)?;
    let served = if world.counted(database::KILLS) == 0 {
        Served::Always
    } else {
        Served::Half
    };
    let missing = world.record().minutes.missing(summary.chaos, served);
    for missing in missing {
        world.violation(missing, None);
    }
    if !args.roll && cut_off < kills * CUT_OFF_OF_TEN / 10 / servers {
        world.violation(format!("only {cut_off} approvals were cut off"), None);
    }
    let record: Record = std::mem::take(&mut world.record());
    let evidence = Evidence {
        books: &books,
        events: &events,
        history: &history,
        ledger: &ledger,
        journal,
        record: &record,
    };
    let violations = report::judge(&evidence);
    print(&format!(
        "{summary}: {} payments, {kills} kills, {cut_off} approvals cut off between claim and \
         answer, {lines} lines of log; {} violations",
        books.len(),
        violations.len(),
    ));
    Ok(violations.is_empty())
}

/// How many lines the servers logged. A secret or a panic in any of them is a violation.
pub(crate) fn search_logs(world: &World) -> Result<u64> {
    let secrets = world.record().secrets.clone();
    let mut lines = 0;
    for path in world.fleet.logs()? {
        let found = log::search(&path, &secrets)?;
        lines += found.lines;
        let say = |line: &u64, what: &str| {
            let what = format!("line {line} of {} has a {what}", path.display());
            world.violation(what, None);
        };
        found.secrets.iter().for_each(|line| say(line, "secret"));
        found.panics.iter().for_each(|line| say(line, "panic"));
    }
    Ok(lines)
}

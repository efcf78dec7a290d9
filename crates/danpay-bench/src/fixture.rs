//! A danpay with everything it needs: a database, the sandbox as KakaoPay, and an API key.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use danpay_client::Danpay;
use danpay_testkit::audit::{Totals, audit, totals};
use danpay_testkit::process::{Launch, Process, take_api_key};
use danpay_testkit::{Database, DatabaseKind, Sandbox, books};

use crate::process::Processes;

/// What a load of its own needs of the sandbox: no payment leaves before the books are compared,
/// and no word about each call on standard error.
const SANDBOX: [&str; 5] = ["sandbox", "--log", "warn", "--payments-max", "1000000"];
/// How often the books are compared until all is settled.
const LOOK: Duration = Duration::from_millis(500);

pub(crate) struct Fixture {
    pub(crate) danpay: Process,
    pub(crate) sandbox: Process,
    pub(crate) api_key: String,
    database: Database,
}

/// A sandbox for a load, with further words.
pub(crate) async fn sandbox(danpay: &Path, more: &[&str]) -> Result<Process> {
    let words = [&SANDBOX[..], more].concat();
    Launch::new(danpay, &words).sandbox().await
}

/// An empty database; `parent` says on which disk.
pub(crate) fn database(parent: &Path, kind: DatabaseKind) -> Result<Database> {
    tokio::task::block_in_place(|| Database::create(parent, kind))
}

/// `danpay serve` as it is by default, but for the limit on its key. Tells the API key as well, if it has
/// made one.
pub(crate) async fn serve(
    danpay: &Path,
    database: &Database,
    kakaopay_url: &str,
) -> Result<(Process, Option<String>)> {
    let folder = database.folder();
    // PostgreSQL's has to be told where it is; of a bench it is no secret.
    let master_key = folder.join("master-key");
    std::fs::write(
        &master_key,
        format!("danpay-master-key-1:{}", "b".repeat(64)),
    )?;
    std::fs::set_permissions(&master_key, Permissions::from_mode(0o600))?;
    let settings = [
        (
            "DANPAY_MASTER_KEY_FILE",
            master_key.to_string_lossy().into_owned(),
        ),
        ("DANPAY_DATABASE_URL", database.url().to_owned()),
        ("DANPAY_KAKAOPAY_SECRET_KEY", "DEV".to_owned()),
        ("DANPAY_KAKAOPAY_BASE_URL", kakaopay_url.to_owned()),
        // Receivers are here.
        ("DANPAY_WEBHOOK_NETWORKS", "127.0.0.0/8".to_owned()),
        // One key asks for what many shops ask for together.
        ("DANPAY_RATE_PER_KEY", "0".to_owned()),
    ];
    let launch = Launch::new(danpay, &["serve"])
        .in_folder(folder)
        .log_to(&folder.join("danpay.log"))
        .settings(settings);
    let served = launch.server().await?;
    Ok((served, take_api_key(folder)?))
}

impl Fixture {
    /// One from nothing.
    pub(crate) async fn build(danpay: &Path, database: Database) -> Result<Self> {
        let sandbox = sandbox(danpay, &[]).await?;
        let kakaopay = sandbox.url.clone();
        Self::around(danpay, database, (sandbox, &kakaopay)).await
    }

    /// One around a sandbox, with the address at which danpay finds KakaoPay.
    pub(crate) async fn around(
        danpay: &Path,
        database: Database,
        (sandbox, kakaopay_url): (Process, &str),
    ) -> Result<Self> {
        let (danpay, key) = serve(danpay, &database, kakaopay_url).await?;
        Ok(Self {
            danpay,
            sandbox,
            api_key: key.ok_or_else(|| anyhow!("danpay serve told no API key"))?,
            database,
        })
    }

    /// Deletes the histories of payments that are more than five years old, as an operator does.
    pub(crate) async fn prune(&self, danpay: &Path) -> Result<()> {
        let launch = Launch::new(danpay, &["prune", "--before", "2021-01-01"])
            .in_folder(self.database.folder())
            .settings([("DANPAY_DATABASE_URL", self.database.url().to_owned())]);
        launch.output().await.map(drop)
    }

    pub(crate) fn processes(&self) -> Result<Processes> {
        Ok(Processes {
            measured: self.danpay.pid()?,
            beside: Some(self.sandbox.pid()?),
            database: self.database.pid(),
        })
    }

    /// The sandbox's desk.
    pub(crate) fn desk(&self) -> Result<Sandbox> {
        Sandbox::at(&self.sandbox.url)
    }

    /// Holds danpay's books against the sandbox's ledger, to the won. Whatever they do not agree on is an
    /// error, but for what danpay itself calls in doubt.
    pub(crate) async fn compare(&self) -> Result<Totals> {
        self.compare_newest(usize::MAX).await
    }

    /// The same for the newest payments alone: for books that are older than the ledger.
    pub(crate) async fn compare_newest(&self, newest: usize) -> Result<Totals> {
        let danpay = Danpay::builder(&self.danpay.url, self.api_key.as_str()).build()?;
        let books = books::newest(&danpay, newest).await;
        let books = books.context("danpay's books")?;
        let ledger = self
            .desk()?
            .ledger()
            .await
            .context("the sandbox's ledger")?;
        let findings = audit(&books, &ledger);
        match findings.first() {
            None => Ok(totals(&books)),
            Some(first) => Err(anyhow!(
                "the books do not agree on {} things; first, {first:?}",
                findings.len()
            )),
        }
    }

    /// The same once recovery has asked about what was left in doubt, or as it is after so long. A payment
    /// that still is on its way may be in one of the books only.
    pub(crate) async fn once_settled(&self, most: Duration) -> Result<Totals> {
        let begun = Instant::now();
        loop {
            let books = self.compare().await;
            let settled = books.as_ref().is_ok_and(|books| books.in_doubt == 0);
            if settled || begun.elapsed() > most {
                return books;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends both programs; the database stays.
    pub(crate) async fn stop(self) -> Result<Database> {
        self.danpay.stop().await?;
        self.sandbox.stop().await?;
        Ok(self.database)
    }
}

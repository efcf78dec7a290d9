//! danpay's servers: one on a SQLite file, several on a database that several can share.
//! Each is killed (SIGKILL: nothing is flushed, closed or said goodbye to) and started again.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use danpay_testkit::process::{Launch, free_port};
use reqwest::{Client, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::minutes::Trouble;
use crate::process::{Conditions, Harsh, LOG, Log};
use crate::world::World;

/// Where payers reach the shop's danpay, whichever server answers.
pub(crate) const PUBLIC_URL: &str = "https://pay.shop.example";
/// The merchant code of the second shop, and what it is called.
pub(crate) const SECOND_CID: &str = "C000SHOP02";
const SECOND: &str = "second";
/// KakaoPay's secret key at the beginning. No log may have it.
pub(crate) const SECRET_KEY: &str = "DEVT0RTURE5ECRETKEY0F0UR5H0P";

/// Its database may be killed meanwhile, more than once, and the machine may have other things to
/// do: far above what it takes.
const STARTS_WITHIN: Duration = Duration::from_mins(5);
/// Longer than a load balancer needs to see that a server is not ready.
const DRAIN_S: u32 = 4;
/// Five times the default: here not one payment in a thousand is in doubt, but every third.
const LOOKUPS_PER_SECOND: u32 = 100;
/// How the names of servers, and of their logs, begin.
const NAME: &str = "server-";
const STARTS_AGAIN: Duration = Duration::from_millis(200);
const LOOK: Duration = Duration::from_millis(5);
/// Between a start and the next kill, of an only server and of one of several; and how long one stays
/// away.
pub(crate) const LIVES_MS: Range<u64> = 100..1_600;
pub(crate) const OF_SEVERAL_LIVES_MS: Range<u64> = 200..6_000;
const STAYS_DEAD_MS: Range<u64> = 0..250;
/// For how long a log is not read.
const READ_LATE_MS: Range<u64> = 300..2_500;
/// Of 1,000 starts so many are with few descriptors, and so few: enough for the database.
const FEW_FILES: u32 = 400;
const FILES: Range<u64> = 96..256;

/// Whether so many servers can be on that database.
pub(crate) fn possible(servers: usize, database: Option<&str>) -> Result<()> {
    ensure!(servers > 0, "there must be a server");
    let is_file = database.is_none_or(|url| url.starts_with("sqlite:"));
    ensure!(
        servers == 1 || !is_file,
        "one process owns a SQLite file: several servers need another --database"
    );
    Ok(())
}

/// What servers are made of.
pub(crate) struct Base<'a> {
    pub(crate) danpay: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) database: Option<&'a str>,
    pub(crate) sandbox_url: &'a str,
}

pub(crate) struct Fleet {
    servers: Vec<Server>,
    pub(crate) api_key: String,
    /// The second shop's.
    pub(crate) second_api_key: String,
    /// Gives the second shop's contract the secret key of a file of its own.
    puts_second_key: Launch,
    second_key_file: PathBuf,
    /// Where their database is.
    pub(crate) database: String,
    /// Where the logs are.
    folder: PathBuf,
    /// The file that the servers have KakaoPay's secret key from.
    pub(crate) secret_key_file: PathBuf,
    /// How often servers were started anew.
    starts: AtomicU64,
}

pub(crate) struct Server {
    pub(crate) address: String,
    /// Where it tells of its health.
    pub(crate) health: String,
    launch: Harsh,
    process: Mutex<Option<Child>>,
    /// Whether a load balancer sends anybody there.
    in_rotation: AtomicBool,
}

impl Fleet {
    /// Makes an API key, then starts all.
    pub(crate) async fn start(base: Base<'_>, count: usize, http: &Client) -> Result<Self> {
        let Base {
            danpay,
            folder,
            database,
            sandbox_url,
        } = base;
        let file = format!("sqlite:{}", folder.join("danpay.db").display());
        let database = database.unwrap_or(&file);
        let secret_key_file = folder.join("kakaopay.key");
        std::fs::write(&secret_key_file, SECRET_KEY)?;
        let master_key_file = folder.join("master.key");
        std::fs::write(
            &master_key_file,
            format!("danpay-master-key-1:{}", "7a".repeat(32)),
        )?;
        let settings = |listen: String| {
            let key_file = secret_key_file.display().to_string();
            vec![
                ("DANPAY_LISTEN", listen),
                ("DANPAY_PUBLIC_URL", PUBLIC_URL.to_owned()),
                ("DANPAY_DATABASE_URL", database.to_owned()),
                ("DANPAY_KAKAOPAY_SECRET_KEY_FILE", key_file),
                ("DANPAY_KAKAOPAY_BASE_URL", sandbox_url.to_owned()),
                (
                    "DANPAY_MASTER_KEY_FILE",
                    master_key_file.display().to_string(),
                ),
                // All that there is to say, so that a secret has every chance to be said.
                ("DANPAY_LOG", "trace".to_owned()),
                ("DANPAY_DRAIN_SECONDS", DRAIN_S.to_string()),
                // Receivers of webhooks are on this machine.
                ("DANPAY_WEBHOOK_NETWORKS", String::from("127.0.0.0/8")),
                // One key asks for what many shops ask for together.
                ("DANPAY_RATE_PER_KEY", String::from("0")),
                (
                    "DANPAY_KAKAOPAY_LOOKUPS_PER_SECOND",
                    LOOKUPS_PER_SECOND.to_string(),
                ),
            ]
        };
        let command = |words: &[&str]| {
            let launch = Launch::new(danpay, words).in_folder(folder);
            launch.settings(settings(String::from("127.0.0.1:0")))
        };
        let create = ["keys", "create", "torture", "--create"];
        let printed = command(&create).output().await?;
        let second_key_file = folder.join("second.key");
        std::fs::write(&second_key_file, SECRET_KEY)?;
        let key_file = second_key_file.display().to_string();
        let account = ["--cid", SECOND_CID, "--secret-key-file", &key_file];
        command(&[&["shops", "add", SECOND], &account[..]].concat())
            .output()
            .await?;
        let create = ["keys", "create", "torture", "--shop", SECOND];
        let seconds = command(&create).output().await?;
        let puts_second_key = command(&[&["shops", "account", SECOND], &account[..]].concat());
        let mut servers = Vec::new();
        for number in 1..=count {
            let listen = format!("127.0.0.1:{}", free_port()?);
            let name = format!("{NAME}{number}");
            let launch = Launch::new(danpay, &["serve"]).in_folder(folder);
            let health = format!("127.0.0.1:{}", free_port()?);
            let mut settings = settings(listen.clone());
            settings.push(("DANPAY_HEALTH_LISTEN", health.clone()));
            let server = Server {
                address: listen,
                health,
                launch: Harsh::new(launch.settings(settings), (folder, &name)),
                process: Mutex::default(),
                in_rotation: AtomicBool::new(true),
            };
            server.start(http, Conditions::default()).await?;
            servers.push(server);
        }
        Ok(Self {
            servers,
            api_key: printed.trim().to_owned(),
            second_api_key: seconds.trim().to_owned(),
            puts_second_key,
            second_key_file,
            database: database.to_owned(),
            folder: folder.to_owned(),
            secret_key_file,
            starts: AtomicU64::new(0),
        })
    }

    /// The second shop's contract gets this secret key, by an operator's command. Whether that went
    /// well: its database may be killed meanwhile.
    pub(crate) async fn put_second_key(&self, key: &str) -> Result<bool> {
        std::fs::write(&self.second_key_file, key)?;
        Ok(self.puts_second_key.output().await.is_ok())
    }

    /// Of any server, be it alive or not, unless it has said that it takes nobody any more.
    pub(crate) fn url(&self, chance: &mut Chance) -> String {
        format!("http://{}", self.address(chance))
    }

    pub(crate) fn address(&self, chance: &mut Chance) -> &str {
        let servers = self.servers.iter();
        let taking: Vec<_> = servers
            .filter(|server| server.in_rotation.load(Ordering::SeqCst))
            .collect();
        chance.pick(&taking).map_or("", |server| &server.address)
    }

    pub(crate) fn server(&self, index: usize) -> Result<&Server> {
        self.servers.get(index).context("no such server")
    }

    pub(crate) fn any<'a>(&'a self, chance: &mut Chance) -> Option<&'a Server> {
        chance.pick(&self.servers)
    }

    /// Whatever of their logs was kept.
    pub(crate) fn logs(&self) -> Result<Vec<PathBuf>> {
        let mut logs = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(NAME) && name.ends_with(LOG) {
                logs.push(entry.path());
            }
        }
        Ok(logs)
    }

    pub(crate) fn len(&self) -> usize {
        self.servers.len()
    }
}

impl Server {
    /// Starts it and waits until it takes payments. One that ends before it does is started again:
    /// its database may have been killed in that moment.
    pub(crate) async fn start(&self, http: &Client, conditions: Conditions) -> Result<()> {
        let mut process = self.launch.start(conditions)?;
        let begun = Instant::now();
        while !self.is_ready(http).await {
            if let Some(status) = process.try_wait()? {
                ensure!(
                    begun.elapsed() < STARTS_WITHIN,
                    "a server ended by itself ({status}): see {}",
                    self.launch.log().display()
                );
                // As whatever looks after servers does, it gives it a moment.
                sleep(STARTS_AGAIN).await;
                process = self.launch.start(conditions)?;
            }
            ensure!(begun.elapsed() < STARTS_WITHIN, "a server does not start");
            sleep(LOOK).await;
        }
        *self.process.lock().await = Some(process);
        self.in_rotation.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn is_ready(&self, http: &Client) -> bool {
        self.readiness(http).await == Some(StatusCode::OK)
    }

    /// What it says of itself, if it takes a connection.
    pub(crate) async fn readiness(&self, http: &Client) -> Option<StatusCode> {
        let answer = http.get(format!("http://{}/readyz", self.address)).send();
        Some(answer.await.ok()?.status())
    }

    /// Starts it again under the conditions that chance brings. The log of every other start cannot be
    /// written, or is not read.
    pub(crate) async fn start_anew(&self, world: &World, chance: &mut Chance) -> Result<()> {
        let conditions = Conditions {
            log: if world
                .fleet
                .starts
                .fetch_add(1, Ordering::SeqCst)
                .is_multiple_of(2)
            {
                let late = Log::ReadLate(chance.millis(READ_LATE_MS));
                let logs = [Log::Full, Log::NobodyReads, late];
                chance.pick(&logs).copied().unwrap_or_default()
            } else {
                Log::Kept
            },
            files: chance.is(FEW_FILES).then(|| chance.number(FILES)),
        };
        self.start(&world.http, conditions).await?;
        if conditions.log != Log::Kept {
            world.met(Trouble::Log);
        }
        Ok(())
    }

    /// Does something to its process, which lives meanwhile.
    pub(crate) async fn with_pid<T>(&self, act: impl FnOnce(i32) -> Option<T>) -> Option<T> {
        let mut process = self.process.lock().await;
        let process = process.as_mut()?;
        let lives = process.try_wait().ok()?.is_none();
        let pid = process.id().filter(|_| lives)?;
        act(i32::try_from(pid).ok()?)
    }

    /// Tells it to stop.
    pub(crate) async fn terminate(&self) -> Result<()> {
        let told = self.with_pid(|pid| kill_process(Pid::from_raw(pid)?, Signal::TERM).ok());
        told.await.context("a server cannot be told to stop")
    }

    pub(crate) fn leave_rotation(&self) {
        self.in_rotation.store(false, Ordering::SeqCst);
    }

    /// How it ended, after it was told to.
    pub(crate) async fn ended(&self, within: Duration) -> Result<ExitStatus> {
        let process = self.process.lock().await.take();
        let mut process = process.context("a server is not there")?;
        let ended = timeout(within, process.wait()).await;
        Ok(ended.context("a server does not stop")??)
    }

    async fn kill(&self) -> Result<()> {
        let process = self.process.lock().await.take();
        let mut process = process.context("a server is not there")?;
        if let Some(status) = process.try_wait()? {
            bail!(
                "a server ended by itself ({status}): see {}",
                self.launch.log().display()
            );
        }
        Ok(process.kill().await?)
    }
}

/// Kills one of the servers and starts it again for as long as there is chaos; at the end it is
/// alive.
pub(crate) async fn keep_killing(
    world: Arc<World>,
    (index, lives_ms): (usize, Range<u64>),
    mut chance: Chance,
) -> Result<()> {
    let server = world.fleet.server(index)?;
    loop {
        sleep(chance.millis(lives_ms.clone())).await;
        if !world.is_chaos() {
            return Ok(());
        }
        server.kill().await?;
        world.count("kills");
        sleep(chance.millis(STAYS_DEAD_MS)).await;
        server.start_anew(&world, &mut chance).await?;
    }
}

//! The cluster itself.

use std::fs::{File, Permissions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};

use crate::owner::Owner;
use crate::settings::Settings;
use crate::watchdog::Watchdog;
use crate::{binaries, certificates, processes};

/// The cluster's superuser.
pub(crate) const USER: &str = "danpay";
/// Only this machine can reach the port, and only with this.
pub(crate) const PASSWORD: &str = "te5t-passw0rd";
/// Below the ports that Linux gives to whoever asks for any: nobody takes one of these while a
/// killed server is away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How many ports are tried.
const PORT_TRIES: u16 = 200;
/// With how many of them the server is started.
const STARTS: u32 = 3;

/// A running (or killed) cluster.
#[derive(Debug)]
pub struct Cluster {
    server: Option<Child>,
    port: u16,
    databases: AtomicU32,
    bin: PathBuf,
    pub(crate) owner: Owner,
    // The watchdog ends the server and then removes the folder.
    _watchdog: Watchdog,
    folder: PathBuf,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub fn start(settings: &Settings) -> Result<Self> {
        let bin = binaries::folder()?;
        let owner = Owner::choose()?;
        let folder = folder(owner)?;
        let watchdog = Watchdog::start(owner, &folder)?;
        let mut cluster = Self {
            server: None,
            port: 0,
            databases: AtomicU32::new(0),
            bin,
            owner,
            _watchdog: watchdog,
            folder,
        };
        cluster.initialize()?;
        if settings.tls {
            certificates::make(owner, &cluster.folder)?;
        }
        let mut tries = 0;
        loop {
            cluster.configure(settings)?;
            tries += 1;
            match cluster.restart() {
                Ok(()) => return Ok(cluster),
                // Somebody may have taken the port since it was seen to be free.
                Err(error) if tries == STARTS => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The address of a database, through a socket in the cluster's own folder.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://{USER}@{folder}:{}/{database}", self.port)
    }

    /// The address of a database over TCP, with the password.
    pub fn tcp_url(&self, database: &str) -> String {
        let (host, port) = (Ipv4Addr::LOCALHOST, self.port);
        format!("postgres://{USER}:{PASSWORD}@{host}:{port}/{database}")
    }

    /// The certificate that vouches for the server's, which is for the name `localhost`.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.crt")
    }

    /// Where its data, its socket and its log are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of [`Self::tcp_url`], for tests that look for it where it must not be.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// A new, empty database; tells its name.
    pub fn create_database(&self) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        self.sql("postgres", &format!("create database {name}"))?;
        Ok(name)
    }

    /// Runs SQL as the superuser and tells what it answers, a row a line, columns split by `|`.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(self.program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["-v", "ON_ERROR_STOP=1", "-c", sql]);
        psql.arg(self.url(database));
        output(&mut psql)
    }

    /// The server's first process, of which the others are children; none if it was killed or stopped.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Ends every process of the server at once, as a cut of the power does.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        let killed = processes::kill_with_children(server.id());
        server.wait()?;
        killed
    }

    /// Stops the server: open transactions are rolled back, connections end.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        let pid = server.id().to_string();
        output(Command::new("kill").args(["-INT", &pid]))?;
        server.wait()?;
        Ok(())
    }

    /// Starts the server again, on the same port. It first recovers, if it was killed.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        let log = self.folder.join("log");
        let log = File::options().create(true).append(true).open(log)?;
        let mut postgres = self.owner.command(&self.program("postgres"));
        postgres.arg("-D").arg(self.folder.join("data"));
        postgres.current_dir("/").process_group(0);
        postgres
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.server = Some(postgres.spawn().context("cannot start postgres")?);
        self.answers()
    }

    /// Waits until the server takes connections.
    fn answers(&mut self) -> Result<()> {
        let mut ended = false;
        let (bin, url) = (self.program("psql"), self.url("postgres"));
        let server = &mut self.server;
        let waited = processes::wait(
            || {
                let running = server.as_mut().map(Child::try_wait);
                ended = !matches!(running, Some(Ok(None)));
                ended || answers(&bin, &url)
            },
            "PostgreSQL to answer",
        );
        if ended || waited.is_err() {
            self.server = None;
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            bail!("PostgreSQL did not start: {log}");
        }
        Ok(())
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn initialize(&self) -> Result<()> {
        let password = self.folder.join("password");
        std::fs::write(&password, PASSWORD)?;
        self.owner.give(&password)?;
        let mut initdb = self.owner.command(&self.program("initdb"));
        initdb
            .current_dir("/")
            .arg("-D")
            .arg(self.folder.join("data"));
        initdb.args(["-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        // The socket is in a folder that only its owner (and root) can open.
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
        initdb.arg("--pwfile").arg(&password);
        output(&mut initdb)?;
        Ok(())
    }

    fn configure(&mut self, settings: &Settings) -> Result<()> {
        self.port = free_port()?;
        let mut lines = vec![
            format!("port = {}", self.port),
            "listen_addresses = '127.0.0.1'".to_owned(),
            format!("unix_socket_directories = '{}'", self.folder.display()),
        ];
        lines.extend(settings.lines());
        let more = self.folder.join("data/postgresql.auto.conf");
        std::fs::write(&more, lines.join("\n") + "\n")?;
        self.owner.give(&more)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What is left, the watchdog does.
        let _ = self.kill();
    }
}

/// A new folder of the owner's. The watchdog removes it.
pub(crate) fn folder(owner: Owner) -> Result<PathBuf> {
    // Who can open it is the superuser of the cluster.
    let folder = tempfile::Builder::new()
        .prefix("danpay-postgres-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()?
        .keep();
    owner.give(&folder)?;
    Ok(folder)
}

pub(crate) fn answers(psql: &Path, url: &str) -> bool {
    let mut psql = Command::new(psql);
    psql.args(["--no-psqlrc", "-c", "select 1"]).arg(url);
    psql.output().is_ok_and(|output| output.status.success())
}

pub(crate) fn free_port() -> Result<u16> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let span = u32::from(PORTS.end - PORTS.start);
    // Processes that start at the same time begin at different places, and one process does not
    // come to the same port twice: its cluster may be away for a moment.
    let begin = std::process::id() % span * 7;
    for _ in 0..PORT_TRIES {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + u16::try_from((begin + step * 13) % span)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free for PostgreSQL")
}

pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{:?} failed: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

//! PgBouncer before a cluster, in its transaction mode.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::cluster::{Cluster, USER, answers};
use crate::processes;

/// Ends PgBouncer when its standard input ends, which it does with our process at the latest.
const SCRIPT: &str = r#"
"$1" "$2" < /dev/null &
cat > /dev/null
kill -KILL $!
wait
"#;

/// A running PgBouncer. It has a few connections to the cluster for all who come, and gives each
/// transaction one that is free.
#[derive(Debug)]
pub struct Bouncer {
    shell: Child,
    folder: PathBuf,
    port: u16,
}

impl Bouncer {
    /// Starts one in the cluster's folder.
    pub fn start(cluster: &Cluster) -> Result<Self> {
        let folder = cluster.folder().to_owned();
        let here = folder.display();
        // A socket's port is only a part of its name.
        let port = 6432;
        let settings = format!(
            "[databases]\n\
             * = host={here} port={} user={USER}\n\
             [pgbouncer]\n\
             auth_type = any\n\
             listen_port = {port}\n\
             unix_socket_dir = {here}\n\
             pool_mode = transaction\n\
             default_pool_size = 3\n\
             logfile = {here}/pgbouncer.log\n",
            cluster.port(),
        );
        let path = folder.join("pgbouncer.ini");
        std::fs::write(&path, settings)?;
        cluster.owner.give(&path)?;
        let program = program().context(
            "PgBouncer is not installed: `cargo xtask test` installs it, or as root on Debian \
             `apt-get install pgbouncer`",
        )?;
        let mut shell = cluster.owner.command(Path::new("/bin/sh"));
        shell.arg("-c").arg(SCRIPT).arg("bouncer");
        shell.arg(program).arg(&path);
        shell.current_dir("/").process_group(0);
        shell.stdin(Stdio::piped());
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        let shell = shell.spawn().context("cannot start a shell")?;
        let bouncer = Self {
            shell,
            folder,
            port,
        };
        let (psql, url) = (cluster.program("psql"), bouncer.url("postgres"));
        if let Err(error) = processes::wait(|| answers(&psql, &url), "PgBouncer to answer") {
            let log = std::fs::read_to_string(bouncer.folder.join("pgbouncer.log"));
            bail!("{error}: {}", log.unwrap_or_default());
        }
        Ok(bouncer)
    }

    /// The address of one of the cluster's databases, through PgBouncer.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://{USER}@{folder}:{}/{database}", self.port)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It has ended itself, as good.
        let _ = self.shell.wait();
    }
}

/// Debian has it where only root's path leads.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    let programs = folders.iter().map(|folder| folder.join("pgbouncer"));
    programs.into_iter().find(|program| program.is_file())
}

//! The address of a database: `postgres://USER:PASSWORD@HOST/DATABASE?…`, and what of it says how
//! the server is to be known.
//!
//! **Invariant**: what leaves this machine is encrypted and goes to the server that the
//! certificate names, unless the address says otherwise in so many words.

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use url::form_urlencoded;

use super::tls::Roots;

/// What an address says.
pub(super) struct Address {
    pub(super) config: Config,
    /// Whose certificates are believed; nobody's if the connection is not encrypted.
    pub(super) roots: Option<Roots>,
}

/// What the driver says of it may repeat a part of the password.
const UNREADABLE: &str = "must be postgres://USER:PASSWORD@HOST/DATABASE, with options that PostgreSQL's \
                          clients know; in USER and PASSWORD percent-encode what is no letter and no \
                          digit (%40 for @)";

impl Address {
    /// Reads an address. The error says what is wrong, without the address.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut kept = Vec::new();
        let (mut mode, mut root) = (None, None);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            // The driver knows neither verify-full nor where certificates are.
            match part.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)),
                Some(("sslrootcert", value)) => root = Some(decoded(value)),
                _ => kept.push(part),
            }
        }
        let mut config: Config = format!("{base}?{}", kept.join("&"))
            .parse()
            .map_err(|_| UNREADABLE.to_owned())?;
        // What follows an @ in a password would be taken for the host, and shown.
        let is_odd = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        if config.get_hosts().iter().any(is_odd) {
            return Err(UNREADABLE.to_owned());
        }
        let encrypted = match mode.as_deref() {
            None => !config.get_hosts().iter().all(is_here),
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(_) => {
                let problem = "sslmode must be verify-full (which require and verify-ca mean \
                               here, too) or disable";
                return Err(problem.to_owned());
            }
        };
        config.ssl_mode(if encrypted {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        let roots = match root {
            Some(path) if path != "system" => Roots::File(path.into()),
            _ => Roots::System,
        };
        Ok(Self {
            config,
            roots: encrypted.then_some(roots),
        })
    }

    /// The address without its password, for people.
    pub(super) fn place(&self) -> String {
        let config = &self.config;
        let ports = config.get_ports();
        let hosts = config.get_hosts().iter().enumerate().map(|(n, host)| {
            let port = ports.get(n).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(folder) => format!("{}:{port}", folder.display()),
            }
        });
        let hosts: Vec<_> = hosts.collect();
        let user = config.get_user().unwrap_or_default();
        let database = config.get_dbname().unwrap_or(user);
        format!("postgres://{user}@{}/{database}", hosts.join(","))
    }
}

/// On this machine: nobody is between us.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    }
}

fn decoded(value: &str) -> String {
    // A plus in a path is a plus.
    let pair = format!("={}", value.replace('+', "%2B"));
    let decoded = form_urlencoded::parse(pair.as_bytes()).next();
    decoded.map_or_else(String::new, |(_, value)| value.into_owned())
}

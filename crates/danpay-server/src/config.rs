//! The settings: `danpay.toml` and the environment, which wins.
//!
//! **Invariant**: each setting has one name: `kakaopay_cid` in the file is `DANPAY_KAKAOPAY_CID`
//! in the environment. A name that is not known is an error, since it is a misspelt one that is.
//! A setting whose name ends in `_file` is the path of a file that holds the value; only
//! `master_key_file` is that path itself.

mod kakaopay;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use danpay_core::Won;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use crate::http::client_address::TrustedProxies;
use crate::http::rate::Rate;
use crate::{limits, returns};

const PREFIX: &str = "DANPAY_";
/// What only names the file of the settings.
const FILE_VARIABLE: &str = "DANPAY_CONFIG";
/// The one setting that is a file, and not what is in it.
const MASTER_KEY_FILE: &str = "master_key_file";
/// KakaoPay takes return URLs of at most 255 characters.
const PUBLIC_URL_CHARS: usize = 255 - returns::PATH_CHARS;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {path}: {problem}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        problem: String,
    },
    /// The file is not TOML, a name is not known, or a value has the wrong type.
    #[error("{0}")]
    Invalid(String),
    /// A value cannot be used.
    #[error("{setting} ({PREFIX}{}): {problem}", setting.to_uppercase())]
    Value {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// What hands on connections to PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooler {
    /// Nothing, or one that keeps a connection for each of ours.
    #[default]
    None,
    /// One that may take another connection for each statement, as PgBouncer in its transaction
    /// mode: then nothing is kept in a connection, such as prepared statements.
    Transaction,
}

/// The settings of a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen; loopback unless set otherwise.
    pub listen: SocketAddr,
    /// Where `/livez` and `/readyz` are answered besides, whatever comes to `listen`: for whoever watches
    /// the server. Nowhere else, if unset.
    pub health_listen: Option<SocketAddr>,
    /// Where payers' browsers reach this server; `http://<listen>` if unset.
    pub public_url: Option<String>,
    /// Where payers find the shop: the way back from a payment that has no page of the shop's own.
    pub home_url: Option<String>,
    /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub database_url: SecretString,
    /// A copy of a PostgreSQL database that may lag behind: lists and histories are read there.
    pub database_replica_url: Option<SecretString>,
    /// How many connections to PostgreSQL this process has at most, to each of the two.
    #[serde(deserialize_with = "values::database_connections")]
    pub database_connections: u32,
    /// What is between this process and PostgreSQL.
    pub database_pooler: Pooler,
    /// The secret key of KakaoPay's developer centre.
    pub kakaopay_secret_key: Option<SecretString>,
    /// The first API key, of the first shop: taken only while there has never been any key.
    pub first_api_key: Option<SecretString>,
    /// The merchant code.
    pub kakaopay_cid: String,
    /// The key of that merchant code, if KakaoPay has issued one.
    pub kakaopay_cid_secret: Option<SecretString>,
    /// KakaoPay, or the sandbox.
    pub kakaopay_base_url: String,
    /// How often in a second KakaoPay is asked how a payment stands, at most, by this process. Above
    /// 0; its daily quota is not published.
    #[serde(deserialize_with = "values::lookups_per_second")]
    pub kakaopay_lookups_per_second: u32,
    /// Whether order numbers name one order each. Otherwise they say nothing, and one of them may be
    /// charged again and again: for shops that have none of their own.
    #[serde(deserialize_with = "values::flag")]
    pub orders_repeat: bool,
    /// The most that one refund may be, KRW; no limit if unset.
    #[serde(deserialize_with = "values::refund_max")]
    pub refund_max: Option<Won>,
    /// The most that may be refunded on one day in Korea, KRW; no limit if unset.
    #[serde(deserialize_with = "values::refund_max_per_day")]
    pub refund_max_per_day: Option<Won>,
    /// Parts of user agents by which the shop's own app's web views are known.
    #[serde(deserialize_with = "values::app_agents")]
    pub app_agents: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback` and `private`.
    #[serde(deserialize_with = "values::trusted_proxies")]
    pub trusted_proxies: Vec<String>,
    /// What each API key is let do at the shop's door, by this process; approve and cancel apart.
    #[serde(deserialize_with = "values::rate_per_key")]
    pub rate_per_key: Option<Rate>,
    /// What each address is let do there without a key that opened it lately.
    #[serde(deserialize_with = "values::rate_per_address")]
    pub rate_per_address: Option<Rate>,
    /// The file of the master key, under which stored secrets are sealed. Unset, it is beside a SQLite
    /// database. Its keys are not read into the settings.
    pub master_key_file: Option<PathBuf>,
    /// After it was told to stop, the server says on `/readyz` that it is not ready for so many
    /// seconds before it takes no connection any more: longer than the load balancer needs to see
    /// that. Unset, 5 with PostgreSQL and 0 with SQLite, where no other server can take over.
    #[serde(deserialize_with = "values::drain_seconds")]
    pub drain_seconds: Option<u32>,
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Where the secret key was read from, if it was from a file: it is read again when KakaoPay turns
    /// the key away, since it revokes a key the moment it issues a new one.
    #[serde(skip)]
    pub kakaopay_secret_key_file: Option<PathBuf>,
    /// The same of the merchant code's key.
    #[serde(skip)]
    pub kakaopay_cid_secret_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7701)),
            health_listen: None,
            public_url: None,
            home_url: None,
            database_url: "sqlite:danpay.db".into(),
            database_replica_url: None,
            database_connections: limits::DATABASE_CONNECTIONS,
            database_pooler: Pooler::None,
            kakaopay_secret_key: None,
            first_api_key: None,
            kakaopay_cid: "TC0ONETIME".to_owned(),
            kakaopay_cid_secret: None,
            kakaopay_base_url: "https://open-api.kakaopay.com".to_owned(),
            kakaopay_lookups_per_second: 20,
            orders_repeat: false,
            refund_max: None,
            refund_max_per_day: None,
            app_agents: Vec::new(),
            trusted_proxies: Vec::new(),
            rate_per_key: Some(limits::RATE_PER_KEY),
            rate_per_address: Some(limits::RATE_PER_ADDRESS),
            master_key_file: None,
            drain_seconds: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            kakaopay_secret_key_file: None,
            kakaopay_cid_secret_file: None,
        }
    }
}

impl Config {
    /// The settings of `file`, if there is one, overlaid by those of `environment` that start
    /// with `DANPAY_`.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = match file {
            Some(path) => read(path)?
                .parse::<Table>()
                .map_err(|error| ConfigError::Invalid(format!("{}: {error}", path.display())))?,
            None => Table::new(),
        };
        let ours = environment
            .into_iter()
            .filter(|(name, _)| name != FILE_VARIABLE);
        for (name, value) in ours {
            if let Some(name) = name.strip_prefix(PREFIX) {
                let name = name.to_lowercase();
                // The file's other way to give the same setting must not win over this one.
                settings.remove(&format!("{name}_file"));
                settings.insert(name, Value::String(value));
            }
        }
        let files: Vec<String> = settings
            .keys()
            .filter(|name| name.ends_with("_file") && *name != MASTER_KEY_FILE)
            .cloned()
            .collect();
        let (mut secret_key_file, mut cid_secret_file) = (None, None);
        for name in files {
            let setting = name.trim_end_matches("_file").to_owned();
            let path = settings.remove(&name);
            let Some(Value::String(path)) = path else {
                return Err(ConfigError::Invalid(format!(
                    "{name} must be the path of a file"
                )));
            };
            let path = PathBuf::from(path);
            let value = read(&path)?.trim_end().to_owned();
            match setting.as_str() {
                "kakaopay_secret_key" => secret_key_file = Some(path),
                "kakaopay_cid_secret" => cid_secret_file = Some(path),
                _ => {}
            }
            settings.insert(setting, Value::String(value));
        }
        let settings: Self = settings.try_into().map_err(|error: toml::de::Error| {
            // The error names the setting; its value, which may be a secret, stays out.
            ConfigError::Invalid(format!("danpay's settings: {}", error.message()))
        })?;
        Ok(Self {
            kakaopay_secret_key_file: secret_key_file,
            kakaopay_cid_secret_file: cid_secret_file,
            ..settings
        })
    }

    /// Where payers' browsers reach the server, without a slash at its end.
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let invalid = |problem: String| ConfigError::Value {
            setting: "public_url",
            problem,
        };
        match &self.public_url {
            None => Ok(format!("http://{}", self.listen)),
            Some(text) => public_url(text).map_err(invalid),
        }
    }

    /// The proxies whose word is taken for who came to them.
    pub(crate) fn trusted_proxies(&self) -> Result<TrustedProxies, ConfigError> {
        let invalid = |problem| ConfigError::Value {
            setting: "trusted_proxies",
            problem,
        };
        TrustedProxies::parse(&self.trusted_proxies).map_err(invalid)
    }

    /// How long the server says that it is not ready before it takes no connection any more.
    pub(crate) fn drain(&self) -> Duration {
        let is_shared = self.is_on_postgres();
        let unset = if is_shared { limits::DRAIN_S } else { 0 };
        Duration::from_secs(self.drain_seconds.unwrap_or(unset).into())
    }

    /// A file beside a SQLite database; nothing, if the books are elsewhere.
    pub fn beside_database(&self, name: &str) -> Option<PathBuf> {
        let path = crate::store::sqlite_file(self.database_url.expose_secret());
        path.ok().map(|path| path.with_file_name(name))
    }

    /// Where the books are, without a password.
    pub(crate) fn database_place(&self) -> String {
        if self.is_on_postgres() {
            "postgres://…".to_owned()
        } else {
            self.database_url.expose_secret().to_owned()
        }
    }

    /// Whether the books are in a PostgreSQL database, which other servers may share.
    pub(crate) fn is_on_postgres(&self) -> bool {
        let url = self.database_url.expose_secret();
        let kinds = ["postgres://", "postgresql://"];
        kinds.iter().any(|kind| url.starts_with(kind))
    }
}

/// Where payers' browsers reach a server, as it is used: without a slash at its end.
pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must start with http:// or https:// and a host".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".to_owned());
    }
    let text = url.as_str().trim_end_matches('/').to_owned();
    if text.len() > PUBLIC_URL_CHARS {
        return Err(format!("must have at most {PUBLIC_URL_CHARS} characters"));
    }
    Ok(text)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.display().to_string(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests;

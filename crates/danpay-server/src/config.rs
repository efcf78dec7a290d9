//! The settings: `danpay.toml` and the environment, which wins.
//!
//! **Invariant**: each setting has one name: `kakaopay_cid` in the file is `DANPAY_KAKAOPAY_CID`
//! in the environment. A name that is not known is an error, since it is a misspelt one that is.
//! A setting whose name ends in `_file` is the path of a file that holds the value.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kakaopay::{Cid, CidSecret, KakaoPay};
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};
use url::Url;

use crate::gateway::KeyedClient;
use crate::{limits, returns};

const PREFIX: &str = "DANPAY_";
/// What only names the file of the settings.
const FILE_VARIABLE: &str = "DANPAY_CONFIG";
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
    /// Where payers' browsers reach this server; `http://<listen>` if unset.
    pub public_url: Option<String>,
    /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub database_url: SecretString,
    /// A copy of a PostgreSQL database that may lag behind: lists and histories are read there.
    pub database_replica_url: Option<SecretString>,
    /// How many connections to PostgreSQL this process has at most, to each of the two.
    #[serde(deserialize_with = "database_connections")]
    pub database_connections: u32,
    /// What is between this process and PostgreSQL.
    pub database_pooler: Pooler,
    /// The secret key of KakaoPay's developer centre.
    pub kakaopay_secret_key: Option<SecretString>,
    /// The merchant code.
    pub kakaopay_cid: String,
    /// The key of that merchant code, if KakaoPay has issued one.
    pub kakaopay_cid_secret: Option<SecretString>,
    /// KakaoPay, or the sandbox.
    pub kakaopay_base_url: String,
    /// How often in a second KakaoPay is asked how a payment stands, at most, by this process. Above
    /// 0; its daily quota is not published.
    #[serde(deserialize_with = "lookups_per_second")]
    pub kakaopay_lookups_per_second: u32,
    /// Whether order numbers name one order each. Otherwise they say nothing, and one of them may be
    /// charged again and again: for shops that have none of their own.
    #[serde(deserialize_with = "flag")]
    pub orders_repeat: bool,
    /// Parts of user agents by which the shop's own app's web views are known.
    pub app_agents: Vec<String>,
    /// After it was told to stop, the server says on `/readyz` that it is not ready for so many
    /// seconds before it takes no connection any more: longer than the load balancer needs to see
    /// that. Unset, 5 with PostgreSQL and 0 with SQLite, where no other server can take over.
    #[serde(deserialize_with = "drain_seconds")]
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

/// `true` or `false`; the environment gives it as text.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Boolean(flag) => Ok(flag),
        Value::String(text) => text
            .trim()
            .parse()
            .map_err(|_| D::Error::custom("orders_repeat must be true or false")),
        _ => Err(D::Error::custom("orders_repeat must be true or false")),
    }
}

fn lookups_per_second<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    above_0(deserializer, "kakaopay_lookups_per_second")
}

fn database_connections<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    above_0(deserializer, "database_connections")
}

fn drain_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let most = limits::DRAIN_MAX_S;
    let wrong = || D::Error::custom(format!("drain_seconds must be a whole number up to {most}"));
    let seconds = number(deserializer)?.filter(|seconds| *seconds <= most);
    seconds.map(Some).ok_or_else(wrong)
}

fn above_0<'de, D: Deserializer<'de>>(deserializer: D, setting: &str) -> Result<u32, D::Error> {
    let wrong = || D::Error::custom(format!("{setting} must be a whole number above 0"));
    let number = number(deserializer)?;
    number.filter(|number| *number > 0).ok_or_else(wrong)
}

/// A whole number; the environment gives it as text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Integer(number) => u32::try_from(number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7701)),
            public_url: None,
            database_url: "sqlite:danpay.db".into(),
            database_replica_url: None,
            database_connections: limits::DATABASE_CONNECTIONS,
            database_pooler: Pooler::None,
            kakaopay_secret_key: None,
            kakaopay_cid: "TC0ONETIME".to_owned(),
            kakaopay_cid_secret: None,
            kakaopay_base_url: "https://open-api.kakaopay.com".to_owned(),
            kakaopay_lookups_per_second: 20,
            orders_repeat: false,
            app_agents: Vec::new(),
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
            .filter(|name| name.ends_with("_file"))
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
        if let Some(Value::String(agents)) = settings.get("app_agents") {
            let agents = agents
                .split(',')
                .map(str::trim)
                .filter(|agent| !agent.is_empty());
            let agents = agents
                .map(|agent| Value::String(agent.to_owned()))
                .collect();
            settings.insert("app_agents".to_owned(), Value::Array(agents));
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

    /// The same with KakaoPay's keys as their files have them now.
    fn with_keys_of_now(&self) -> Result<Self, ConfigError> {
        let mut settings = self.clone();
        if let Some(path) = &self.kakaopay_secret_key_file {
            settings.kakaopay_secret_key = Some(read(path)?.trim_end().into());
        }
        if let Some(path) = &self.kakaopay_cid_secret_file {
            settings.kakaopay_cid_secret = Some(read(path)?.trim_end().into());
        }
        Ok(settings)
    }

    fn keys(&self) -> [Option<&str>; 2] {
        [&self.kakaopay_secret_key, &self.kakaopay_cid_secret]
            .map(|key| key.as_ref().map(ExposeSecret::expose_secret))
    }

    /// Where payers' browsers reach the server, without a slash at its end.
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let invalid = |problem: String| ConfigError::Value {
            setting: "public_url",
            problem,
        };
        let Some(text) = &self.public_url else {
            return Ok(format!("http://{}", self.listen));
        };
        let url = Url::parse(text).map_err(|error| invalid(format!("not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(invalid(
                "must start with http:// or https:// and a host".to_owned(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not have a query or a fragment".to_owned()));
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        if text.len() > PUBLIC_URL_CHARS {
            return Err(invalid(format!(
                "must have at most {PUBLIC_URL_CHARS} characters"
            )));
        }
        Ok(text)
    }

    /// How long the server says that it is not ready before it takes no connection any more.
    pub(crate) fn drain(&self) -> Duration {
        let is_shared = self.is_on_postgres();
        let unset = if is_shared { limits::DRAIN_S } else { 0 };
        Duration::from_secs(self.drain_seconds.unwrap_or(unset).into())
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
        self.database_url.expose_secret().starts_with("postgres")
    }

    /// The merchant code.
    pub fn cid(&self) -> Result<Cid, ConfigError> {
        Cid::try_from(self.kakaopay_cid.as_str()).map_err(|error| ConfigError::Value {
            setting: "kakaopay_cid",
            problem: error.to_string(),
        })
    }

    /// A client of KakaoPay whose keys are read again from their files when KakaoPay turns them away.
    pub fn keyed_client(&self) -> Result<KeyedClient, ConfigError> {
        let client = self.kakaopay()?;
        if self.kakaopay_secret_key_file.is_none() && self.kakaopay_cid_secret_file.is_none() {
            return Ok(client.into());
        }
        let in_use = Mutex::new(self.clone());
        Ok(KeyedClient::reading(client, move || {
            let mut in_use = in_use.lock().unwrap_or_else(PoisonError::into_inner);
            let now = in_use.with_keys_of_now()?;
            if now.keys() == in_use.keys() {
                return Ok(None);
            }
            let client = now.kakaopay()?;
            *in_use = now;
            Ok(Some(client))
        }))
    }

    /// A client of KakaoPay.
    pub fn kakaopay(&self) -> Result<KakaoPay, ConfigError> {
        let invalid = |setting, problem: String| ConfigError::Value { setting, problem };
        let key = self.kakaopay_secret_key.as_ref().ok_or_else(|| {
            let problem = "is not set; KakaoPay's developer centre shows it as the app's Secret \
                           key (dev or prod), and `danpay sandbox` takes any";
            invalid("kakaopay_secret_key", problem.to_owned())
        })?;
        let mut builder = KakaoPay::builder(key.expose_secret())
            .cid(self.cid()?)
            .base_url(&self.kakaopay_base_url);
        if let Some(secret) = &self.kakaopay_cid_secret {
            let secret = CidSecret::try_from(secret.expose_secret())
                .map_err(|error| invalid("kakaopay_cid_secret", error.to_string()))?;
            builder = builder.cid_secret(secret);
        }
        builder.build().map_err(|error| match error {
            kakaopay::ConfigError::SecretKey(error) => {
                invalid("kakaopay_secret_key", error.to_string())
            }
            error => invalid("kakaopay_base_url", error.to_string()),
        })
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.display().to_string(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests;

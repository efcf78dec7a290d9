//! The settings: `danpay.toml` and the environment, which wins.
//!
//! **Invariant**: each setting has one name: `kakaopay_cid` in the file is `DANPAY_KAKAOPAY_CID`
//! in the environment. Unknown names are errors: nearly always they are typing mistakes.
//! A setting whose name ends in `_file` is the path of a file that holds the value; only
//! `master_key_file` is that path itself.

mod error;
mod given;
mod kakaopay;
mod names;
mod test_clock;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use danpay_core::{Won, address};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub use error::ConfigError;
use given::All;
pub(crate) use test_clock::beside_test_clock;

use crate::http::client_address::TrustedProxies;
use crate::http::rate::Rate;
use crate::webhooks::address::Networks;
use crate::{keys, limits, returns, store};

const PREFIX: &str = "DANPAY_";
/// KakaoPay takes return URLs of at most 255 characters.
const PUBLIC_URL_CHARS: usize = 255 - returns::PATH_CHARS;

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// What hands on connections to PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    #[serde(deserialize_with = "values::address")]
    pub listen: SocketAddr,
    /// Where `/livez` and `/readyz` are answered besides, whatever comes to `listen`: for whoever watches
    /// the server. Nowhere else, if unset.
    #[serde(deserialize_with = "values::some_address")]
    pub health_listen: Option<SocketAddr>,
    /// Where payers' browsers reach this server; `http://<listen>` if unset.
    #[serde(deserialize_with = "values::some_text")]
    pub public_url: Option<String>,
    /// Where payers find the shop: the way back from a payment that has no page of the shop's own.
    #[serde(deserialize_with = "values::some_text")]
    pub home_url: Option<String>,
    /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[serde(deserialize_with = "values::text")]
    pub database_url: SecretString,
    /// A copy of a PostgreSQL database that may lag behind: lists and histories are read there.
    #[serde(deserialize_with = "values::some_text")]
    pub database_replica_url: Option<SecretString>,
    /// How many connections to PostgreSQL this process has at most, to each of the two.
    #[serde(deserialize_with = "values::above_0")]
    pub database_connections: u32,
    /// What is between this process and PostgreSQL.
    #[serde(deserialize_with = "values::pooler")]
    pub database_pooler: Pooler,
    /// The secret key of KakaoPay's developer centre.
    #[serde(deserialize_with = "values::some_text")]
    pub kakaopay_secret_key: Option<SecretString>,
    /// The first API key, of the first shop: taken only while there has never been any key.
    #[serde(deserialize_with = "values::some_text")]
    pub first_api_key: Option<SecretString>,
    /// The merchant code.
    #[serde(deserialize_with = "values::text")]
    pub kakaopay_cid: String,
    /// The key of that merchant code, if KakaoPay has issued one.
    #[serde(deserialize_with = "values::some_text")]
    pub kakaopay_cid_secret: Option<SecretString>,
    /// KakaoPay, or the sandbox.
    #[serde(deserialize_with = "values::text")]
    pub kakaopay_base_url: String,
    /// Whether KakaoPay's place may be another machine over plain http: of a sandbox in another container,
    /// with KakaoPay's test codes alone.
    #[serde(deserialize_with = "values::flag")]
    pub kakaopay_allow_http: bool,
    /// A proxy by way of which KakaoPay is reached: `http://`, `https://`, `socks5://` or `socks5h://`, with
    /// user and password if it wants them. What is on this machine is reached without it.
    #[serde(deserialize_with = "values::some_text")]
    pub kakaopay_proxy: Option<SecretString>,
    /// The sandbox whose clock payments have, for tests: the origin of `kakaopay_base_url`. The machine's, if
    /// unset.
    #[serde(deserialize_with = "values::some_text")]
    pub test_clock_url: Option<String>,
    /// How often in a second KakaoPay is asked how a payment stands, at most, by this process. Above
    /// 0; its daily quota is not published.
    #[serde(deserialize_with = "values::above_0")]
    pub kakaopay_lookups_per_second: u32,
    /// The same while hundreds of payments wait for it and KakaoPay answers quickly; no more than above if it
    /// is less.
    #[serde(deserialize_with = "values::above_0")]
    pub kakaopay_lookups_per_second_max: u32,
    /// After so many lookups on a day in Korea no more are made than in quiet times. Above 0.
    #[serde(deserialize_with = "values::above_0")]
    pub kakaopay_lookups_per_day: u32,
    /// How many calls to ready, approve and cancel are under way at once, at most, to one account of
    /// KakaoPay's; 64 to 16,384. How many there are is found out by how it answers.
    #[serde(deserialize_with = "values::calls_max")]
    pub kakaopay_calls_max: u32,
    /// Whether order numbers name one order each. Otherwise they say nothing, and one of them may be
    /// charged again and again: for shops that have none of their own.
    #[serde(deserialize_with = "values::flag")]
    pub orders_repeat: bool,
    /// The most that one refund may be, KRW; no limit if unset.
    #[serde(deserialize_with = "values::limit")]
    pub refund_max: Option<Won>,
    /// The most that may be refunded on one day in Korea, KRW; no limit if unset.
    #[serde(deserialize_with = "values::limit")]
    pub refund_max_per_day: Option<Won>,
    /// Parts of user agents by which the shop's own app's web views are known.
    #[serde(deserialize_with = "values::list")]
    pub app_agents: Vec<String>,
    /// The origins and app schemes to which the first shop's payers may be sent back; any of the web, if
    /// there are none.
    #[serde(deserialize_with = "values::list")]
    pub return_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback` and `private`.
    #[serde(deserialize_with = "values::list")]
    pub trusted_proxies: Vec<String>,
    /// The operator's own networks and hosts to which webhooks may go, by http and any port as well:
    /// addresses, networks and names. Unset, they go to the public internet alone.
    #[serde(deserialize_with = "values::list")]
    pub webhook_networks: Vec<String>,
    /// What each API key is let do at the shop's door, by this process; approve and cancel apart.
    #[serde(deserialize_with = "values::rate")]
    pub rate_per_key: Option<Rate>,
    /// What each address is let do there without a key that opened it lately.
    #[serde(deserialize_with = "values::rate")]
    pub rate_per_address: Option<Rate>,
    /// The file of the master key, under which stored secrets are sealed. Unset, it is beside a SQLite
    /// database. Its keys are not read into the settings.
    #[serde(deserialize_with = "values::some_text")]
    pub master_key_file: Option<PathBuf>,
    /// After it was told to stop, the server says on `/readyz` that it is not ready for so many
    /// seconds before it takes no connection any more: longer than the load balancer needs to see
    /// that. Unset, 5 with PostgreSQL and 0 with SQLite, where no other server can take over.
    #[serde(deserialize_with = "values::drain_seconds")]
    pub drain_seconds: Option<u32>,
    /// Where somebody is alerted, by a POST: an http or https URL, which may hold a secret. Nowhere, if
    /// unset.
    #[serde(deserialize_with = "values::some_text")]
    pub alert_url: Option<SecretString>,
    /// What alerts are signed with: `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks).
    #[serde(deserialize_with = "values::some_text")]
    pub alert_secret: Option<SecretString>,
    /// For how many days what was sent by webhook can be looked at; 4 to 3,653.
    #[serde(deserialize_with = "values::delivery_days")]
    pub webhook_delivery_days: u32,
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`.
    #[serde(deserialize_with = "values::text")]
    pub log: String,
    /// How it is logged.
    #[serde(deserialize_with = "values::log_format")]
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
            kakaopay_allow_http: false,
            kakaopay_proxy: None,
            test_clock_url: None,
            kakaopay_lookups_per_second: limits::LOOKUPS_PER_SECOND,
            kakaopay_lookups_per_second_max: limits::LOOKUPS_PER_SECOND_MAX,
            kakaopay_lookups_per_day: limits::LOOKUPS_PER_DAY,
            kakaopay_calls_max: limits::CALLS_MAX,
            orders_repeat: false,
            refund_max: None,
            refund_max_per_day: None,
            app_agents: Vec::new(),
            return_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            webhook_networks: Vec::new(),
            rate_per_key: Some(limits::RATE_PER_KEY),
            rate_per_address: Some(limits::RATE_PER_ADDRESS),
            master_key_file: None,
            drain_seconds: None,
            alert_url: None,
            alert_secret: None,
            webhook_delivery_days: limits::DELIVERIES_DAYS,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            kakaopay_secret_key_file: None,
            kakaopay_cid_secret_file: None,
        }
    }
}

impl Config {
    /// The settings of `file`, if there is one, overlaid by those of `environment` that start
    /// with `DANPAY_`; each of them can be used.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let in_file = file.map(All::in_file).transpose()?;
        let in_environment = All::in_environment(environment)?;
        in_environment.over(in_file.unwrap_or_default()).read()
    }

    /// Whether each of them can be used, as far as they tell themselves: to be asked before anything is
    /// made.
    pub fn check(&self) -> Result<(), ConfigError> {
        let database = |setting, url: &SecretString| {
            let checked = store::check_address(url.expose_secret());
            checked.map_err(|problem| ConfigError::value(setting, problem))
        };
        database("database_url", &self.database_url)?;
        if let Some(url) = &self.database_replica_url {
            database("database_replica_url", url)?;
        }
        self.public_url()?;
        self.trusted_proxies()?;
        self.webhook_networks()?;
        self.check_kakaopay()?;
        self.test_clock()?;
        match &self.first_api_key {
            Some(key) if !keys::is_well_formed(key.expose_secret()) => Err(ConfigError::value(
                "first_api_key",
                "has not the form of an API key; `danpay keys make` makes one",
            )),
            _ => Ok(()),
        }
    }

    /// Where payers' browsers reach the server, without a slash at its end.
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let invalid = |problem| ConfigError::value("public_url", problem);
        match &self.public_url {
            None if self.listen.ip().is_unspecified() => Err(invalid(format!(
                "is not set, and listen (DANPAY_LISTEN) is {}, which payers' browsers cannot reach: set it \
                 to the address by which they do, such as https://pay.your-shop.example",
                self.listen
            ))),
            None => Ok(format!("http://{}", self.listen)),
            Some(text) => public_url(text).map_err(invalid),
        }
    }

    /// The proxies whose word is taken for who came to them.
    pub(crate) fn trusted_proxies(&self) -> Result<TrustedProxies, ConfigError> {
        let invalid = |problem: String| ConfigError::value("trusted_proxies", problem);
        TrustedProxies::parse(&self.trusted_proxies).map_err(invalid)
    }

    /// Where webhooks may go besides the public internet.
    pub(crate) fn webhook_networks(&self) -> Result<Networks, ConfigError> {
        let invalid = |problem: String| ConfigError::value("webhook_networks", problem);
        Networks::parse(&self.webhook_networks).map_err(invalid)
    }

    /// How long the server says that it is not ready before it takes no connection any more.
    pub(crate) fn drain(&self) -> Duration {
        let is_shared = self.is_on_postgres();
        let unset = if is_shared { limits::DRAIN_S } else { 0 };
        Duration::from_secs(self.drain_seconds.unwrap_or(unset).into())
    }

    /// How long deliveries of webhooks are kept.
    pub(crate) fn deliveries_last(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.webhook_delivery_days))
    }

    /// A file beside a SQLite database; nothing, if it is another one.
    pub fn beside_database(&self, name: &str) -> Option<PathBuf> {
        let path = crate::store::sqlite_file(self.database_url.expose_secret());
        path.ok().map(|path| path.with_file_name(name))
    }

    /// Where the database is, without a password.
    pub(crate) fn database_place(&self) -> String {
        store::place(self.database_url.expose_secret())
    }

    /// Whether the database is one of PostgreSQL, which other servers may share.
    pub(crate) fn is_on_postgres(&self) -> bool {
        store::is_on_postgres(self.database_url.expose_secret())
    }
}

/// Where payers' browsers reach a server, as it is used: without a slash at its end.
pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    if !address::is_web(&url) {
        return Err("must start with http:// or https:// and a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "must not have a user or a password: payers and KakaoPay are told it".to_owned(),
        );
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

#[cfg(test)]
mod tests;

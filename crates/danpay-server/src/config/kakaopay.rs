//! The way to KakaoPay: whose key, which merchant code, which address.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use danpay_core::InvalidField;
use kakaopay::{Cid, CidSecret, InvalidBaseUrl, KakaoPay, KakaoPayBuilder, ProxyUrl};
use secrecy::{ExposeSecret, SecretString};

use super::given::read;
use super::{Config, ConfigError, beside_test_clock};
use crate::gateway::{KeyedClient, LookupRates};
use crate::shops::{Account, Connect, is_live};

impl Config {
    /// The merchant code.
    pub fn cid(&self) -> Result<Cid, ConfigError> {
        let cid = Cid::try_from(self.kakaopay_cid.as_str());
        cid.map_err(|error| ConfigError::value("kakaopay_cid", error.to_string()))
    }

    /// How many lookups are made.
    pub(crate) fn lookups(&self) -> LookupRates {
        LookupRates {
            per_second: self.kakaopay_lookups_per_second,
            per_second_max: self.kakaopay_lookups_per_second_max,
            per_day: self.kakaopay_lookups_per_day,
        }
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

    /// What makes clients of KakaoPay for other contracts than the settings' own.
    pub fn connect(&self) -> Connect {
        let own = self.clone();
        Connect::by(move |key, cid, secret| own.client(key, cid, secret))
    }

    /// A client of KakaoPay for another contract than the settings' own.
    pub(super) fn client(
        &self,
        secret_key: &SecretString,
        cid: &Cid,
        cid_secret: Option<&SecretString>,
    ) -> Result<KakaoPay, ConfigError> {
        let other = Self {
            kakaopay_secret_key: Some(secret_key.clone()),
            kakaopay_cid: cid.as_str().to_owned(),
            kakaopay_cid_secret: cid_secret.cloned(),
            ..self.clone()
        };
        other.kakaopay()
    }

    /// A client of KakaoPay.
    pub fn kakaopay(&self) -> Result<KakaoPay, ConfigError> {
        let key = self.kakaopay_secret_key.as_ref().ok_or_else(|| {
            let problem = "is not set; KakaoPay's developer centre shows it as the app's Secret \
                           key (dev or prod), and `danpay sandbox` takes any";
            ConfigError::value("kakaopay_secret_key", problem)
        })?;
        self.builder(key)?.build().map_err(|error| unusable(&error))
    }

    /// The same as far as the settings tell. What asks KakaoPay nothing needs no key.
    pub(super) fn check_kakaopay(&self) -> Result<(), ConfigError> {
        let any = SecretString::from("any");
        let key = self.kakaopay_secret_key.as_ref().unwrap_or(&any);
        self.builder(key)?.check().map_err(|error| unusable(&error))
    }

    /// Whether a contract of another shop can be used here.
    pub(crate) fn check_account(&self, account: &Account) -> Result<(), InvalidField> {
        if self.test_clock_url.is_some() && is_live(&account.cid) {
            return Err(beside_test_clock("cid"));
        }
        let own = Self {
            kakaopay_cid: account.cid.clone(),
            kakaopay_cid_secret: account.cid_secret.clone(),
            ..self.clone()
        };
        let checked = own
            .builder(&account.secret_key)
            .and_then(|builder| builder.check().map_err(|error| unusable(&error)));
        checked.map_err(|error| match error {
            ConfigError::Value {
                setting, problem, ..
            } => {
                let field = setting.trim_start_matches("kakaopay_").to_owned();
                InvalidField::new(field, problem.clone(), problem)
            }
            error => InvalidField::new("account", error.to_string(), error.to_string()),
        })
    }

    fn builder(&self, key: &SecretString) -> Result<KakaoPayBuilder, ConfigError> {
        let mut builder = KakaoPay::builder(key.expose_secret())
            .cid(self.cid()?)
            .base_url(&self.kakaopay_base_url)
            .allow_http(self.kakaopay_allow_http);
        if let Some(secret) = &self.kakaopay_cid_secret {
            let secret = CidSecret::try_from(secret.expose_secret());
            builder =
                builder.cid_secret(secret.map_err(|error| {
                    ConfigError::value("kakaopay_cid_secret", error.to_string())
                })?);
        }
        if let Some(proxy) = &self.kakaopay_proxy {
            builder = builder.proxy(proxy.expose_secret());
        }
        Ok(builder)
    }

    /// The proxy on the way to KakaoPay, without its user and password.
    pub(crate) fn proxy_place(&self) -> Option<String> {
        let proxy: ProxyUrl = self.kakaopay_proxy.as_ref()?.expose_secret().parse().ok()?;
        Some(proxy.to_string())
    }

    /// The same with KakaoPay's keys as their files have them now.
    fn with_keys_of_now(&self) -> Result<Self, ConfigError> {
        let mut settings = self.clone();
        if let Some(path) = &self.kakaopay_secret_key_file {
            settings.kakaopay_secret_key = Some(read_again("kakaopay_secret_key_file", path)?);
        }
        if let Some(path) = &self.kakaopay_cid_secret_file {
            settings.kakaopay_cid_secret = Some(read_again("kakaopay_cid_secret_file", path)?);
        }
        Ok(settings)
    }

    fn keys(&self) -> [Option<&str>; 2] {
        [&self.kakaopay_secret_key, &self.kakaopay_cid_secret]
            .map(|key| key.as_ref().map(ExposeSecret::expose_secret))
    }
}

fn unusable(error: &kakaopay::ConfigError) -> ConfigError {
    use kakaopay::ConfigError::{BaseUrl, Proxy, SecretKey};
    let setting = match error {
        SecretKey(_) => "kakaopay_secret_key",
        Proxy(_) => "kakaopay_proxy",
        _ => "kakaopay_base_url",
    };
    let way_out = match error {
        BaseUrl(InvalidBaseUrl::Insecure) => {
            "; for a sandbox in another container set kakaopay_allow_http \
             (DANPAY_KAKAOPAY_ALLOW_HTTP=true)"
        }
        _ => "",
    };
    ConfigError::value(setting, format!("{error}{way_out}"))
}

/// What is in the file of a setting now.
fn read_again(setting: &str, path: &Path) -> Result<SecretString, ConfigError> {
    match read(path) {
        Ok(text) => Ok(text.trim_end().into()),
        Err(problem) => Err(ConfigError::value(setting, problem)),
    }
}

//! The way to KakaoPay: whose key, which merchant code, which address.

use std::sync::{Mutex, PoisonError};

use kakaopay::{Cid, CidSecret, KakaoPay};
use secrecy::{ExposeSecret, SecretString};

use super::{Config, ConfigError, read};
use crate::gateway::KeyedClient;
use crate::shops::Connect;

impl Config {
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

    /// What makes clients of KakaoPay for other contracts than the settings' own.
    pub fn connect(&self) -> Connect {
        let own = self.clone();
        Connect::by(move |key, cid, secret| own.client(key, cid, secret))
    }

    /// A client of KakaoPay for another contract than the settings' own.
    fn client(
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
}

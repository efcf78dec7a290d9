//! A shop is made of its row, and of the server's settings where those are its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use danpay_core::{InvalidField, ShopId};
use kakaopay::{Cid, KakaoPay};
use secrecy::SecretString;

use super::{Account, FIRST_SHOP, Settings, Shop};
use crate::alerts::AlertKind;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::gateway::{CallsAtOnce, Gateway, KeyedClient, Limits, LookupRates, ReturnsTo, Skew};
use crate::returns::Returns;
use crate::secrets::{SecretError, Vault};
use crate::store::shops::{AccountRow, ShopRow};

/// What the server's settings say of its first shop.
pub(crate) struct FirstShop {
    kakaopay: KeyedClient,
    cid: Cid,
    settings: Settings,
    public_url: String,
}

impl FirstShop {
    pub(crate) fn of(config: &Config, kakaopay: KeyedClient) -> Result<Self, ConfigError> {
        let cid = config.cid()?;
        let settings = Settings {
            cid: cid.as_str().to_owned(),
            home_url: config.home_url.clone(),
            app_agents: config.app_agents.clone(),
            return_origins: config.return_origins.clone(),
            orders_repeat: config.orders_repeat,
            refund_max: config.refund_max,
            refund_max_per_day: config.refund_max_per_day,
            ..Settings::default()
        };
        let refused =
            |setting| move |error: InvalidField| ConfigError::value(setting, error.message);
        settings
            .check_return_origins()
            .map_err(refused("return_origins"))?;
        settings.check_home().map_err(refused("home_url"))?;
        Ok(Self {
            kakaopay,
            settings,
            cid,
            public_url: config.public_url()?,
        })
    }
}

/// A client of KakaoPay: of a secret key, a merchant code, and that code's own key if it has one.
type Client = dyn Fn(&SecretString, &Cid, Option<&SecretString>) -> Result<KakaoPay, ConfigError>
    + Send
    + Sync;

/// Makes clients of KakaoPay for contracts whose keys the database holds.
#[derive(Clone)]
pub struct Connect(Arc<Client>);

impl Connect {
    /// By this function.
    pub fn by(
        client: impl Fn(&SecretString, &Cid, Option<&SecretString>) -> Result<KakaoPay, ConfigError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(client))
    }
}

/// What makes shops.
pub(crate) struct Make {
    pub(crate) first: FirstShop,
    pub(crate) connect: Connect,
    pub(crate) vault: Vault,
    pub(crate) clock: Clock,
    pub(crate) returns: Returns,
    /// What takes note of the times of KakaoPay's answers.
    pub(crate) skew: Skew,
    /// Of each contract with KakaoPay.
    pub(crate) lookups: LookupRates,
    /// Of each contract with KakaoPay.
    pub(crate) calls: CallsAtOnce,
    /// Whether KakaoPay has turned away a stored key since the shops were read.
    pub(crate) key_refused: Arc<AtomicBool>,
}

impl Make {
    /// The shop of this row. How KakaoPay fares, as far as it is known, stays known.
    pub(super) fn shop(&self, row: ShopRow, before: Option<&Shop>) -> Shop {
        let first = &self.first;
        let settings = if row.is_first {
            first.settings.clone()
        } else {
            row.settings
        };
        let public_url = settings.public_url.as_ref().unwrap_or(&first.public_url);
        let public_url: Arc<str> = public_url.trim_end_matches('/').into();
        let gateway = |kakaopay: KeyedClient, cid: Cid| {
            let known = before.and_then(|before| before.gateways.get(cid.as_str()));
            let limits = known.map_or_else(
                || Limits::new(self.lookups, self.calls),
                |known| known.limits.clone(),
            );
            let returns = ReturnsTo {
                returns: self.returns.clone(),
                public_url: Arc::clone(&public_url),
            };
            Gateway::new(kakaopay, self.clock.clone(), limits, cid, returns)
        };
        let cids = row.accounts.iter().map(|account| account.cid.clone());
        let mut cids: BTreeSet<_> = cids.collect();
        let mut gateways = BTreeMap::new();
        if row.is_first {
            let of_first = gateway(first.kakaopay.clone(), first.cid.clone());
            gateways.insert(first.cid.as_str().to_owned(), of_first);
            cids.insert(first.cid.as_str().to_owned());
        }
        for account in &row.accounts {
            // One whose key cannot be read is none: its payments wait, and nothing of them ends.
            match self.client(row.id, account) {
                Ok((kakaopay, cid)) => {
                    let refused = Arc::clone(&self.key_refused);
                    let kakaopay = KeyedClient::reading(kakaopay, move || {
                        // The shops, and their keys with them, are read by whoever comes next.
                        refused.store(true, Ordering::SeqCst);
                        Ok(None)
                    });
                    let kakaopay = kakaopay.watched_by(&self.skew);
                    let of_account = gateway(kakaopay, cid);
                    gateways.insert(account.cid.clone(), of_account);
                }
                Err(problem) => {
                    let alert = AlertKind::KakaoPayKey.as_str();
                    tracing::error!(alert, shop_id = %row.id, cid = account.cid, problem, "a contract with KakaoPay cannot be used");
                }
            }
        }
        Shop {
            id: row.id,
            name: Some(row.name).filter(|name| name != FIRST_SHOP),
            version: row.version,
            is_first: row.is_first,
            is_disabled: row.disabled_at.is_some(),
            settings,
            public_url: public_url.to_string(),
            cids,
            gateways,
        }
    }

    /// Whether its secrets can be opened.
    pub(super) fn check(&self, row: &ShopRow) -> Result<(), SecretError> {
        for account in &row.accounts {
            Account::open(account, row.id, &self.vault)?;
        }
        Ok(())
    }

    fn client(&self, shop_id: ShopId, account: &AccountRow) -> Result<(KakaoPay, Cid), String> {
        let Account {
            cid,
            secret_key,
            cid_secret,
        } = Account::open(account, shop_id, &self.vault).map_err(|error| error.to_string())?;
        let cid = Cid::try_from(cid.as_str()).map_err(|error| error.to_string())?;
        let Connect(client) = &self.connect;
        let client = client(&secret_key, &cid, cid_secret.as_ref());
        let client = client.map_err(|error| error.to_string())?;
        Ok((client, cid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_origin_of_the_settings_that_is_none_is_named() {
        let first = |origin: &str| {
            let config = Config {
                kakaopay_secret_key: Some("DEV".into()),
                return_origins: vec![origin.to_owned()],
                ..Config::default()
            };
            FirstShop::of(&config, config.keyed_client().unwrap()).map(|first| first.settings)
        };
        let error = first("shop.example").unwrap_err().to_string();
        assert!(error.contains("DANPAY_RETURN_ORIGINS"), "{error}");
        let settings = first("chocoshop://").unwrap();
        assert_eq!(settings.return_origins, ["chocoshop://"]);
    }
}

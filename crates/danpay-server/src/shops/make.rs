//! A shop is made of its row, and of the server's settings where those are its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use kakaopay::Cid;

use super::{Settings, Shop};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::gateway::{Gateway, KeyedClient, Pressure, ReturnsTo};
use crate::returns::Returns;
use crate::store::shops::ShopRow;

/// What the first shop is called until an operator names it.
pub(crate) const FIRST_SHOP: &str = "first";

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
        Ok(Self {
            kakaopay,
            settings: Settings {
                cid: cid.as_str().to_owned(),
                app_agents: config.app_agents.clone(),
                orders_repeat: config.orders_repeat,
                ..Settings::default()
            },
            cid,
            public_url: config.public_url()?,
        })
    }
}

/// What makes shops.
pub(crate) struct Make {
    pub(crate) first: FirstShop,
    pub(crate) clock: Clock,
    pub(crate) returns: Returns,
    /// Of each contract with KakaoPay.
    pub(crate) lookups_per_second: u32,
    /// Of each contract with KakaoPay.
    pub(crate) money_calls: usize,
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
        let public_url: Arc<str> = public_url.as_str().into();
        let gateway = |kakaopay: KeyedClient, cid: Cid| {
            let known = before.and_then(|before| before.gateways.get(cid.as_str()));
            let pressure = known.map_or_else(
                || Pressure::new(self.lookups_per_second, self.money_calls),
                |known| known.pressure.clone(),
            );
            let returns = ReturnsTo {
                returns: self.returns.clone(),
                public_url: Arc::clone(&public_url),
            };
            Gateway::new(kakaopay, self.clock.clone(), pressure, cid, returns)
        };
        let mut gateways = BTreeMap::new();
        if row.is_first {
            let of_first = gateway(first.kakaopay.clone(), first.cid.clone());
            gateways.insert(first.cid.as_str().to_owned(), of_first);
        }
        Shop {
            id: row.id,
            version: row.version,
            is_first: row.is_first,
            is_disabled: row.disabled_at.is_some(),
            settings,
            public_url: public_url.to_string(),
            gateways,
        }
    }
}

//! API keys.

use danpay_core::ShopId;
use jiff::Timestamp;
use secrecy::SecretString;

use super::Admin;
use crate::keys::{self, NewKey};
use crate::start_error::StartError;
use crate::store::keys::{ApiKey, OfShop, Revoke, Role};

impl Admin {
    /// Makes an API key. It cannot be shown a second time.
    pub async fn create_key(
        &self,
        shop_id: ShopId,
        name: &str,
        role: Role,
        expires_at: Option<Timestamp>,
    ) -> Result<SecretString, StartError> {
        let Self {
            store,
            clock,
            entropy,
            ..
        } = self;
        let new = NewKey {
            shop_id,
            name: name.to_owned(),
            role,
            expires_at,
        };
        keys::create(store, clock, entropy, new).await
    }

    /// A shop's keys, the oldest first, the revoked ones as well.
    pub async fn keys(&self, shop_id: ShopId) -> Result<Vec<ApiKey>, StartError> {
        Ok(self.store.ask(OfShop(shop_id)).await?)
    }

    /// A key is refused from now on, by every server within seconds. False if the shop has none of
    /// this name.
    pub async fn revoke_key(&self, shop_id: ShopId, name: &str) -> Result<bool, StartError> {
        let revoke = Revoke {
            shop_id,
            name: name.to_owned(),
            at: self.clock.now(),
        };
        Ok(self.store.ask(revoke).await?)
    }
}

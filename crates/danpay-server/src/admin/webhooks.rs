//! Webhook endpoints.

use danpay_core::webhook::{Attempt, Delivery, Endpoint};
use danpay_core::{DeliveryId, ShopId, WebhookEndpointId};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::Admin;
use crate::limits;
use crate::shops::is_live;
use crate::start_error::StartError;
use crate::store::webhooks::{AllEndpoints, ListDeliveries, UpdateEndpoint, Written};
use crate::webhooks::endpoints::{EndpointChange, NewEndpoint, Webhooks};
use crate::webhooks::secrets;

impl Admin {
    /// A shop's endpoints, the oldest first.
    pub async fn webhook_endpoints(&self, shop_id: ShopId) -> Result<Vec<Endpoint>, StartError> {
        let rows = self.webhooks()?.all(shop_id).await?;
        Ok(rows.into_iter().map(|row| row.endpoint).collect())
    }

    /// Makes an endpoint. Its secret cannot be shown a second time.
    pub async fn add_webhook_endpoint(
        &self,
        shop_id: ShopId,
        new: NewEndpoint,
    ) -> Result<(Endpoint, SecretString), StartError> {
        let of = (shop_id, self.moves_money(shop_id).await?);
        let made = self.webhooks()?.add(of, new).await?;
        Ok((made.row.endpoint, made.secret))
    }

    /// Changes an endpoint.
    pub async fn update_webhook_endpoint(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
        change: EndpointChange,
    ) -> Result<Endpoint, StartError> {
        let of = (shop_id, self.moves_money(shop_id).await?);
        Ok(self.webhooks()?.change(of, id, change).await?.endpoint)
    }

    /// Removes an endpoint; what is on its way to it is not sent any more.
    pub async fn remove_webhook_endpoint(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
    ) -> Result<(), StartError> {
        Ok(self.webhooks()?.remove(shop_id, id).await?)
    }

    /// Gives an endpoint a new secret; the one before signs as well for so long.
    pub async fn rotate_webhook_secret(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
        overlap: SignedDuration,
    ) -> Result<SecretString, StartError> {
        Ok(self.webhooks()?.rotate(shop_id, id, overlap).await?.1)
    }

    /// Sends a message now, to see whether one arrives.
    pub async fn ping_webhook_endpoint(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
    ) -> Result<Attempt, StartError> {
        let of = (shop_id, self.moves_money(shop_id).await?);
        Ok(self.webhooks()?.ping(of, id).await?.1)
    }

    /// What was sent to a shop last, the newest first; of one endpoint, if it is named.
    pub async fn webhook_deliveries(
        &self,
        shop_id: ShopId,
        endpoint_id: Option<WebhookEndpointId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StartError> {
        let asked = ListDeliveries {
            shop_id,
            endpoint_id,
            payment_id: None,
            event_id: None,
            status: None,
            after: None,
            limit,
            passed: limits::DELIVERIES_PASSED,
        };
        let (page, _) = self.webhooks()?.deliveries(asked).await?;
        // A damaged one is logged.
        Ok(page.into_iter().flatten().collect())
    }

    /// A delivery is sent once more, by a server.
    pub async fn resend_webhook(&self, shop_id: ShopId, id: DeliveryId) -> Result<(), StartError> {
        self.webhooks()?.resend(shop_id, id).await?;
        Ok(())
    }

    /// What failed of an endpoint from `from` to `before` is sent once more, by a server; how many.
    pub async fn resend_failed_webhooks(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
        range: (Timestamp, Timestamp),
    ) -> Result<u64, StartError> {
        Ok(self.webhooks()?.resend_failed(shop_id, id, range).await?)
    }

    /// Seals the secrets of endpoints anew whose master key is not the one that seals now; of how many.
    pub(super) async fn rotate_webhook_secrets(&self) -> Result<u64, StartError> {
        let mut sealed = 0;
        for row in self.store.ask(AllEndpoints).await? {
            if let Some(anew) = secrets::resealed(&self.vault, &row)? {
                // Whoever changed it meanwhile has sealed it with the key of now, or it is found next time.
                let written = self.store.ask(UpdateEndpoint(anew)).await?;
                sealed += u64::from(written == Written::Yes);
            }
        }
        Ok(sealed)
    }

    async fn moves_money(&self, shop_id: ShopId) -> Result<bool, StartError> {
        let shops = self.shops().await?;
        let mut shops = shops.iter();
        let shop = shops.find(|shop| shop.id == shop_id);
        let shop = shop.ok_or(StartError::NoShop(shop_id))?;
        let of_server = shop.is_first.then_some(&self.config.kakaopay_cid);
        Ok(shop.cids.iter().chain(of_server).any(|cid| is_live(cid)))
    }

    fn webhooks(&self) -> Result<Webhooks, StartError> {
        Ok(Webhooks {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            vault: self.vault.clone(),
            receivers: self.config.receivers()?,
        })
    }
}

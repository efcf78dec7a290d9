//! A shop's webhook endpoints, and what was sent to them, as shops and operators handle them.

use std::sync::Arc;

use danpay_core::webhook::{Answer, Attempt, Delivery, Disabled, Endpoint, EventFilter, Standing};
use danpay_core::{DeliveryId, EventId, InvalidField, ShopId, WebhookEndpointId, timing};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use super::message;
use super::receivers::Receivers;
use super::secrets;
use crate::clock::{Clock, Entropy, NoRandomness};
use crate::flow::Flow;
use crate::limits;
use crate::secrets::{SecretError, Vault};
use crate::shops::Shop;
use crate::store::webhooks::{
    AddEndpoint, DeliveriesPage, DeliveryOf, EndpointRow, EndpointsOf, ListDeliveries,
    RemoveEndpoint, Resend, ResendFailed, Sweep, Swept, UpdateEndpoint, Written,
};
use crate::store::{Store, StoreError};
use crate::wire;

/// So often something is written anew because somebody else was quicker.
const TRIES: usize = 8;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such endpoint or delivery of the shop.
    #[error("the shop has no such webhook endpoint or delivery")]
    NotFound,
    /// The shop has an endpoint of this address.
    #[error("the shop has a webhook endpoint of this address already: {0}")]
    UrlTaken(WebhookEndpointId),
    /// The shop has too many.
    #[error(
        "a shop has at most {} webhook endpoints; remove one first",
        limits::ENDPOINTS_OF_SHOP
    )]
    TooMany,
    /// A value cannot be used.
    #[error(transparent)]
    Field(#[from] InvalidField),
    /// The endpoint is disabled.
    #[error("the webhook endpoint is disabled; enable it first")]
    Disabled,
    /// The delivery is under way at this moment.
    #[error("the delivery is under way at this moment; look again in a minute")]
    InFlight,
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No secret can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// A new endpoint, as it is asked for.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where; http or https.
    pub url: String,
    /// What it hears.
    pub events: EventFilter,
    /// What the shop calls it, at most 200 characters.
    pub description: String,
}

/// What changes of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    /// Where.
    pub url: Option<String>,
    /// What it hears.
    pub events: Option<EventFilter>,
    /// What the shop calls it.
    pub description: Option<String>,
    /// Whether it hears anything.
    pub enabled: Option<bool>,
    /// What it has missed while it was disabled is sent.
    pub send_missed: bool,
}

/// What became of a request for a new endpoint.
pub(crate) struct Made {
    pub(crate) row: EndpointRow,
    pub(crate) secret: SecretString,
    pub(crate) replayed: bool,
}

/// What endpoints need. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Webhooks {
    pub(crate) store: Store,
    /// Of which the machine's time counts: receivers refuse what is minutes off.
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) vault: Vault,
    pub(crate) receivers: Arc<dyn Receivers>,
}

impl Webhooks {
    /// A shop's endpoints, the oldest first.
    pub(crate) async fn all(&self, shop_id: ShopId) -> Result<Vec<EndpointRow>, WebhookError> {
        Ok(self.store.ask(EndpointsOf(shop_id)).await?)
    }

    pub(crate) async fn one(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
    ) -> Result<EndpointRow, WebhookError> {
        let rows = self.all(shop_id).await?;
        let row = rows.into_iter().find(|row| row.endpoint.id == id);
        row.ok_or(WebhookError::NotFound)
    }

    /// An endpoint to which something can be sent.
    async fn enabled(&self, shop_id: ShopId, id: WebhookEndpointId) -> Result<(), WebhookError> {
        let row = self.one(shop_id, id).await?;
        match row.endpoint.standing.disabled {
            None => Ok(()),
            Some(_) => Err(WebhookError::Disabled),
        }
    }

    /// Makes an endpoint. The same request again, within a few minutes, is the same one.
    pub(crate) async fn add(
        &self,
        (shop_id, is_live): (ShopId, bool),
        new: NewEndpoint,
    ) -> Result<Made, WebhookError> {
        let url = address(&new.url)?;
        check_description(&new.description)?;
        if let Some(made) = self.known(shop_id, &url, &new).await? {
            return Ok(made);
        }
        self.receivers.check(url.clone(), is_live).await?;
        let now = self.clock.machine();
        let id = WebhookEndpointId::new(now, self.entropy.bytes()?);
        let secret = secrets::generate(&self.entropy)?;
        let row = EndpointRow {
            secret: secrets::seal(&self.vault, id, &secret)?,
            old_secret: None,
            rotated_at: None,
            endpoint: Endpoint {
                id,
                shop_id,
                url: url.to_string(),
                description: new.description.clone(),
                events: new.events.clone(),
                standing: Standing::default(),
                created_at: now,
                version: 1,
            },
        };
        if self.store.ask(AddEndpoint(row.clone())).await? {
            return Ok(Made {
                row,
                secret,
                replayed: false,
            });
        }
        // Another request was quicker.
        let known = self.known(shop_id, &url, &new).await?;
        known.ok_or_else(|| StoreError::Conflict.into())
    }

    /// The endpoint that the same request made just now, if there is one; or why none can be made.
    async fn known(
        &self,
        shop_id: ShopId,
        url: &Url,
        new: &NewEndpoint,
    ) -> Result<Option<Made>, WebhookError> {
        let rows = self.all(shop_id).await?;
        let of_url = rows.iter().find(|row| row.endpoint.url == url.as_str());
        if let Some(row) = of_url {
            let endpoint = &row.endpoint;
            let is_same = endpoint.events == new.events && endpoint.description == new.description;
            if !is_same || endpoint.version > 1 || !self.is_just_now(endpoint.created_at) {
                return Err(WebhookError::UrlTaken(endpoint.id));
            }
            return Ok(Some(Made {
                secret: secrets::open(&self.vault, endpoint.id, &row.secret)?,
                row: row.clone(),
                replayed: true,
            }));
        }
        if rows.len() >= limits::ENDPOINTS_OF_SHOP {
            return Err(WebhookError::TooMany);
        }
        Ok(None)
    }

    /// Whether a request of then may come twice still, as its answer was lost.
    fn is_just_now(&self, then: Timestamp) -> bool {
        self.clock.machine() < timing::after(then, limits::SECRET_SHOWN_AGAIN)
    }

    /// Changes an endpoint.
    pub(crate) async fn change(
        &self,
        (shop_id, is_live): (ShopId, bool),
        id: WebhookEndpointId,
        change: EndpointChange,
    ) -> Result<EndpointRow, WebhookError> {
        let url = change.url.as_deref().map(address).transpose()?;
        if change.send_missed && change.enabled != Some(true) {
            return Err(InvalidField::new(
                "send_missed",
                "goes with enabled: true",
                "enabled: true와 함께 보내야 합니다",
            )
            .into());
        }
        if let Some(url) = &url {
            self.receivers.check(url.clone(), is_live).await?;
        }
        if let Some(description) = &change.description {
            check_description(description)?;
        }
        if change.enabled == Some(true) && !change.send_missed {
            // Before it is enabled: what is not forgotten is sent then.
            let row = self.one(shop_id, id).await?;
            if row.endpoint.standing.disabled.is_some() {
                self.sweep(shop_id, id, Swept::Forgotten).await?;
            }
        }
        let row = self
            .write(shop_id, id, |row, now| {
                let endpoint = &mut row.endpoint;
                if let Some(url) = &url {
                    endpoint.url = url.to_string();
                }
                if let Some(events) = &change.events {
                    endpoint.events = events.clone();
                }
                if let Some(description) = &change.description {
                    endpoint.description.clone_from(description);
                }
                let disabled = endpoint.standing.disabled;
                match change.enabled {
                    Some(true) if disabled.is_some() => endpoint.standing = Standing::default(),
                    Some(false) if disabled.is_none() => {
                        endpoint.standing.disabled = Some((now, Disabled::ByHand));
                    }
                    _ => {}
                }
            })
            .await?;
        if change.send_missed {
            self.sweep(shop_id, id, Swept::SentAfterAll).await?;
        }
        Ok(row)
    }

    /// Gives an endpoint a new secret. The one before signs as well for so long after that. The same
    /// request again, within a few minutes, is the same one, but for how long the one before signs.
    pub(crate) async fn rotate(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
        overlap: SignedDuration,
    ) -> Result<(EndpointRow, SecretString), WebhookError> {
        let secret = secrets::generate(&self.entropy)?;
        let sealed = secrets::seal(&self.vault, id, &secret)?;
        let overlap = overlap.min(limits::OLD_SECRET_MAX);
        let row = self
            .write(shop_id, id, |row, now| {
                let again = row.rotated_at.filter(|at| self.is_just_now(*at));
                let since = again.unwrap_or(now);
                let old = match again {
                    Some(_) => row.old_secret.take().map(|(old, _)| old),
                    None => Some(std::mem::replace(&mut row.secret, sealed.clone())),
                };
                row.rotated_at = Some(since);
                let old = old.filter(|_| overlap.is_positive());
                row.old_secret = old.map(|old| (old, timing::after(since, overlap)));
            })
            .await?;
        let secret = secrets::open(&self.vault, id, &row.secret)?;
        Ok((row, secret))
    }

    /// Writes a change onto what is there, anew for as long as others get ahead.
    async fn write(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
        change: impl Fn(&mut EndpointRow, Timestamp),
    ) -> Result<EndpointRow, WebhookError> {
        for _ in 0..TRIES {
            let mut row = self.one(shop_id, id).await?;
            change(&mut row, self.clock.machine());
            row.endpoint.version = row.endpoint.version.saturating_add(1);
            match self.store.ask(UpdateEndpoint(row.clone())).await? {
                Written::Yes => return Ok(row),
                Written::Changed => {}
                Written::Taken => {
                    let rows = self.all(shop_id).await?;
                    let of_url = |other: &EndpointRow| {
                        other.endpoint.id != id && other.endpoint.url == row.endpoint.url
                    };
                    let other = rows.into_iter().find(of_url);
                    let other = other.ok_or(WebhookError::from(StoreError::Conflict))?;
                    return Err(WebhookError::UrlTaken(other.endpoint.id));
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Removes an endpoint; what is on its way to it is not sent any more.
    pub(crate) async fn remove(
        &self,
        shop_id: ShopId,
        id: WebhookEndpointId,
    ) -> Result<(), WebhookError> {
        if !self.store.ask(RemoveEndpoint { shop_id, id }).await? {
            return Err(WebhookError::NotFound);
        }
        self.sweep(shop_id, id, Swept::Missed).await
    }

    async fn sweep(
        &self,
        shop_id: ShopId,
        endpoint_id: WebhookEndpointId,
        how: Swept,
    ) -> Result<(), WebhookError> {
        let sweep = Sweep {
            shop_id,
            endpoint_id,
            how,
            most: limits::DELIVERIES_BATCH,
        };
        while self.store.ask(sweep.clone()).await? > 0 {}
        Ok(())
    }

    /// Sends a message now, to see whether one arrives. It is none of the deliveries, and counts for nothing.
    pub(crate) async fn ping(
        &self,
        (shop_id, is_live): (ShopId, bool),
        id: WebhookEndpointId,
    ) -> Result<(EventId, Attempt), WebhookError> {
        let row = self.one(shop_id, id).await?;
        let now = self.clock.machine();
        let event_id = self.entropy.event_id(now)?;
        let body = wire::ping(&row.endpoint, now);
        let message = message::signed(
            &self.vault,
            &row,
            is_live,
            (&event_id.to_string(), body),
            now,
        );
        let message = message?;
        let posted = self.receivers.post(message).await;
        let (answer, duration_ms) = posted.unwrap_or_else(|unsent| {
            let problem = unsent.to_string();
            (Answer::None { problem }, 0)
        });
        Ok((event_id, Attempt::of(answer, now, duration_ms, false)))
    }

    /// A page of what was sent to a shop.
    pub(crate) async fn deliveries(
        &self,
        asked: ListDeliveries,
    ) -> Result<DeliveriesPage, WebhookError> {
        Ok(self.store.ask(asked).await?)
    }

    /// A delivery, with where it is sent to and what, as far as that is there still.
    pub(crate) async fn delivery(
        &self,
        flow: &Flow,
        shop: &Shop,
        id: DeliveryId,
    ) -> Result<(Delivery, Option<(String, String)>), WebhookError> {
        let shop_id = shop.id;
        let delivery = self.store.ask(DeliveryOf { shop_id, id }).await?;
        let delivery = delivery.ok_or(WebhookError::NotFound)?;
        let rows = self.all(shop_id).await?;
        let mut rows = rows.into_iter();
        let row = rows.find(|row| row.endpoint.id == delivery.endpoint_id);
        let request = match (row, message::body(flow, shop, &delivery).await) {
            (Some(row), Ok(body)) => Some((row.endpoint.url, body)),
            _ => None,
        };
        Ok((delivery, request))
    }

    /// Sends a delivery once more, now, whatever has become of it.
    pub(crate) async fn resend(
        &self,
        shop_id: ShopId,
        id: DeliveryId,
    ) -> Result<Delivery, WebhookError> {
        for _ in 0..TRIES {
            let delivery = self.store.ask(DeliveryOf { shop_id, id }).await?;
            let delivery = delivery.ok_or(WebhookError::NotFound)?;
            self.enabled(shop_id, delivery.endpoint_id).await?;
            let resent = delivery
                .resend(self.clock.machine())
                .ok_or(WebhookError::InFlight)?;
            if self.store.ask(Resend(resent.clone())).await? {
                return Ok(resent);
            }
        }
        Err(WebhookError::InFlight)
    }

    /// Sends what failed of an endpoint from `from` to `before` once more; how many.
    pub(crate) async fn resend_failed(
        &self,
        shop_id: ShopId,
        endpoint_id: WebhookEndpointId,
        (from, before): (Timestamp, Timestamp),
    ) -> Result<u64, WebhookError> {
        self.enabled(shop_id, endpoint_id).await?;
        if from >= before {
            return Err(InvalidField::new(
                "from",
                "must be before the end of the time",
                "끝나는 시각보다 앞서야 합니다",
            )
            .into());
        }
        let (mut count, mut after) = (0, None);
        loop {
            let resend = ResendFailed {
                shop_id,
                endpoint_id,
                from,
                before,
                after,
                most: limits::DELIVERIES_BATCH,
                now: self.clock.machine(),
            };
            let (more, last) = self.store.ask(resend).await?;
            count += more;
            if last.is_none() {
                return Ok(count);
            }
            after = last;
        }
    }
}

/// An address, as it is stored: what `check` of the receivers has to say comes on top.
fn address(text: &str) -> Result<Url, InvalidField> {
    let url = Url::parse(text.trim()).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        InvalidField::new(
            "url",
            "must be an absolute http or https URL",
            "http 또는 https로 시작하는 전체 URL이어야 합니다",
        )
    })
}

fn check_description(text: &str) -> Result<(), InvalidField> {
    if text.is_empty() {
        return Ok(());
    }
    danpay_core::text::check("description", text, DESCRIPTION)
}

/// The most characters of a description.
const DESCRIPTION: usize = 200;

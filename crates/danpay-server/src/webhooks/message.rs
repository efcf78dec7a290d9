//! A delivery as the message that is sent.

use danpay_core::webhook::{Delivery, Told};
use danpay_core::{PaymentRef, WebhookEndpointId};
use jiff::Timestamp;

use super::receivers::{Message, Unsent};
use super::secrets;
use super::sign;
use crate::flow::{Flow, FlowError};
use crate::secrets::{SecretError, Vault};
use crate::shops::{Shop, ShopError};
use crate::store::StoreError;
use crate::store::webhooks::{EndpointRow, EndpointsOf};
use crate::wire;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoMessage {
    /// The event is pruned, or the endpoint that it is about is removed.
    #[error("what it tells of is not there any more")]
    Gone,
    /// It cannot be made now, for a reason of our own.
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Unsent(#[from] Unsent),
}

impl NoMessage {
    /// Under which name somebody is alerted to it, if it is trouble of the database's.
    pub(super) fn alert(&self) -> Option<&'static str> {
        match self {
            Self::Flow(error) => error.alert(),
            Self::Gone | Self::Secret(_) | Self::Unsent(_) => None,
        }
    }
}

impl From<StoreError> for NoMessage {
    fn from(error: StoreError) -> Self {
        Self::Flow(error.into())
    }
}

impl From<ShopError> for NoMessage {
    fn from(error: ShopError) -> Self {
        Self::Flow(error.into())
    }
}

/// What is said: the event, with what it is about as that stood then.
pub(super) async fn body(
    flow: &Flow,
    shop: &Shop,
    delivery: &Delivery,
) -> Result<String, NoMessage> {
    let body = match delivery.about {
        Told::Payment(id) => {
            let shop_id = delivery.shop_id;
            let happened = flow
                .happened(PaymentRef { shop_id, id }, delivery.sequence)
                .await?;
            happened.and_then(|of| wire::webhook(&of.event, &of.payment, &shop.public_url))
        }
        Told::Endpoint(id) => endpoint(flow, delivery, id).await?,
    };
    body.ok_or(NoMessage::Gone)
}

async fn endpoint(
    flow: &Flow,
    delivery: &Delivery,
    id: WebhookEndpointId,
) -> Result<Option<String>, StoreError> {
    let rows = flow.store.ask(EndpointsOf(delivery.shop_id)).await?;
    let row = rows.iter().find(|row| row.endpoint.id == id);
    let body = row
        .map(|row| wire::endpoint_disabled(&row.endpoint, delivery.created_at, delivery.sequence));
    Ok(body)
}

/// The message of this id, signed now.
pub(super) fn signed(
    vault: &Vault,
    row: &EndpointRow,
    is_live: bool,
    (id, body): (&str, String),
    now: Timestamp,
) -> Result<Message, SecretError> {
    let secrets = secrets::signing(vault, row, now)?;
    let body = body.into_bytes();
    Ok(Message {
        url: row.endpoint.url.clone(),
        is_live,
        headers: sign::headers(&secrets, id, now, &body),
        body,
    })
}

//! A delivery as the message that is sent.

use danpay_core::webhook::{Delivery, Told};
use danpay_core::{PaymentRef, WebhookEndpointId};
use jiff::Timestamp;

use super::receivers::{Message, Unsent};
use super::secrets;
use super::sign::{self, SigningSecret};
use crate::flow::{Flow, FlowError};
use crate::secrets::{SecretError, Vault};
use crate::shops::ShopError;
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
pub(super) async fn body(flow: &Flow, delivery: &Delivery) -> Result<String, NoMessage> {
    let body = match delivery.about {
        Told::Payment(id) => {
            let shop_id = delivery.shop_id;
            let shop = flow.shops.shop(shop_id).await?;
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
        headers: headers(&secrets, id, now, &body),
        body,
    })
}

fn headers(
    secrets: &[SigningSecret],
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> [(http::HeaderName, String); 3] {
    let signatures: Vec<_> = secrets
        .iter()
        .map(|secret| secret.sign(id, now, body))
        .collect();
    [
        (sign::ID, id.to_owned()),
        (sign::TIMESTAMP, now.as_second().to_string()),
        (sign::SIGNATURE, signatures.join(" ")),
    ]
}

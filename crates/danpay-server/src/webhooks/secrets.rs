//! What an endpoint's messages are signed with: made here, shown once, and sealed in the database.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use danpay_core::WebhookEndpointId;
use jiff::Timestamp;
use secrecy::SecretString;

use super::sign::{PREFIX, SigningSecret};
use crate::clock::{Entropy, NoRandomness};
use crate::secrets::{Place, SecretError, Vault};
use crate::store::webhooks::{ENDPOINTS, EndpointRow};

/// A new one: `whsec_` and the base64 of 32 random bytes.
pub(super) fn generate(entropy: &Entropy) -> Result<SecretString, NoRandomness> {
    let key = entropy.bytes::<32>()?;
    Ok(format!("{PREFIX}{}", BASE64_STANDARD.encode(key)).into())
}

/// Where an endpoint's secret is. The one before stands in another column, but was sealed for this one.
fn place(row: &str) -> Place<'_> {
    Place {
        table: ENDPOINTS,
        row,
        column: "secret",
    }
}

pub(crate) fn seal(
    vault: &Vault,
    id: WebhookEndpointId,
    secret: &SecretString,
) -> Result<Vec<u8>, SecretError> {
    vault.seal(place(&id.to_string()), secret)
}

pub(crate) fn open(
    vault: &Vault,
    id: WebhookEndpointId,
    sealed: &[u8],
) -> Result<SecretString, SecretError> {
    vault.open(place(&id.to_string()), sealed)
}

/// All that sign a message of an endpoint now: its secret, and the one before for as long as that holds.
pub(super) fn signing(
    vault: &Vault,
    row: &EndpointRow,
    now: Timestamp,
) -> Result<Vec<SigningSecret>, SecretError> {
    let old = row.old_secret.iter().filter(|(_, until)| *until > now);
    let sealed = std::iter::once(&row.secret).chain(old.map(|(secret, _)| secret));
    let id = row.endpoint.id;
    sealed
        .map(|sealed| {
            let text = open(vault, id, sealed)?;
            SigningSecret::parse(&text)
                .map_err(|_| SecretError::Damaged(place(&id.to_string()).to_string()))
        })
        .collect()
}

/// The row with its secrets sealed anew, if one of them is not sealed with the key that seals now.
pub(crate) fn resealed(
    vault: &Vault,
    row: &EndpointRow,
) -> Result<Option<EndpointRow>, SecretError> {
    let old = row.old_secret.as_ref().map(|(secret, _)| secret);
    let mut all = std::iter::once(&row.secret).chain(old);
    if all.all(|sealed| vault.is_current(sealed)) {
        return Ok(None);
    }
    let id = row.endpoint.id;
    let anew = |sealed: &[u8]| seal(vault, id, &open(vault, id, sealed)?);
    let mut row = row.clone();
    row.endpoint.version = row.endpoint.version.saturating_add(1);
    row.secret = anew(&row.secret)?;
    if let Some((secret, _)) = &mut row.old_secret {
        *secret = anew(secret)?;
    }
    Ok(Some(row))
}

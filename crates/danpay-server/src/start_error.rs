//! What can be wrong with the settings, the database or an operator's command.

use danpay_core::{InvalidField, ShopId};

use crate::clock::NoRandomness;
use crate::config::ConfigError;
use crate::secrets::{MasterKeyError, SecretError};
use crate::shops::ShopError;
use crate::store::{OpenError, StoreError};
use crate::webhooks::endpoints::WebhookError;

/// Why a server cannot start, or an operator's command is not done.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Payments would have a clock that tests move.
    #[error(
        "real money moves by this database (a live payment, or a shop's contract that is none of KakaoPay's test \
         codes), so its payments cannot have a sandbox's clock: unset test_clock_url (DANPAY_TEST_CLOCK_URL), or \
         take another database"
    )]
    LiveOnTestClock,
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The shops cannot be read.
    #[error("{0}")]
    Shops(String),
    /// There is no such shop.
    #[error("there is no shop {0}")]
    NoShop(ShopId),
    /// The name is another's.
    #[error("there is a shop of the name {0} already; choose another")]
    ShopName(String),
    /// The first shop's own settings are the server's.
    #[error("the first shop is set up by the server's settings (danpay.toml, DANPAY_…), not here")]
    FirstShop,
    /// Somebody else has changed it.
    #[error("the shop has changed meanwhile; look at it and try again")]
    ShopChanged,
    /// A webhook endpoint cannot be handled.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// A value cannot be used.
    #[error(transparent)]
    Field(#[from] InvalidField),
    /// There is no master key that can be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The settings give a first API key that is none.
    #[error(
        "first_api_key (DANPAY_FIRST_API_KEY) has not the form of an API key; `danpay keys make` \
         makes one"
    )]
    FirstKey,
    /// A name that is taken.
    #[error("the shop has a key of the name {0} already, perhaps a revoked one; choose another")]
    KeyName(String),
}

impl From<ShopError> for StartError {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Store(error) => Self::Store(error),
            error => Self::Shops(error.to_string()),
        }
    }
}

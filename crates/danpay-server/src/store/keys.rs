//! API keys, as they are stored: by their hashes alone.

use danpay_core::ShopId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Ask;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// All of it.
    Full,
    /// Creates, reads, approves, withdraws; gives no money back.
    Sell,
    /// Reads.
    Read,
}

impl Role {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Full, Self::Sell, Self::Read];

    /// Its name, as it is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sell => "sell",
            Self::Read => "read",
        }
    }
}

/// A key but for its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Whose it is.
    pub shop_id: ShopId,
    /// What the operator calls it; unique in its shop, 1 to 100 characters.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// UTC.
    pub created_at: Timestamp,
    /// From when on it is not taken, UTC.
    pub expires_at: Option<Timestamp>,
    /// Since when it is not taken, UTC.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, UTC, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// Stores a new key. False if its shop has one of this name.
#[derive(Clone)]
pub(crate) struct Add {
    pub(crate) hash: [u8; 32],
    pub(crate) key: ApiKey,
}

impl Ask for Add {
    type Answer = bool;
}

/// The key with this hash.
#[derive(Clone)]
pub(crate) struct WithHash(pub(crate) [u8; 32]);

impl Ask for WithHash {
    type Answer = Option<ApiKey>;
}

/// A shop's keys, the oldest first.
#[derive(Clone)]
pub(crate) struct OfShop(pub(crate) ShopId);

impl Ask for OfShop {
    type Answer = Vec<ApiKey>;
}

/// A key is not taken from then on. False if the shop has none of this name.
#[derive(Clone)]
pub(crate) struct Revoke {
    pub(crate) shop_id: ShopId,
    pub(crate) name: String,
    pub(crate) at: Timestamp,
}

impl Ask for Revoke {
    type Answer = bool;
}

/// A key was used in this minute.
#[derive(Clone)]
pub(crate) struct Used {
    pub(crate) hash: [u8; 32],
    pub(crate) at: Timestamp,
}

impl Ask for Used {
    type Answer = ();
}

/// Whether there has ever been a key, revoked or not.
#[derive(Clone)]
pub(crate) struct AnyEver;

impl Ask for AnyEver {
    type Answer = bool;
}

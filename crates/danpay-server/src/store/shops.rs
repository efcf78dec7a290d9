//! Shops and their contracts with KakaoPay, as they are stored.

use danpay_core::ShopId;
use jiff::Timestamp;

use super::Ask;
use crate::shops::Settings;

/// A shop's row, with its accounts.
#[derive(Clone, Debug)]
pub(crate) struct ShopRow {
    pub(crate) id: ShopId,
    /// Payers see it.
    pub(crate) name: String,
    /// Whether its settings are the server's own, and its secrets not stored.
    pub(crate) is_first: bool,
    pub(crate) settings: Settings,
    /// Counts its changes.
    pub(crate) version: u32,
    pub(crate) created_at: Timestamp,
    pub(crate) disabled_at: Option<Timestamp>,
    pub(crate) accounts: Vec<AccountRow>,
}

/// A contract with KakaoPay, its secrets sealed.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow {
    /// KakaoPay's code of the merchant.
    pub(crate) cid: String,
    pub(crate) secret_key: Vec<u8>,
    pub(crate) cid_secret: Option<Vec<u8>>,
}

/// The first shop: the one that is there, or else this one, which is stored then.
#[derive(Clone)]
pub(crate) struct EnsureFirstShop {
    pub(crate) id: ShopId,
    pub(crate) name: String,
    pub(crate) at: Timestamp,
}

impl Ask for EnsureFirstShop {
    type Answer = ShopRow;
}

/// Stores a new shop with its first account. False if there is one of this name.
#[derive(Clone)]
pub(crate) struct Add {
    pub(crate) shop: ShopRow,
}

impl Ask for Add {
    type Answer = bool;
}

/// Writes a shop's name, settings and whether it is disabled, unless it has changed since its version.
#[derive(Clone)]
pub(crate) struct Update {
    pub(crate) shop: ShopRow,
}

impl Ask for Update {
    type Answer = bool;
}

/// Writes an account of a shop. False if there is no such shop, or it has changed meanwhile.
#[derive(Clone)]
pub(crate) struct PutAccount {
    pub(crate) shop_id: ShopId,
    pub(crate) account: AccountRow,
    pub(crate) at: Timestamp,
    /// Only if the secret key that is stored is still this one.
    pub(crate) replacing: Option<Vec<u8>>,
}

impl Ask for PutAccount {
    type Answer = bool;
}

/// All of them, the oldest first.
#[derive(Clone)]
pub(crate) struct All;

impl Ask for All {
    type Answer = Vec<ShopRow>;
}

//! Which shop an API key opens.

use serde::{Deserialize, Serialize};

use crate::ShopId;
use crate::open_enum::open_enum;

open_enum! {
    /// What an API key may do.
    Role {
        /// Everything.
        Full = "full",
        /// Create, read, approve and withdraw, but not cancel.
        Sell = "sell",
        /// Read.
        Read = "read",
    }
}

/// The shop that the API key opens.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Shop {
    /// danpay's id.
    pub id: ShopId,
    /// As payers know it; `None` until the operator has named it.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it makes new payments.
    pub enabled: bool,
    /// Where its payers reach danpay.
    pub public_url: String,
    /// Its contracts with KakaoPay.
    pub accounts: Vec<Account>,
    /// The API key that asked.
    pub key: KeyInfo,
}

/// A contract with KakaoPay.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// The merchant code.
    pub cid: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Whether a payment that names no `cid` is made by it.
    pub default: bool,
}

/// What an API key is called, and what it may do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyInfo {
    /// As the operator named it.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

impl Shop {
    /// Whether a payment that names no `cid` moves real money.
    pub fn is_live(&self) -> bool {
        self.accounts
            .iter()
            .any(|account| account.default && account.livemode)
    }
}

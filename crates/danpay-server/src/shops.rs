//! The shops that this server sells for, and a way to KakaoPay for each of their contracts.
//!
//! **Invariant**: a shop that was changed by another process is as changed here within
//! [`limits::SHOPS_LAST`], and at once where KakaoPay has turned its key away; a database that cannot
//! be read leaves the shops as they are known.

mod account;
mod make;
mod settings;
mod shop;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::{Payment, ShopId};
use jiff::Timestamp;
use kakaopay::Cid;

pub use account::Account;
pub use make::Connect;
pub(crate) use make::{FirstShop, Make};
pub use settings::Settings;
pub(crate) use shop::Shop;

use crate::clock::{Clock, Entropy};
use crate::gateway::Gateway;
use crate::limits;
use crate::start_error::StartError;
use crate::store::payments::AnyLive;
use crate::store::shops::{All, EnsureFirstShop, ShopRow};
use crate::store::{Store, StoreError};

/// Why there is no way to KakaoPay for a payment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShopError {
    #[error("there is no shop {0}")]
    Unknown(ShopId),
    #[error("there is no first shop")]
    NoFirst,
    #[error("{0} has no contract with the merchant code {1} whose key can be read")]
    NoAccount(ShopId, String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the first shop is called until an operator names it.
const FIRST_SHOP: &str = "first";

/// The shop whose settings are the server's. A database that has none yet gets it here.
pub(crate) async fn ensure_first(
    store: &Store,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<ShopId, StartError> {
    let at = clock.machine();
    let first = EnsureFirstShop {
        id: entropy.shop_id(at)?,
        name: FIRST_SHOP.to_owned(),
        at,
    };
    Ok(store.ask(first).await?.id)
}

/// Whether payments by this merchant code move real money: by any but KakaoPay's test codes, be it no code at
/// all.
pub(crate) fn is_live(cid: &str) -> bool {
    !Cid::try_from(cid).is_ok_and(|cid| cid.is_test())
}

impl ShopRow {
    /// Whether a contract of its own moves real money. The first shop's usual one is not stored.
    fn is_live(&self) -> bool {
        self.accounts.iter().any(|account| is_live(&account.cid))
    }
}

/// Whether real money has moved by what the database holds, or may.
pub(crate) async fn any_live(store: &Store) -> Result<bool, StoreError> {
    let shops = store.ask(All).await?;
    Ok(shops.iter().any(ShopRow::is_live) || store.ask(AnyLive).await?)
}

/// All shops. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Shops(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    make: Make,
    known: Mutex<Known>,
}

struct Known {
    shops: BTreeMap<ShopId, Arc<Shop>>,
    read_at: Timestamp,
}

impl Shops {
    pub(crate) fn new(store: Store, clock: Clock, make: Make) -> Self {
        let known = Known {
            shops: BTreeMap::new(),
            read_at: Timestamp::MIN,
        };
        Self(Arc::new(Inner {
            store,
            clock,
            make,
            known: Mutex::new(known),
        }))
    }

    /// Whether the secrets of all of them can be opened.
    pub(crate) async fn check(&self) -> Result<(), StartError> {
        for row in self.0.store.ask(All).await? {
            self.0.make.check(&row)?;
        }
        Ok(())
    }

    /// The shop.
    pub(crate) async fn shop(&self, id: ShopId) -> Result<Arc<Shop>, ShopError> {
        self.refresh().await?;
        let known = self.known().shops.get(&id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        // One that was added just now: ids come from the database, never from outside.
        self.learn(self.0.store.ask(All).await?);
        let known = self.known().shops.get(&id).cloned();
        known.ok_or(ShopError::Unknown(id))
    }

    /// The one whose settings are the server's.
    pub(crate) async fn first(&self) -> Result<Arc<Shop>, ShopError> {
        let all = self.all().await?;
        let first = all.into_iter().find(|shop| shop.is_first);
        first.ok_or(ShopError::NoFirst)
    }

    /// All of them.
    pub(crate) async fn all(&self) -> Result<Vec<Arc<Shop>>, ShopError> {
        self.refresh().await?;
        Ok(self.known().shops.values().cloned().collect())
    }

    /// The way to KakaoPay for a payment: by the contract that it was made ready with.
    pub(crate) async fn gateway(&self, payment: &Payment) -> Result<Gateway, ShopError> {
        let shop = self.shop(payment.shop_id).await?;
        shop.gateway(&payment.cid).cloned()
    }

    /// Reads them anew, if they were read too long ago or one of their keys has been turned away.
    async fn refresh(&self) -> Result<(), ShopError> {
        let now = self.0.clock.machine();
        {
            let mut known = self.known();
            let age = now.duration_since(known.read_at);
            let is_new = !age.is_negative() && age < limits::SHOPS_LAST;
            let key_refused = self.0.make.key_refused.swap(false, Ordering::SeqCst);
            if !known.shops.is_empty() && is_new && !key_refused {
                return Ok(());
            }
            // Whoever comes meanwhile makes do with what is known.
            known.read_at = now;
        }
        match self.0.store.ask(All).await {
            Ok(rows) => {
                self.learn(rows);
                Ok(())
            }
            Err(error) if self.known().shops.is_empty() => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the shops cannot be read: they stay as they are known");
                Ok(())
            }
        }
    }

    fn learn(&self, rows: Vec<ShopRow>) {
        if rows.iter().any(ShopRow::is_live) {
            // Before it is served.
            self.0.clock.leave_tests("a shop's contract is live");
        }
        let mut known = self.known();
        let before = std::mem::take(&mut known.shops);
        for row in rows {
            let id = row.id;
            let shop = match before.get(&id) {
                Some(same) if same.version == row.version => Arc::clone(same),
                other => Arc::new(self.0.make.shop(row, other.map(Arc::as_ref))),
            };
            known.shops.insert(id, shop);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Never left half-changed, so a poisoned lock is as good as another.
        let known = self.0.known.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }
}

//! What operator commands do to the database, while it is served or not. They need no way to KakaoPay,
//! and wake no recovery.
//!
//! **Invariant**: a command never makes a database, nor changes tables, unless it is told to.

mod keys;
mod shops;
mod webhooks;

use std::time::Duration;

pub use shops::ShopInfo;

use jiff::Timestamp;

use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::secrets::Vault;
use crate::shops::any_live;
use crate::start_error::StartError;
use crate::store::server::{Erase, Erased, MarkRestored, PrepareAhead, Prune};
use crate::store::{Database, OpenError, Store};

/// Between two pieces of work, so that a server which serves the same file has its turn.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a database may be made where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// It may.
    Yes,
    /// It has to be there.
    No,
}

/// The database, for an operator.
pub struct Admin {
    /// The server's settings, with which the shops' contracts have to go.
    config: Config,
    store: Store,
    clock: Clock,
    entropy: Entropy,
    vault: Vault,
}

impl Admin {
    /// Opens the database of the settings as it is; or makes it, if it may be made and is not there.
    pub async fn open(config: &Config, clock: Clock, create: Create) -> Result<Self, StartError> {
        config.check()?;
        let entropy = Entropy::system();
        let vault = Vault::load(config, entropy.clone())?;
        let Database(store) = match Database::as_it_is(config).await {
            Err(OpenError::Missing(_)) if create == Create::Yes => {
                drop(Database::open(config).await?);
                Database::as_it_is(config).await?
            }
            opened => opened?,
        };
        Ok(Self {
            config: config.clone(),
            store,
            clock,
            vault,
            entropy,
        })
    }

    /// The same on a database that is open already: for simulations.
    #[cfg(feature = "simulation")]
    pub fn on(Database(store): Database, clock: Clock, entropy: Entropy, vault: Vault) -> Self {
        Self {
            config: Config::default(),
            store,
            clock,
            entropy,
            vault,
        }
    }

    /// Marks the database as a restored backup: nothing is approved or canceled until `danpay recover`
    /// knows what it lacks.
    pub async fn mark_restored(&self) -> Result<(), StartError> {
        let at = self.clock.now();
        Ok(self.store.ask(MarkRestored { at }).await?)
    }

    /// Whether real money has moved by what the database holds, or may: a payment is live, or a shop's
    /// contract with KakaoPay is none of its test codes. The first shop's contract is not stored.
    pub async fn is_live(&self) -> Result<bool, StartError> {
        self.first_shop().await?;
        Ok(any_live(&self.store).await?)
    }

    /// Deletes the events of payments that were created before then and rest, and tells of how many
    /// with each piece. The payments stay.
    pub async fn prune(
        &self,
        before: Timestamp,
        mut tell: impl FnMut(u64),
    ) -> Result<(), StartError> {
        loop {
            match self.store.ask(Prune { before }).await? {
                0 => return Ok(()),
                more => tell(more),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Erases what tells of persons from payments that were created before then and are at their end,
    /// and their histories with it; tells of how many with each piece. The record of the money stays.
    pub async fn erase(
        &self,
        before: Timestamp,
        mut tell: impl FnMut(u64),
    ) -> Result<(), StartError> {
        let mut after = None;
        loop {
            let Erased { payments, last } = self.store.ask(Erase { before, after }).await?;
            tell(payments);
            if last.is_none() {
                return Ok(());
            }
            after = last;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Brings the tables of the settings' database up to date, and makes what they need ahead of time.
pub async fn migrate(config: &Config, clock: &Clock, create: Create) -> Result<(), StartError> {
    config.check()?;
    if create == Create::No && !Database::is_there(config) {
        return Err(OpenError::Missing(config.database_place()).into());
    }
    let Database(store) = Database::open(config).await?;
    Ok(store.ask(PrepareAhead { now: clock.now() }).await?)
}

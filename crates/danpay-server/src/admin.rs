//! What operator commands do to the books. They need no way to KakaoPay, and wake no recovery.

use jiff::Timestamp;

use crate::clock::Clock;
use crate::config::Config;
use crate::server::StartError;
use crate::store::Books;
use crate::store::server::{PrepareAhead, Prune};

/// Brings the tables of the settings' database up to date, and makes what they need ahead of time.
pub async fn migrate(config: &Config, clock: &Clock) -> Result<(), StartError> {
    let Books(store) = Books::open(config).await?;
    Ok(store.ask(PrepareAhead { now: clock.now() }).await?)
}

/// Marks the books of the settings as a restored backup: nothing is approved or canceled until
/// `danpay recover` knows what they lack.
pub async fn mark_restored(config: &Config, clock: &Clock) -> Result<(), StartError> {
    let books = Books::open(config).await?;
    Ok(books.mark_restored(clock.now()).await?)
}

/// Deletes the events of payments that were created before then and rest; of how many. The payments
/// stay.
pub async fn prune(config: &Config, before: Timestamp) -> Result<u64, StartError> {
    let Books(store) = Books::open(config).await?;
    let mut pruned = 0;
    loop {
        match store.ask(Prune { before }).await? {
            0 => return Ok(pruned),
            more => pruned += more,
        }
    }
}

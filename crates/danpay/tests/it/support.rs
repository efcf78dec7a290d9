//! What the browser tests stand on: a world of their own for each, and payers with a browser.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed, in what it stands on too"
)]

pub(crate) mod api;
mod barriers;
pub(crate) mod device;
pub(crate) mod driver;
mod hands;
pub(crate) mod payer;
mod pictures;
pub(crate) mod shop;
#[cfg(feature = "languages")]
mod shopper;
pub(crate) mod world;

use std::time::Duration;

pub(crate) use device::Device;
pub(crate) use payer::Payer;
pub(crate) use world::World;

/// How long anything may take that a test waits for. Only a failing test takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until there is something to see, or nobody can wait any longer.
pub(crate) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    let seen = async {
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.ok()
}

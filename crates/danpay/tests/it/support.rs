//! What the browser tests stand on: a world of their own for each, and payers with a browser.

pub(crate) mod api;
pub(crate) mod device;
pub(crate) mod driver;
pub(crate) mod payer;
pub(crate) mod shop;
pub(crate) mod world;

use std::time::Duration;

pub(crate) use device::Device;
pub(crate) use payer::Payer;
pub(crate) use world::World;

/// How long anything may take that a test waits for. Only a failing test takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until there is something to see; a test that looks in vain fails.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    let seen = tokio::time::timeout(PATIENCE, async {
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    });
    seen.await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

//! Whoever follows a shop and waits for its next event.
//!
//! **Invariant**: waiting holds nothing of the database, at most [`limits::FOLLOWERS`] wait for one shop in
//! this process, and nothing is kept of a shop for which nobody waits. Whoever looks after it has begun to
//! wait misses no event that this process makes readable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::ShopId;
use tokio::sync::watch;

use crate::limits;

/// All who wait. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Followers(Arc<Mutex<Shops>>);

/// Those for whom somebody waits.
type Shops = HashMap<ShopId, watch::Sender<()>>;

/// One who waits, until it is dropped.
pub(super) struct Follower {
    followers: Followers,
    shop_id: ShopId,
    woken: watch::Receiver<()>,
}

impl Followers {
    /// One more of the shop's; none, if too many wait already.
    pub(super) fn wait(&self, shop_id: ShopId) -> Option<Follower> {
        let mut shops = self.lock();
        let wake = shops.entry(shop_id).or_default();
        let woken = (wake.receiver_count() < limits::FOLLOWERS).then(|| wake.subscribe())?;
        Some(Follower {
            followers: self.clone(),
            shop_id,
            woken,
        })
    }

    /// An event of the shop can be read from now on.
    pub(super) fn wake(&self, shop_id: ShopId) {
        if let Some(wake) = self.lock().get(&shop_id) {
            wake.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shops> {
        // Never left half-changed, so a poisoned lock is as good as another.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Until it is woken, or was since the last time.
    pub(super) async fn woken(&mut self) {
        // Its sender is there for as long as this is.
        let _ = self.woken.changed().await;
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut shops = self.followers.lock();
        // This one is counted still.
        let is_last = shops
            .get(&self.shop_id)
            .is_some_and(|wake| wake.receiver_count() <= 1);
        if is_last {
            shops.remove(&self.shop_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(number: u8) -> ShopId {
        ShopId::from_bytes([number; 16])
    }

    async fn is_woken(follower: &mut Follower) -> bool {
        tokio::select! {
            biased;
            () = follower.woken() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn who_waits_is_woken_once_by_events_of_the_shop_alone() {
        let followers = Followers::default();
        let mut one = followers.wait(shop(1)).unwrap();
        followers.wake(shop(2));
        assert!(!is_woken(&mut one).await);
        followers.wake(shop(1));
        followers.wake(shop(1));
        assert!(is_woken(&mut one).await);
        assert!(!is_woken(&mut one).await);
    }

    #[test]
    fn so_many_wait_for_a_shop_and_nothing_is_kept_of_them() {
        let followers = Followers::default();
        let mut waiting: Vec<_> = (0..limits::FOLLOWERS)
            .map(|_| followers.wait(shop(1)).unwrap())
            .collect();
        assert!(followers.wait(shop(1)).is_none());
        assert!(followers.wait(shop(2)).is_some());
        waiting.pop();
        assert!(followers.wait(shop(1)).is_some());
        waiting.clear();
        assert!(followers.lock().is_empty());
    }
}

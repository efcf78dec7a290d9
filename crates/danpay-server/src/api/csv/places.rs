//! How many files are read at once.
//!
//! **Invariant**: a place is taken for as long as its file is kept, also by a reader that stalls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::ShopId;

use crate::limits;

/// The files of each shop that are being read from this server. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exports(Arc<Mutex<HashMap<ShopId, u32>>>);

impl Exports {
    fn lock(&self) -> MutexGuard<'_, HashMap<ShopId, u32>> {
        // Each change is whole before it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more file of the shop's, if there is one.
    pub(super) fn take(&self, shop_id: ShopId) -> Option<Place> {
        let mut taken = self.lock();
        let all: u32 = taken.values().sum();
        let shops = taken.get(&shop_id).copied().unwrap_or(0);
        if all >= limits::EXPORTS || shops >= limits::EXPORTS_OF_SHOP {
            return None;
        }
        taken.insert(shop_id, shops + 1);
        Some(Place {
            exports: self.clone(),
            shop_id,
        })
    }
}

/// Free again once this is dropped.
pub(super) struct Place {
    exports: Exports,
    shop_id: ShopId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.exports.lock();
        let left = taken.get(&self.shop_id).map_or(0, |shops| shops - 1);
        if left == 0 {
            taken.remove(&self.shop_id);
        } else {
            taken.insert(self.shop_id, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_has_its_places_and_all_together_no_more_than_the_server_has() {
        let exports = Exports::default();
        let shop = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_le_bytes());
            ShopId::from_bytes(id)
        };
        let mut places = Vec::new();
        for _ in 0..limits::EXPORTS_OF_SHOP {
            places.push(exports.take(shop(0)).unwrap());
        }
        assert!(exports.take(shop(0)).is_none());
        places.pop();
        places.push(exports.take(shop(0)).unwrap());
        for number in limits::EXPORTS_OF_SHOP..limits::EXPORTS {
            places.push(exports.take(shop(number)).unwrap());
        }
        assert!(exports.take(shop(99)).is_none());
        drop(places);
        assert!(exports.lock().is_empty());
    }
}

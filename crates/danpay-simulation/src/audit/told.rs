//! What shops are told: each event once, in its payment's order, and to whoever follows all the while.

use std::collections::BTreeMap;

use super::books::Booked;
use crate::seller::Seller;
use crate::world::World;

pub(super) fn check(world: &World, books: &[Booked]) {
    let mut shops: BTreeMap<&str, Vec<(i64, &str)>> = BTreeMap::new();
    for seller in Seller::all(world) {
        shops.entry(seller.cid()).or_default();
    }
    for booked in books {
        let shop = shops.entry(&booked.cid).or_default();
        let positions = booked.positions.iter();
        shop.extend(positions.map(|one| (one.position, one.event_id.as_str())));
    }
    for (cid, mut positions) in shops {
        positions.sort_unstable();
        let numbers: Vec<_> = positions.iter().map(|(position, _)| *position).collect();
        if !(1..)
            .zip(&numbers)
            .all(|(number, position)| number == *position)
        {
            world.violation(format!("the positions of {cid} are {numbers:?}"));
        }
        let told: Vec<_> = positions.into_iter().map(|(_, id)| id.to_owned()).collect();
        let followed = world.record().followed.remove(cid).unwrap_or_default();
        let followed = followed.events;
        if followed != told {
            let missed = told.iter().filter(|id| !followed.contains(id)).count();
            world.violation(format!(
                "who follows {cid} was told {} events of {}, and missed {missed}",
                followed.len(),
                told.len()
            ));
        }
    }
}

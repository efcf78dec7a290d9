//! On no day more is refunded than the shop lets go back, and no less.
//!
//! **Invariant**: at each commit, what is counted of a day in Korea is what is pending and done of what
//! danpay was asked for on it; so what has failed makes room, and nothing else does.

use std::collections::BTreeMap;

use anyhow::Result;
use danpay_core::timing::korean_day;
use danpay_core::{Cancellation, CancellationState};
use serde_json::Value;

use crate::counts::Kind;
use crate::seller::Seller;
use crate::weather;
use crate::world::World;

const COUNTED: &str = "
select cid, cast(day as text), cast(sum(sum) as text)
from (select day, sum, (select min(cid) from payments
        where payments.shop_id = refund_days.shop_id) as cid
    from refund_days) as counted
group by cid, day";

const CANCELLATIONS: &str = "
select cid, cast(body as text) from cancellations join payments on payments.id = payment_id";

/// KRW by merchant codes, each shop's own, and days in Korea.
type Days = BTreeMap<(String, String), i64>;

pub(super) fn check(world: &World) -> Result<()> {
    let counted = world.books.texts(COUNTED, &[])?.into_iter();
    let counted = counted.filter_map(|row| match row.as_slice() {
        [cid, day, sum] => Some(((cid.clone(), day.clone()), sum.parse().ok()?)),
        _ => None,
    });
    let mut counted: Days = counted.collect();
    counted.retain(|_, sum| *sum != 0);
    let held = asked(world, |state| {
        !matches!(state, CancellationState::Failed { .. })
    })?;
    if counted != held {
        world.violation(format!(
            "of refunds {counted:?} is counted, and {held:?} is pending and done"
        ));
    }
    let most = world.temper.refund_max_per_day.unwrap_or(i64::MAX);
    for ((cid, day), sum) in held {
        if sum > most {
            world.violation(format!(
                "{sum} KRW of {cid} are refunded on {day}, of {most}"
            ));
        }
    }
    Ok(())
}

/// What danpay was asked for, of cancellations that stand so.
fn asked(world: &World, counts: impl Fn(&CancellationState) -> bool) -> Result<Days> {
    let mut days = Days::new();
    for row in world.books.texts(CANCELLATIONS, &[])? {
        let [cid, body] = row.as_slice() else {
            continue;
        };
        let cancellation: Cancellation = serde_json::from_str(body)?;
        let state = &cancellation.state;
        let is_outside = matches!(state, CancellationState::Done { outside: true, .. });
        if !is_outside && counts(state) {
            let day = korean_day(cancellation.requested_at).to_string();
            *days.entry((cid.clone(), day)).or_default() += cancellation.amount.total.get();
        }
    }
    Ok(days)
}

/// The shop is told that a refund is above the limit of the day. No more can have been counted by then
/// than was ever asked for.
pub(crate) fn refused(world: &World, seller: Seller, told: &Value) {
    world.count(Kind::Weather, weather::ABOVE_THE_LIMIT);
    let number = |name| told.get(name).and_then(Value::as_i64).unwrap_or(-1);
    let (most, left) = (number("limit_amount"), number("left_today"));
    let day = told.get("day").and_then(Value::as_str).unwrap_or_default();
    let of = (seller.cid().to_owned(), day.to_owned());
    let ever = asked(world, |_| true).map(|days| days.get(&of).copied().unwrap_or_default());
    let is_true = world.temper.refund_max_per_day == Some(most)
        && left >= 0
        // A restored database lacks what was asked for.
        && (world.restores() > 0 || ever.is_ok_and(|ever| left >= most - ever));
    if !is_true {
        world.violation(format!("the shop is told of the limit of {day}: {told}"));
    }
}

//! The shop's people at KakaoPay's partner site: they cancel there, and danpay is not told.
//!
//! **Invariant**: of each payment that they have touched, the shop asks danpay to look it up, once
//! all is over; nothing else would.

use std::sync::Arc;

use http::Method;
use tokio::time::sleep;

use crate::counts::Kind;
use crate::shop::{self, Payment};
use crate::timeline::note;
use crate::world::World;

pub(crate) const OUTSIDE: &str = "cancellation outside danpay";

/// Of 1,000 payments, they touch so many if they are paid.
const TOUCHED: u32 = 200;

pub(crate) async fn work(world: Arc<World>, payment: Payment) {
    if !world.chance.is(TOUCHED) {
        return;
    }
    for _ in 0..world.chance.number(1..4) {
        sleep(world.chance.millis(20_000..600_000)).await;
        let (now, all) = (world.now(), world.chance.is(300));
        let Some(total) = world.kakaopay.cancel_outside(&payment.tid, all, now).await else {
            continue;
        };
        world.count(Kind::Weather, OUTSIDE);
        note(
            "desk",
            format_args!("cancels {total} of {} at KakaoPay's site", payment.tid),
        );
        world
            .record()
            .outside
            .insert(payment.id.clone(), payment.seller);
    }
}

/// The shop asks about all that its people have touched.
pub(crate) async fn reconcile(world: &Arc<World>) {
    let touched = world.record().outside.clone();
    for (id, seller) in touched {
        let path = format!("/v1/payments/{id}/recover");
        while shop::ask_status((world, seller), Method::POST, &path)
            .await
            .is_none()
        {
            sleep(world.chance.millis(1_000..5_000)).await;
        }
    }
}

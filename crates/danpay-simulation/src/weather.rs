//! What happens to all at once: clocks that jump, books that cannot be used or are older than they were,
//! KakaoPay that is down.
//!
//! **Invariant**: all of it is over soon after the chaos is.

use std::sync::{Arc, Mutex};

use danpay_server::{Moment, StoreError};
use tokio::time::sleep;

use crate::books::{Books, Trouble};
use crate::counts::Kind;
use crate::timeline::note;
use crate::world::{World, lock};
use crate::{desk, keys, operator, seller};

/// What is unwell now.
#[derive(Default)]
pub(crate) struct Weather {
    books: Mutex<Option<Trouble>>,
    kakaopay: Mutex<Option<Outage>>,
}

/// How KakaoPay is down.
#[derive(Clone, Copy)]
pub(crate) enum Outage {
    /// It takes no connection.
    Refuses,
    /// It takes calls and says nothing.
    Hangs,
    /// It answers with 5xx.
    Errs,
    /// It turns every call away: the quota is used up.
    TurnsAway,
}

impl Weather {
    /// How KakaoPay is down now, if it is.
    pub(crate) fn outage(&self) -> Option<Outage> {
        *lock(&self.kakaopay)
    }

    /// Nothing is, any more, but the disk for a minute at most.
    pub(crate) fn clear(&self) {
        *lock(&self.kakaopay) = None;
    }

    /// What whoever touches the books now hears of that.
    pub(crate) async fn touch(&self, books: &Books, moment: Moment) -> Result<(), StoreError> {
        let trouble = *lock(&self.books);
        let told = trouble.and_then(|trouble| books.tells(trouble, moment));
        let Some((after, problem)) = told else {
            return Ok(());
        };
        if !after.is_zero() {
            sleep(after).await;
        }
        Err(StoreError::Unavailable(problem.to_owned()))
    }
}

const TROUBLES: [(&str, Trouble); 4] = [
    ("disk full", Trouble::Full),
    ("books read-only", Trouble::ReadOnly),
    ("books locked", Trouble::Locked),
    ("books gone", Trouble::Gone),
];

const OUTAGES: [(&str, Outage); 4] = [
    ("KakaoPay refuses connections for a while", Outage::Refuses),
    ("KakaoPay hangs for a while", Outage::Hangs),
    ("KakaoPay answers 5xx for a while", Outage::Errs),
    ("KakaoPay's quota is used up for a while", Outage::TurnsAway),
];

/// By name.
pub(crate) fn all() -> Vec<&'static str> {
    let troubles = TROUBLES.iter().map(|(name, _)| *name);
    let outages = OUTAGES.iter().map(|(name, _)| *name);
    let others = [
        desk::OUTSIDE,
        keys::REPLACED,
        operator::RESTORED,
        operator::DAYS_LATER,
        KAKAOPAYS_CLOCK,
        ORDERS_REPEAT,
        seller::SECOND_SHOP,
        seller::LOST_KEY,
        ABOVE_THE_LIMIT,
    ];
    troubles.chain(outages).chain(others).collect()
}

const KAKAOPAYS_CLOCK: &str = "KakaoPay's clock is another";
const ORDERS_REPEAT: &str = "a shop without order numbers";
pub(crate) const ABOVE_THE_LIMIT: &str = "a refund above the limit of its day";

/// What holds for all of a life.
pub(crate) fn counts(world: &World) {
    if !world.kakaopay.ahead().is_zero() {
        world.count(Kind::Weather, KAKAOPAYS_CLOCK);
    }
    if world.temper.orders_repeat {
        world.count(Kind::Weather, ORDERS_REPEAT);
    }
}

pub(crate) async fn clocks_jump(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(1_000..180_000)).await;
        if let Some(host) = world.chance.pick(&world.hosts()).filter(|_| world.chaos()) {
            host.set_clock();
        }
    }
}

pub(crate) async fn books_fail(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(20_000..400_000)).await;
        let trouble = world.chance.pick(&TROUBLES).filter(|_| world.chaos());
        if let Some((what, trouble)) = trouble.copied() {
            world.count(Kind::Weather, what);
            note("books", what);
            set_books(&world, Some(trouble));
            sleep(world.chance.millis(500..60_000)).await;
            set_books(&world, None);
            note("books", "can be used again");
        }
    }
}

fn set_books(world: &World, trouble: Option<Trouble>) {
    *lock(&world.weather.books) = trouble;
    if let Err(error) = world.books.set(trouble) {
        world.violation(format!("the simulated disk fails by itself: {error}"));
    }
}

pub(crate) async fn kakaopay_is_down(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(30_000..1_200_000)).await;
        let outage = world.chance.pick(&OUTAGES).filter(|_| world.chaos());
        if let Some((what, outage)) = outage.copied() {
            world.count(Kind::Weather, what);
            note("KakaoPay", what);
            *lock(&world.weather.kakaopay) = Some(outage);
            sleep(world.chance.millis(10_000..300_000)).await;
            *lock(&world.weather.kakaopay) = None;
            note("KakaoPay", "is well again");
        }
    }
}

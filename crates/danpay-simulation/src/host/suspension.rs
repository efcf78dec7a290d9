//! Where and for how long servers are suspended while everybody else goes on.

use std::time::Duration;

use crate::chance::Chance;

/// Where a server can stand still: it awaits nothing but its disk and KakaoPay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Await {
    /// It has read.
    Read,
    /// It has decided, and is about to write.
    BeforeCommit,
    /// It has written, and does not know it yet.
    AfterCommit,
    /// It has set out to call KakaoPay, and nothing has left yet.
    Connecting,
    /// KakaoPay's answer is there, and it has not looked at it yet.
    Answered,
}

pub(super) const AWAITS: [(Await, &str); 5] = [
    (Await::Read, "suspended at a read"),
    (Await::BeforeCommit, "suspended before a commit"),
    (Await::AfterCommit, "suspended after a commit"),
    (Await::Connecting, "suspended before a call"),
    (Await::Answered, "suspended with an answer"),
];

/// Of 1,000 such moments so many are hit in a life that knows this one, and in which another is the one.
const FAVOURITE: u32 = 120;
/// Few answers are old when it matters.
const ANSWERED: u32 = 300;
const OTHERS: u32 = 4;
/// Most touches of the disk are recovery's, which finds nothing to do.
const FAVOURITE_ON_DISK: u32 = 20;

impl Await {
    /// One of them, for a life in which it is hit most.
    pub(crate) fn draw(chance: &Chance) -> Option<Self> {
        chance.pick(&AWAITS).map(|(at, _)| *at)
    }

    pub(super) fn name(self) -> &'static str {
        let named = AWAITS.iter().find(|(at, _)| *at == self);
        named.map_or("", |(_, name)| *name)
    }

    /// How often it is hit, of 1,000 times. `is_news` if a payment has changed by it, money is to move,
    /// or KakaoPay has told how a payment stands.
    pub(super) fn per_mille(self, favourite: Self, is_news: bool) -> u32 {
        match self {
            _ if self != favourite => OTHERS,
            Self::Answered if is_news => ANSWERED,
            _ if is_news => FAVOURITE,
            Self::Connecting | Self::Answered => OTHERS,
            _ => FAVOURITE_ON_DISK,
        }
    }
}

/// From seconds to minutes; most often for about as long as a call can be in doubt.
pub(super) fn lasts(chance: &Chance) -> Duration {
    match chance.number(0..6) {
        0 => chance.millis(1_000..10_000),
        1 => chance.millis(10_000..60_000),
        2 => chance.millis(60_000..240_000),
        _ => chance.millis(28_000..60_000),
    }
}

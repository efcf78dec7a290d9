//! What a life is like: which troubles it knows, and how often they strike.
//!
//! **Invariant**: drawn once, at the beginning. Most lives know a few troubles and meet them often:
//! what it takes two of to break is then broken in tens of lives instead of thousands.

use crate::chance::Chance;
use crate::host::Await;
use crate::network::Faults;

#[expect(
    clippy::struct_excessive_bools,
    reason = "each trouble is there or is not, whatever the others are"
)]
pub(crate) struct Temper {
    /// What befalls calls to KakaoPay.
    pub(crate) calls: Faults,
    /// Whether anything but calls to KakaoPay goes wrong too.
    pub(crate) others: bool,
    /// Whether most payers come back just before the fifteen minutes are over.
    pub(crate) is_late: bool,
    /// Whether payers are quick, so that those of one order meet.
    pub(crate) is_quick: bool,
    /// Of 1,000 times that the shop hears of a payment that is paid, it decides on a refund so often.
    pub(crate) refunds: u32,
    /// Where servers are suspended most, if they are at all.
    pub(crate) suspended: Option<Await>,
    /// Whether there is one server, so that nobody looks while it stands still.
    pub(crate) is_alone: bool,
    /// Whether KakaoPay's secret key is replaced.
    pub(crate) new_keys: bool,
    /// Whether the books are once an older backup.
    pub(crate) restored: bool,
    /// Whether another shop sells by the same servers.
    pub(crate) two_shops: bool,
    /// Whether the shops have no order numbers of their own.
    pub(crate) orders_repeat: bool,
    /// Whether the shop asks once more for its refunds when eight days have passed.
    pub(crate) days_later: bool,
    /// How much the shop lets go back on a day, KRW, if it has a limit.
    pub(crate) refund_max_per_day: Option<i64>,
    /// How many calls to ready, approve and cancel a server makes at once.
    pub(crate) calls_at_once: usize,
}

impl Temper {
    pub(crate) fn draw(chance: &Chance) -> Self {
        let is_late = chance.is(250);
        let calls = Faults::draw_some(chance, is_late);
        let others = !calls.are_about_money() || chance.is(500);
        let suspended = if calls.are_about_money() && chance.is(if is_late { 900 } else { 300 }) {
            // What a lookup said before a call took effect is heard long after it.
            Some(Await::Answered)
        } else {
            chance.is(400).then(|| Await::draw(chance)).flatten()
        };
        Self {
            others,
            is_late,
            is_quick: !is_late && chance.is(400),
            refunds: if chance.is(400) { 600 } else { 200 },
            is_alone: suspended.is_some() && chance.is(300),
            suspended,
            new_keys: others && chance.is(300),
            restored: others && chance.is(120),
            orders_repeat: chance.is(50),
            two_shops: chance.is(400),
            days_later: chance.is(80),
            refund_max_per_day: draw_limit(chance),
            calls_at_once: if chance.is(150) { 1 } else { 64 },
            calls,
        }
    }
}

/// About what one order or two come to.
fn draw_limit(chance: &Chance) -> Option<i64> {
    let most = chance.number(1_000..60_000).cast_signed();
    chance.is(400).then_some(most)
}

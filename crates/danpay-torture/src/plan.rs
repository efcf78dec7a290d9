//! What will be done about one order, all drawn before any of it is done.
//! Invariant: the plan of an order follows from the seed and its number alone.

use std::time::Duration;

use crate::chance::Chance;

pub(crate) struct Plan {
    pub(crate) number: u64,
    pub(crate) total: u64,
    pub(crate) tax_free: u64,
    pub(crate) vat: Option<u64>,
    /// The shop approves by itself.
    pub(crate) manual: bool,
    /// Of those who approve by themselves: whether it gets to it.
    pub(crate) approves: bool,
    /// The shop sends each request so often at once.
    pub(crate) at_once: u64,
    /// At most three.
    pub(crate) cancels: Vec<Cancel>,
    pub(crate) cancels_at_once: bool,
    pub(crate) payer: Payer,
}

/// Money that is to go back.
pub(crate) struct Cancel {
    /// After the shop has learned that it was paid.
    pub(crate) after: Duration,
    /// All that is left, unless a part of the order's total is named.
    pub(crate) part: Option<u64>,
    pub(crate) at_once: u64,
}

pub(crate) struct Payer {
    pub(crate) opens: bool,
    pub(crate) thinks: Duration,
    pub(crate) script: &'static str,
    /// Whether KakaoPay's redirect is followed at all, and after which time.
    pub(crate) comes_back: bool,
    pub(crate) dawdles: Duration,
    /// When each tab asks for the return address; at most three do.
    pub(crate) tabs: Vec<Duration>,
    /// When each look at the result, or another visit of the return address, follows the last.
    pub(crate) looks: Vec<(Duration, Look)>,
    /// Anyone can call the return addresses.
    pub(crate) forges: Vec<(Duration, &'static str)>,
}

#[derive(Clone, Copy)]
pub(crate) enum Look {
    Result,
    Return,
}

/// What payers do at KakaoPay, each as often as it stands here.
const SCRIPTS: [&str; 20] = [
    "pays_by_card",
    "pays_by_card",
    "pays_by_card",
    "pays_by_card",
    "pays_by_card",
    "pays_by_card",
    "pays_by_money",
    "pays_by_money",
    "pays_by_money",
    "pays_by_money",
    "returns_elsewhere",
    "quits",
    "quits",
    "short_of_balance",
    "card_refused",
    "locked",
    "bank_unknown",
    "wrong_password",
    "closes_window",
    "never_returns",
];

const FORGED: [&str; 5] = [
    "/return/{id}/approve?pg_token=ffffffffffffffffffff",
    "/return/{id}/approve",
    "/return/{id}/cancel",
    "/return/{id}/fail",
    "/pay/{id}",
];

impl Plan {
    pub(crate) fn draw(number: u64, chance: &mut Chance) -> Self {
        let total = chance.number(100..50_000);
        let tax_free = if chance.is(400) {
            chance.number(0..total)
        } else {
            0
        };
        let vat = chance
            .is(300)
            .then(|| chance.number(0..(total - tax_free) / 10 + 1));
        let cancels = if chance.is(350) {
            chance.number(1..4)
        } else {
            0
        };
        Self {
            number,
            total,
            tax_free,
            vat,
            manual: chance.is(250),
            approves: chance.is(900),
            at_once: if chance.is(200) {
                chance.number(2..4)
            } else {
                1
            },
            cancels: (0..cancels).map(|_| Cancel::draw(total, chance)).collect(),
            cancels_at_once: chance.is(300),
            payer: Payer::draw(chance),
        }
    }
}

impl Cancel {
    fn draw(total: u64, chance: &mut Chance) -> Self {
        Self {
            after: chance.millis(0..5_000),
            part: chance.is(650).then(|| chance.number(1..total)),
            at_once: if chance.is(250) { 2 } else { 1 },
        }
    }
}

impl Payer {
    fn draw(chance: &mut Chance) -> Self {
        let dawdles = if chance.is(80) {
            chance.millis(2_000..25_000)
        } else {
            chance.millis(10..700)
        };
        let tabs = if chance.is(250) {
            chance.number(2..4)
        } else {
            1
        };
        let looks = if chance.is(400) {
            chance.number(1..4)
        } else {
            0
        };
        let forges = if chance.is(150) {
            chance.number(1..4)
        } else {
            0
        };
        Self {
            opens: chance.is(950),
            thinks: chance.millis(50..3_000),
            script: chance.pick(&SCRIPTS).copied().unwrap_or_default(),
            comes_back: chance.is(950),
            dawdles,
            tabs: (0..tabs).map(|_| chance.millis(0..1_200)).collect(),
            looks: (0..looks).map(|_| look(chance)).collect(),
            forges: (0..forges).map(|_| forge(chance)).collect(),
        }
    }
}

fn look(chance: &mut Chance) -> (Duration, Look) {
    let look = if chance.is(350) {
        Look::Return
    } else {
        Look::Result
    };
    (chance.millis(100..4_000), look)
}

fn forge(chance: &mut Chance) -> (Duration, &'static str) {
    let path = chance.pick(&FORGED).copied().unwrap_or_default();
    (chance.millis(100..4_000), path)
}

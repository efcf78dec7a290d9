//! What will be done about one order, all drawn before any of it is done.
//! Invariant: the plan of an order follows from the seed and its number alone.

use std::time::Duration;

use crate::chance::Chance;

#[expect(clippy::struct_excessive_bools, reason = "each is decided on its own")]
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
    /// What the payer does in each tab or on each device: every one has a payment of its own, and at
    /// most three there are.
    pub(crate) attempts: Vec<Payer>,
    /// The shop sells the order once more after it has learned that it is paid.
    pub(crate) sells_again: bool,
}

/// Money that is to go back.
pub(crate) struct Cancel {
    /// After the shop has learned that it was paid.
    pub(crate) after: Duration,
    /// All that is left, unless a part is named, and how much of it is free of tax.
    pub(crate) part: Option<[u64; 2]>,
    /// How the client's transport repeats each request, unless it does not.
    pub(crate) repeated: Option<Repeat>,
}

/// A request that goes out twice, byte for byte the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Repeat {
    SideBySide,
    /// Once more after the connection was lost, so long after it was sent.
    AfterALoss(Duration),
}

#[derive(Clone)]
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
    /// When the payer tries a made-up `pg_token` at the own address, if at all.
    pub(crate) tampers: Option<Duration>,
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

/// What payers do who pay for an order once more.
const ONCE_MORE: [&str; 8] = [
    "pays_by_card",
    "pays_by_card",
    "pays_by_card",
    "pays_by_money",
    "returns_elsewhere",
    "short_of_balance",
    "locked",
    "bank_unknown",
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
        let cancels = if chance.is(900) {
            chance.number(1..4)
        } else {
            0
        };
        let first = Payer::draw(chance);
        let further = if chance.is(600) {
            chance.number(1..3)
        } else {
            0
        };
        let further: Vec<Payer> = (0..further).map(|_| first.once_more(chance)).collect();
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
            cancels: (0..cancels)
                .map(|_| Cancel::draw([total, tax_free], chance))
                .collect(),
            cancels_at_once: chance.is(300),
            attempts: [vec![first], further].concat(),
            sells_again: chance.is(150),
        }
    }
}

impl Cancel {
    fn draw(of: [u64; 2], chance: &mut Chance) -> Self {
        Self {
            after: chance.millis(0..2_500),
            part: chance.is(850).then(|| part(of, chance)),
            repeated: chance.is(950).then(|| Repeat::draw(chance)),
        }
    }
}

/// Most often so much that three of them fit.
fn part([total, tax_free]: [u64; 2], chance: &mut Chance) -> [u64; 2] {
    let most = if chance.is(850) { total / 3 } else { total };
    let part = chance.number(1..most + 1);
    [part, tax_free * part / total]
}

impl Repeat {
    fn draw(chance: &mut Chance) -> Self {
        if chance.is(500) {
            Self::SideBySide
        } else {
            Self::AfterALoss(chance.millis(0..150))
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
        Self {
            opens: chance.is(950),
            thinks: chance.millis(50..1_500),
            script: chance.pick(&SCRIPTS).copied().unwrap_or_default(),
            comes_back: chance.is(920),
            dawdles,
            tabs: (0..tabs).map(|_| chance.millis(0..1_200)).collect(),
            looks: (0..looks).map(|_| look(chance)).collect(),
            tampers: chance.is(60).then(|| chance.millis(0..1_500)),
        }
    }

    /// The same person in another tab or on another device, most often at the same time.
    fn once_more(&self, chance: &mut Chance) -> Self {
        let once_more = Self::draw(chance);
        let (thinks, dawdles) = if chance.is(800) {
            (self.thinks, self.dawdles)
        } else {
            (once_more.thinks, once_more.dawdles)
        };
        Self {
            thinks,
            dawdles,
            script: chance.pick(&ONCE_MORE).copied().unwrap_or_default(),
            ..once_more
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

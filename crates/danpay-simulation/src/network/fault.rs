//! What becomes of one call, drawn when it is sent.
//!
//! **Invariant**: every fault is counted by its name, and none strikes once the chaos is over.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use kakaopay::{Endpoint, Request, Response};
use serde_json::{Value, json};

use crate::kakaopay::{refusal, tid};
use crate::weather::Outage;
use crate::world::{Chance, World};

/// A request that is delayed by the network arrives this late, at most just before the SDK's own
/// time-out.
const LATE_MS: std::ops::Range<u64> = 1_000..14_900;
/// A call that is held up takes effect later than the margins allow for, yet before a no to the next
/// one, 30 s after it, could stand 30 s later.
const HELD_UP_MS: std::ops::Range<u64> = 18_000..34_000;
/// KakaoPay's own limit for what it does.
const EFFECT_MS: std::ops::Range<u64> = 0..11_000;
/// How far lookups lag behind the ledger. Nothing is known of KakaoPay's; the margins allow for it.
const LAG_MS: std::ops::Range<u64> = 500..3_000;

/// Which faults this life knows, and how often they strike. Most lives know a few and meet them often:
/// what it takes two of to break is then broken in tens of lives instead of thousands.
pub(crate) struct Faults {
    /// Of 1,000 calls so many meet one.
    per_mille: u32,
    /// By their names.
    known: BTreeSet<&'static str>,
    /// Calls that move no money meet none but their own.
    is_about_money: bool,
    /// Whether anything but calls to KakaoPay goes wrong too.
    pub(crate) others: bool,
    /// Whether most payers come back just before the fifteen minutes are over.
    pub(crate) is_late: bool,
}

/// They leave open for long whether money moves.
const DOUBTS: [&str; 3] = ["held up", "late effect", "slow effect"];

impl Faults {
    pub(crate) fn draw(chance: &Chance) -> Self {
        let all = ANY.iter().chain(&APPROVE).chain(&CANCEL).chain(&ORDER);
        let all: BTreeSet<_> = all.map(|(name, _)| *name).collect();
        let doubt = chance.pick(&DOUBTS).copied().into_iter();
        let is_late = chance.is(250);
        let kind = chance.number(0..4);
        let is_about_money = kind > 1;
        let (per_mille, known) = match kind {
            0 => (350, all),
            1 => (400, all.into_iter().filter(|_| chance.is(250)).collect()),
            _ if is_late => (700, doubt.chain(["stale lookup"]).collect()),
            // A no to one call, beside the doubt about another.
            _ => (800, doubt.chain(["refused"]).collect()),
        };
        let others = !is_about_money || chance.is(500);
        Self {
            per_mille,
            known,
            is_about_money,
            others,
            is_late,
        }
    }

    fn of(&self, endpoint: Endpoint) -> Vec<&'static (&'static str, Fault)> {
        let moves_money = matches!(endpoint, Endpoint::Approve | Endpoint::Cancel);
        let any = if self.is_about_money && !moves_money {
            &[]
        } else {
            ANY.as_slice()
        };
        let special: &[(&str, Fault)] = match endpoint {
            Endpoint::Approve => &APPROVE,
            Endpoint::Cancel => &CANCEL,
            Endpoint::Order => &ORDER,
            _ => &[],
        };
        let all = any.iter().chain(special);
        all.filter(|(name, _)| self.known.contains(name)).collect()
    }
}

#[derive(Clone)]
pub(super) struct Fate {
    pub(super) name: &'static str,
    /// Until it reaches KakaoPay.
    pub(super) there: Duration,
    /// Until it takes effect.
    pub(super) takes: Duration,
    /// How often it is executed.
    pub(super) times: u32,
    /// How far behind the ledger a lookup is.
    pub(super) lag: Option<SignedDuration>,
    /// Until the answer is back.
    pub(super) back: Duration,
    pub(super) said: Said,
    /// The answer is given before the call takes effect.
    pub(super) early: bool,
    /// It is what it is only as long as no money has moved.
    only_unpaid: bool,
    /// For how long the call could be held up and still be served.
    left: Duration,
}

#[derive(Clone)]
pub(super) enum Said {
    Truth,
    Silence,
    Reset,
    NotSent,
    Instead(Response),
    Half,
    AboutAnother,
    OfAnotherAmount,
}

type Fault = fn(&mut Fate, &Chance);

/// For every call.
static ANY: [(&str, Fault); 14] = [
    ("not sent", |fate, _| fate.unexecuted(Said::NotSent)),
    ("turned away (-429)", |fate, chance| {
        fate.unexecuted(Said::Instead(turned_away(chance)));
    }),
    ("request lost", |fate, _| fate.unexecuted(Said::Silence)),
    ("reset before effect", |fate, _| {
        fate.unexecuted(Said::Reset);
    }),
    ("request delayed", |fate, chance| {
        fate.there = chance.millis(LATE_MS);
    }),
    ("slow effect", |fate, chance| {
        fate.takes = chance.millis(EFFECT_MS);
    }),
    ("answer delayed", |fate, chance| {
        fate.back = chance.millis(1_000..30_000);
    }),
    ("answer lost", |fate, _| fate.said = Said::Silence),
    ("reset after effect", |fate, _| fate.said = Said::Reset),
    ("5xx before effect", |fate, chance| {
        fate.unexecuted(Said::Instead(error(chance)));
    }),
    ("5xx after effect", |fate, chance| {
        fate.said = Said::Instead(error(chance));
    }),
    ("late effect", |fate, chance| {
        (fate.early, fate.takes) = (true, chance.millis(EFFECT_MS));
        fate.said = if chance.is(500) {
            Said::Reset
        } else {
            Said::Instead(error(chance))
        };
        // The two at once are the longest that a call can stay in doubt.
        if chance.is(300) {
            fate.there = chance.millis(LATE_MS);
        }
    }),
    ("executed twice", |fate, chance| {
        (fate.times, fate.takes) = (2, chance.millis(0..5_500));
    }),
    ("half an answer", |fate, _| fate.said = Said::Half),
];

static APPROVE: [(&str, Fault); 6] = [
    ("held up", Fate::held_up),
    ("refused", |fate, _| {
        fate.refused_by_method(refusal(-780, Some("8008")));
    }),
    ("payer locked", |fate, _| {
        fate.refused_by_method(refusal(-780, Some("USER_LOCKED")));
    }),
    ("duplicate refused", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-785, None)));
    }),
    ("answer about another", |fate, _| {
        fate.said = Said::AboutAnother;
    }),
    ("another amount", |fate, _| {
        fate.said = Said::OfAnotherAmount;
    }),
];

static CANCEL: [(&str, Fault); 5] = [
    ("held up", Fate::held_up),
    ("refused", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-781, Some("8008"))));
    }),
    ("duplicate refused", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-785, None)));
    }),
    ("answer about another", |fate, _| {
        fate.said = Said::AboutAnother;
    }),
    ("another amount", |fate, _| {
        fate.said = Said::OfAnotherAmount;
    }),
];

static ORDER: [(&str, Fault); 3] = [
    ("stale lookup", stale),
    ("answer about another", |fate, _| {
        fate.said = Said::AboutAnother;
    }),
    ("another amount", |fate, _| {
        fate.said = Said::OfAnotherAmount;
    }),
];

fn stale(fate: &mut Fate, chance: &Chance) {
    fate.lag = SignedDuration::try_from(chance.millis(LAG_MS)).ok();
}

impl Fate {
    pub(super) fn draw(world: &World, request: &Request) -> Self {
        let chance = &world.chance;
        let left = match request.endpoint {
            Endpoint::Approve => world.kakaopay.time_left(&tid(request), world.now()),
            _ => Duration::MAX,
        };
        let mut fate = Self {
            name: "well",
            there: chance.millis(5..80),
            takes: Duration::ZERO,
            times: 1,
            lag: None,
            back: chance.millis(5..80),
            said: Said::Truth,
            early: false,
            only_unpaid: false,
            left,
        };
        if let Some(outage) = world.weather.outage() {
            world.count("call while KakaoPay is down");
            fate.name = "KakaoPay is down";
            fate.unexecuted(match outage {
                Outage::Refuses => Said::NotSent,
                Outage::Hangs => Said::Silence,
                Outage::Errs => Said::Instead(error(chance)),
                Outage::TurnsAway => Said::Instead(turned_away(chance)),
            });
        } else if world.chaos()
            && chance.is(world.faults.per_mille)
            && let Some((name, strike)) = chance.pick(&world.faults.of(request.endpoint))
        {
            strike(&mut fate, chance);
            fate.name = name;
            world.count(name);
        }
        fate
    }

    fn unexecuted(&mut self, said: Said) {
        (self.times, self.said) = (0, said);
    }

    /// Somewhere on its way: its sender hears of an error, and it arrives all the same, later than
    /// anybody waits, but within the 15 minutes.
    fn held_up(&mut self, chance: &Chance) {
        (self.early, self.said) = (true, Said::Reset);
        self.there = chance.millis(HELD_UP_MS).min(self.left);
        self.takes = chance.millis(EFFECT_MS);
    }

    /// The bank or card company says no: KakaoPay asks it only about what is not paid yet.
    fn refused_by_method(&mut self, refusal: Response) {
        self.unexecuted(Said::Instead(refusal));
        self.only_unpaid = true;
    }

    /// What becomes of the call now that it has arrived.
    pub(super) fn arrived(self, paid: impl Fn() -> bool) -> Self {
        if !(self.only_unpaid && paid()) {
            return self;
        }
        Self {
            times: 1,
            said: Said::Truth,
            ..self
        }
    }
}

/// The quota is used up.
fn turned_away(chance: &Chance) -> Response {
    let body = json!({ "error_code": -429, "error_message": "too many requests" });
    let mut response = Response::new(429, body.to_string());
    response.retry_after = chance
        .is(700)
        .then(|| Duration::from_secs(chance.number(1..40)));
    response
}

/// Something on the way, or KakaoPay itself, is unwell.
fn error(chance: &Chance) -> Response {
    let errors = [
        (
            500,
            json!({ "error_code": -500, "error_message": "internal error" }).to_string(),
        ),
        (
            503,
            json!({ "error_code": -503, "error_message": "maintenance" }).to_string(),
        ),
        (502, "<html>502 Bad Gateway</html>".to_owned()),
    ];
    match chance.pick(&errors) {
        Some((status, body)) => Response::new(*status, body.clone()),
        None => Response::default(),
    }
}

pub(super) fn half(mut answer: Response) -> Response {
    let middle = answer.body.len() / 2;
    answer.body.truncate(middle);
    answer
}

/// What KakaoPay would say of another payer's payment.
pub(super) fn about_another(answer: Response) -> Response {
    with(answer, "/tid", json!("T0000000000000000000"))
}

/// An answer that repeats another amount than was asked.
pub(super) fn of_another_amount(answer: Response) -> Response {
    let answer = with(answer, "/amount/total", json!(1));
    with(answer, "/canceled_amount/total", json!(1))
}

fn with(mut answer: Response, place: &str, value: Value) -> Response {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return answer;
    };
    if let Some(place) = body.pointer_mut(place) {
        *place = value;
        answer.body = body.to_string().into();
    }
    answer
}

//! What can befall a call, by name: the sandbox's names where it has one.
//!
//! **Invariant**: every fault is counted by its name, and none strikes once the chaos is over.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kakaopay::ApiEndpoint as Endpoint;

use super::damage;
use super::fate::{EFFECT_MS, Fate, Said, error, turned_away};
use crate::chance::Chance;
use crate::counts::ENDPOINTS;
use crate::kakaopay::refusal;

/// While KakaoPay is down.
pub(super) const DOWN: &str = "KakaoPay is down";

/// A request that is delayed by the network arrives this late, at most just before the SDK's own
/// time-out.
const LATE_MS: std::ops::Range<u64> = 1_000..14_900;
/// An answer that is late may be too late.
const BACK_MS: std::ops::Range<u64> = 1_000..30_000;
/// How far lookups lag behind the ledger. Nothing is known of KakaoPay's; the margins allow for it.
const LAG_MS: std::ops::Range<u64> = 500..3_000;

type Strike = fn(&mut Fate, &Chance);

/// A fault, by its name.
type Named = (&'static str, Strike);

/// Which faults calls meet in this life, and how often.
pub(crate) struct Faults {
    /// Of 1,000 calls so many meet one.
    per_mille: u32,
    /// By their names.
    known: BTreeSet<&'static str>,
    /// Which calls meet those that any call can meet.
    calls: &'static [Endpoint],
}

/// All names.
pub(crate) fn names() -> Vec<&'static str> {
    let all = ANY.iter().chain(&MONEY).chain(&APPROVE).chain(&CANCEL);
    let mut names: Vec<_> = all.chain(&ORDER).map(|(name, _)| *name).collect();
    names.push(DOWN);
    names
}

const ALL_CALLS: &[Endpoint] = &ENDPOINTS;
const MONEY_CALLS: &[Endpoint] = &[Endpoint::Approve, Endpoint::Cancel];
/// Those that meet every code in some lives. A no to the first keeps the last from being made.
const ONE_CALL: [&[Endpoint]; 10] = {
    let (ready, approve) = (&[Endpoint::Ready], &[Endpoint::Approve]);
    let (order, cancel) = (&[Endpoint::Order], &[Endpoint::Cancel]);
    [
        ready, order, approve, approve, approve, cancel, cancel, cancel, cancel, cancel,
    ]
};

/// They leave open for long whether money moves.
const DOUBTS: [&str; 4] = ["held up", "late_effect", "delay_before", "executed twice"];

/// Those of them that are answered, or given up, long before money moves.
const LATE: [&str; 2] = ["held up", "late_effect"];

impl Faults {
    pub(crate) fn draw_some(chance: &Chance, is_late: bool) -> Self {
        let all: BTreeSet<_> = names().into_iter().collect();
        let doubt = chance.pick(&DOUBTS).copied().into_iter();
        let one_call = chance.pick(&ONE_CALL).copied().unwrap_or_default();
        let (per_mille, known, calls) = match chance.number(0..8) {
            0 | 1 => (350, all, ALL_CALLS),
            2 => {
                let some = all.into_iter().filter(|_| chance.is(250));
                (400, some.collect(), ALL_CALLS)
            }
            3 | 4 => (900, [CODE].into(), one_call),
            _ if is_late => {
                let late = chance.pick(&LATE).copied().into_iter();
                (900, late.chain(["stale_lookup"]).collect(), MONEY_CALLS)
            }
            // A no to one call, beside the doubt about another.
            _ => (800, doubt.chain(["refused"]).collect(), MONEY_CALLS),
        };
        Self {
            per_mille,
            known,
            calls,
        }
    }

    /// Whether calls that move no money are well.
    pub(crate) fn are_about_money(&self) -> bool {
        self.calls == MONEY_CALLS
    }

    /// What befalls a call, if anything does.
    pub(super) fn draw(&self, endpoint: Endpoint, chance: &Chance) -> Option<Named> {
        if !chance.is(self.per_mille) {
            return None;
        }
        let meets_any = self.calls.contains(&endpoint);
        let any = ANY.iter().filter(|_| meets_any);
        let money = MONEY.iter().filter(|_| meets_any && endpoint.moves_money());
        let special = match endpoint {
            Endpoint::Approve => APPROVE.as_slice(),
            Endpoint::Cancel => &CANCEL,
            Endpoint::Order => &ORDER,
            _ => &[],
        };
        let all = any.chain(money).chain(special);
        let known: Vec<_> = all.filter(|(name, _)| self.known.contains(name)).collect();
        chance.pick(&known).map(|named| **named)
    }
}

const CODE: &str = "error_code";
const CODE_BESIDE: &str = "error_code, takes_effect";

/// For every call.
static ANY: [Named; 20] = [
    ("not sent", |fate, _| fate.unexecuted(Said::NotSent)),
    ("request lost", |fate, _| fate.unexecuted(Said::Silence)),
    ("request delayed", |fate, chance| {
        fate.there = chance.millis(LATE_MS);
    }),
    ("answer never comes", |fate, _| fate.said = Said::Silence),
    ("5xx after effect", |fate, chance| {
        fate.said = Said::Instead(error(chance));
    }),
    ("executed twice", |fate, chance| {
        (fate.times, fate.takes) = (2, chance.millis(0..5_500));
    }),
    ("reset_before", |fate, _| fate.unexecuted(Said::Reset)),
    ("answer_lost_after_commit", |fate, _| {
        fate.said = Said::Reset;
    }),
    ("reset_after", |fate, _| fate.said = Said::Reset),
    ("delay_before", |fate, chance| {
        fate.takes = chance.millis(EFFECT_MS);
    }),
    ("delay_after_commit", |fate, chance| {
        fate.back = chance.millis(BACK_MS);
    }),
    ("slow_drip", |fate, chance| {
        fate.back = chance.millis(BACK_MS);
    }),
    ("truncated_json", |fate, _| {
        fate.said = Said::Damaged(damage::half);
    }),
    ("wrong_type_json", |fate, _| {
        fate.said = Said::Damaged(damage::of_wrong_types);
    }),
    ("error_429", |fate, chance| {
        fate.unexecuted(Said::Instead(turned_away(chance)));
    }),
    ("error_500", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-500, None)));
    }),
    ("error_503", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-503, None)));
    }),
    ("maintenance", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-9798, None)));
    }),
    (CODE, Fate::code),
    (CODE_BESIDE, Fate::code_beside),
];

/// For calls that move money.
static MONEY: [Named; 6] = [
    ("held up", Fate::held_up),
    ("late_effect", |fate, chance| {
        late(fate, chance, Said::Instead(refusal(-500, None)));
    }),
    ("late_effect_after_reset", |fate, chance| {
        late(fate, chance, Said::Reset);
    }),
    ("refuse_duplicate", |fate, _| {
        fate.unexecuted(Said::Instead(refusal(-785, None)));
    }),
    ("answer about another", about_another),
    ("another amount", another_amount),
];

static APPROVE: [Named; 2] = [
    ("refused", |fate, _| fate.refused_by_method(-780, "8008")),
    ("payer locked", |fate, _| {
        fate.refused_by_method(-780, "USER_LOCKED");
    }),
];

static CANCEL: [Named; 1] = [("refused", |fate, _| {
    fate.unexecuted(Said::Instead(refusal(-781, Some("8008"))));
})];

static ORDER: [Named; 3] = [
    ("stale_lookup", |fate, chance| {
        fate.lag = SignedDuration::try_from(chance.millis(LAG_MS)).ok();
    }),
    ("answer about another", about_another),
    ("another amount", another_amount),
];

/// It is answered at once, and takes effect later.
fn late(fate: &mut Fate, chance: &Chance, said: Said) {
    (fate.early, fate.said) = (true, said);
    fate.takes = chance.millis(EFFECT_MS);
    // The two at once are the longest that a call can stay in doubt.
    if chance.is(300) {
        fate.there = chance.millis(LATE_MS);
    }
}

fn about_another(fate: &mut Fate, _: &Chance) {
    fate.said = Said::Damaged(damage::about_another);
}

fn another_amount(fate: &mut Fate, _: &Chance) {
    fate.said = Said::Damaged(damage::of_another_amount);
}

//! What came of it, as a table for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use danpay_test_postgres::Takeover;
use serde_json::{Value, json};

use super::Args;
use super::outages::Outage;
use crate::record::{Record, Told};

const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];

/// A primary that was killed.
pub(super) struct Killed {
    pub(super) killed_at: Instant,
    pub(super) takeover: Takeover,
}

/// What the shops were told, all of which has to hold.
pub(super) struct Facts {
    payments: usize,
    created: usize,
    paid: usize,
    canceled: usize,
    events: usize,
    violations: usize,
}

impl Facts {
    pub(super) fn of(record: &Record, payments: usize, violations: usize) -> Self {
        let told = record.told.values();
        let cancels = record.cancels.values().flatten();
        Self {
            payments,
            created: record
                .attempts
                .values()
                .map(|attempt| attempt.given.len())
                .sum(),
            paid: told
                .filter(|told| told.iter().any(|status| PAID.contains(&status.as_str())))
                .count(),
            canceled: cancels.filter(|asked| asked.told == Told::Done).count(),
            events: record.seen.values().map(BTreeMap::len).sum(),
            violations,
        }
    }
}

pub(super) struct Report<'a> {
    args: &'a Args,
    seed: u64,
    outages: Vec<Outage>,
    killed: Vec<Killed>,
    facts: Facts,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        (args, seed): (&'a Args, u64),
        outages: Vec<Outage>,
        killed: Vec<Killed>,
        facts: Facts,
    ) -> Self {
        Self {
            args,
            seed,
            outages,
            killed,
            facts,
        }
    }

    /// So many primaries were killed, payments could be had again after each, and nothing happened
    /// that must not.
    pub(super) fn is_well(&self, kills: usize) -> bool {
        let is_over = |outage: &Outage| outage.ended.is_some();
        self.killed.len() == kills
            && self.facts.violations == 0
            && self.facts.paid > 0
            && self.outages.iter().all(is_over)
    }

    /// The outages that ended (or have not) since this kill and before the next. One may have
    /// begun a bit before: with a request that was under way.
    fn outages_of(&self, number: usize) -> impl Iterator<Item = &Outage> {
        let from = self.killed.get(number).map(|killed| killed.killed_at);
        let next = self.killed.get(number + 1).map(|killed| killed.killed_at);
        self.outages.iter().filter(move |outage| {
            let since = outage.ended.is_none_or(|ended| from <= Some(ended));
            since && next.is_none_or(|next| outage.ended.is_some_and(|ended| ended < next))
        })
    }

    /// How many outages had ended before anything was killed.
    fn outages_before(&self) -> usize {
        let first = self.killed.first().map(|killed| killed.killed_at);
        let before = |outage: &&Outage| outage.ended.is_some() && outage.ended < first;
        self.outages.iter().filter(before).count()
    }

    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let mut line = |line: String| {
            let _ = writeln!(text, "{line}");
        };
        line(format!(
            "{:>4}  {:7} {:7} {:>14} {:>20}  payments refused for",
            "kill", "killed", "leads", "promoted after", "commits again after",
        ));
        for (number, Killed { takeover, .. }) in self.killed.iter().enumerate() {
            let outages = self.outages_of(number).map(|outage| match outage.took() {
                Some(took) => format!("{:.1} s ({} refusals)", took.as_secs_f64(), outage.refusals),
                None => format!("ever since ({} refusals)", outage.refusals),
            });
            line(format!(
                "{:4}  {:7} {:7} {:12.1} s {:18.1} s  {}",
                number + 1,
                takeover.killed,
                takeover.leads,
                takeover.promoted_after.as_secs_f64(),
                takeover.synchronous_after.as_secs_f64(),
                outages.collect::<Vec<_>>().join(", "),
            ));
        }
        let before = self.outages_before();
        if before > 0 {
            line(format!("{before} outages before the first kill"));
        }
        let Facts {
            payments,
            created,
            paid,
            canceled,
            events,
            violations,
        } = self.facts;
        line(format!(
            "the shops were told of {created} payments created, {paid} paid, {canceled} \
             cancellations done, and have seen {events} events"
        ));
        line(format!(
            "seed {}: {payments} payments in the books, {violations} violations (what was told is \
             lost, or the books differ from KakaoPay's)",
            self.seed
        ));
        text
    }

    pub(super) fn json(&self) -> String {
        let kills = self.killed.iter().enumerate();
        let kills: Vec<Value> = kills
            .map(|(number, Killed { takeover, .. })| {
                let outages = self.outages_of(number).map(|outage| {
                    let took = outage.took().map(|took| took.as_secs_f64());
                    json!({ "refused_s": took, "refusals": outage.refusals })
                });
                json!({
                    "killed": takeover.killed,
                    "leads": takeover.leads,
                    "promoted_after_s": takeover.promoted_after.as_secs_f64(),
                    "commits_again_after_s": takeover.synchronous_after.as_secs_f64(),
                    "outages": outages.collect::<Vec<_>>(),
                })
            })
            .collect();
        let facts = &self.facts;
        let whole = json!({
            "seed": self.seed,
            "nodes": self.args.nodes,
            "servers": self.args.servers,
            "away_s": self.args.away,
            "outages_before": self.outages_before(),
            "kills": kills,
            "told": {
                "created": facts.created,
                "paid": facts.paid,
                "cancellations_done": facts.canceled,
                "events": facts.events,
            },
            "payments": facts.payments,
            "violations": facts.violations,
            "well": self.is_well(self.args.kills),
        });
        format!("{whole:#}\n")
    }
}

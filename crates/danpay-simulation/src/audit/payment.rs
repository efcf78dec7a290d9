//! One payment beside KakaoPay's record of it: its end, its money, and what went back.

use std::collections::BTreeSet;

use kakaopay_sandbox::{LedgerEntry, PaymentRecord};
use serde_json::Value;

use super::books::Booked;
use super::{PAID, UNPAID};
use crate::world::World;

/// Total, free of tax, VAT.
type Split = [u64; 3];

pub(super) fn check(world: &World, booked: &Booked, record: &PaymentRecord) {
    let Booked { id, status, .. } = booked;
    let say = |what: String| world.violation(format!("{id} is {status}, and {what}"));
    let paid = record.approvals > 0;
    if PAID.contains(&status.as_str()) != paid {
        say(format!("KakaoPay has {} approvals of it", record.approvals));
    }
    if !PAID.contains(&status.as_str()) && !UNPAID.contains(&status.as_str()) {
        say("that should have been settled".to_owned());
    }
    if booked.has_token {
        say("its pg_token is still there".to_owned());
    }
    if record.approvals > 1 {
        say("it was approved more than once".to_owned());
    }
    let went: Vec<_> = cancels(record).collect();
    check_told(world, booked, record);
    if paid {
        let truth = [record.total, record.tax_free, record.vat];
        let ours = split(booked.state.pointer("/approval/amount"));
        if ours != truth {
            say(format!("our amount is {ours:?}, KakaoPay's {truth:?}"));
        }
        let truth = went
            .iter()
            .map(|entry| entry_split(entry))
            .fold([0; 3], sum);
        let ours = split(booked.state.get("canceled"));
        if ours != truth {
            say(format!(
                "our canceled amount is {ours:?}, KakaoPay's {truth:?}"
            ));
        }
        if record.canceled_total > record.total {
            say("more went back than was paid".to_owned());
        }
    }
    check_cancellations(world, booked, &went);
}

fn cancels(record: &PaymentRecord) -> impl Iterator<Item = &LedgerEntry> {
    record.entries.iter().filter(|entry| entry.kind == "CANCEL")
}

/// No end that was ever told, or written, is contradicted by KakaoPay.
fn check_told(world: &World, booked: &Booked, record: &PaymentRecord) {
    let told = world.record().told.get(&booked.id).cloned();
    let seen = booked.events.iter().filter_map(|event| {
        let status = event.pointer("/state/status").and_then(Value::as_str);
        status.map(str::to_owned)
    });
    let once: BTreeSet<String> = told.into_iter().flatten().chain(seen).collect();
    for once in once {
        let so = match once.as_str() {
            "quit" | "failed" | "expired" | "withdrawn" => record.approvals == 0,
            "approved" => record.approvals > 0,
            "partially_canceled" => record.canceled_total > 0,
            "canceled" => record.canceled_total == record.total,
            _ => true,
        };
        if !so {
            world.violation(format!(
                "{} was once {once}, which KakaoPay's ledger contradicts",
                booked.id
            ));
        }
    }
}

/// Each of ours was executed once, or failed and never was; the rest was made outside.
fn check_cancellations(world: &World, booked: &Booked, went: &[&LedgerEntry]) {
    let say = |what: String| world.violation(format!("{}: {what}", booked.id));
    let (outside, ours): (Vec<_>, Vec<_>) = booked
        .cancellations
        .iter()
        .map(|cancellation| &cancellation.body)
        .partition(|cancellation| cancellation.get("outside") == Some(&true.into()));
    let mut unexplained: Vec<_> = went.to_vec();
    for cancellation in &ours {
        let (id, status) = (text(cancellation, "id"), text(cancellation, "status"));
        let amount = split(cancellation.get("amount"));
        let executed = unexplained.extract_if(.., |entry| entry.payload.as_deref() == Some(id));
        let executed: Vec<_> = executed.map(entry_split).collect();
        let right = match status {
            "done" => executed == [amount],
            "failed" => executed.is_empty(),
            _ => false,
        };
        if !right {
            say(format!(
                "{id} of {amount:?} is {status}, and was executed as {executed:?}"
            ));
        }
    }
    // Several that were found by one lookup are booked as one.
    let truth = unexplained
        .iter()
        .map(|entry| entry_split(entry))
        .fold([0; 3], sum);
    let found = outside
        .iter()
        .map(|outside| split(outside.get("amount")))
        .fold([0; 3], sum);
    if truth != found || unexplained.len() < outside.len() {
        say(format!(
            "{truth:?} was canceled outside, and {found:?} is booked so"
        ));
    }
}

fn entry_split(entry: &LedgerEntry) -> Split {
    [entry.total, entry.tax_free, entry.vat]
}

fn sum(one: Split, other: Split) -> Split {
    let [total, tax_free, vat] = one;
    [total + other[0], tax_free + other[1], vat + other[2]]
}

fn split(amount: Option<&Value>) -> Split {
    ["total", "tax_free", "vat"].map(|part| {
        let part = amount.and_then(|amount| amount.get(part));
        part.and_then(Value::as_u64).unwrap_or(0)
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

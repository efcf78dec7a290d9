//! When all is over: do our books say what KakaoPay's ledger says?
//!
//! **Invariant**: the auditor reads the tables and the ledger themselves and shares no code with
//! what wrote them.

use std::collections::{BTreeMap, BTreeSet};

use danpay_server::Memory;
use kakaopay_sandbox::PaymentRecord;
use rusqlite::Row;
use serde_json::Value;

use crate::kakaopay::SECRET_KEY;
use crate::timeline;
use crate::world::World;

/// Ends that say that no money moved.
const UNPAID: [&str; 3] = ["quit", "failed", "expired"];
const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];

struct Booked {
    id: String,
    tid: String,
    order_id: String,
    version: u32,
    status: String,
    state: Value,
    has_token: bool,
    events: Vec<(u32, String, Value)>,
    /// Id, status and total of each.
    cancellations: Vec<(String, String, u64)>,
}

/// At the very moment that money moves, the claim must be in the books: whatever dies now,
/// somebody will ask.
pub(crate) fn money_moves(world: &World, tid: &str) {
    let status = world.memory.inspect(|connection| {
        let find = "select status from payments where tid = ?1";
        connection.query_row(find, [tid], |row| row.get::<_, String>(0))
    });
    if !status.as_ref().is_ok_and(|status| status == "approving") {
        world.violation(format!(
            "money moves for {tid}, and in the books it is {status:?}"
        ));
    }
}

/// The same for money on its way back.
pub(crate) fn money_goes_back(world: &World, tid: &str) {
    let pending = world.memory.inspect(|connection| {
        let find = "select count(*) from cancellations join payments on payments.id = payment_id
                    where tid = ?1 and cancellations.status = 'pending'";
        connection.query_row(find, [tid], |row| row.get::<_, u32>(0))
    });
    if pending != Ok(1) {
        world.violation(format!(
            "money goes back for {tid}, and {pending:?} cancellations pend"
        ));
    }
}

pub(crate) fn audit(world: &World) {
    let books = match read(&world.memory) {
        Ok(books) => books,
        Err(error) => return world.violation(format!("the books cannot be read: {error}")),
    };
    let ledger = world.kakaopay.payments();
    let by_tid: BTreeMap<&str, &PaymentRecord> = ledger
        .iter()
        .map(|record| (record.tid.as_str(), record))
        .collect();
    for booked in &books {
        world.count(match booked.status.as_str() {
            "approved" => "payments approved",
            "partially_canceled" => "payments partially canceled",
            "canceled" => "payments canceled",
            "expired" => "payments expired",
            "failed" => "payments failed",
            "quit" => "payments quit",
            _ => "payments otherwise",
        });
        match by_tid.get(booked.tid.as_str()) {
            Some(record) => check_payment(world, booked, record),
            None => world.violation(format!("{} has a TID of nobody", booked.id)),
        }
        check_events(world, booked);
        check_keys(world, booked);
    }
    check_ledger(world, &books, &ledger);
    check_orders(world, &books, &ledger);
    check_secrets(world);
}

fn check_payment(world: &World, booked: &Booked, record: &PaymentRecord) {
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
    let told = world.record().told.get(id).cloned().unwrap_or_default();
    let seen = booked.events.iter().map(|(_, _, state)| status_of(state));
    for once in told.into_iter().chain(seen) {
        let contradicted = if paid { &UNPAID } else { &PAID };
        if contradicted.contains(&once.as_str()) {
            say(format!(
                "it was once {once}, which KakaoPay's ledger contradicts"
            ));
        }
    }
    if paid {
        let amount = booked.state.pointer("/approval/amount");
        for (part, truth) in [
            ("total", record.total),
            ("tax_free", record.tax_free),
            ("vat", record.vat),
        ] {
            let ours = amount
                .and_then(|amount| amount.get(part))
                .and_then(Value::as_u64);
            if ours != Some(truth) {
                say(format!("our {part} is {ours:?}, KakaoPay's is {truth}"));
            }
        }
        check_cancellations(world, booked, record);
    }
}

/// What went back, in sum and one by one.
fn check_cancellations(world: &World, booked: &Booked, record: &PaymentRecord) {
    let say = |what: String| world.violation(format!("{}: {what}", booked.id));
    let went: Vec<_> = record
        .entries
        .iter()
        .filter(|entry| entry.kind == "CANCEL")
        .collect();
    let sums = [
        ("total", went.iter().map(|entry| entry.total).sum::<u64>()),
        ("tax_free", went.iter().map(|entry| entry.tax_free).sum()),
        ("vat", went.iter().map(|entry| entry.vat).sum()),
    ];
    for (part, truth) in sums {
        let ours = booked.state.pointer(&format!("/canceled/{part}"));
        let ours = ours.and_then(Value::as_u64).unwrap_or(0);
        if ours != truth {
            say(format!(
                "our canceled {part} is {ours}, KakaoPay's is {truth}"
            ));
        }
    }
    if sums
        .iter()
        .any(|(part, sum)| *part == "total" && *sum > record.total)
    {
        say("more went back than was paid".to_owned());
    }
    for (id, status, total) in &booked.cancellations {
        let executed = went
            .iter()
            .filter(|entry| entry.payload.as_ref() == Some(id));
        let executed: Vec<u64> = executed.map(|entry| entry.total).collect();
        let right = match status.as_str() {
            "done" => executed == [*total],
            "failed" => executed.is_empty(),
            _ => false,
        };
        if !right {
            say(format!(
                "{id} of {total} is {status}, and was executed as {executed:?}"
            ));
        }
    }
    let known = |id: &Option<String>| {
        let mut ours = booked.cancellations.iter();
        id.as_ref()
            .is_some_and(|id| ours.any(|(ours, ..)| ours == id))
    };
    if !went.iter().all(|entry| known(&entry.payload)) {
        say("KakaoPay has a cancellation that is in no book".to_owned());
    }
}

/// One key, one cancellation.
fn check_keys(world: &World, booked: &Booked) {
    let cancels = world
        .record()
        .cancels
        .get(&booked.id)
        .map_or(0, BTreeSet::len);
    let cancellations = booked.cancellations.len();
    if cancellations > cancels {
        world.violation(format!(
            "{} has {cancellations} cancellations of {cancels} keys",
            booked.id
        ));
    }
}

fn check_events(world: &World, booked: &Booked) {
    let sequences: Vec<u32> = booked
        .events
        .iter()
        .map(|(sequence, ..)| *sequence)
        .collect();
    if sequences != (1..=booked.version).collect::<Vec<_>>() {
        let version = booked.version;
        world.violation(format!(
            "{} has version {version} and events {sequences:?}",
            booked.id
        ));
    }
    if booked.events.last().map(|(_, _, state)| state) != Some(&booked.state) {
        world.violation(format!(
            "{} is in another state than its last event",
            booked.id
        ));
    }
    if booked
        .events
        .iter()
        .any(|(_, kind, _)| kind == "payment.corrected")
    {
        world.violation(format!("{} had to be corrected", booked.id));
    }
}

/// Money that we know nothing of.
fn check_ledger(world: &World, books: &[Booked], ledger: &[PaymentRecord]) {
    let known: BTreeSet<&str> = books.iter().map(|booked| booked.tid.as_str()).collect();
    for record in ledger {
        if record.approvals > 0 && !known.contains(record.tid.as_str()) {
            world.violation(format!("{} was paid and is in no book", record.tid));
        }
    }
}

/// One order, one key, one payment.
fn check_orders(world: &World, books: &[Booked], ledger: &[PaymentRecord]) {
    let mut booked: BTreeMap<&str, u32> = BTreeMap::new();
    for payment in books {
        *booked.entry(&payment.order_id).or_default() += 1;
    }
    let mut approved: BTreeMap<&str, u32> = BTreeMap::new();
    for record in ledger {
        *approved.entry(&record.order_id).or_default() += record.approvals;
    }
    for (what, counts) in [("payments", booked), ("approvals", approved)] {
        for (order, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
            world.violation(format!("{order} has {count} {what}"));
        }
    }
    let given = world.record().given.clone();
    for (key, ids) in given {
        let stored = ids
            .iter()
            .all(|id| books.iter().any(|booked| &booked.id == id));
        if ids.len() > 1 || !stored {
            world.violation(format!(
                "{key} was answered with {ids:?}, or these are not stored"
            ));
        }
    }
}

fn check_secrets(world: &World) {
    let mut secrets = world.record().secrets.clone();
    secrets.insert(SECRET_KEY.to_owned());
    for secret in secrets {
        if timeline::has(&secret) {
            world.violation("a secret is in a line of the log".to_owned());
        }
    }
}

fn status_of(state: &Value) -> String {
    let status = state.get("status").and_then(Value::as_str);
    status.unwrap_or_default().to_owned()
}

fn read(memory: &Memory) -> rusqlite::Result<Vec<Booked>> {
    memory.inspect(|connection| {
        let mut payments = connection.prepare(
            "select id, tid, order_id, version, status, state, pg_token is not null
             from payments order by id",
        )?;
        let mut events = connection.prepare(
            "select sequence, type, state from events where payment_id = ?1 order by sequence",
        )?;
        let mut cancellations = connection.prepare(
            "select id, status, total from cancellations where payment_id = ?1 order by id",
        )?;
        let rows = payments.query_map([], |row| {
            let key: [u8; 16] = row.get(0)?;
            let events =
                events.query_map([key], |row| Ok((row.get(0)?, row.get(1)?, json(row, 2)?)))?;
            let cancellations = cancellations.query_map([key], |row| {
                let id = danpay_core::CancellationId::from_bytes(row.get(0)?);
                Ok((id.to_string(), row.get(1)?, row.get::<_, u32>(2)?.into()))
            })?;
            Ok(Booked {
                cancellations: cancellations.collect::<Result<_, _>>()?,
                id: name(key),
                tid: row.get(1)?,
                order_id: row.get(2)?,
                version: row.get(3)?,
                status: row.get(4)?,
                state: json(row, 5)?,
                has_token: row.get(6)?,
                events: events.collect::<Result<_, _>>()?,
            })
        })?;
        rows.collect()
    })
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// The id as the shop knows it.
fn name(key: [u8; 16]) -> String {
    danpay_core::PaymentId::from_bytes(key).to_string()
}

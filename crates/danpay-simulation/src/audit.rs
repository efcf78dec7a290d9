//! When all is over: do our books say what KakaoPay's ledger says?
//!
//! **Invariant**: the auditor reads the tables and the ledger themselves and shares no code with
//! what wrote them, but for the replay of events, which is what it checks.

mod books;
mod history;
mod payment;

use std::collections::{BTreeMap, BTreeSet};

use kakaopay::{Endpoint, Request};
use kakaopay_sandbox::PaymentRecord;

use self::books::Booked;
use crate::kakaopay::{SECRET_KEY, tid};
use crate::timeline;
use crate::world::World;

/// Each call that moves money has a claim of its own, in the books before it is sent.
pub(crate) fn call_is_claimed(world: &World, request: &Request) {
    let claims = match request.endpoint {
        Endpoint::Approve => "('payment.approving', 'payment.approval_repeated')",
        Endpoint::Cancel => "('cancellation.requested', 'cancellation.repeated')",
        _ => return,
    };
    let tid = tid(request);
    let claims = format!(
        "events join payments on payments.id = payment_id where tid = $1 and type in {claims}"
    );
    let claimed = world.books.count(&claims, &tid);
    let calls = {
        let mut record = world.record();
        let key = (request.endpoint.path(), tid.clone());
        let calls = record.calls.entry(key).or_default();
        *calls += 1;
        *calls
    };
    if !claimed
        .as_ref()
        .is_ok_and(|claimed| i64::from(calls) <= *claimed)
    {
        let endpoint = request.endpoint;
        world.violation(format!(
            "call {calls} to {endpoint} {tid} sets out, and {claimed:?} were claimed"
        ));
    }
}

/// At the very moment that money moves, the claim must be in the books: whatever dies now,
/// somebody will ask.
pub(crate) fn money_moves(world: &World, tid: &str) {
    let approving = "payments where tid = $1 and status = 'approving'";
    let approving = world.books.count(approving, tid);
    if !matches!(approving, Ok(1)) {
        world.violation(format!(
            "money moves for {tid}, and {approving:?} payments of it are being approved"
        ));
    }
}

/// The same for money on its way back.
pub(crate) fn money_goes_back(world: &World, tid: &str) {
    let pending = "cancellations join payments on payments.id = payment_id
                   where tid = $1 and cancellations.status = 'pending'";
    let pending = world.books.count(pending, tid);
    if !matches!(pending, Ok(1)) {
        world.violation(format!(
            "money goes back for {tid}, and {pending:?} cancellations pend"
        ));
    }
}

pub(crate) fn audit(world: &World) {
    let books = match books::read(&world.books) {
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
            "approved" => "payments: approved",
            "partially_canceled" => "payments: partially canceled",
            "canceled" => "payments: canceled",
            "expired" => "payments: expired",
            "failed" => "payments: failed",
            "quit" => "payments: quit",
            _ => "payments: otherwise",
        });
        match by_tid.get(booked.tid.as_str()) {
            Some(record) => payment::check(world, booked, record),
            None => world.violation(format!("{} has a TID of nobody", booked.id)),
        }
        history::check(world, booked);
    }
    check_ledger(world, &books, &ledger);
    check_orders(world, &books, &ledger);
    check_secrets(world);
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

/// One order, one key, one payment, one approval.
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

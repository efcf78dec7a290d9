//! Do our books say what KakaoPay's ledger says? Asked at each commit, at each call and whenever money
//! moves, and once more when all is over.
//!
//! **Invariant**: the auditor reads the tables and the ledger themselves and shares no code with
//! what wrote them, but for the replay of events, which is what it checks.

mod back;
mod books;
mod call;
mod commit;
mod history;
mod orders;
mod payment;
mod refund_days;
mod refunds;
mod seen;
mod told;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use kakaopay_sandbox::PaymentRecord;

use self::books::Booked;
use crate::counts::Kind;
use crate::keys::SECRET_KEY;
use crate::timeline;
use crate::world::World;

pub(crate) use self::back::Back;
pub(crate) use self::call::{call_sets_out, money_goes_back, money_moves};
pub(crate) use self::commit::{books_are_older, committed};
pub(crate) use self::refund_days::refused;
pub(crate) use self::seen::Seen;
pub(crate) use self::webhooks::{Hooked, arrives as webhook_arrives};

/// Ends that say that no money moved.
const UNPAID: [&str; 4] = ["quit", "failed", "expired", "withdrawn"];
const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];

/// How payments end.
pub(crate) const ENDS: [&str; 7] = [
    "approved",
    "partially_canceled",
    "canceled",
    "expired",
    "failed",
    "quit",
    "withdrawn",
];

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
        let end = ENDS.iter().find(|end| **end == booked.status);
        if let Some(end) = end {
            world.count(Kind::Payment, *end);
        }
        match by_tid.get(booked.tid.as_str()) {
            Some(record) => payment::check(world, booked, record),
            None => world.violation(format!("{} has a TID of nobody", booked.id)),
        }
        history::check(world, booked);
    }
    check_ledger(world, &books, &ledger);
    orders::check(world, &books, &ledger);
    refunds::check(world, &books, &ledger);
    if let Err(error) = refund_days::check(world) {
        world.violation(format!("the books cannot be read: {error}"));
    }
    told::check(world, &books);
    webhooks::check(world, &books);
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

fn check_secrets(world: &World) {
    let mut secrets = world.record().secrets.clone();
    secrets.insert(SECRET_KEY.to_owned());
    for secret in secrets {
        if timeline::has(&secret) {
            world.violation("a secret is in a line of the log".to_owned());
        }
    }
}

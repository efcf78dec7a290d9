//! Each bug that can be planted is found, and the books are right without one.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they expect, and what they found"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use danpay_core::planted::{Bug, plant};
use danpay_simulation::{Engine, Place, live};

/// Where bugs of the shell are planted as well: see `xtask/src/planted.rs`.
const COPY: &str = "target/planted/crates/danpay-simulation";

/// Within how many lives a bug has to be found.
const LIVES: u64 = 3_000;

/// Bugs that show in few lives, and one of these: it is looked at first, so that the hunt is short. Where
/// a bug shows there no longer, it is hunted from the first life on, and the table has the next one.
const RARE: [(Bug, u64); 7] = [
    (Bug::LookupAsOldAsItsAnswer, 2_034),
    (Bug::CancelRefusalBelievedInDoubt, 818),
    (Bug::ExpiryWithoutMargin, 625),
    (Bug::WrongTokenBelievedAtOnce, 372),
    (Bug::RefundLimitOnlyRead, 271),
    (Bug::CancelWithoutAvailable, 116),
    (Bug::TimeoutIsNotSent, 114),
];

/// What came of one bug.
struct Hunt {
    bug: Bug,
    /// The life in which it was found, and by what.
    found: Option<(u64, String)>,
}

/// Bugs against which the books themselves stand: the version of a payment, its claim, the claim of
/// its order, the time at which it is looked at, and what the database checks. Not the sum of a day's
/// refunds: on the one connection of these lives two refunds hardly ever meet.
const AGAINST_THE_BOOKS: [Bug; 10] = [
    IN_THE_SEQUENCER,
    Bug::ClaimRemoved,
    Bug::LoserCalls,
    Bug::CallBeforeClaim,
    Bug::TokenKept,
    Bug::ClaimNeverChecked,
    Bug::OrderNotGuarded,
    Bug::OrderGuardOnlyRead,
    Bug::OrderNotReleased,
    Bug::OrderReleasedInDoubt,
];

/// SQLite has no sequencer.
const IN_THE_SEQUENCER: Bug = Bug::SequencerSkipsLate;

#[test]
fn every_planted_bug_is_found() {
    let on_sqlite = Bug::ALL.into_iter().filter(|bug| *bug != IN_THE_SEQUENCER);
    all_are_found(&on_sqlite.collect::<Vec<_>>(), &Engine::Sqlite);
}

#[test]
fn on_postgresql_bugs_are_found_too() {
    all_are_found(&AGAINST_THE_BOOKS, &Engine::postgres().unwrap());
}

fn all_are_found(bugs: &[Bug], engine: &Engine) {
    assert!(
        env!("CARGO_MANIFEST_DIR").ends_with(COPY),
        "the shell has no bugs here: run `cargo xtask planted`"
    );
    let began = Instant::now();
    let left: Mutex<VecDeque<_>> = Mutex::new(bugs.iter().copied().collect());
    // A bug is planted in one thread only, so several are hunted at once.
    let hunt_on = || {
        let place = engine.place().unwrap();
        let mut hunts = Vec::new();
        loop {
            let bug = left.lock().unwrap().pop_front();
            let Some(bug) = bug else { return hunts };
            hunts.push(hunt(bug, &place));
        }
    };
    let hunters = thread::available_parallelism().map_or(1, usize::from);
    let mut hunts: Vec<Hunt> = thread::scope(|scope| {
        let hunters: Vec<_> = (0..hunters).map(|_| scope.spawn(hunt_on)).collect();
        let hunts = hunters.into_iter().map(|hunter| hunter.join().unwrap());
        hunts.flatten().collect()
    });
    hunts.sort_by_key(|hunt| bugs.iter().position(|bug| *bug == hunt.bug));
    let mut table = String::from("| planted bug | found in life | by |\n|---|---|---|\n");
    for Hunt { bug, found } in &hunts {
        let (life, by) = match found {
            Some((life, by)) => (life.to_string(), by.as_str()),
            None => ("none".to_owned(), ""),
        };
        writeln!(table, "| {bug:?} | {life} | {by} |").unwrap();
    }
    println!("{table}{} s", began.elapsed().as_secs());
    let missed: Vec<_> = hunts.iter().filter(|hunt| hunt.found.is_none()).collect();
    let missed: Vec<_> = missed.iter().map(|hunt| hunt.bug).collect();
    assert!(missed.is_empty(), "not found in {LIVES} lives: {missed:?}");
}

fn hunt(bug: Bug, place: &Place) -> Hunt {
    plant(Some(bug));
    let known = RARE.iter().find(|(rare, _)| *rare == bug);
    let known = known.map(|(_, seed)| *seed);
    let found = known.into_iter().chain(1..=LIVES).find_map(|seed| {
        let report = live(seed, place).unwrap();
        let violation = report.violations.into_iter().next()?;
        Some((seed, violation))
    });
    plant(None);
    println!("{bug:?}: {found:?}");
    Hunt { bug, found }
}

//! Many lives on either database, and the same life twice.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::ops::RangeInclusive;

use danpay_simulation::{Engine, Kind, Place, Summary, live, live_all};

#[test]
fn in_a_thousand_lives_the_books_say_what_the_ledger_says() {
    let summary = all_goes_well(1..=1_000, &Engine::Sqlite);
    // What nobody meets is not tested.
    let never_met = summary.counts.never_met(&Engine::Sqlite);
    assert!(never_met.is_empty(), "never met: {never_met:#?}");
}

#[test]
fn on_postgresql_the_books_say_so_too() {
    all_goes_well(1..=150, &Engine::postgres().unwrap());
}

fn all_goes_well(seeds: RangeInclusive<u64>, engine: &Engine) -> Summary {
    let summary = live_all(seeds, engine).unwrap();
    let failed: Vec<_> = summary
        .failed
        .iter()
        .map(|report| (report.seed, &report.violations))
        .collect();
    assert!(
        failed.is_empty(),
        "cargo xtask simulate --seeds 1 --seed N shows more, perhaps with --database postgres: \
         {failed:#?}"
    );
    // A life in which nothing goes wrong shows nothing.
    for (kind, what) in [
        (Kind::Payment, "approved"),
        (Kind::Crash, "crash after a commit"),
        (Kind::Fault, "late_effect"),
        (Kind::Fault, "stale_lookup"),
    ] {
        let times = summary.counts.times(kind, what);
        assert!(times > summary.lives / 10, "{what} happened {times} times");
    }
    summary
}

#[test]
fn a_seed_decides_every_byte_of_the_timeline() {
    let memory = Place::Memory;
    for seed in [1, 7, 4_711] {
        same(seed, &memory, &memory);
    }
    let (one, two) = (live(1, &memory), live(2, &memory));
    assert_ne!(one.unwrap().hash(), two.unwrap().hash());
}

/// However many lives either database has seen before.
#[test]
fn a_seed_decides_it_on_postgresql_as_well() {
    let cluster = Engine::postgres().unwrap();
    let (young, old) = (cluster.place().unwrap(), cluster.place().unwrap());
    for seed in [1, 7, 4_711, 12, 13, 14] {
        live(seed + 1, &old).unwrap();
        same(seed, &young, &old);
    }
}

fn same(seed: u64, here: &Place, there: &Place) {
    let (first, second) = (live(seed, here).unwrap(), live(seed, there).unwrap());
    assert_eq!(first.timeline, second.timeline, "seed {seed}");
    assert_eq!(first.hash(), second.hash(), "seed {seed}");
}

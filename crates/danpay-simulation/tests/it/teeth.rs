//! Each bug that can be planted is found, and the books are right without one.

use danpay_core::planted::{Bug, plant};
use danpay_simulation::live;

/// Within how many lives a bug has to be found.
const LIVES: u64 = 300;

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        plant(Some(bug));
        let found = (1..=LIVES).find_map(|seed| {
            let report = live(seed).unwrap();
            let violation = report.violations.into_iter().next()?;
            Some((seed, violation))
        });
        plant(None);
        match found {
            Some((lives, what)) => println!("{bug:?}: found in life {lives}: {what}"),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not found in {LIVES} lives: {missed:?}");
}

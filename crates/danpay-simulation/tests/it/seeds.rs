use danpay_simulation::{live, live_all};

#[test]
fn in_a_thousand_lives_the_books_say_what_the_ledger_says() {
    let summary = live_all(1..=1_000).unwrap();
    let failed: Vec<_> = summary
        .failed
        .iter()
        .map(|report| (report.seed, &report.violations))
        .collect();
    assert!(
        failed.is_empty(),
        "cargo xtask simulate --seeds 1 --seed N shows more: {failed:#?}"
    );
    // A life in which nothing goes wrong shows nothing.
    let often = |what: &str| summary.counts.get(what).copied().unwrap_or_default();
    for what in [
        "payments: approved",
        "crash after a commit",
        "late effect",
        "stale lookup",
    ] {
        assert!(often(what) > 100, "{what} happened {} times", often(what));
    }
}

#[test]
fn a_seed_decides_every_byte_of_the_timeline() {
    for seed in [1, 7, 4_711] {
        let (first, second) = (live(seed).unwrap(), live(seed).unwrap());
        assert_eq!(first.hash(), second.hash(), "seed {seed}");
        assert_eq!(first.timeline, second.timeline, "seed {seed}");
    }
    assert_ne!(live(1).unwrap().hash(), live(2).unwrap().hash());
}

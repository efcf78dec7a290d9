//! Many lives, on all processors: each has a thread to itself while it lasts.
//!
//! **Invariant**: what a seed does is the same alone and among others.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use crate::books::Engine;
use crate::counts::Counts;
use crate::life::{Report, live};
use crate::world::lock;

/// What came of many lives.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many there were.
    pub lives: u64,
    /// How often what happened in all of them.
    pub counts: Counts,
    /// Those in which something happened that must not, by their seeds.
    pub failed: Vec<Report>,
}

/// Lives the lives of these seeds.
pub fn live_all(seeds: RangeInclusive<u64>, engine: &Engine) -> Result<Summary> {
    let next = AtomicU64::new(*seeds.start());
    let summary = Mutex::new(Summary::default());
    let work = || -> Result<()> {
        let place = engine.place()?;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return Ok(());
            }
            let report = live(seed, &place)?;
            lock(&summary).add(report);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        Ok(())
    })?;
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failed.sort_by_key(|report| report.seed);
    Ok(summary)
}

impl Summary {
    fn add(&mut self, report: Report) {
        self.lives += 1;
        self.counts.add(&report.counts);
        if !report.violations.is_empty() {
            self.failed.push(report);
        }
    }
}

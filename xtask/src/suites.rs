//! Suites of tests, one after the other: whatever fails, all are run, and in the end it is told where the
//! time went.
//!
//! A budget is what a suite takes on a quiet machine of two cores, and some to spare. More than that is told
//! and fails nothing: a busy machine is no fault of the tests.

use std::fmt::Write as _;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::tool;

/// What was run.
#[derive(Default)]
pub(crate) struct Suites(Vec<Suite>);

struct Suite {
    name: &'static str,
    budget: Duration,
    took: Duration,
    has_passed: bool,
}

impl Suites {
    /// Runs one; whether it has passed.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        budget: Duration,
        command: &mut Command,
    ) -> Result<bool> {
        let began = Instant::now();
        let has_passed = tool::status(command)?.success();
        self.0.push(Suite {
            name,
            budget,
            took: began.elapsed(),
            has_passed,
        });
        Ok(has_passed)
    }

    /// Runs two at once: both wait more than they work.
    pub(crate) fn run_both(
        &mut self,
        name: &'static str,
        budget: Duration,
        commands: [&mut Command; 2],
    ) -> Result<()> {
        let began = Instant::now();
        let [one, other] = commands.map(tool::start);
        let ended = [one?.wait()?, other?.wait()?];
        self.0.push(Suite {
            name,
            budget,
            took: began.elapsed(),
            has_passed: ended.iter().all(ExitStatus::success),
        });
        Ok(())
    }

    pub(crate) fn have_passed(&self) -> bool {
        self.0.iter().all(|suite| suite.has_passed)
    }

    /// Where the time went.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        let rows = self.0.iter().map(|suite| {
            let Suite { budget, took, .. } = *suite;
            let remark = match (suite.has_passed, took > budget) {
                (false, _) => "failed",
                (true, true) => "over its budget",
                (true, false) => "",
            };
            (suite.name, took, budget, remark)
        });
        let took = self.0.iter().map(|suite| suite.took).sum();
        let budget = self.0.iter().map(|suite| suite.budget).sum();
        for (name, took, budget, remark) in rows.chain([("all", took, budget, "")]) {
            let (took, budget) = (minutes(took), minutes(budget));
            // A string takes all that is written into it.
            let _ = writeln!(table, "{name:30}{took:>7} of {budget:>6}  {remark}");
        }
        table
    }
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_took_longer_than_it_may_and_what_failed() {
        let suite = |name, took, has_passed| Suite {
            name,
            budget: Duration::from_secs(90),
            took: Duration::from_secs(took),
            has_passed,
        };
        let suites = Suites(vec![
            suite("build", 30, true),
            suite("torture", 91, true),
            suite("tests", 600, false),
        ]);
        assert!(!suites.have_passed());
        let table = suites.table();
        let rows: Vec<_> = table.lines().map(str::trim_end).collect();
        assert!(rows[0].ends_with("0:30 of   1:30"), "{table}");
        assert!(
            rows[1].ends_with("1:31 of   1:30  over its budget"),
            "{table}"
        );
        assert!(rows[2].ends_with("failed"), "{table}");
        assert!(
            rows[3].starts_with("all") && rows[3].ends_with("12:01 of   4:30"),
            "{table}"
        );
    }
}

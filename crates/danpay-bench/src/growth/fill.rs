//! A database that many have paid into: a whole life's rows for each payment, by plain inserts.
//! Invariant: only the filling does without durability; what danpay opens is a database like any.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::types::Value;

use crate::rows::{Pattern, Twin, insert};

/// Rows of one transaction.
const TOGETHER: u64 = 20_000;
/// Orders, keys and TIDs of these are not those of the payments that are made later.
pub(super) const FIRST: u64 = 50_000_000;
/// One a second, so that they fill the days before the youngest,
const APART_MS: i64 = 1_000;
/// which is six years old: so they may be pruned.
const OLD_MS: i64 = 1_000 * 60 * 60 * 24 * 365 * 6;
/// Of so many payments, one was never paid, and recovery has it on its list.
pub(super) const OPEN: u64 = 1_000;
/// When recovery is to look at those: long after this.
const LATER_MS: i64 = OLD_MS * 2;

/// What was made in time.
pub(super) struct Filled {
    pub(super) payments: u64,
    pub(super) took: Duration,
}

pub(super) fn fill(file: &Path, pattern: &Pattern, payments: u64, end: Instant) -> Result<Filled> {
    let begun = Instant::now();
    let database = pattern.database(file)?;
    // The checks have seen these very rows when danpay wrote them.
    database.execute_batch(
        "pragma synchronous = off; pragma foreign_keys = off; pragma ignore_check_constraints = on;
         pragma cache_size = -262144;",
    )?;
    let inserts = pattern.inserts();
    let mut number = 0;
    while number < payments && Instant::now() < end {
        crate::say(&format!("filling: {number} of {payments} payments …"));
        database.execute_batch("begin immediate")?;
        let end = payments.min(number + TOGETHER);
        for number in number..end {
            let life = pattern.life(number)?;
            let later_ms = -OLD_MS - APART_MS * i64::try_from(payments - number)?;
            let twin = Twin {
                number: FIRST + number,
                later_ms,
            };
            let open = number % OPEN == 0;
            for mut row in life.twin(twin) {
                if open && row.step > 1 {
                    continue;
                }
                if open && row.table == 0 {
                    pattern.first(&mut row, life.state(1))?;
                    later(pattern, &mut row.values)?;
                }
                insert(
                    &database,
                    inserts.get(row.table).map_or("", String::as_str),
                    &row.values,
                )?;
            }
        }
        database.execute_batch("commit")?;
        number = end;
    }
    database.execute_batch("pragma wal_checkpoint(truncate); analyze;")?;
    Ok(Filled {
        payments: number,
        took: begun.elapsed(),
    })
}

fn later(pattern: &Pattern, values: &mut [Value]) -> Result<()> {
    if let Value::Integer(at) = pattern.place(values, "next_check_at")? {
        *at += LATER_MS;
    }
    Ok(())
}

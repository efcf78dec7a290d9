//! SQLite: the rows of payments, written in groups as large as there are payers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::bench::Bench;
use crate::report::rate;
use crate::rows::{Life, Pattern, Row, Twin, insert};

const UPDATE: &str = "update payments set version = ?2, status = ?3, state = ?4, pg_token = ?5,
    updated_at = ?6, next_check_at = ?7 where id = ?1 and version = ?2 - 1";
const STATUSES: [&str; 3] = ["ready", "approving", "approved"];
const PG_TOKEN: &str = "0123456789abcdef0123";
/// Between two looks at the clock that rows are made ahead of; their making is not timed.
const ROUNDS: usize = 16;

/// Payments a second with so many of them in each commit, as if that many payers paid at once.
pub(super) fn measure(
    bench: &Bench,
    pattern: &Pattern,
    group: usize,
    time: Duration,
) -> Result<f64> {
    let folder = tempfile::tempdir_in(&bench.folder).context("no folder for the database")?;
    let books = pattern.database(&folder.path().join("limit.db"))?;
    // A statement of one thread, which has nothing else to do: it may well block it.
    tokio::task::block_in_place(|| measure_on(&books, pattern, group, time))
}

fn measure_on(books: &Connection, pattern: &Pattern, group: usize, time: Duration) -> Result<f64> {
    let inserts = pattern.inserts();
    let mut took = Duration::ZERO;
    let mut payments = 0;
    while took < time {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let numbers = payments..payments + group as u64;
            payments = numbers.end;
            let round = numbers.map(|number| Prepared::new(pattern, number));
            rounds.push(round.collect::<Result<Vec<_>>>()?);
        }
        let begun = Instant::now();
        for round in &rounds {
            for step in 1..=STATUSES.len() {
                books.execute_batch("begin immediate")?;
                for payment in round {
                    payment.write(books, &inserts, step)?;
                }
                books.execute_batch("commit")?;
            }
        }
        took += begun.elapsed();
    }
    Ok(rate(payments, took))
}

/// A payment whose rows wait to be written.
struct Prepared<'a> {
    life: &'a Life,
    id: Value,
    next_check_at: i64,
    rows: Vec<Row>,
}

impl<'a> Prepared<'a> {
    fn new(pattern: &'a Pattern, number: u64) -> Result<Self> {
        let life = pattern.life(number)?;
        let later_ms = i64::try_from(number)?;
        let mut rows = life.twin(Twin { number, later_ms });
        let mut id = Value::Null;
        let mut next_check_at = 0;
        for row in rows.iter_mut().filter(|row| row.table == 0) {
            pattern.first(row, life.state(1))?;
            id = pattern.payments_value(row, "id")?.clone();
            let expires = pattern.payments_value(row, "expires_at")?;
            if let Value::Integer(at) = expires {
                next_check_at = *at;
            }
        }
        Ok(Self {
            life,
            id,
            next_check_at,
            rows,
        })
    }

    fn write(&self, books: &Connection, inserts: &[String], step: usize) -> Result<()> {
        if step > 1 {
            let status = STATUSES.get(step - 1);
            let token = (step == 2).then_some(PG_TOKEN);
            let check = self.next_check_at - i64::try_from(step)? * 1_000;
            let mut update = books.prepare_cached(UPDATE)?;
            let state = self.life.state(step);
            let values = params![
                self.id,
                i64::try_from(step)?,
                status,
                state,
                token,
                check,
                check
            ];
            update.execute(values)?;
        }
        for row in self.rows.iter().filter(|row| row.step == step) {
            let statement = inserts.get(row.table).map_or("", String::as_str);
            insert(books, statement, &row.values)?;
        }
        Ok(())
    }
}

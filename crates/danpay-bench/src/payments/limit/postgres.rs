//! PostgreSQL: danpay's own statements with the values that it sent, over bare connections.
//! The server is asked to log what it executes, so they are the very same.

mod log;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use bytes::BytesMut;
use danpay_test_postgres::Settings;
use tokio::task::JoinSet;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};

use self::log::Executed;
use crate::bench::Bench;
use crate::house::{Database, Ground, House};
use crate::load::{Until, share};
use crate::payer::Payer;
use crate::report::rate;

#[path = "../../../../danpay-server/src/store/postgres/queries/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "only what writes a payment is asked for here"
)]
mod queries;

/// So many payments are bought to see what danpay sends for one.
const PATTERNS: u64 = 16;
const LOG_ALL: &str = "log_min_duration_statement = 0";

/// What was sent for some payments, from create to approved.
pub(in crate::payments) struct Statements {
    lives: Arc<Vec<Life>>,
}

/// The values of the three commits.
struct Life {
    steps: [Vec<Text>; 3],
    /// What nobody else may have: ids in all steps, and the names of the first.
    uuids: Vec<String>,
    names: Vec<String>,
}

/// A value as the log shows it, which is how the server reads text.
#[derive(Clone, Debug)]
struct Text(Option<String>);

impl Statements {
    pub(super) async fn hear(bench: &Bench) -> Result<Self> {
        let settings = Settings::durable().with(LOG_ALL);
        let ground = Ground::with_cluster(&bench.folder, &settings)?;
        let house = House::build(&bench.danpay, ground).await?;
        let until = Until {
            first: 0,
            count: PATTERNS,
            time: bench.deadline,
        };
        share(Payer::crowd(&house, 1).await?, until, Payer::pay_on).await?;
        let ground = house.stop().await?;
        let executed = log::read(&ground.cluster_log()?)?;
        let lives = lives(&executed)?;
        Ok(Self {
            lives: Arc::new(lives),
        })
    }

    pub(super) async fn measure(
        &self,
        bench: &Bench,
        connections: usize,
        time: Duration,
    ) -> Result<f64> {
        let ground = Ground::find(&bench.folder, Database::Postgres)?;
        // It makes the tables.
        let (danpay, _) = ground.serve(&bench.danpay, "http://127.0.0.1:1").await?;
        danpay.stop().await?;
        let mut writers = Vec::with_capacity(connections);
        for _ in 0..connections {
            writers.push(Writer::connect(ground.url()).await?);
        }
        let next = Arc::new(AtomicU64::new(0));
        let begun = Instant::now();
        let mut writing = JoinSet::new();
        for writer in writers {
            let (lives, next) = (Arc::clone(&self.lives), Arc::clone(&next));
            writing.spawn(async move { writer.write(&lives, &next, begun + time).await });
        }
        let mut payments = 0;
        while let Some(written) = writing.join_next().await {
            payments += written??;
        }
        Ok(rate(payments, begun.elapsed()))
    }
}

struct Writer {
    client: Client,
    create: Statement,
    commit: Statement,
}

impl Writer {
    async fn connect(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        // Ends with the client; what broke it is told to whoever asks.
        tokio::spawn(connection);
        let (create, commit) = (queries::CREATE, queries::COMMIT);
        Ok(Self {
            create: client.prepare_typed(create.sql, create.types).await?,
            commit: client.prepare_typed(commit.sql, commit.types).await?,
            client,
        })
    }

    async fn write(self, lives: &[Life], next: &AtomicU64, end: Instant) -> Result<u64> {
        let mut payments = 0;
        while Instant::now() < end {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let life = lives.get(usize::try_from(number)? % lives.len());
            let life = life.ok_or_else(|| anyhow!("no life {number}"))?;
            for (step, values) in life.twin(number).iter().enumerate() {
                let statement = if step == 0 {
                    &self.create
                } else {
                    &self.commit
                };
                let values: Vec<_> = (values.iter())
                    .map(|value| value as &(dyn ToSql + Sync))
                    .collect();
                let row = self.client.query_one(statement, &values).await?;
                ensure!(row.get::<_, i64>(0) == 1, "nothing was written");
            }
            payments += 1;
        }
        Ok(payments)
    }
}

/// Payments of which all three commits were heard.
fn lives(executed: &[Executed]) -> Result<Vec<Life>> {
    let of = |statement: &'static str| {
        let first = statement.trim().lines().nth(1).unwrap_or_default().trim();
        executed.iter().filter(move |one| one.sql.contains(first))
    };
    let mut lives = Vec::new();
    for create in of(queries::CREATE.sql) {
        let id = create.values.first();
        let commits: Vec<_> = of(queries::COMMIT.sql)
            .filter(|commit| commit.values.first() == id)
            .collect();
        let [claim, settle] = commits.as_slice() else {
            continue;
        };
        let steps = [create, claim, settle];
        let text = |step: &Executed, parameter: usize| {
            let value = step.values.get(parameter - 1).cloned().flatten();
            value.ok_or_else(|| anyhow!("${parameter} is null"))
        };
        let mut uuids = vec![text(create, 1)?];
        for step in steps {
            uuids.push(text(step, 10)?);
        }
        lives.push(Life {
            names: vec![text(create, 22)?, text(create, 31)?],
            uuids,
            steps: steps.map(|step| step.values.iter().cloned().map(Text).collect()),
        });
    }
    ensure!(!lives.is_empty(), "the server's log tells of no payment");
    Ok(lives)
}

impl Life {
    /// Its values as another payment would have them.
    fn twin(&self, number: u64) -> [Vec<Text>; 3] {
        let uuids = self.uuids.iter().map(|old| (old, later(old, number)));
        let names = (self.names.iter()).map(|old| (old, another(old, number)));
        let new: Vec<_> = uuids.chain(names).collect();
        let mut steps = self.steps.clone();
        for Text(value) in steps.iter_mut().flatten() {
            let Some(text) = value else { continue };
            for (old, new) in &new {
                if text.contains(*old) {
                    *text = text.replace(*old, new);
                }
            }
        }
        steps
    }
}

/// A `UUIDv7` that is `number` milliseconds younger, and has it in its random part.
fn later(old: &str, number: u64) -> String {
    let hex: String = old.chars().filter(char::is_ascii_hexdigit).collect();
    let (ms, rest) = hex.split_at_checked(12).unwrap_or((&hex, ""));
    let ms = u64::from_str_radix(ms, 16).unwrap_or_default() + number;
    let keep: String = rest.chars().take(4).collect();
    format!("{ms:012x}{keep}8000{number:012x}")
}

/// A name of the same length that nobody else has.
fn another(old: &str, number: u64) -> String {
    let digits = format!("{number:012}");
    let keep = old.len().saturating_sub(digits.len());
    let begin: String = old.chars().take(keep).collect();
    format!("{begin}{digits}")
}

impl ToSql for Text {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_of_another_payment_have_the_same_length_and_kind() {
        let old = "01ad2f0a-1b2c-7def-8abc-0123456789ab";
        assert_eq!(later(old, 1), "01ad2f0a1b2d7def8000000000000001");
        assert_eq!(another("Tb0751dd974204e7cae2", 42), "Tb0751dd000000000042");
    }
}

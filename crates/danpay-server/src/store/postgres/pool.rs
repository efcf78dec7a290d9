//! Connections, a bounded number of them, and how a statement is run on one.
//!
//! **Invariant**: every wait has an end: for a free connection, for a new one, for the answer. A
//! connection whose answer did not come in time is not used again.

use deadpool_postgres::{Manager, ManagerConfig, Object, RecyclingMethod, Timeouts};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

use super::errors::{is_usable, is_worth_another_try, told};
use super::queries::Query;
use super::values::Hidden;
use crate::limits;
use crate::store::StoreError;

/// How often a statement is run that another one got ahead of: it then left no trace.
const TRIES: u32 = 3;

pub(super) struct Pool {
    connections: deadpool_postgres::Pool,
}

impl Pool {
    pub(super) fn new(mut config: Config) -> Result<Self, String> {
        let millis = |limit: std::time::Duration| limit.as_millis();
        // A statement that nobody waits for any more must not go on holding locks.
        let limits_of_a_session = format!(
            "{} -c statement_timeout={} -c lock_timeout={}",
            config.get_options().unwrap_or_default(),
            millis(limits::DATABASE_STATEMENT),
            millis(limits::DATABASE_LOCK),
        );
        config
            .options(limits_of_a_session.trim())
            .application_name("danpay")
            .connect_timeout(limits::DATABASE_CONNECT)
            .tcp_user_timeout(limits::DATABASE_ANSWER)
            .keepalives_idle(limits::DATABASE_SILENCE);
        let manager = ManagerConfig {
            // Whether the server has closed a connection is known without asking it.
            recycling_method: RecyclingMethod::Fast,
        };
        let connections =
            deadpool_postgres::Pool::builder(Manager::from_config(config, NoTls, manager))
                .max_size(limits::DATABASE_CONNECTIONS)
                .timeouts(Timeouts {
                    wait: Some(limits::DATABASE_TURN),
                    create: Some(limits::DATABASE_CONNECT),
                    recycle: Some(limits::DATABASE_CONNECT),
                })
                .runtime(deadpool_postgres::Runtime::Tokio1)
                .build()
                .map_err(|error| error.to_string())?;
        Ok(Self { connections })
    }

    /// A connection of one's own for a while.
    pub(super) async fn connection(&self) -> Result<Object, StoreError> {
        self.connections.get().await.map_err(|error| {
            StoreError::Unavailable(match error {
                deadpool_postgres::PoolError::Backend(error) => told(&error),
                // All are in use, or none can be had in time.
                error => error.to_string(),
            })
        })
    }

    /// Runs a statement, which is a transaction, and gives its rows.
    pub(super) async fn rows(
        &self,
        query: &Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let hidden: Vec<_> = values.iter().map(|value| Hidden(*value)).collect();
        let hidden: Vec<_> = hidden.iter().map(|value| value as _).collect();
        let connection = self.connection().await?;
        let answer = run(&connection, query, &hidden);
        match tokio::time::timeout(limits::DATABASE_ANSWER, answer).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                if !is_usable(&error) {
                    drop(Object::take(connection));
                }
                Err(error.into())
            }
            Err(_) => {
                drop(Object::take(connection));
                let problem = "the database did not answer in time";
                Err(StoreError::Unavailable(problem.to_owned()))
            }
        }
    }
}

async fn run(
    connection: &Object,
    query: &Query,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    // Each connection prepares a statement once, at its first use.
    let statement = connection
        .prepare_typed_cached(query.sql, query.types)
        .await?;
    let mut tries = 1;
    loop {
        match connection.query(&statement, values).await {
            Err(error) if is_worth_another_try(&error) && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

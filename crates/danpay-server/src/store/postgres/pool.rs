//! Connections, a bounded number of them, and how a statement is run on one.
//!
//! **Invariant**: every wait has an end: for a free connection, for a new one, for the answer. A
//! connection whose answer did not come in time is not used again.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, RecyclingMethod, Runtime, Timeouts};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, NoTls, Row};

use super::address::Address;
use super::errors::{is_usable, is_worth_another_try, told};
use super::queries::{Query, Task};
#[cfg(feature = "simulation")]
use super::simulated::Inline;
use super::tls;
use super::values::Hidden;
use crate::config::{Config, Pooler};
use crate::limits;
use crate::store::{OpenError, StoreError};

/// Attempts after a deadlock or a serialization failure. A failed attempt changes nothing.
const TRIES: u32 = 3;

/// A statement without an answer.
pub(super) struct Failed {
    pub(super) error: StoreError,
    /// The database has refused it, and taken back whatever it had written.
    pub(super) left_no_trace: bool,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self {
            error,
            left_no_trace: false,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self {
            left_no_trace: is_usable(&error),
            error: error.into(),
        }
    }
}

pub(super) enum Pool {
    Server {
        connections: deadpool_postgres::Pool,
        pooler: Pooler,
    },
    #[cfg(feature = "simulation")]
    Inline(Inline),
}

impl Pool {
    /// Connects when the first statement is run. Tells also what address it is, without the
    /// password.
    pub(super) fn open(
        url: &SecretString,
        task: Task,
        config: &Config,
    ) -> Result<(Self, String), OpenError> {
        let address = Address::parse(url.expose_secret());
        let address = address.map_err(|problem| OpenError::Failed {
            database: "postgres://…".to_owned(),
            problem,
        })?;
        let database = address.place();
        match Self::to(address, task, config) {
            Ok(pool) => Ok((pool, database)),
            Err(problem) => Err(OpenError::Failed { database, problem }),
        }
    }

    fn to(address: Address, task: Task, config: &Config) -> Result<Self, String> {
        let Address {
            config: mut server,
            roots,
        } = address;
        if task == Task::Write {
            server.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.database_pooler == Pooler::None {
            server.options(options_of_a_session(server.get_options()));
        }
        server
            .application_name("danpay")
            .connect_timeout(limits::DATABASE_CONNECT)
            .tcp_user_timeout(limits::DATABASE_ANSWER)
            .keepalives_idle(limits::DATABASE_SILENCE);
        let hosts = u32::try_from(server.get_hosts().len()).unwrap_or(1);
        let timeouts = Timeouts {
            wait: Some(limits::DATABASE_TURN),
            // They are tried one after the other.
            create: Some(limits::DATABASE_CONNECT * hosts),
            recycle: Some(limits::DATABASE_CONNECT),
        };
        // Whether the server has closed a connection is known without asking it.
        let recycling_method = RecyclingMethod::Fast;
        let how = ManagerConfig { recycling_method };
        let manager = match &roots {
            None => Manager::from_config(server, NoTls, how),
            Some(roots) => Manager::from_config(server, tls::connector(roots)?, how),
        };
        let connections = deadpool_postgres::Pool::builder(manager)
            .max_size(config.database_connections as usize)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| error.to_string())?;
        let pooler = config.database_pooler;
        Ok(Self::Server {
            connections,
            pooler,
        })
    }

    /// A connection of one's own for a while.
    pub(super) async fn connection(&self) -> Result<Object, StoreError> {
        match self {
            Self::Server { connections, .. } => connection(connections).await,
            #[cfg(feature = "simulation")]
            Self::Inline(_) => Err(Inline::is_shared()),
        }
    }

    /// Whether its statements are run one after the other, as they come.
    pub(super) fn is_simulated(&self) -> bool {
        match self {
            Self::Server { .. } => false,
            #[cfg(feature = "simulation")]
            Self::Inline(_) => true,
        }
    }

    /// Runs a statement, which is a transaction, and gives its rows.
    pub(super) async fn rows(
        &self,
        query: &'static Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failed> {
        // What the driver logs of them, it logs wherever they go.
        let values: Vec<_> = values.iter().map(|value| Hidden(*value)).collect();
        match self {
            Self::Server {
                connections,
                pooler,
            } => rows(connections, *pooler, query, &values).await,
            #[cfg(feature = "simulation")]
            Self::Inline(inline) => Ok(Box::pin(inline.rows(query, &values)).await?),
        }
    }
}

async fn connection(connections: &deadpool_postgres::Pool) -> Result<Object, StoreError> {
    connections.get().await.map_err(|error| {
        StoreError::Unavailable(match error {
            deadpool_postgres::PoolError::Backend(error) => told(&error),
            // All are in use, or none can be had in time.
            error => error.to_string(),
        })
    })
}

async fn rows(
    connections: &deadpool_postgres::Pool,
    pooler: Pooler,
    query: &Query,
    values: &[Hidden<'_>],
) -> Result<Vec<Row>, Failed> {
    let connection = connection(connections).await?;
    let answer = run(&connection, pooler, query, values);
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
            Err(StoreError::Unavailable(problem.to_owned()).into())
        }
    }
}

async fn run(
    connection: &Object,
    pooler: Pooler,
    query: &Query,
    values: &[Hidden<'_>],
) -> Result<Vec<Row>, Error> {
    let mut tries = 1;
    loop {
        let done = match pooler {
            Pooler::None => prepared(connection, query, values).await,
            Pooler::Transaction => at_once(connection, query, values).await,
        };
        match done {
            Err(error) if is_worth_another_try(&error) && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

/// A statement that nobody waits for any more must not go on holding locks. And each finds its rows by
/// their keys, however few there seem to be: its plan is kept while the tables grow.
fn options_of_a_session(more: Option<&str>) -> String {
    let millis = |limit: Duration| limit.as_millis();
    format!(
        "-c statement_timeout={} -c lock_timeout={} -c enable_seqscan=off -c enable_hashjoin=off \
         -c enable_mergejoin=off -c jit=off {}",
        millis(limits::DATABASE_STATEMENT),
        millis(limits::DATABASE_LOCK),
        more.unwrap_or_default(),
    )
}

/// Each connection prepares a statement once, at its first use.
async fn prepared(
    connection: &Object,
    query: &Query,
    values: &[Hidden<'_>],
) -> Result<Vec<Row>, Error> {
    let statement = connection
        .prepare_typed_cached(query.sql, query.types)
        .await?;
    let values: Vec<_> = values.iter().map(|value| value as _).collect();
    connection.query(&statement, &values).await
}

/// Nothing is left in the connection afterwards. It is one round trip as well, and the statement
/// is planned each time.
async fn at_once(
    connection: &Object,
    query: &Query,
    values: &[Hidden<'_>],
) -> Result<Vec<Row>, Error> {
    let types = query.types.iter().cloned();
    let values: Vec<_> = values.iter().map(|value| value as _).zip(types).collect();
    connection.query_typed(query.sql, &values).await
}

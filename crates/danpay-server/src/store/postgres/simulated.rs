//! The same database on a real PostgreSQL, for a simulation: one connection, on whose answers the
//! caller's thread waits itself. So simulated time stands still while the database works, and a
//! seed decides all of a life.
//!
//! **Invariant**: statements, types and rows are production's own; only the pool is another, and
//! what becomes of a server at each touch of the database is the simulation's choice.

mod sent;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::address::Address;
use super::errors::told;
use super::migrations::{self, MIGRATIONS, MigrateError};
use super::partitions;
use super::queries::{Query, Task};
use super::values::Hidden;
use crate::store::simulated::{Disk, Moment};
use crate::store::{OpenError, StoreError};
use sent::Sent;
use wire::Wire;

/// Plans would otherwise come to depend on how often a statement was run in lives before.
const ONE_PLAN: &str = "-c plan_cache_mode=force_generic_plan";

/// All that a life writes.
const TABLES: &str = "
select string_agg(quote_ident(tablename), ', ' order by tablename) from pg_tables
where schemaname = 'public' and tablename <> 'danpay_migrations'";

/// A database that nobody else uses. Clones are one and the same, for several servers.
#[derive(Clone)]
pub struct BlockingDatabase(Arc<Mutex<Session>>);

struct Session {
    client: Client,
    wire: Wire,
    /// Each is prepared once, at its first use.
    statements: HashMap<&'static str, Statement>,
    empty: String,
}

impl BlockingDatabase {
    /// Connects through the socket that `url` names, brings the tables up to date and makes what
    /// they have to have ahead of `now`.
    pub fn open(url: &str, now: Timestamp) -> Result<Self, OpenError> {
        let failed = |problem: String| OpenError::Failed {
            database: "of the simulation".to_owned(),
            problem,
        };
        let mut config = Address::parse(url).map_err(failed)?.config;
        config.options(ONE_PLAN);
        let (mut client, mut wire) = Wire::connect(&config).map_err(failed)?;
        let set_up = wire.wait(async {
            let migrated = migrations::migrate(&mut client, MIGRATIONS).await;
            migrated.map_err(|error| match error {
                MigrateError::Newer => "a newer danpay has written it".to_owned(),
                MigrateError::Failed(error) => told(&error),
            })?;
            let tables = async {
                partitions::make_ahead(&mut client, now).await?;
                client.query_one(TABLES, &[]).await?.try_get::<_, String>(0)
            };
            tables.await.map_err(|error| told(&error))
        });
        let tables = set_up
            .map_err(|error| failed(error.to_string()))?
            .map_err(failed)?;
        let session = Session {
            client,
            wire,
            statements: HashMap::new(),
            empty: format!("truncate {tables}"),
        };
        Ok(Self(Arc::new(Mutex::new(session))))
    }

    /// Takes everything out of the database.
    pub fn empty(&self) -> Result<(), StoreError> {
        let empty = self.lock().empty.clone();
        self.query(&empty, &[]).map(|_| ())
    }

    /// Runs a statement that is not danpay's: for whoever audits the database, or disturbs it.
    pub fn query(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let Session { client, wire, .. } = &mut *self.lock();
        Ok(wire.wait(client.query(sql, values))??)
    }

    pub(super) fn on(&self, disk: Arc<dyn Disk>) -> Inline {
        let database = self.clone();
        Inline { database, disk }
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn run(&mut self, sent: &Sent) -> Result<Vec<Row>, StoreError> {
        let Self {
            client,
            wire,
            statements,
            ..
        } = self;
        let Sent { query, values } = sent;
        let values: Vec<_> = values.iter().map(|value| value as _).collect();
        let answered: Result<_, Error> = wire.wait(async {
            let statement = match statements.get(query.sql) {
                Some(statement) => statement.clone(),
                None => client.prepare_typed(query.sql, query.types).await?,
            };
            let rows = client.query(&statement, &values).await;
            statements.insert(query.sql, statement);
            rows
        })?;
        Ok(answered?)
    }
}

/// One server's way to the database.
pub(super) struct Inline {
    database: BlockingDatabase,
    disk: Arc<dyn Disk>,
}

impl Inline {
    pub(super) async fn rows(
        &self,
        query: &'static Query,
        values: &[Hidden<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let sent = Sent::new(query, values)?;
        match query.task {
            Task::Read => {
                self.disk.touched(Moment::Read).await?;
                self.database.lock().run(&sent)
            }
            Task::Write => self.write(sent).await,
        }
    }

    async fn write(&self, sent: Sent) -> Result<Vec<Row>, StoreError> {
        self.disk.touched(Moment::BeforeCommit).await?;
        if let Some(lag) = self.disk.lags() {
            let (database, disk) = (self.database.clone(), Arc::clone(&self.disk));
            tokio::spawn(async move {
                tokio::time::sleep(lag).await;
                // There is nobody any more to hear how it went.
                let _ = database.lock().run(&sent);
                disk.wrote();
            });
            self.disk.touched(Moment::Lost).await?;
            return Err(StoreError::Unavailable("the answer is lost".to_owned()));
        }
        let rows = self.database.lock().run(&sent);
        self.disk.wrote();
        self.disk.touched(Moment::AfterCommit).await?;
        rows
    }

    /// Why nobody gets a connection to himself.
    pub(super) fn is_shared() -> StoreError {
        let problem = "a simulation's servers share one connection, so none has it to itself";
        StoreError::Unavailable(problem.to_owned())
    }
}

//! The books of one life: production's on SQLite, in memory, or on PostgreSQL, in a database that
//! begins each life empty. And what can be wrong with them.
//!
//! **Invariant**: what the database can be brought to do by itself, it does; the rest is told as
//! it would tell it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use danpay_server::{BlockingDatabase, Disk, Memory, Moment};
use danpay_test_postgres::{Cluster, Settings};
use rusqlite::{Connection, params_from_iter};

use crate::world::beginning;

/// Either database waits this long for whoever has locked what is to be written.
const BUSY: Duration = Duration::from_secs(2);

/// Which database lives run on.
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL, with a cluster of our own.
    Postgres(Cluster),
}

impl Engine {
    /// A PostgreSQL that is gone with this value. It does nothing by itself: what it cleans up in
    /// its own time could change the order of rows. Its power is never cut, so nothing is flushed.
    pub fn postgres() -> Result<Self> {
        let quick = Settings::quick().with("synchronous_commit = off");
        Ok(Self::Postgres(Cluster::start(
            &quick.with("autovacuum = off"),
        )?))
    }

    /// A place of its own for each thread.
    pub fn place(&self) -> Result<Place> {
        Ok(match self {
            Self::Sqlite => Place::Memory,
            Self::Postgres(cluster) => {
                let url = cluster.url(&cluster.create_database()?);
                Place::Database(BlockingDatabase::open(&url, beginning())?)
            }
        })
    }
}

/// Where one life after the other keeps its books.
pub enum Place {
    /// In memory.
    Memory,
    /// In this database.
    Database(BlockingDatabase),
}

impl Place {
    /// Empty books.
    pub(crate) fn books(&self) -> Result<Books> {
        Ok(match self {
            Self::Memory => Books::Sqlite(Memory::new().context("no books")?),
            Self::Database(database) => {
                database.query("set default_transaction_read_only = off", &[])?;
                database.empty()?;
                Books::Postgres(database.clone())
            }
        })
    }
}

/// The books of a life.
pub(crate) enum Books {
    Sqlite(Memory),
    Postgres(BlockingDatabase),
}

/// What is wrong with them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No page can be added to them.
    Full,
    /// The database refuses to write them.
    ReadOnly,
    /// Somebody else has locked them: they can only be read.
    Locked,
    /// They can be neither read nor written.
    Gone,
}

impl Books {
    /// The way to them of the server that has this disk.
    pub(crate) fn on(&self, disk: Arc<dyn Disk>) -> danpay_server::Database {
        match self {
            Self::Sqlite(memory) => danpay_server::Database::in_memory(memory, disk),
            Self::Postgres(database) => danpay_server::Database::in_postgres(database, disk),
        }
    }

    /// A copy as of now, where the database can be copied here.
    pub(crate) fn back_up(&self) -> Result<Option<Connection>> {
        Ok(match self {
            Self::Sqlite(memory) => Some(memory.back_up()?),
            Self::Postgres(_) => None,
        })
    }

    /// The copy takes their place; whether there was one.
    pub(crate) fn put_back(&self, copy: Option<&Connection>) -> Result<bool> {
        match (self, copy) {
            (Self::Sqlite(memory), Some(copy)) => memory.put_back(copy).map(|()| true)?,
            _ => false,
        };
        Ok(copy.is_some())
    }

    /// The rows of a statement that selects texts alone, where `$1`, `$2` are these.
    pub(crate) fn texts(&self, select: &str, values: &[&str]) -> Result<Vec<Vec<String>>> {
        Ok(match self {
            Self::Sqlite(memory) => memory.inspect(|connection| {
                let mut statement = connection.prepare_cached(select)?;
                let columns = statement.column_count();
                let rows = statement.query_map(params_from_iter(values), |row| {
                    (0..columns).map(|column| row.get(column)).collect()
                })?;
                rows.collect::<rusqlite::Result<_>>()
            })?,
            Self::Postgres(database) => {
                let values: Vec<_> = values.iter().map(|value| value as _).collect();
                let rows = database.query(select, &values)?;
                let texts = rows.iter().map(|row| {
                    let columns = 0..row.len();
                    let texts = columns.map(|column| row.try_get(column));
                    texts.collect::<Result<_, _>>()
                });
                texts.collect::<Result<_, _>>()?
            }
        })
    }

    /// Brings the trouble about, or ends it, as far as the database can be told to have it.
    pub(crate) fn set(&self, trouble: Option<Trouble>) -> Result<()> {
        let read_only = trouble == Some(Trouble::ReadOnly);
        match self {
            Self::Sqlite(memory) => memory.inspect(|connection| {
                connection.pragma_update(None, "query_only", read_only)?;
                // It takes no limit below what it has.
                let is_full = trouble == Some(Trouble::Full);
                let pages = if is_full { 1 } else { 0xFFFF_FFFE_u32 };
                let limit = format!("pragma max_page_count = {pages}");
                connection.query_row(&limit, [], |_| Ok(()))
            })?,
            Self::Postgres(database) => {
                let set = format!("set default_transaction_read_only = {read_only}");
                database.query(&set, &[])?;
            }
        }
        Ok(())
    }

    /// What a server hears of the trouble that the database does not make by itself, and after how
    /// long.
    pub(crate) fn tells(
        &self,
        trouble: Trouble,
        moment: Moment,
    ) -> Option<(Duration, &'static str)> {
        let is_write = moment == Moment::BeforeCommit;
        let told = match (self, trouble) {
            (Self::Sqlite(_), Trouble::Locked) if is_write => (BUSY, "database is locked"),
            (Self::Sqlite(_), Trouble::Gone) if moment != Moment::AfterCommit => {
                (Duration::ZERO, "unable to open database file")
            }
            (Self::Postgres(_), Trouble::Full) if is_write => (
                Duration::ZERO,
                "could not extend file: No space left on device [53100]",
            ),
            (Self::Postgres(_), Trouble::Locked) if is_write => {
                (BUSY, "canceling statement due to lock timeout [55P03]")
            }
            (Self::Postgres(_), Trouble::Gone) if moment != Moment::AfterCommit => {
                (Duration::ZERO, "error connecting to server")
            }
            _ => return None,
        };
        Some(told)
    }
}

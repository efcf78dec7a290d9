//! Where the database of a test is, and copies of it.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use danpay_test_postgres::{Cluster, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the database is kept in; each crate of tests says it.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "each crate of tests has one of them")]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// One for all tests of the process, each with a database of its own.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&Settings::quick()).unwrap());

/// The database of one test.
pub(crate) enum Database {
    File(TempDir),
    /// The database's name.
    Database(String),
}

impl Database {
    pub(super) fn new(kind: DatabaseKind) -> Self {
        match kind {
            DatabaseKind::Sqlite => Self::File(tempfile::tempdir().unwrap()),
            DatabaseKind::Postgres => Self::Database(CLUSTER.create_database().unwrap()),
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite:{}", file(folder).display()),
            Self::Database(name) => CLUSTER.url(name),
        }
    }

    /// Copies the database of a server that has stopped, as a backup does.
    pub(crate) fn back_up(&self) {
        match self {
            Self::File(folder) => {
                let database = file(folder);
                std::fs::copy(&database, database.with_extension("backup")).unwrap();
            }
            Self::Database(name) => {
                administer(&format!("create database {name}_backup template {name}"));
            }
        }
    }

    /// Puts that copy in its place.
    pub(crate) fn put_back(&self) {
        match self {
            Self::File(folder) => {
                let database = file(folder);
                std::fs::copy(database.with_extension("backup"), &database).unwrap();
            }
            Self::Database(name) => {
                administer(&format!("drop database {name} with (force)"));
                administer(&format!("create database {name} template {name}_backup"));
            }
        }
    }

    /// Waits until a server that has just begun has made its partitions: it locks the tables meanwhile, and
    /// a test that asks them stops the thread on which the server would go on.
    pub(super) async fn until_it_rests(&self) {
        let Self::Database(name) = self else { return };
        let made = "select count(*) > 3 from pg_inherits where inhparent = 'events'::regclass";
        while CLUSTER.sql(name, made).unwrap().trim() != "t" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Every change of a payment, with what only operators see of it.
    pub(super) fn history(&self, id: &str) -> Vec<Value> {
        let id: danpay_core::PaymentId = id.parse().unwrap();
        match self {
            Self::File(folder) => {
                let database = rusqlite::Connection::open(file(folder)).unwrap();
                let sql = r#"select sequence, type, at, "by", state, review, evidence
                    from events where payment_id = ?1 order by sequence"#;
                let mut rows = database.prepare(sql).unwrap();
                let read = |text: Option<String>| -> Value {
                    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
                };
                let rows = rows.query_map([id.as_bytes()], |row| {
                    let at = jiff::Timestamp::from_millisecond(row.get("at")?).unwrap();
                    Ok(json!({
                        "sequence": row.get::<_, u32>("sequence")?,
                        "type": row.get::<_, String>("type")?,
                        "at": at,
                        "by": row.get::<_, String>("by")?,
                        "state": read(row.get("state")?),
                        "review": row.get::<_, Option<String>>("review")?,
                        "evidence": read(row.get("evidence")?),
                    }))
                });
                rows.unwrap().collect::<Result<_, _>>().unwrap()
            }
            Self::Database(name) => {
                let id = uuid::Uuid::from_bytes(*id.as_bytes());
                let sql = format!(
                    r#"select json_build_object('sequence', sequence, 'type', type, 'at', at,
                        'by', "by", 'state', state, 'review', review, 'evidence', evidence)
                    from events where payment_id = '{id}' order by sequence"#
                );
                let rows = CLUSTER.sql(name, &sql).unwrap();
                let rows = rows.lines().filter(|row| !row.is_empty());
                rows.map(|row| serde_json::from_str(row).unwrap()).collect()
            }
        }
    }

    /// Deletes what has happened to a payment so far, as pruning does.
    pub(crate) fn prune(&self, id: &str) {
        let id: danpay_core::PaymentId = id.parse().unwrap();
        match self {
            Self::File(folder) => {
                let database = rusqlite::Connection::open(file(folder)).unwrap();
                let sql = "delete from events where payment_id = ?1";
                database.execute(sql, [id.as_bytes()]).unwrap();
            }
            Self::Database(name) => {
                let id = uuid::Uuid::from_bytes(*id.as_bytes());
                for table in ["outbox", "positions", "events"] {
                    let sql = format!("delete from {table} where payment_id = '{id}'");
                    CLUSTER.sql(name, &sql).unwrap();
                }
            }
        }
    }

    /// Makes each webhook that is on its way one whose last attempt has failed.
    pub(crate) fn fail_deliveries(&self) {
        let sql = "update webhook_deliveries set status = 'failed', due_at = null
            where status = 'pending'";
        match self {
            Self::File(folder) => {
                let database = rusqlite::Connection::open(file(folder)).unwrap();
                database.execute(sql, []).unwrap();
            }
            Self::Database(name) => {
                CLUSTER.sql(name, sql).unwrap();
            }
        }
    }

    /// Everything in it, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::File(folder) => {
                let files = std::fs::read_dir(folder.path()).unwrap();
                let files = files.map(|file| file.unwrap().path());
                files
                    .flat_map(|file| std::fs::read(file).unwrap())
                    .collect()
            }
            Self::Database(name) => {
                let sql = "select json_agg(row_to_json(webhook_endpoints)) from webhook_endpoints";
                CLUSTER.sql(name, sql).unwrap().into_bytes()
            }
        }
    }

    /// So many payments more that are as this one is, but for what names them.
    pub(crate) fn multiply(&self, id: &str, count: u32) {
        let id: danpay_core::PaymentId = id.parse().unwrap();
        match self {
            Self::File(folder) => {
                let mut database = rusqlite::Connection::open(file(folder)).unwrap();
                database.busy_timeout(Duration::from_secs(30)).unwrap();
                let at_once = database.transaction().unwrap();
                let copy = "create temporary table copy as select * from payments where id = ?1";
                at_once.execute(copy, [id.as_bytes()]).unwrap();
                for number in 0..count {
                    let renamed =
                        "update copy set id = cast(substr(id, 1, 6) || randomblob(10) as blob),
                        tid = substr(tid, 1, 12) || ?1";
                    at_once.execute(renamed, [format!("{number:08}")]).unwrap();
                    let all = "insert into payments select * from copy";
                    assert_eq!(at_once.execute(all, []).unwrap(), 1);
                }
                at_once.commit().unwrap();
            }
            Self::Database(name) => {
                CLUSTER.sql(name, &multiplied(id, count)).unwrap();
            }
        }
    }

    /// Makes a payment's row one that cannot be read.
    pub(crate) fn damage(&self, id: &str) {
        let id: danpay_core::PaymentId = id.parse().unwrap();
        match self {
            Self::File(folder) => {
                let database = rusqlite::Connection::open(file(folder)).unwrap();
                let sql = "update payments set redirect = '{}' where id = ?1";
                assert_eq!(database.execute(sql, [id.as_bytes()]).unwrap(), 1);
            }
            Self::Database(name) => {
                let id = uuid::Uuid::from_bytes(*id.as_bytes());
                let sql = format!("update payments set redirect = '{{}}' where id = '{id}'");
                CLUSTER.sql(name, &sql).unwrap();
            }
        }
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("danpay.db")
}

fn administer(sql: &str) {
    CLUSTER.sql("postgres", sql).unwrap();
}

/// The same as a statement of PostgreSQL's.
pub(crate) fn multiplied(id: danpay_core::PaymentId, count: u32) -> String {
    let id = uuid::Uuid::from_bytes(*id.as_bytes());
    format!(
        "insert into payments select (copy).* from (
            select jsonb_populate_record(payments, jsonb_build_object(
                'id', left(id::text, 13) || substr(gen_random_uuid()::text, 14),
                'tid', left(tid, 12) || to_char(number, 'FM00000000'))) as copy
            from payments, generate_series(1, {count}) as number where id = '{id}'
        ) as copies"
    )
}

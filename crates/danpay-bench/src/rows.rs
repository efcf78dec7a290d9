//! Rows as danpay has written them, and as many more of their kind as are wanted: for a database that is
//! full before anybody pays.
//! Invariant: what is made here differs from what danpay wrote only in ids, names and times, and
//! has the same length.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

mod life;

pub(crate) use life::{Life, Row, Twin};

/// A table that holds something of a payment.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    columns: Vec<String>,
}

/// What danpay wrote for some payments, from create to approved.
pub(crate) struct Pattern {
    /// The statements that make the tables, in their order.
    schema: String,
    /// `payments` first, as the others refer to it.
    pub(crate) tables: Vec<Table>,
    pub(crate) lives: Vec<Life>,
    /// What is of no payment, such as the shops: by the statement that inserts a row.
    others: Vec<(String, Vec<Vec<Value>>)>,
}

impl Pattern {
    /// Reads the database of a server that has ended, all of whose payments were approved.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut schema = texts(
            &database,
            "select sql || ';' from sqlite_master where sql is not null order by rowid",
        )?;
        let version: i64 = database.query_row("pragma user_version", [], |row| row.get(0))?;
        schema.push(format!("pragma user_version = {version};"));
        let tables = tables(&database)?;
        let mut lives: HashMap<Vec<u8>, Life> = HashMap::new();
        for (index, table) in tables.iter().enumerate() {
            for values in rows(&database, table)? {
                let id = table.payment_of(&values)?;
                lives.entry(id).or_default().add(index, table, values)?;
            }
        }
        let lives: Vec<Life> = lives.into_values().collect();
        ensure!(!lives.is_empty(), "no payment was written");
        lives.iter().try_for_each(Life::check)?;
        let other = |name: String| {
            let table = Table::read(&database, name)?;
            Ok((table.insert(), rows(&database, &table)?))
        };
        let others = texts(
            &database,
            "select m.name from sqlite_master m
             where m.type = 'table' and m.name not like 'sqlite_%'
                 -- A server that finds a key makes none.
                 and m.name not in ('payments', 'api_keys')
                 and not exists (
                     select 1 from pragma_table_info(m.name) where name = 'payment_id')
             order by m.rowid",
        )?;
        Ok(Self {
            schema: schema.concat(),
            tables,
            lives,
            others: others.into_iter().map(other).collect::<Result<_>>()?,
        })
    }

    /// An empty database with the same tables and with danpay's own promises of durability.
    pub(crate) fn database(&self, file: &Path) -> Result<Connection> {
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "pragma journal_mode = wal;
             pragma synchronous = full;
             pragma foreign_keys = on;
             pragma secure_delete = on;",
        )?;
        connection.execute_batch(&self.schema)?;
        for (statement, rows) in &self.others {
            for row in rows {
                insert(&connection, statement, row)?;
            }
        }
        Ok(connection)
    }

    /// The life of payment `number`, as if somebody had bought it.
    pub(crate) fn life(&self, number: u64) -> Result<&Life> {
        let index = number % self.lives.len() as u64;
        (self.lives.get(usize::try_from(index)?)).ok_or_else(|| anyhow!("no life {index}"))
    }

    /// A column of a row of `payments`.
    pub(crate) fn payments_value<'a>(&self, row: &'a Row, column: &str) -> Result<&'a Value> {
        let table = self.tables.get(row.table).filter(|_| row.table == 0);
        let value = table.and_then(|payments| payments.get(&row.values, column));
        value.ok_or_else(|| anyhow!("payments.{column} is missing"))
    }

    /// Makes a payment's row what it was when it had just been created.
    pub(crate) fn first(&self, row: &mut Row, state: &str) -> Result<()> {
        let expires = self.payments_value(row, "expires_at")?.clone();
        let first = [
            ("version", Value::Integer(1)),
            ("status", Value::Text("ready".to_owned())),
            ("state", Value::Text(state.to_owned())),
            ("next_check_at", expires),
        ];
        for (column, value) in first {
            *self.place(&mut row.values, column)? = value;
        }
        Ok(())
    }

    /// Where a row of `payments` has a column.
    pub(crate) fn place<'a>(&self, values: &'a mut [Value], column: &str) -> Result<&'a mut Value> {
        let index = self.tables.first().and_then(|table| table.index(column));
        let place = index.and_then(|index| values.get_mut(index));
        place.ok_or_else(|| anyhow!("payments.{column} is missing"))
    }

    /// What inserts a row into each of the tables.
    pub(crate) fn inserts(&self) -> Vec<String> {
        self.tables.iter().map(Table::insert).collect()
    }
}

impl Table {
    fn read(database: &Connection, name: String) -> Result<Self> {
        let columns = texts(
            database,
            &format!("select name from pragma_table_info('{name}')"),
        )?;
        Ok(Self { name, columns })
    }

    fn insert(&self) -> String {
        let columns: Vec<_> = (self.columns.iter())
            .map(|column| format!("\"{column}\""))
            .collect();
        let values: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        format!(
            "insert into {} ({}) values ({})",
            self.name,
            columns.join(", "),
            values.join(", ")
        )
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    fn get<'a>(&self, values: &'a [Value], column: &str) -> Option<&'a Value> {
        values.get(self.index(column)?)
    }

    fn payment_of(&self, values: &[Value]) -> Result<Vec<u8>> {
        let column = if self.name == "payments" {
            "id"
        } else {
            "payment_id"
        };
        match self.get(values, column) {
            Some(Value::Blob(id)) => Ok(id.clone()),
            other => Err(anyhow!("{}.{column} is {other:?}", self.name)),
        }
    }
}

/// Inserts a row by a statement of [`Pattern::inserts`].
pub(crate) fn insert(connection: &Connection, statement: &str, row: &[Value]) -> Result<()> {
    let mut statement = connection.prepare_cached(statement)?;
    statement.execute(params_from_iter(row))?;
    Ok(())
}

/// Those of payments, but for the order in which a shop is told of all of them.
fn tables(database: &Connection) -> Result<Vec<Table>> {
    let names = texts(
        database,
        "select m.name from sqlite_master m
         where m.type = 'table' and (m.name = 'payments' or exists (
             select 1 from pragma_table_info(m.name) where name = 'payment_id'))
         order by m.name <> 'payments', m.name",
    )?;
    let table = |name: String| {
        let mut table = Table::read(database, name)?;
        table.columns.retain(|column| column != "position");
        Ok(table)
    };
    names.into_iter().map(table).collect()
}

fn texts(database: &Connection, query: &str) -> Result<Vec<String>> {
    let mut statement = database.prepare(query).context("the tables")?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<rusqlite::Result<_>>()?)
}

fn rows(database: &Connection, table: &Table) -> Result<Vec<Vec<Value>>> {
    let columns = table.columns.len();
    let mut statement = database.prepare(&format!("select * from {}", table.name))?;
    let rows = statement.query_map([], |row| (0..columns).map(|index| row.get(index)).collect())?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;

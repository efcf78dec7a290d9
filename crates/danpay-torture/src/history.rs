//! What has happened to payments, step by step: shops are told of less, so the database itself is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use danpay_client::Payment;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::database::apart;

/// By the payments' ids, oldest first.
pub(crate) type History = BTreeMap<String, Vec<Step>>;

/// In calm a database may still be starting, but it comes.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// A change of a payment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) sequence: u32,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) at: String,
    pub(crate) by: String,
    pub(crate) state: Value,
}

/// Each is followed by a call to KakaoPay.
const CALLS: [&str; 4] = [
    "payment.approving",
    "payment.approval_repeated",
    "cancellation.requested",
    "cancellation.repeated",
];

impl Step {
    pub(crate) fn is_call(&self) -> bool {
        CALLS.contains(&self.kind.as_str())
    }

    /// The payment's status after it.
    pub(crate) fn status(&self) -> &str {
        let status = self.state.get("status").and_then(Value::as_str);
        status.unwrap_or_default()
    }
}

/// What has happened to these payments, in the database at `url`.
pub(crate) async fn of(url: &str, payments: &[Payment]) -> Result<History> {
    let tids: Vec<String> = payments.iter().map(|paid| paid.tid.clone()).collect();
    let mut tries = 0;
    let steps = loop {
        tries += 1;
        match read(url, tids.clone()).await {
            Ok(steps) => break steps,
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => sleep(PAUSE).await,
        }
    };
    let mut by_tid: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for (tid, step) in steps {
        let step = serde_json::from_str(&step).context("a step is not what it should be")?;
        by_tid.entry(tid).or_default().push(step);
    }
    let history = payments.iter().map(|payment| {
        let steps = by_tid.remove(&payment.tid);
        (payment.id.to_string(), steps.unwrap_or_default())
    });
    Ok(history.collect())
}

/// Each step in JSON, after its payment's TID.
async fn read(url: &str, tids: Vec<String>) -> Result<Vec<(String, String)>> {
    match url.strip_prefix("sqlite:") {
        Some(file) => {
            let file = PathBuf::from(file);
            apart(move || Ok(sqlite(&file, &tids)?)).await
        }
        None => postgres(url, tids).await,
    }
}

fn sqlite(file: &Path, tids: &[String]) -> rusqlite::Result<Vec<(String, String)>> {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.busy_timeout(Duration::from_secs(5))?;
    let mut steps = database.prepare(
        r#"
        select json_object('id', hex(events.id), 'sequence', sequence, 'type', type,
            'at', strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch'), 'by', "by",
            'state', json(events.state))
        from events join payments on payments.id = payment_id
        where tid = ?1 order by sequence"#,
    )?;
    let mut all = Vec::new();
    for tid in tids {
        let rows = steps.query_map([tid], |row| Ok((tid.clone(), row.get(0)?)))?;
        for row in rows {
            all.push(row?);
        }
    }
    Ok(all)
}

async fn postgres(url: &str, tids: Vec<String>) -> Result<Vec<(String, String)>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let steps = r#"
        select tid, json_build_object('id', events.id, 'sequence', sequence, 'type', type,
            'at', to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', "by",
            'state', events.state)::text
        from events join payments on payments.id = payment_id
        where tid = any($1) order by tid, sequence"#;
    let rows = client.query(steps, &[&tids]).await?;
    drop(client);
    connection.await??;
    let steps = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    steps.collect()
}

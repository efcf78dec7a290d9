//! What shops ask of the database, and what recovery does.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::fill::{FIRST, OPEN};
use crate::connection::Connection as Http;
use crate::fixture::Fixture;
use crate::latency::{Call, Latencies};
use crate::payer::order_id;

/// Recovery's own statement, and the others beside it.
#[path = "../../../danpay-server/src/store/sqlite/queries.rs"]
#[expect(
    dead_code,
    reason = "only one of danpay's statements is asked for here"
)]
mod queries;

const TIMES: u64 = 200;
const SEED: u64 = 3;
/// What recovery takes at once.
const BATCH: u32 = 16;

/// How long answers took, over HTTP.
#[derive(Serialize)]
pub(super) struct Answered {
    pub(super) newest_page: Call,
    pub(super) some_page: Call,
    pub(super) by_order: Call,
    pub(super) by_id: Call,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Payment>,
}

#[derive(Deserialize)]
struct Payment {
    id: String,
}

pub(super) async fn questions(fixture: &Fixture, there: u64) -> Result<Answered> {
    let bearer = format!("Bearer {}", fixture.api_key);
    let mut shop = Http::open(&fixture.danpay.url, &bearer).await?;
    let mut dice = fastrand::Rng::with_seed(SEED);
    let (mut newest, mut some) = (Latencies::default(), Latencies::default());
    let (mut order, mut one) = (Latencies::default(), Latencies::default());
    for _ in 0..TIMES {
        newest.add(shop.get("/v1/payments?limit=100").await?.took);
        let number = if there == 0 {
            dice.u64(..500)
        } else {
            FIRST + dice.u64(..there)
        };
        let path = format!("/v1/payments?order_id={}", order_id(number));
        let answered = shop.get(&path).await?;
        order.add(answered.took);
        let List { data } = serde_json::from_slice(&answered.body)?;
        let [Payment { id }] = data.as_slice() else {
            anyhow::bail!("order {number} has {} payments", data.len());
        };
        one.add(shop.get(&format!("/v1/payments/{id}")).await?.took);
        let path = format!("/v1/payments?limit=100&cursor={id}");
        some.add(shop.get(&path).await?.took);
    }
    Ok(Answered {
        newest_page: newest.call(),
        some_page: some.call(),
        by_order: order.call(),
        by_id: one.call(),
    })
}

/// Recovery's claim of what is due, of one among many that are not; nothing is changed by it.
pub(super) fn claim_due(file: &Path) -> Result<Call> {
    let database = Connection::open(file)?;
    let mut took = Latencies::default();
    let open: i64 = database.query_row(
        "select count(*) from payments where next_check_at is not null",
        [],
        |row| row.get(0),
    )?;
    for _ in 0..TIMES {
        database.execute_batch("begin immediate")?;
        let begun = Instant::now();
        let mut claim = database.prepare_cached(queries::CLAIM_NEWEST_DUE)?;
        let ids = claim.query_map(
            params![i64::MAX / 2, i64::MAX / 2, BATCH, Vec::<u8>::new()],
            |row| row.get::<_, Vec<u8>>(0),
        )?;
        let claimed = ids.collect::<rusqlite::Result<Vec<_>>>()?.len();
        took.add(begun.elapsed());
        database.execute_batch("rollback")?;
        let due = open.min(i64::from(BATCH));
        ensure!(
            i64::try_from(claimed)? == due,
            "{claimed} of {due} were claimed"
        );
    }
    ensure!(OPEN > 0);
    Ok(took.call())
}

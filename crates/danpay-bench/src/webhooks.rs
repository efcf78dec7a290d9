//! `bench webhooks`: what it costs to tell a shop of its payments: with no endpoint, with one, and with one
//! that is dead.

mod receiver;
mod report;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use danpay_testkit::DatabaseKind;
use http::{Method, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

use self::receiver::Receiver;
use self::report::Report;
use crate::bench::Bench;
use crate::connection::Connection;
use crate::fixture::Fixture;
use crate::machine;
use crate::payments::level::{self, Level};

/// How long it may take until all has arrived.
const DRAINS: Duration = Duration::from_mins(3);
const LOOK: Duration = Duration::from_millis(100);

/// Measure payments a second beside webhooks: with no endpoint, with one, with one that is dead
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many pay at once
    #[arg(long, default_value_t = 32)]
    payers: usize,
    /// How long they pay each time
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often each is measured, in turn
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// What danpay's database is: sqlite or postgres
    #[arg(long, default_value = "sqlite")]
    database: DatabaseKind,
}

/// Whom the shop has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Endpoint {
    None,
    One,
    /// Nobody listens there.
    Dead,
}

/// One run.
#[derive(Serialize)]
struct Run {
    endpoint: Endpoint,
    level: Level,
    /// How many messages had arrived when the payers stopped, and in all.
    arrived_beside: u64,
    arrived: u64,
    /// From when the payers stopped until all had arrived, in seconds.
    drained_s: Option<f64>,
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let time = Duration::from_secs(args.seconds);
    let mut runs = Vec::new();
    for round in 1..=args.rounds {
        for endpoint in [Endpoint::None, Endpoint::One, Endpoint::Dead] {
            crate::say(&format!("round {round}, {endpoint:?} …"));
            runs.push(measure(bench, &args, endpoint, time).await?);
        }
    }
    let report = Report {
        machine,
        database: args.database,
        payers: args.payers,
        runs,
        load_after: machine::load(),
    };
    bench.tell("webhooks", &report)
}

async fn measure(bench: &Bench, args: &Args, endpoint: Endpoint, time: Duration) -> Result<Run> {
    let receiver = Receiver::start().await?;
    let (before, mut beside, mut drained_s) = (receiver.clone(), 0, None);
    let begin = async |fixture: &Fixture| match endpoint {
        Endpoint::None => Ok(()),
        Endpoint::One => register(fixture, &before.url).await,
        Endpoint::Dead => register(fixture, &dead().await?).await,
    };
    let end = async |fixture: &Fixture| {
        beside = receiver.count();
        if endpoint == Endpoint::One {
            drained_s = Some(drain(fixture).await?);
        }
        Ok(())
    };
    let level =
        level::measure_beside(bench, args.database, (args.payers, time), begin, end).await?;
    let arrived = receiver.count();
    if endpoint == Endpoint::One {
        // Each payment is told as ready and as approved.
        let told = 2 * level.books.approved;
        ensure!(arrived >= told, "{arrived} messages of {told} have arrived");
    }
    Ok(Run {
        endpoint,
        level,
        arrived_beside: beside,
        arrived,
        drained_s,
    })
}

async fn register(fixture: &Fixture, url: &str) -> Result<()> {
    let mut connection = connect(fixture).await?;
    let path = "/v1/webhook_endpoints";
    let request = connection
        .request(Method::POST, path)
        .body(Full::from(json!({ "url": url }).to_string()))?;
    let answered = connection.send(request).await?;
    answered.expect(StatusCode::CREATED, path).map(drop)
}

/// An address at which nobody listens.
async fn dead() -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    Ok(format!("http://{}/", listener.local_addr()?))
}

/// How long it takes until nothing is on its way.
async fn drain(fixture: &Fixture) -> Result<f64> {
    let begun = Instant::now();
    let mut connection = connect(fixture).await?;
    loop {
        let page = connection
            .get("/v1/webhook_deliveries?status=pending&limit=1")
            .await?;
        let page: Value = serde_json::from_slice(&page.body)?;
        let is_empty = page
            .pointer("/data")
            .and_then(Value::as_array)
            .map(Vec::is_empty);
        let is_last = page.get("next_cursor").is_some_and(Value::is_null);
        // The oldest come last, and are looked for in pages.
        if is_empty == Some(true) && (is_last || pages_are_empty(&mut connection, page).await?) {
            return Ok(begun.elapsed().as_secs_f64());
        }
        ensure!(
            begun.elapsed() < DRAINS,
            "not all has arrived within {DRAINS:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
}

async fn pages_are_empty(connection: &mut Connection, mut page: Value) -> Result<bool> {
    while let Some(next) = page.get("next_cursor").and_then(Value::as_str) {
        let path = format!("/v1/webhook_deliveries?status=pending&limit=1&cursor={next}");
        let answered = connection.get(&path).await?;
        page = serde_json::from_slice(&answered.body)?;
        let data = page
            .get("data")
            .and_then(Value::as_array)
            .context("no page")?;
        if !data.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn connect(fixture: &Fixture) -> Result<Connection> {
    let authorization = format!("Bearer {}", fixture.api_key);
    Connection::open(&fixture.danpay.url, &authorization).await
}

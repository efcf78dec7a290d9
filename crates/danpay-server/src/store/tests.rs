//! A database to test, and what is written into it. What every store must do is in `conformance`,
//! what only one of them does in a file of its own.

use std::sync::LazyLock;

use danpay_core::{
    Actor, Command, Context, Decision, EventId, LookedUp, Lookup, NewPayment, Order, OrderNumbers,
    PgToken, RedirectUrls, RefundLimits, Status, create, decide,
};
use danpay_test_postgres::{Bouncer, Cluster, Settings};
use serde_json::json;
use tempfile::TempDir;

use danpay_core::{Change, Event, Payment, PaymentId, PaymentRef, ShopId};
use jiff::SignedDuration;
use rusqlite::types::ValueRef;

use super::payments::{
    AskedUnder, BeforeCreate, CheckAt, ClaimDue, ClaimLookup, Commit, CountDue, Create, Events,
    Filter, FirstDue, Idempotency, List, ListToShow, LookFirst, OfShop, Page, ScheduleCheck,
    WakeInDoubt, WithTid,
};
use super::server::{
    ClearRestored, Erase, Erased, MarkRestored, NewestRestored, PrepareAhead, Probe, Prune,
    PruneKeys, PruneRefundDays, ServerKey,
};
use super::*;
use crate::config::Pooler;

/// Each of these is run on each kind of database.
macro_rules! every_store {
    ($($test:ident)*) => {
        every_store!(on sqlite: $($test)*);
        every_store!(of_postgres: $($test)*);
    };
    (of_postgres: $($test:ident)*) => {
        every_store!(on postgres: $($test)*);
        every_store!(on postgres_of_the_next_version: $($test)*);
        every_store!(on through_pgbouncer: $($test)*);
    };
    (on $kind:ident: $($test:ident)*) => {
        mod $kind {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::TestDatabase::$kind().await).await;
            })*
        }
    };
}

mod claims;
mod conformance;
mod erase;
mod keys;
mod list;
mod positions;
mod postgres;
mod refund_days;
mod sqlite;
mod webhooks;

/// That the database can be written.
fn probe() -> Probe {
    Probe {
        server: [9; 16],
        at: at(0),
    }
}

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn id(n: u8) -> PaymentId {
    PaymentId::new(start(), [n; 10])
}

fn shop() -> ShopId {
    ShopId::from_bytes([9; 16])
}

/// A payment of the shop.
fn of(id: PaymentId) -> PaymentRef {
    let shop_id = shop();
    PaymentRef { shop_id, id }
}

fn new(change: Change) -> Create {
    let (change, record) = (Box::new(change), None);
    Create { change, record }
}

fn keyed(change: Change, record: Idempotency) -> Create {
    let (change, record) = (Box::new(change), Some(record));
    Create { change, record }
}

fn step(change: Change) -> Commit {
    let (change, record) = (Box::new(change), None);
    Commit { change, record }
}

fn first_page() -> Page {
    Page {
        shop_id: shop(),
        filter: Filter::default(),
        after: None,
        until: None,
        limit: 0,
    }
}

fn asked_under(key: &str) -> AskedUnder {
    AskedUnder {
        shop_id: shop(),
        key: key.to_owned(),
    }
}

fn before_create(key: Option<&str>, order_id: &str) -> BeforeCreate {
    BeforeCreate {
        shop_id: shop(),
        key: key.map(str::to_owned),
        order_id: order_id.to_owned(),
    }
}

fn due(now: Timestamp, until: Timestamp, limit: u32) -> ClaimDue {
    ClaimDue {
        now,
        until,
        limit,
        first: FirstDue::Oldest,
        except: Vec::new(),
    }
}

/// A context whose event id is new each time.
fn context(now: Timestamp) -> Context {
    let random = crate::clock::Entropy::system().bytes().unwrap();
    let evidence = Some(json!({ "tid": "T1", "말": "증거" }));
    Context {
        now,
        by: Actor::Payer,
        jitter: danpay_core::Jitter::WHOLE,
        event_id: EventId::new(now, random),
        evidence,
        obstacle: None,
        order_numbers: OrderNumbers::Unique,
        refund_limits: RefundLimits::default(),
    }
}

fn new_payment(n: u8) -> Change {
    payment_of(n, &format!("주문-{n}"))
}

fn payment_of(n: u8, order_id: &str) -> Change {
    let order: Order = serde_json::from_value(json!({
        "order_id": order_id, "user_id": "u", "item_name": "초코파이", "item_code": null,
        "quantity": 1, "return_url": "https://shop.example/o?x=1", "approval": "automatic",
        "amount": { "total": 2200, "tax_free": 0, "vat": 200, "point": 0, "discount": 0,
                    "green_deposit": 0 },
        "metadata": { "coupon": "가을" },
    }))
    .unwrap();
    let url = |device: &str| format!("https://online-payment.kakaopay.com/{device}");
    let new = NewPayment {
        id: id(n),
        shop_id: shop(),
        livemode: false,
        cid: "TC0ONETIME".to_owned(),
        tid: format!("T{n:019}"),
        redirect: Some(RedirectUrls {
            pc: url("pc"),
            mobile: url("mobile"),
            app: url("app"),
        }),
        created_at: start(),
    };
    create(order, new, context(start()))
}

fn token() -> PgToken {
    PgToken::new("5ecre7t0ken5ecre7t0k".to_owned()).unwrap()
}

fn comes_back() -> Command {
    let token = token();
    Command::Return { token, other: None }
}

fn decided(payment: &Payment, command: Command, now: Timestamp) -> Change {
    match decide(payment, command, context(now)) {
        Decision::Commit(change) => *change,
        other => panic!("nothing to commit: {other:?}"),
    }
}

/// A lookup, asked and answered then, says that the payer gave up.
fn quit_at(seconds: i64) -> Command {
    Command::Learn(LookedUp {
        asked_at: at(seconds),
        lookup: Lookup::Quit,
    })
}

fn record(n: u8, key: &str) -> Idempotency {
    Idempotency {
        key: key.to_owned(),
        request_hash: [7; 32],
        payment_id: id(n),
        cancellation_id: None,
    }
}

/// An open database, and where it is.
struct TestDatabase {
    store: Store,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    /// The database's name.
    Postgres(String),
    /// The same, by way of PgBouncer.
    Bounced(String),
}

impl Place {
    fn config(&self) -> Config {
        let mut config = Config {
            database_url: self.url().into(),
            ..Config::default()
        };
        if let Self::Bounced(_) = self {
            config.database_pooler = Pooler::Transaction;
        }
        config
    }

    async fn open(&self) -> Result<Store, OpenError> {
        Store::open(&self.config()).await
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("danpay.db").display()),
            Self::Postgres(name) => CLUSTER.url(name),
            Self::Bounced(name) => BOUNCER.url(name),
        }
    }
}

async fn open_at(url: &str) -> Result<Store, OpenError> {
    let config = Config {
        database_url: url.into(),
        ..Config::default()
    };
    Store::open(&config).await
}

/// One for all tests of the process, each with a database of its own.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&Settings::quick()).unwrap());
static BOUNCER: LazyLock<Bouncer> = LazyLock::new(|| Bouncer::start(&CLUSTER).unwrap());

impl TestDatabase {
    async fn on(place: Place) -> Self {
        let store = place.open().await.unwrap();
        let first = super::shops::EnsureFirstShop {
            id: shop(),
            name: "first".to_owned(),
            at: start(),
        };
        store.ask(first).await.unwrap();
        Self { store, place }
    }

    async fn sqlite() -> Self {
        Self::on(Place::Sqlite(tempfile::tempdir().unwrap())).await
    }

    async fn postgres() -> Self {
        Self::on(Place::Postgres(CLUSTER.create_database().unwrap())).await
    }

    /// With tables that the next version has changed already: servers are replaced one by one.
    async fn postgres_of_the_next_version() -> Self {
        let place = Place::Postgres(CLUSTER.create_database().unwrap());
        postgres::upgrade(&place).await;
        Self::on(place).await
    }

    async fn through_pgbouncer() -> Self {
        Self::on(Place::Bounced(CLUSTER.create_database().unwrap())).await
    }

    /// The same database after the process has stopped and started.
    async fn restart(self) -> Self {
        let Self { store, place } = self;
        drop(store);
        Self::on(place).await
    }

    /// Somebody else writes or reads past us; tells the first value of a row that is read.
    fn outsider(&self, sql: &str) -> Result<String, String> {
        match &self.place {
            Place::Sqlite(folder) => {
                let path = folder.path().join("danpay.db");
                on_file(&path, sql).map_err(|error| error.to_string())
            }
            Place::Postgres(name) | Place::Bounced(name) => {
                CLUSTER.sql(name, sql).map_err(|error| error.to_string())
            }
        }
    }

    /// What is due then, leased until then; all of it, in a test of a few payments.
    async fn claim_due(&self, now: i64, until: i64) -> Vec<PaymentId> {
        let due = self.store.ask(due(at(now), at(until), 9)).await;
        due.unwrap().into_iter().map(|due| due.id).collect()
    }

    async fn payment(&self, n: u8) -> Payment {
        self.store.ask(OfShop(of(id(n)))).await.unwrap().unwrap()
    }

    async fn events(&self, n: u8) -> Vec<Event> {
        let events = self
            .store
            .ask(Events {
                payment: of(id(n)),
                after: 0,
                limit: 99,
            })
            .await
            .unwrap();
        events.into_iter().map(Result::unwrap).collect()
    }
}

fn on_file(path: &Path, sql: &str) -> rusqlite::Result<String> {
    let outsider = rusqlite::Connection::open(path)?;
    outsider.pragma_update(None, "foreign_keys", true)?;
    let mut statement = outsider.prepare(sql)?;
    if statement.column_count() == 0 {
        return statement.execute([]).map(|_| String::new());
    }
    statement.query_row([], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        })
    })
}

//! A machine on which a danpay server runs, dies and is started again.
//!
//! **Invariant**: a server that has died never touches the books or the network again, and nobody
//! gets an answer from it; what it had sent is still on its way.

use std::future::pending;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use danpay_server::{Clock, Config, Disk, Entropy, Moment, Parts, Server, StoreError, Touch};
use http::{Request, Response};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::books::Books;
use crate::kakaopay::SECRET_KEY;
use crate::network::Line;
use crate::timeline::note;
use crate::world::{World, lock};

/// Of 1,000 touches of the disk so many are a server's last.
const CRASHES: u32 = 6;
/// After so many, the server is not told that its commit was made.
const UNTOLD: u32 = 3;
/// So many are made, if the database is another machine, when the server waits no longer: PostgreSQL
/// gives a statement up after 5 s, and what is still on the way to it is there within 7 s.
const LATE: u32 = 3;
const LAG_MS: std::ops::Range<u64> = 0..12_000;
/// So often a server does not wait because it has died; otherwise it waits 7 s at most.
const CRASHES_LOST: u32 = 500;
const SILENCE_MS: std::ops::Range<u64> = 0..7_000;
/// So often PostgreSQL gives a statement up for another one's sake, whatever it would have written.
const OVERTAKEN: u32 = 3;
const UPTIME_MS: std::ops::Range<u64> = 20_000..600_000;
const DOWNTIME_MS: std::ops::Range<u64> = 300..45_000;
/// How far a server's clock may be from the true time.
const SKEW_MS: u64 = 3_000;

/// Whether a server is still alive.
#[derive(Clone, Default)]
pub(crate) struct Life(CancellationToken);

impl Life {
    /// The work, as long as there is life; never ready after that.
    pub(crate) async fn share<T>(&self, work: impl Future<Output = T>) -> T {
        match self.until_end(work).await {
            Some(done) => done,
            None => pending().await,
        }
    }

    async fn until_end<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.cancelled() => None,
            done = work => Some(done),
        }
    }
}

pub(crate) struct Host {
    number: usize,
    world: Arc<World>,
    /// How far its clock is from the true time, in ms.
    skew_ms: Arc<AtomicI64>,
    running: Mutex<Option<(Life, Router)>>,
}

impl Host {
    pub(crate) fn new(number: usize, world: Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            number,
            world,
            skew_ms: Arc::default(),
            running: Mutex::default(),
        })
    }

    /// Starts the server, again and again.
    pub(crate) async fn keep_running(self: Arc<Self>) {
        loop {
            let life = Life::default();
            let Some(server) = self.start(&life).await else {
                sleep(Duration::from_secs(1)).await;
                continue;
            };
            *lock(&self.running) = Some((life.clone(), server.router()));
            self.say("runs");
            let dies_at = Instant::now() + self.world.chance.millis(UPTIME_MS);
            let end_of_time = async {
                tokio::time::sleep_until(dies_at).await;
                if !self.world.chaos() {
                    pending::<()>().await;
                }
                self.crash(&life, "crash at an await");
            };
            let recovery = life.until_end(server.recovery());
            tokio::select! {
                biased;
                () = life.0.cancelled() => {}
                () = end_of_time => {}
                _ = recovery => {}
            }
            sleep(self.world.chance.millis(DOWNTIME_MS)).await;
        }
    }

    async fn start(self: &Arc<Self>, life: &Life) -> Option<Server> {
        let world = &self.world;
        let disk = HostDisk {
            host: Arc::clone(self),
            life: life.clone(),
        };
        let line = Line {
            world: Arc::clone(world),
            life: life.clone(),
            server: self.number,
        };
        let kakaopay = kakaopay::KakaoPay::builder(SECRET_KEY).transport(line);
        let chance = world.chance.fork();
        let parts = Parts {
            books: world.books.on(Arc::new(disk)),
            kakaopay: kakaopay.build().ok()?.into(),
            clock: self.clock(),
            entropy: Entropy::from_fn(move |bytes| chance.fill(bytes)),
            recovery_idle: world.chance.millis(1_000..20_000),
            money_calls: 64,
        };
        let config = Config {
            public_url: Some(crate::shop::PUBLIC_URL.to_owned()),
            ..Config::default()
        };
        let server = life.until_end(Server::on(parts, &config)).await?.ok()?;
        let key = life.until_end(server.first_api_key()).await?.ok()?;
        if let Some(key) = key {
            world.set_api_key(key.expose_secret());
        }
        Some(server)
    }

    fn clock(&self) -> Clock {
        let (world, skew_ms) = (Arc::clone(&self.world), Arc::clone(&self.skew_ms));
        Clock::from_fn(move || {
            world.now() + SignedDuration::from_millis(skew_ms.load(Ordering::Relaxed))
        })
    }

    /// The clock jumps.
    pub(crate) fn set_clock(&self) {
        let ahead = self.world.chance.number(0..2 * SKEW_MS);
        let skew_ms = ahead.cast_signed() - SKEW_MS.cast_signed();
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
        self.world.count("clock jumps");
        self.say(format_args!(
            "has its clock {skew_ms} ms from the true time"
        ));
    }

    /// One request through the server's doors. Nothing, if it is down or dies over it.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Option<Response<Bytes>> {
        let (life, router) = lock(&self.running).clone()?;
        let answered = async {
            let Ok(response) = router.oneshot(request).await;
            let (head, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.ok()?;
            Some(Response::from_parts(head, body))
        };
        life.until_end(answered).await?
    }

    /// The server holds the host by its disk, and the host the server.
    pub(crate) fn put_away(&self) {
        *lock(&self.running) = None;
    }

    fn crash(&self, life: &Life, how: &'static str) {
        life.0.cancel();
        *lock(&self.running) = None;
        self.world.count(how);
        self.say(how);
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("server {}", self.number), what);
    }
}

/// One server's disk, and its fate.
struct HostDisk {
    host: Arc<Host>,
    life: Life,
}

impl Disk for HostDisk {
    fn touched(&self, moment: Moment) -> Touch<'_> {
        Box::pin(self.life.share(async move {
            let world = &self.host.world;
            let (how, crashes) = match moment {
                Moment::Read => (None, 0),
                Moment::BeforeCommit => (Some("crash before a commit"), CRASHES),
                Moment::AfterCommit => (Some("crash after a commit"), CRASHES),
                Moment::Lost => (Some("crash while a commit is on its way"), CRASHES_LOST),
            };
            if let Some(how) = how.filter(|_| world.strikes(crashes)) {
                self.host.crash(&self.life, how);
                return pending().await;
            }
            if moment == Moment::Lost {
                sleep(world.chance.millis(SILENCE_MS)).await;
                let problem = "the database did not answer in time";
                return Err(StoreError::Unavailable(problem.to_owned()));
            }
            // Now and then others come in between.
            if world.chance.is(250) {
                sleep(world.chance.millis(0..30)).await;
            }
            if moment == Moment::AfterCommit && world.fault(UNTOLD, "commit whose answer is lost") {
                return Err(StoreError::Unavailable(
                    "the connection was lost".to_owned(),
                ));
            }
            let is_shared = matches!(world.books, Books::Postgres(_));
            if moment == Moment::BeforeCommit
                && is_shared
                && world.fault(OVERTAKEN, "another transaction got ahead")
            {
                return Err(StoreError::Conflict);
            }
            world.weather.touch(&world.books, moment).await
        }))
    }

    fn lags(&self) -> Option<Duration> {
        let world = &self.host.world;
        let is_lost = world.fault(LATE, "commit that comes late");
        is_lost.then(|| world.chance.millis(LAG_MS))
    }
}

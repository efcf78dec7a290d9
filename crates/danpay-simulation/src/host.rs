//! A machine on which a danpay server runs, stands still, dies and is started again.
//!
//! **Invariant**: a server that has died never touches the books or the network again, and nobody
//! gets an answer from it; what it had sent is still on its way. One that stands still does none of it
//! until it goes on.

mod disk;
mod life;
mod suspension;

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use danpay_server::{
    Admin, CallsAtOnce, Clock, Config, ConfigError, Connect, Entropy, KeyedClient, Parts, Server,
    StartError, Vault,
};
use http::{Request, Response};
use jiff::SignedDuration;
use kakaopay::KakaoPay;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tower::ServiceExt;

use self::disk::HostDisk;
pub(crate) use self::life::Life;
pub(crate) use self::suspension::Await;
use crate::audit;
use crate::counts::Kind;
use crate::network::Line;
use crate::receiver::Way;
use crate::seller::Seller;
use crate::timeline::note;
use crate::world::{World, lock};

const AT_AN_AWAIT: &str = "crash at an await";
const BEFORE_COMMIT: &str = "crash before a commit";
const AFTER_COMMIT: &str = "crash after a commit";
const IN_COMMIT: &str = "crash while a commit is on its way";
const UNTOLD: &str = "commit whose answer is lost";
const LATE: &str = "commit that comes late";
const OVERTAKEN: &str = "another transaction got ahead";
const CLOCK_JUMPS: &str = "clock jumps";

/// How servers end, and what befalls them, on any database.
pub(crate) const CRASHES: [&str; 3] = [AT_AN_AWAIT, BEFORE_COMMIT, AFTER_COMMIT];
pub(crate) const FAULTS: [&str; 2] = [UNTOLD, CLOCK_JUMPS];
/// Only if the database is another machine.
pub(crate) const CRASHES_OVER_A_NETWORK: [&str; 1] = [IN_COMMIT];
pub(crate) const FAULTS_OVER_A_NETWORK: [&str; 2] = [LATE, OVERTAKEN];

/// What opens the secrets in the books.
const MASTER_KEY: [u8; 32] = [7; 32];

const UPTIME_MS: std::ops::Range<u64> = 20_000..600_000;
const DOWNTIME_MS: std::ops::Range<u64> = 300..45_000;
/// How far a server's clock may be from the true time.
const SKEW_MS: u64 = 3_000;

/// Where servers can be suspended, by name.
pub(crate) fn suspensions() -> Vec<&'static str> {
    suspension::AWAITS.map(|(_, name)| name).to_vec()
}

pub(crate) struct Host {
    number: usize,
    world: Arc<World>,
    /// How far its clock is from the true time, in ms.
    skew_ms: Arc<AtomicI64>,
    running: Mutex<Option<(Life, Router)>>,
    /// Whether it is to run.
    is_on: watch::Sender<bool>,
}

impl Host {
    pub(crate) fn new(number: usize, world: Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            number,
            world,
            skew_ms: Arc::default(),
            running: Mutex::default(),
            is_on: watch::Sender::new(true),
        })
    }

    /// Starts the server, again and again.
    pub(crate) async fn keep_running(self: Arc<Self>) {
        loop {
            let life = Life::default();
            // It is never closed: the sender is here.
            let _ = self.is_on.subscribe().wait_for(|on| *on).await;
            let Some(server) = self.start(&life).await else {
                sleep(Duration::from_secs(1)).await;
                continue;
            };
            if !*self.is_on.borrow() {
                // It was stopped while it started.
                life.end();
                continue;
            }
            *lock(&self.running) = Some((life.clone(), server.router()));
            self.say("runs");
            let dies_at = Instant::now() + self.world.chance.millis(UPTIME_MS);
            let end_of_time = async {
                sleep_until(dies_at).await;
                if !self.world.chaos() {
                    pending::<()>().await;
                }
                self.crash(&life, AT_AN_AWAIT);
            };
            let recovery = life.until_end(server.recovery());
            let sequencing = life.until_end(server.sequencing());
            let delivering = async {
                if self.world.hooks.are_there {
                    life.until_end(server.delivering()).await;
                }
                pending::<()>().await;
            };
            tokio::select! {
                biased;
                () = life.ended() => {}
                () = end_of_time => {}
                _ = recovery => {}
                _ = sequencing => {}
                () = delivering => {}
            }
            sleep(self.world.chance.millis(DOWNTIME_MS)).await;
        }
    }

    /// A server on this machine, for as long as that life lasts.
    pub(crate) async fn start(self: &Arc<Self>, life: &Life) -> Option<Server> {
        let world = &self.world;
        let chance = world.chance.fork();
        let entropy = Entropy::from_fn(move |bytes| chance.fill(bytes));
        let parts = Parts {
            database: self.books(life),
            kakaopay: self.kakaopay(life)?,
            connect: self.connect(life),
            vault: Vault::of_key(&MASTER_KEY, entropy.clone()),
            clock: self.clock(),
            entropy,
            idle: world.chance.millis(1_000..20_000),
            calls: CallsAtOnce::always(world.temper.calls_at_once),
            receivers: Arc::new(Way {
                host: Arc::clone(self),
                life: life.clone(),
            }),
        };
        let config = Config {
            public_url: Some(crate::shop::PUBLIC_URL.to_owned()),
            orders_repeat: world.temper.orders_repeat,
            refund_max_per_day: world
                .temper
                .refund_max_per_day
                .and_then(|most| most.try_into().ok()),
            ..Config::default()
        };
        let server = life.until_end(Server::on(parts, &config)).await?.ok()?;
        let hand_over = |key: &SecretString| {
            world.set_api_key(Seller::First, key.expose_secret());
            Ok::<_, StartError>(())
        };
        // What it comes to, the shop hears at the door.
        life.until_end(server.first_api_key(None, hand_over))
            .await?
            .ok()?;
        Some(server)
    }

    fn books(self: &Arc<Self>, life: &Life) -> danpay_server::Database {
        self.world.books.on(Arc::new(HostDisk {
            host: Arc::clone(self),
            life: life.clone(),
            is_news: AtomicBool::new(false),
        }))
    }

    /// `danpay restore --mark`: whether it went well.
    pub(crate) async fn marks_books(self: &Arc<Self>) -> bool {
        let life = Life::default();
        let books = self.books(&life);
        let marked = books.mark_restored(self.now());
        matches!(life.until_end(marked).await, Some(Ok(())))
    }

    /// What an operator's commands work with.
    pub(crate) fn admin(self: &Arc<Self>, life: &Life) -> Admin {
        let chance = self.world.chance.fork();
        let entropy = Entropy::from_fn(move |bytes| chance.fill(bytes));
        let vault = Vault::of_key(&MASTER_KEY, entropy.clone());
        Admin::on(self.books(life), self.clock(), entropy, vault)
    }

    /// The way to KakaoPay with the key of the file, which is read again when it is turned away.
    fn kakaopay(self: &Arc<Self>, life: &Life) -> Option<KeyedClient> {
        let (host, life) = (Arc::clone(self), life.clone());
        let client = move |key: &str| {
            let line = Line {
                host: Arc::clone(&host),
                life: life.clone(),
            };
            KakaoPay::builder(key).transport(line).build().ok()
        };
        let world = Arc::clone(&self.world);
        let in_use = Mutex::new(world.keys.file());
        let first = client(&lock(&in_use))?;
        Some(KeyedClient::reading(first, move || {
            let mut in_use = lock(&in_use);
            let file = world.keys.file();
            if *in_use == file {
                return Ok(None);
            }
            *in_use = file;
            Ok(client(&in_use))
        }))
    }

    /// The way to KakaoPay for shops whose keys are in the books.
    fn connect(self: &Arc<Self>, life: &Life) -> Connect {
        let (host, life) = (Arc::clone(self), life.clone());
        Connect::by(move |key, cid, _| {
            let line = Line {
                host: Arc::clone(&host),
                life: life.clone(),
            };
            let client = KakaoPay::builder(key.expose_secret())
                .cid(cid.clone())
                .transport(line)
                .build();
            client.map_err(|error| ConfigError::Invalid(error.to_string()))
        })
    }

    fn clock(&self) -> Clock {
        let (world, skew_ms) = (Arc::clone(&self.world), Arc::clone(&self.skew_ms));
        Clock::from_fn(move || {
            world.now() + SignedDuration::from_millis(skew_ms.load(Ordering::Relaxed))
        })
    }

    /// What its clock shows.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.world.now() + SignedDuration::from_millis(self.skew_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The clock jumps.
    pub(crate) fn set_clock(&self) {
        let ahead = self.world.chance.number(0..2 * SKEW_MS);
        let skew_ms = ahead.cast_signed() - SKEW_MS.cast_signed();
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
        self.world.count(Kind::Fault, CLOCK_JUMPS);
        self.say(format_args!(
            "has its clock {skew_ms} ms from the true time"
        ));
    }

    /// One request through the server's doors. Nothing, if it is down or dies over it.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Option<Response<Bytes>> {
        let (life, router) = lock(&self.running).clone()?;
        let answered = life.share(async {
            let back = audit::Back::of(&self.world, &request);
            let Ok(response) = router.oneshot(request).await;
            let (head, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.ok()?;
            if let Some(back) = back {
                back.answered(&self.world, head.status);
            }
            Some(Response::from_parts(head, body))
        });
        life.until_end(answered).await?
    }

    /// Stands still here, at times, and goes on.
    pub(crate) async fn stands_still(&self, life: &Life, at: Await, is_news: bool) {
        let world = &self.world;
        if let Some(favourite) = world.temper.suspended
            && world.chaos()
            && world.chance.is(at.per_mille(favourite, is_news))
        {
            let lasts = suspension::lasts(&world.chance);
            world.count(Kind::Suspension, at.name());
            self.say(format_args!("is {} for {lasts:?}", at.name()));
            life.suspend(lasts);
        }
        life.share(async {}).await;
    }

    /// It is stopped and started no more, or allowed to start again.
    pub(crate) fn switch(&self, on: bool) {
        self.is_on.send_replace(on);
        if on {
            return;
        }
        let running = lock(&self.running).take();
        if let Some((life, _)) = running {
            life.end();
            self.say("is stopped");
        }
    }

    /// The server holds the host by its disk, and the host the server.
    pub(crate) fn put_away(&self) {
        *lock(&self.running) = None;
    }

    fn crash(&self, life: &Life, how: &'static str) {
        life.end();
        *lock(&self.running) = None;
        self.world.count(Kind::Crash, how);
        self.say(how);
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("server {}", self.number), what);
    }
}

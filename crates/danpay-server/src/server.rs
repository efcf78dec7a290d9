//! The server as a whole: opened from its settings, run on a listener until told to stop.
//!
//! **Invariant**: the listener, the clock and the signal to stop are arguments, so a test runs
//! what production runs.

mod announce;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use danpay_core::ShopId;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alerts::Alerts;
use crate::app::{App, Shared};
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::flow::{Flow, FlowError, Followers, Logged, Recovered, Sequencer, WaitingPayments};
use crate::gateway::{CallsAtOnce, KeyedClient, Skew};
use crate::http::connections;
use crate::keys::{self, NewKey};
use crate::returns::{self, Returns};
use crate::secrets::Vault;
use crate::shops::{Connect, FirstShop, Make, Shops, any_live, ensure_first, is_live};
use crate::start_error::StartError;
use crate::store::Database;
use crate::store::keys::{AnyEver, Role};
use crate::store::payments::WakeInDoubt;
use crate::store::server::{ClearRestored, NewestRestored, ServerKey};
use crate::test_clock::TestClock;
use crate::webhooks::deliver::Deliverer;
use crate::webhooks::endpoints::Webhooks;
use crate::webhooks::receivers::Receivers;
use crate::workers::keep_at_work;
use crate::{api, doors, files, limits};

/// Why payments could not be recovered.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RecoverError(#[from] FlowError);

/// What a server stands on. [`Server::open`] takes it from the settings and the machine; a
/// simulation brings its own.
pub struct Parts {
    /// The database.
    pub database: Database,
    /// The first shop's way to KakaoPay.
    pub kakaopay: KeyedClient,
    /// The other shops' ways.
    pub connect: Connect,
    /// What opens their secrets.
    pub vault: Vault,
    /// The time.
    pub clock: Clock,
    /// The randomness of ids and keys.
    pub entropy: Entropy,
    /// How long recovery and the sequencer rest when there is nothing to do.
    pub idle: Duration,
    /// Calls to ready, approve and cancel under way at once.
    pub calls: CallsAtOnce,
    /// The way to whoever receives webhooks.
    pub receivers: Arc<dyn Receivers>,
}

/// What has become of the first API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstKey {
    /// There has been a key before.
    WasThere,
    /// It opens the shop's door.
    Made,
    /// Another server made one at the same moment: the one that was handed over is of no use.
    AnothersCameFirst,
}

/// A payment server, open but not yet listening.
pub struct Server {
    app: App,
    sequencer: Arc<Sequencer>,
    deliverer: Arc<Deliverer>,
    /// How long it drains before it stops.
    drain: Duration,
    /// How many connections it takes at once.
    connections: usize,
    /// The door of whoever watches it.
    health: Option<TcpListener>,
    /// The way to whoever is alerted.
    alerts: Option<Alerts>,
    /// Whose time payments have.
    test_clock: Option<TestClock>,
}

impl Server {
    /// Opens the database and the way to KakaoPay. What a stopped server left in doubt is due for
    /// recovery at once.
    pub async fn open(config: &Config, clock: Clock) -> Result<Self, StartError> {
        config.check()?;
        let entropy = Entropy::system();
        let parts = Parts {
            kakaopay: config.keyed_client()?,
            connect: config.connect(),
            vault: Vault::load(config, entropy.clone())?,
            database: Database::open(config).await?,
            clock,
            entropy,
            idle: limits::WORKER_IDLE,
            calls: CallsAtOnce::up_to(files::for_calls(config)),
            receivers: config.receivers()?,
        };
        Self::on(parts, config).await
    }

    /// A server on the given parts; of the settings only those of its doors and its merchant code
    /// are read.
    pub async fn on(parts: Parts, config: &Config) -> Result<Self, StartError> {
        let Parts {
            database: Database(store),
            kakaopay,
            connect,
            vault,
            clock,
            entropy,
            idle,
            calls,
            receivers,
        } = parts;
        let name = returns::KEY_NAME;
        let new = entropy.bytes()?;
        let returns = Returns::new(store.ask(ServerKey { name, new }).await?);
        ensure_first(&store, &clock, &entropy).await?;
        let skew = Skew::new(clock.clone());
        let webhooks = Webhooks {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            vault: vault.clone(),
            receivers,
        };
        let make = Make {
            first: FirstShop::of(config, kakaopay.watched_by(&skew))?,
            skew: skew.clone(),
            connect,
            vault,
            clock: clock.clone(),
            returns: returns.clone(),
            lookups: config.lookups(),
            calls,
            key_refused: Arc::default(),
        };
        let shops = Shops::new(store.clone(), clock.clone(), make);
        shops.check().await?;
        if clock.is_of_tests() && (is_live(&config.kakaopay_cid) || any_live(&store).await?) {
            return Err(StartError::LiveOnTestClock);
        }
        if store.ask(NewestRestored).await?.is_some() {
            tracing::error!(
                "this database is a restored backup: nothing is approved or canceled until `danpay recover` has brought it up to date"
            );
        }
        let now = clock.now();
        let woken = store.ask(WakeInDoubt { now }).await?;
        if woken > 0 {
            tracing::info!(
                payments = woken,
                "approvals or cancellations were under way when the server stopped"
            );
        }
        let flow = Flow {
            store,
            shops,
            clock,
            entropy,
            idle,
            calls: TaskTracker::new(),
            waiting: WaitingPayments::default(),
            followers: Followers::default(),
            deliveries_due: Arc::default(),
            deliveries_last: config.deliveries_last(),
        };
        let flow = Arc::new(flow);
        let sequencer = Sequencer::new(Arc::clone(&flow))?;
        let deliverer = Deliverer::new(Arc::clone(&flow), webhooks.clone());
        let app = App::new(Shared {
            public_url: config.public_url()?.into(),
            returns,
            webhooks,
            known_keys: api::KnownKeys::default(),
            rates: Arc::new(api::Rates::of(config)?),
            exports: api::Exports::default(),
            readiness: Arc::new(api::Readiness::new(flow.entropy.bytes()?)),
            skew,
            flow,
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
        });
        Ok(Self {
            app,
            sequencer: Arc::new(sequencer),
            deliverer: Arc::new(deliverer),
            drain: config.drain(),
            connections: files::for_connections(config),
            health: None,
            alerts: None,
            test_clock: None,
        })
    }

    /// Answers `/livez` and `/readyz` on this listener besides, and nothing else, whatever comes to the
    /// other doors.
    #[must_use]
    pub fn watched_on(mut self, health: TcpListener) -> Self {
        self.health = Some(health);
        self
    }

    /// Delivers these alerts for as long as it runs.
    #[must_use]
    pub fn alerting(mut self, alerts: Option<Alerts>) -> Self {
        self.alerts = alerts;
        self
    }

    /// Follows this clock, which it was opened with, for as long as it runs.
    #[must_use]
    pub fn following(mut self, test_clock: Option<TestClock>) -> Self {
        self.test_clock = test_clock;
        self
    }

    /// Makes an API key for the first shop if there has never been any: the one that the settings give,
    /// or a new one, which `hand_over` brings to whoever runs the server before it is stored.
    pub async fn first_api_key<E: From<StartError>>(
        &self,
        given: Option<&SecretString>,
        hand_over: impl FnOnce(&SecretString) -> Result<(), E>,
    ) -> Result<FirstKey, E> {
        let Flow {
            store,
            clock,
            entropy,
            shops,
            ..
        } = &*self.app.flow;
        if store.ask(AnyEver).await.map_err(StartError::from)? {
            return Ok(FirstKey::WasThere);
        }
        let key = match given {
            Some(key) if keys::is_well_formed(key.expose_secret()) => key.clone(),
            Some(_) => return Err(StartError::FirstKey.into()),
            None => {
                let key = keys::generate(entropy).map_err(StartError::from)?;
                hand_over(&key)?;
                key
            }
        };
        let first = shops.first().await.map_err(StartError::from)?;
        let new = NewKey {
            shop_id: first.id,
            name: "first".to_owned(),
            role: Role::Full,
            expires_at: None,
        };
        match keys::add(store, clock, &key, new).await {
            Ok(()) => Ok(FirstKey::Made),
            Err(StartError::KeyName(_)) => Ok(FirstKey::AnothersCameFirst),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes an API key. It cannot be shown a second time.
    pub async fn create_api_key(
        &self,
        shop_id: ShopId,
        name: &str,
        role: Role,
    ) -> Result<SecretString, StartError> {
        let Flow {
            store,
            clock,
            entropy,
            ..
        } = &*self.app.flow;
        let new = NewKey {
            shop_id,
            name: name.to_owned(),
            role,
            expires_at: None,
        };
        keys::create(store, clock, entropy, new).await
    }

    /// The shop whose settings are the server's.
    pub async fn first_shop(&self) -> Result<ShopId, StartError> {
        Ok(self.app.flow.shops.first().await?.id)
    }

    /// All the doors.
    pub fn router(&self) -> Router {
        doors::all(&self.app)
    }

    /// Recovers for as long as it is awaited, or until the server is told to stop. A panic is for the
    /// caller to see; [`Server::run`] starts it again after one.
    pub fn recovery(&self) -> impl Future<Output = ()> + Send + 'static {
        Arc::clone(&self.app.flow).look_up_due_until(self.app.stopping.clone())
    }

    /// Gives events their positions for as long as it is awaited, or until the server is told to stop.
    pub fn sequencing(&self) -> impl Future<Output = ()> + Send + 'static {
        let stopping = self.app.stopping.clone();
        Arc::clone(&self.sequencer).run_until(stopping)
    }

    /// Delivers webhooks for as long as it is awaited, or until the server is told to stop.
    pub fn delivering(&self) -> impl Future<Output = ()> + Send + 'static {
        let stopping = self.app.stopping.clone();
        Arc::clone(&self.deliverer).run_until(stopping)
    }

    /// Looks after the database for as long as it is awaited, or until the server is told to stop.
    pub fn maintenance(&self) -> impl Future<Output = ()> + Send + 'static {
        Arc::clone(&self.app.flow).maintain_until(self.app.stopping.clone())
    }

    /// Whether this database is a restored backup of which it is not known what it lacks.
    pub async fn is_restored(&self) -> Result<bool, StartError> {
        Ok(self.app.flow.store.ask(NewestRestored).await?.is_some())
    }

    /// It is known now: calls that move money are made again.
    pub async fn clear_restored(&self) -> Result<(), StartError> {
        Ok(self.app.flow.store.ask(ClearRestored).await?)
    }

    /// Looks up every payment that was created since then, or all, and books what KakaoPay says: for
    /// a database that was restored from a backup. Tells what came of each.
    pub async fn recover_since(
        &self,
        since: Option<Timestamp>,
        tell: impl FnMut(Recovered),
    ) -> Result<(), RecoverError> {
        Ok(self.app.flow.recover_since(since, tell).await?)
    }

    /// The same for a payment that the log names, which is added if it is not in the database.
    pub async fn recover_logged(&self, logged: Logged) -> Result<Recovered, RecoverError> {
        // Boxed, as it holds a way to KakaoPay.
        Ok(Box::pin(self.app.flow.recover_logged(logged)).await?)
    }

    /// Serves on `listener` and recovers, until `shutdown` is ready. Then `/readyz` says no for as
    /// long as the settings want, while all is served; after that no new connection is taken, and
    /// what is under way has 9 s to end. The rest is recovered, here or by another server.
    pub async fn run(
        mut self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let flow = Arc::clone(&self.app.flow);
        let (draining, stopping) = (self.app.draining.clone(), self.app.stopping.clone());
        let work = Arc::clone(&flow);
        let recovery = move |stop| Arc::clone(&work).look_up_due_until(stop);
        let recovery = keep_at_work("recovery", stopping.clone(), recovery);
        let recovery = flow.calls.spawn(recovery);
        let work = Arc::clone(&flow);
        let maintenance = move |stop| Arc::clone(&work).maintain_until(stop);
        flow.calls
            .spawn(keep_at_work("maintenance", stopping.clone(), maintenance));
        if flow.store.gives_positions_after_commits() {
            let sequencer = Arc::clone(&self.sequencer);
            let sequence = move |stop| Arc::clone(&sequencer).run_until(stop);
            flow.calls
                .spawn(keep_at_work("sequence", stopping.clone(), sequence));
        }
        let deliverer = Arc::clone(&self.deliverer);
        let deliver = move |stop| Arc::clone(&deliverer).run_until(stop);
        flow.calls
            .spawn(keep_at_work("deliver", stopping.clone(), deliver));
        if let Some(alerts) = self.alerts.take() {
            let send = move |stop| alerts.clone().send_until(stop);
            flow.calls
                .spawn(keep_at_work("alerts", stopping.clone(), send));
        }
        if let Some(test_clock) = self.test_clock.take() {
            let follow = move |stop| test_clock.clone().follow_until(stop);
            flow.calls
                .spawn(keep_at_work("test clock", stopping.clone(), follow));
        }
        let most = self.connections;
        if most < limits::CONNECTIONS_FEW {
            tracing::warn!(
                connections = most,
                "few files may be open at once, so few connections are taken: raise the limit \
                 (LimitNOFILE, ulimit -n)"
            );
        }
        let watched = self.health.take();
        let serving = async {
            let doors = connections::serve(listener, self.router(), most, stopping.clone());
            let health = async {
                if let Some(listener) = watched {
                    let (door, most) = (doors::of_watchers(&self.app), limits::WATCHERS);
                    connections::serve(listener, door, most, stopping.clone()).await;
                }
            };
            tokio::join!(doors, health);
            flow.calls.close();
            flow.calls.wait().await;
        };
        let stop_in_time = async {
            shutdown.await;
            tracing::info!(seconds = self.drain.as_secs(), "draining");
            draining.cancel();
            tokio::time::sleep(self.drain).await;
            tracing::info!("stopping");
            stopping.cancel();
            tokio::time::sleep(limits::SHUTDOWN).await;
        };
        tokio::select! {
            () = serving => {}
            () = stop_in_time => {
                recovery.abort();
                tracing::warn!("not everything ended in time; it is recovered after the start");
            }
        }
    }
}

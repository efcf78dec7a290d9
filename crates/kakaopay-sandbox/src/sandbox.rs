//! A running sandbox and how it is started and stopped.
//! Invariant: its listener, its connections and its tasks end with it, dropped or stopped.

mod builder;
mod listening;
mod start_error;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::response::Redirect;
use axum::routing::get;
use jiff::Timestamp;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub use self::builder::SandboxBuilder;
pub use self::listening::Listening;
pub use self::start_error::StartError;
use crate::api;
use crate::control::{self, PaymentRecord};
use crate::fault::Fault;
use crate::ledger::Wallet;
use crate::line::{ConnectionCutter, Exchange};
use crate::payer::{self, PlayError};
use crate::receipt;
use crate::state::{Keeper, StateError};
use crate::world::World;

/// How long answers that are being given may take once the sandbox is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// `KakaoPay`'s side, listening. Stops when dropped; [`Sandbox::stop`] lets running calls finish.
pub struct Sandbox {
    world: Arc<World>,
    addr: SocketAddr,
    lines: CancellationToken,
    routes: Router,
    server: Option<JoinHandle<()>>,
    keeping: Option<JoinHandle<()>>,
    /// Nothing changes any more.
    ended: CancellationToken,
}

/// The line was cut before an answer had come whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the connection was cut before an answer had come whole")]
pub struct LineCut;

impl Sandbox {
    /// Starts from the defaults: a free port on 127.0.0.1, any key, the test CID.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    pub(crate) fn open(world: World, addr: SocketAddr, keeper: Option<Keeper>) -> Self {
        let world = Arc::new(world);
        let ended = CancellationToken::new();
        // Ends with `ended`, which `stop` and `drop` cancel.
        let keeping =
            keeper.map(|keeper| tokio::spawn(keeper.keep(Arc::clone(&world), ended.clone())));
        Self {
            routes: routes(Arc::clone(&world)),
            world,
            addr,
            lines: CancellationToken::new(),
            server: None,
            keeping,
            ended,
        }
    }

    pub(crate) fn listen(&mut self, listener: tokio::net::TcpListener) {
        let exchange = Exchange {
            listener,
            all: self.lines.clone(),
        };
        let service =
            (self.routes.clone()).into_make_service_with_connect_info::<ConnectionCutter>();
        let closing = self.world.closing.clone().cancelled_owned();
        // Ends with `closing`, which `stop` and `drop` cancel.
        self.server = Some(tokio::spawn(async move {
            if let Err(error) = axum::serve(exchange, service)
                .with_graceful_shutdown(closing)
                .await
            {
                tracing::error!(%error, "sandbox stopped listening");
            }
        }));
    }

    /// Answers one request without a socket: the merchant API, the payer's pages and the tester's
    /// door alike. A fault that cuts the line gives [`LineCut`].
    pub async fn handle(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, LineCut> {
        let mut request = request.map(Body::from);
        let cutter = ConnectionCutter::new(self.lines.child_token());
        let line = ConnectInfo(cutter.clone());
        request.extensions_mut().insert(line);
        let Ok(response) = self.routes.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| LineCut)?;
        if cutter.is_used() {
            return Err(LineCut);
        }
        Ok(http::Response::from_parts(head, body))
    }

    /// The address to use instead of `https://open-api.kakaopay.com`; no slash at its end.
    pub fn url(&self) -> &str {
        &self.world.settings.public_url
    }

    /// The address it listens on; `0.0.0.0:0` when started unbound.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Lets time pass at once: fifteen minutes expire every payment that is open.
    pub fn advance_clock(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// Sets the time, forwards or back.
    pub fn set_clock(&self, to: Timestamp) {
        self.world.clock.set(to);
    }

    /// Stops the time where it is; [`Sandbox::advance_clock`] and [`Sandbox::set_clock`] move it.
    pub fn freeze_clock(&self) {
        self.world.clock.freeze();
    }

    /// Lets a stopped time run on.
    pub fn run_clock(&self) {
        self.world.clock.run();
    }

    /// The sandbox's clock, for whoever has to agree with it about the time. Outlives the sandbox.
    pub fn clock(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let world = Arc::clone(&self.world);
        move || world.clock.now()
    }

    /// All payments as the ledger has them, oldest first.
    pub fn payments(&self) -> Vec<PaymentRecord> {
        control::records(&self.world)
    }

    /// One payment as the ledger has it.
    pub fn payment(&self, tid: &str) -> Option<PaymentRecord> {
        control::record(&self.world, tid)
    }

    /// Plays a payer (one of [`SCRIPTS`](crate::SCRIPTS)) and returns the address that the
    /// payer's browser would be sent to; the visit itself is up to the caller. A payer who does
    /// not come back is [`PlayError::NeverReturns`].
    pub fn play(&self, tid: &str, script: &str) -> Result<String, PlayError> {
        self.perform(tid, script)?.ok_or(PlayError::NeverReturns)
    }

    /// Plays any script; the address is `None` for a payer who does not come back.
    pub fn perform(&self, tid: &str, script: &str) -> Result<Option<String>, PlayError> {
        Ok(payer::play(&self.world, tid, script)?.redirect_to)
    }

    /// Gives a payer (a `partner_user_id`) points and a discount, which their payments then use.
    pub fn give(&self, user_id: impl Into<String>, wallet: Wallet) {
        let user_id = user_id.into();
        self.world
            .books(|books, _now| books.ledger.give(user_id, wallet));
    }

    /// What a payer has beside the payment method.
    pub fn wallet(&self, user_id: &str) -> Wallet {
        self.world.look(|books| books.ledger.wallet(user_id))
    }

    /// Where the receipt of a payment is, once it was paid.
    pub fn receipt_url(&self, tid: &str) -> Option<String> {
        receipt::address(&self.world, tid)
    }

    /// All that it knows, except for the journal: the books, the clock, the faults and what the
    /// seed gives next.
    pub fn save(&self) -> Result<String, StateError> {
        self.world.save()
    }

    /// Goes on from what [`Sandbox::save`] gave.
    pub fn load(&self, state: &str) -> Result<(), StateError> {
        self.world.load(state)
    }

    /// Forgets everything and begins again as it was started, with the same seed.
    pub fn reset(&self) {
        self.world.reset();
    }

    /// Replaces the merchant's secret key: from now on every other one is refused with 401 and
    /// -401, as `KakaoPay` revokes a key the moment it issues the next. `None` takes any key.
    ///
    /// A call that had come by then goes on. No state holds the key: [`Sandbox::load`] leaves it
    /// alone, and after [`Sandbox::reset`] it is that of the start again.
    pub fn set_secret_key(&self, key: Option<&str>) {
        self.world.set_secret_key(key);
    }

    /// Makes the next calls go wrong.
    pub fn inject(&self, fault: Fault) {
        self.world.faults().add(fault);
    }

    /// The faults that wait for a call.
    pub fn faults(&self) -> Vec<Fault> {
        self.world.faults().waiting()
    }

    /// Forgets all faults that wait for a call.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// Stops listening, lets running calls finish (for five seconds) and ends.
    pub async fn stop(mut self) {
        self.world.closing.cancel();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(LAST_ANSWERS, &mut server)
                .await
                .is_err()
        {
            self.lines.cancel();
            // Whatever it ended with was logged where it happened.
            let _ = server.await;
        }
        self.world.calls.close();
        self.world.calls.wait().await;
        self.ended.cancel();
        if let Some(keeping) = self.keeping.take() {
            // What went wrong was logged where it happened.
            let _ = keeping.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.closing.cancel();
        self.lines.cancel();
        self.ended.cancel();
    }
}

fn routes(world: Arc<World>) -> Router {
    let before = if world.settings.legacy {
        api::legacy::routes()
    } else {
        Router::new()
    };
    Router::new()
        .route("/", get(|| async { Redirect::to("/_sandbox/") }))
        .merge(payer::routes())
        .merge(control::routes(&world))
        .merge(receipt::routes())
        .merge(before)
        .fallback(api::door::door)
        .with_state(world)
}

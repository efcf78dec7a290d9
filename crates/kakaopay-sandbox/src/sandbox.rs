//! A running sandbox and how it is started and stopped.
//! Invariant: its listener, its connections and its tasks end with it, dropped or stopped.

mod builder;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::builder::{Listening, SandboxBuilder, StartError};
use crate::api;
use crate::control::{self, PaymentRecord};
use crate::fault::Fault;
use crate::line::{Exchange, Scissors};
use crate::payer::{self, PlayError};
use crate::world::World;

/// How long answers that are being given may take once the sandbox is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// `KakaoPay`'s side, listening. Stops when dropped; [`Sandbox::stop`] lets running calls finish.
pub struct Sandbox {
    world: Arc<World>,
    addr: SocketAddr,
    lines: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts from the defaults: a free port on 127.0.0.1, any key, the test CID.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    pub(crate) fn open(world: World, listener: tokio::net::TcpListener, addr: SocketAddr) -> Self {
        let world = Arc::new(world);
        let lines = CancellationToken::new();
        let exchange = Exchange {
            listener,
            all: lines.clone(),
        };
        let service = routes(Arc::clone(&world)).into_make_service_with_connect_info::<Scissors>();
        let closing = world.closing.clone().cancelled_owned();
        // Ends with `closing`, which `stop` and `drop` cancel.
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(exchange, service)
                .with_graceful_shutdown(closing)
                .await
            {
                tracing::error!(%error, "sandbox stopped listening");
            }
        });
        Self {
            world,
            addr,
            lines,
            server: Some(server),
        }
    }

    /// The address to use instead of `https://open-api.kakaopay.com`; no slash at its end.
    pub fn url(&self) -> &str {
        &self.world.settings.public_url
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Lets time pass at once: fifteen minutes expire every payment that is open.
    pub fn advance_clock(&self, by: Duration) {
        self.world.clock.advance(by);
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
    /// payer's browser would be sent to; the visit itself is up to the caller.
    pub fn play(&self, tid: &str, script: &str) -> Result<String, PlayError> {
        payer::play(&self.world, tid, script)
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
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.closing.cancel();
        self.lines.cancel();
    }
}

fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/_sandbox/") }))
        .merge(payer::routes())
        .merge(control::routes())
        .fallback(api::door::door)
        .with_state(world)
}

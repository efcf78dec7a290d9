//! The way from a server to KakaoPay and back, on which everything may happen to a call.
//!
//! **Invariant**: a request reaches KakaoPay within the SDK's 15 s or never, and takes effect at
//! most KakaoPay's own 11 s after it did; only what `danpay_core::timing` allows for goes wrong. But
//! some calls that move money are held up for twice as long: what is counted as in doubt has to
//! carry these too.

mod code;
mod damage;
mod fate;
mod fault;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use kakaopay::{
    ApiEndpoint as Endpoint, Transport, TransportError, TransportFuture,
    TransportRequest as Request, TransportResponse as Response,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use self::fate::{Fate, Said};
pub(crate) use self::fault::{Faults, names as faults};
use crate::audit;
use crate::host::{Await, Host, Life};
use crate::kakaopay::tid;
use crate::timeline::note;
use crate::world::World;

/// The SDK's limit for a whole call.
const CALL: Duration = Duration::from_secs(15);

type Answer = Result<Response, TransportError>;

/// One server's line to KakaoPay.
pub(crate) struct Line {
    pub(crate) host: Arc<Host>,
    pub(crate) life: Life,
}

impl Transport for Line {
    fn send(&self, request: Request) -> TransportFuture<'_> {
        audit::call_sets_out(&self.host, &request);
        let fate = Fate::draw(self.host.world(), &request);
        note(
            format_args!("server {}", self.host.number()),
            format_args!(
                "asks KakaoPay: {} {} ({})",
                request.endpoint,
                tid(&request),
                fate.name
            ),
        );
        Box::pin(self.life.share(self.call(request, fate)))
    }
}

impl Line {
    /// The call's time passes while its server is suspended, as with SIGSTOP; or stands still with it,
    /// as on a machine that is moved, and then an answer may be minutes old.
    async fn call(&self, request: Request, mut fate: Fate) -> Answer {
        let began = Instant::now();
        let late = || began.elapsed() >= CALL;
        let endpoint = request.endpoint;
        self.may_stand_still(Await::Connecting, endpoint.moves_money())
            .await;
        if late() {
            return Err(TransportError::NotSent("no connection in time".into()));
        }
        let left = CALL.saturating_sub(began.elapsed());
        fate.there = fate.there.saturating_sub(began.elapsed());
        let (tell, answer) = oneshot::channel();
        let world = Arc::clone(self.host.world());
        // On its own: a request that is on its way arrives, whatever becomes of its sender.
        tokio::spawn(travel(world, request, fate, tell));
        let heard = async {
            match answer.await {
                Ok(answer) => answer,
                // Nobody will say anything any more.
                Err(_silence) => pending().await,
            }
        };
        let heard = timeout(left, heard).await;
        let heard = heard.unwrap_or_else(|_| lost("timed out"));
        self.may_stand_still(Await::Answered, endpoint == Endpoint::Order)
            .await;
        if late() && self.host.world().chance.is(500) {
            return lost("timed out");
        }
        heard
    }

    async fn may_stand_still(&self, at: Await, is_news: bool) {
        self.host.stands_still(&self.life, at, is_news).await;
    }
}

async fn travel(world: Arc<World>, request: Request, fate: Fate, tell: oneshot::Sender<Answer>) {
    let restores = world.restores();
    sleep(fate.there).await;
    let fate = fate.arrived(|| world.kakaopay.is_paid(&tid(&request)));
    if fate.early {
        respond(tell, answer(&fate, Response::default()));
        take_effect(&world, &request, &fate, restores).await;
    } else {
        let truth = take_effect(&world, &request, &fate, restores).await;
        sleep(fate.back).await;
        respond(tell, answer(&fate, truth));
    }
}

fn respond(tell: oneshot::Sender<Answer>, answer: Option<Answer>) {
    if let Some(answer) = answer {
        // A caller that has died or lost patience does not hear it.
        let _ = tell.send(answer);
    }
}

/// What KakaoPay does and would say, if the call gets there. It was sent when the books had been
/// restored so often.
async fn take_effect(world: &World, request: &Request, fate: &Fate, restores: u32) -> Response {
    if fate.times == 0 {
        return Response::default();
    }
    if !world.kakaopay.takes_key_of(request) {
        return world.kakaopay.turn_away(request, world.now()).await;
    }
    if let Some(lag) = fate.lag {
        let now = world.now();
        return world.kakaopay.execute_late(request, now, lag).await;
    }
    if let Err(busy) = world.kakaopay.begin(request) {
        note("KakaoPay", format_args!("is busy with {}", tid(request)));
        return busy;
    }
    let arrived_at = world.now();
    let mut response = Response::default();
    for _ in 0..fate.times {
        sleep(fate.takes).await;
        response = world
            .kakaopay
            .execute(request, arrived_at, world.now())
            .await;
        let moved = response.status == 200 && restores == world.restores();
        match request.endpoint {
            Endpoint::Approve if moved => audit::money_moves(world, &tid(request)),
            Endpoint::Cancel if moved => audit::money_goes_back(world, request),
            _ => {}
        }
        note(
            "KakaoPay",
            format_args!("{} {}: {}", request.endpoint, tid(request), response.status),
        );
    }
    world.kakaopay.end(request);
    response
}

/// What the caller hears of it; nothing at all, if it is to wait until its time is over.
fn answer(fate: &Fate, truth: Response) -> Option<Answer> {
    Some(match &fate.said {
        Said::Truth => Ok(truth),
        Said::Silence => return None,
        Said::Reset => lost("reset"),
        Said::NotSent => Err(TransportError::NotSent("refused".into())),
        Said::Instead(response) => Ok(response.clone()),
        Said::Damaged(damage) => Ok(damage(truth)),
    })
}

fn lost(why: &'static str) -> Answer {
    Err(TransportError::Unknown(why.into()))
}

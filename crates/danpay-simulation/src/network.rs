//! The way from a server to KakaoPay and back, on which everything may happen to a call.
//!
//! **Invariant**: a request reaches KakaoPay within the SDK's 15 s or never, and takes effect at
//! most KakaoPay's own 11 s after it did; only what `danpay_core::timing` allows for goes wrong. But
//! some calls that move money are held up for twice as long: what is counted as in doubt has to
//! carry these too.

mod fault;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use kakaopay::{Endpoint, Request, Response, Sending, Transport, TransportError};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

pub(crate) use self::fault::Faults;
use self::fault::{Fate, Said};
use crate::audit;
use crate::host::Life;
use crate::kakaopay::tid;
use crate::timeline::note;
use crate::world::World;

/// The SDK's limit for a whole call.
const CALL: Duration = Duration::from_secs(15);

type Answer = Result<Response, TransportError>;

/// One server's line to KakaoPay.
pub(crate) struct Line {
    pub(crate) world: Arc<World>,
    pub(crate) life: Life,
    pub(crate) server: usize,
}

impl Transport for Line {
    fn send(&self, request: Request) -> Sending<'_> {
        audit::call_is_claimed(&self.world, &request);
        let fate = Fate::draw(&self.world, &request);
        note(
            format_args!("server {}", self.server),
            format_args!(
                "asks KakaoPay: {} {} ({})",
                request.endpoint,
                tid(&request),
                fate.name
            ),
        );
        let (tell, answer) = oneshot::channel();
        // On its own: a request that is on its way arrives, whatever becomes of its sender.
        tokio::spawn(travel(Arc::clone(&self.world), request, fate, tell));
        let heard = async {
            match answer.await {
                Ok(answer) => answer,
                // Nobody will say anything any more.
                Err(_silence) => pending().await,
            }
        };
        let call = async {
            timeout(CALL, heard)
                .await
                .unwrap_or_else(|_| lost("timed out"))
        };
        Box::pin(self.life.share(call))
    }
}

async fn travel(world: Arc<World>, request: Request, fate: Fate, tell: oneshot::Sender<Answer>) {
    sleep(fate.there).await;
    let fate = fate.arrived(|| world.kakaopay.is_paid(&tid(&request)));
    if fate.early {
        respond(tell, answer(&fate, Response::default()));
        take_effect(&world, &request, &fate).await;
    } else {
        let truth = take_effect(&world, &request, &fate).await;
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

/// What KakaoPay does and would say, if the call gets there.
async fn take_effect(world: &World, request: &Request, fate: &Fate) -> Response {
    if fate.times == 0 {
        return Response::default();
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
        match (request.endpoint, response.status) {
            (Endpoint::Approve, 200) => audit::money_moves(world, &tid(request)),
            (Endpoint::Cancel, 200) => audit::money_goes_back(world, &tid(request)),
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
        Said::Half => Ok(fault::half(truth)),
        Said::AboutAnother => Ok(fault::about_another(truth)),
        Said::OfAnotherAmount => Ok(fault::of_another_amount(truth)),
    })
}

fn lost(why: &'static str) -> Answer {
    Err(TransportError::Unknown(why.into()))
}

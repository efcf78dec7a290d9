//! The way from shops and payers to a server and back: requests and answers are lost, late, doubled
//! and overtaken.
//!
//! **Invariant**: what has left arrives or is lost, whether or not somebody still waits for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::timeline::note;
use crate::world::World;

/// Of 1,000 requests so many meet each of the faults.
const PER_MILLE: u32 = 25;

const REQUEST_LOST: &str = "shop or payer: request lost";
const REQUEST_LATE: &str = "shop or payer: request late";
const REQUEST_DOUBLED: &str = "shop or payer: request doubled";
const ANSWER_LOST: &str = "shop or payer: answer lost";
const ANSWER_LATE: &str = "shop or payer: answer late";

/// By name.
pub(crate) const FAULTS: [&str; 5] = [
    REQUEST_LOST,
    REQUEST_LATE,
    REQUEST_DOUBLED,
    ANSWER_LOST,
    ANSWER_LATE,
];

const LATE_MS: std::ops::Range<u64> = 1_000..60_000;

/// What becomes of one copy of a request.
struct Fate {
    there: Duration,
    back: Duration,
    request_lost: bool,
    answer_lost: bool,
}

/// Through the load balancer to any server. Nothing, if no answer comes back in time.
pub(crate) async fn send(
    world: &Arc<World>,
    request: http::Result<Request<Bytes>>,
    patience: Duration,
) -> Option<Response<Bytes>> {
    let request = request.ok()?;
    let mut copies = JoinSet::new();
    copies.spawn(go(Arc::clone(world), request.clone(), Fate::draw(world)));
    if world.fault(PER_MILLE, REQUEST_DOUBLED) {
        let late = Fate {
            there: world.chance.millis(0..LATE_MS.end),
            ..Fate::draw(world)
        };
        copies.spawn(go(Arc::clone(world), request, late));
    }
    let heard = timeout(patience, first(&mut copies)).await;
    // Some close the connection when they lose patience, which ends the server's work on it.
    if heard.is_ok() || world.chance.is(500) {
        copies.detach_all();
    }
    heard.ok()?
}

async fn first(copies: &mut JoinSet<Option<Response<Bytes>>>) -> Option<Response<Bytes>> {
    while let Some(came) = copies.join_next().await {
        if let Ok(Some(answer)) = came {
            return Some(answer);
        }
    }
    None
}

async fn go(world: Arc<World>, request: Request<Bytes>, fate: Fate) -> Option<Response<Bytes>> {
    sleep(fate.there).await;
    if fate.request_lost {
        return None;
    }
    let host = world.chance.pick(&world.hosts())?.clone();
    let response = host.handle(request.map(Body::from)).await?;
    let status = response.status();
    if status.is_server_error() && !matches!(status.as_u16(), 502 | 503) {
        world.violation(format!("a request is answered with {status}"));
    }
    sleep(fate.back).await;
    Some(response).filter(|_| !fate.answer_lost)
}

impl Fate {
    fn draw(world: &World) -> Self {
        let chance = &world.chance;
        let late = |what| {
            if world.fault(PER_MILLE, what) {
                note("network", what);
                chance.millis(LATE_MS)
            } else {
                chance.millis(1..50)
            }
        };
        Self {
            there: late(REQUEST_LATE),
            back: late(ANSWER_LATE),
            request_lost: world.fault(PER_MILLE, REQUEST_LOST),
            answer_lost: world.fault(PER_MILLE, ANSWER_LOST),
        }
    }
}

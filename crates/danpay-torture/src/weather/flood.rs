//! A flood at the servers' front: connections that say nothing, all the while. Whoever watches a server asks
//! at its door for health.
//! Invariant: a server that lives answers there, and the flood has met servers.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::world::World;

pub(crate) const SILENT: &str = "connections that said nothing";
pub(crate) const HEALTHY: &str = "answers about health";

/// So many at once come to one server, and stay for so long.
const WAVE: usize = 48;
const STAYS_MS: Range<u64> = 300..2_000;
/// How long one tries to be taken.
const CONNECTS_WITHIN: Duration = Duration::from_millis(500);
const LOOKS_EVERY: Duration = Duration::from_millis(200);
/// It is a second's work at most; a server that has no descriptor for a moment cannot do it, and the machine
/// is busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn keep_flooding((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    let mut watching = JoinSet::new();
    for index in 0..world.fleet.len() {
        watching.spawn(watch(Arc::clone(&world), index));
    }
    while world.is_chaos() {
        let mut sockets = Vec::with_capacity(WAVE);
        for _ in 0..WAVE {
            let address = world.fleet.address(&mut chance);
            let connecting = timeout(CONNECTS_WITHIN, TcpStream::connect(address));
            let Ok(Ok(socket)) = connecting.await else {
                break;
            };
            world.count(SILENT);
            sockets.push(socket);
        }
        sleep(chance.millis(STAYS_MS)).await;
    }
    watching.join_all().await.into_iter().collect()
}

async fn watch(world: Arc<World>, index: usize) -> Result<()> {
    let url = format!("http://{}/livez", world.fleet.server(index)?.health);
    while world.is_chaos() {
        sleep(LOOKS_EVERY).await;
        match world.http.get(&url).timeout(ANSWERS_WITHIN).send().await {
            Ok(answer) if answer.status().is_success() => world.count(HEALTHY),
            Ok(answer) => {
                let what = format!("health was answered {}", answer.status());
                world.violation(what, None);
            }
            Err(error) if error.is_timeout() => {
                world.violation("a server that lives said nothing of its health", None);
            }
            // It is dead just now.
            Err(_) => {}
        }
    }
    Ok(())
}

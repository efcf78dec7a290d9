//! The shops' receivers of webhooks, and the way to them: messages are lost, refused, taken without the answer
//! arriving, and answered with 410.
//!
//! **Invariant**: what has left a server arrives or is lost, whether or not that server still lives. No event
//! is refused more than twice at one address, so that all have arrived when a life ends.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::InvalidField;
use danpay_core::webhook::Answer;
use danpay_server::{Later, Message, Posted, Receivers};
use tokio::sync::oneshot;
use tokio::time::sleep;
use url::Url;

use crate::audit;
use crate::counts::Kind;
use crate::host::{Host, Life};
use crate::timeline::note;
use crate::world::World;

const LOST: &str = "webhook: message lost";
const REFUSED: &str = "webhook: refused";
const UNHEARD: &str = "webhook: answer lost";
const GONE: &str = "webhook: 410";

/// By name.
pub(crate) const FAULTS: [&str; 4] = [LOST, REFUSED, UNHEARD, GONE];

/// Of 1,000 messages.
const PER_MILLE: [(&str, u32); 4] = [(LOST, 60), (REFUSED, 160), (UNHEARD, 60), (GONE, 8)];
/// So often one event is refused at one address.
const MOST: u32 = 2;
const WAY_MS: std::ops::Range<u64> = 1..400;
/// The whole exchange.
const PATIENCE: Duration = Duration::from_secs(20);

/// One server's way to receivers.
pub(crate) struct Way {
    pub(crate) host: Arc<Host>,
    pub(crate) life: Life,
}

impl Receivers for Way {
    fn check(&self, _: Url, _: bool) -> Later<Result<(), InvalidField>> {
        Box::pin(async { Ok(()) })
    }

    fn post(&self, message: Message) -> Later<Posted> {
        let (host, life) = (Arc::clone(&self.host), self.life.clone());
        Box::pin(async move {
            life.share(async {}).await;
            let world = Arc::clone(host.world());
            let (say, heard) = oneshot::channel();
            let restores = world.restores();
            tokio::spawn(async move {
                // The server may have died meanwhile.
                let _ = say.send(travels(&world, message, restores).await);
            });
            let answer = life.share(heard).await;
            let none = || Answer::None {
                problem: "broken".to_owned(),
            };
            Ok((answer.unwrap_or_else(|_| none()), 1))
        })
    }
}

async fn travels(world: &Arc<World>, message: Message, restores: u32) -> Answer {
    let [(_, id), ..] = &message.headers;
    let fate = fate(world, &message.url, id);
    let late = || Answer::None {
        problem: "timed_out".to_owned(),
    };
    sleep(world.hooks.chance.millis(WAY_MS)).await;
    if fate == Some(LOST) {
        sleep(PATIENCE).await;
        return late();
    }
    let is_taken = !matches!(fate, Some(REFUSED | GONE));
    note(
        "receiver",
        format_args!("{} {id} at {}", fate.unwrap_or("takes"), message.url),
    );
    // What was sent of books that are others by now proves nothing.
    if is_taken && world.restores() == restores {
        audit::webhook_arrives(world, &message);
    }
    sleep(world.hooks.chance.millis(WAY_MS)).await;
    let status = match fate {
        Some(UNHEARD) => {
            sleep(PATIENCE).await;
            return late();
        }
        Some(GONE) => 410,
        Some(_) => 500,
        None => 200,
    };
    Answer::Status {
        status,
        retry_after: None,
        body: String::new(),
    }
}

/// What goes wrong with it, if anything does.
fn fate(world: &World, url: &str, id: &str) -> Option<&'static str> {
    if !world.chaos() {
        return None;
    }
    let mut record = world.record();
    let refused = record.hooks.refused.entry((url.to_owned(), id.to_owned()));
    let refused = refused.or_default();
    if *refused >= MOST {
        return None;
    }
    let (fault, _) = PER_MILLE
        .into_iter()
        .find(|(_, per_mille)| world.hooks.chance.is(*per_mille))?;
    *refused += 1;
    record.hooks.goes_wrong(url, id, world.now());
    record.counts.count(Kind::Fault, fault);
    Some(fault)
}

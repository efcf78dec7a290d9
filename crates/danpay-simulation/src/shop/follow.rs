//! The shop follows all that it is told, page by page, while everything goes wrong.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::sleep;

use super::ask;
use crate::seller::{self, Seller};
use crate::world::World;

/// How often it asks whether there is more.
const EVERY_MS: std::ops::Range<u64> = 1_000..60_000;
/// When nothing goes wrong any more, ten minutes are enough for everything.
const UNANSWERED_MOST: u32 = 200;

/// How far it has read.
#[derive(Default)]
pub(crate) struct Followed {
    /// The ids of the events, in the order in which it was told.
    pub(crate) events: Vec<String>,
    /// Where it goes on.
    after: Option<String>,
}

pub(crate) async fn follow(world: Arc<World>, seller: Seller) {
    while world.chaos() {
        sleep(world.chance.millis(EVERY_MS)).await;
        while read_on(&world, seller).await == Some(true) {}
    }
}

/// Reads what is left, once nothing goes wrong any more.
pub(crate) async fn to_the_end(world: &Arc<World>) {
    for seller in Seller::all(world) {
        let mut unanswered = 0;
        loop {
            match read_on(world, seller).await {
                Some(false) => break,
                Some(true) => {}
                None if unanswered == UNANSWERED_MOST => {
                    world.violation(format!("{seller:?} is not told to the end"));
                    break;
                }
                None => unanswered += 1,
            }
            sleep(Duration::from_secs(3)).await;
        }
    }
}

/// One page: whether there was anything on it. Nothing, if it was not answered.
async fn read_on(world: &Arc<World>, seller: Seller) -> Option<bool> {
    let (restores, cid) = (world.restores(), seller.cid());
    let after = world
        .record()
        .followed
        .entry(cid)
        .or_default()
        .after
        .clone();
    let after = after.map_or_else(String::new, |id| format!("&after={id}"));
    let limit = world.chance.number(1..7);
    let path = format!("/v1/events?limit={limit}{after}");
    let told = ask((world, seller), (Method::GET, &path), None, "").await?;
    // Books that were put back meanwhile are read anew: what was told before is none of theirs.
    if world.restores() != restores {
        return None;
    }
    if told.status == StatusCode::UNAUTHORIZED {
        seller::gets_another_key(world, seller).await;
        return None;
    }
    if told.status == StatusCode::NOT_FOUND {
        world.violation(format!("there is nothing at {path}"));
    }
    if !told.status.is_success() {
        return None;
    }
    let events = told.body.get("data").and_then(Value::as_array)?;
    let ids = events.iter().filter_map(|event| event.get("id")?.as_str());
    let mut record = world.record();
    let followed = record.followed.entry(cid).or_default();
    followed.events.extend(ids.map(str::to_owned));
    let next = told.body.get("next_cursor").and_then(Value::as_str);
    followed.after = next.map(str::to_owned);
    Some(!events.is_empty())
}

//! Shops: an order is sold in one tab or several, in one attempt or several.
//!
//! **Invariant**: a shop believes what it is told, and all of it is kept for the audit.

mod attempt;
pub(crate) mod follow;
pub(crate) mod hooks;
mod order;
pub(crate) mod refund;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::attempt::{Attempt, Ended};
use self::order::Order;
use crate::door::send;
use crate::seller::Seller;
use crate::timeline::note;
use crate::world::World;

pub(crate) const PUBLIC_URL: &str = "https://pay.shop.example";

/// So often in one tab at most.
const ATTEMPTS: u64 = 3;

/// What the shop was given.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) seller: Seller,
    pub(crate) id: String,
    pub(crate) tid: String,
}

/// One order, from the shop's first call to its last question.
pub(crate) async fn sell(world: Arc<World>, number: u64) {
    sleep(world.chance.millis(500..240_000)).await;
    let (seller, number) = Seller::of(&world, number);
    while world.api_key(seller).is_empty() {
        if !world.chaos() {
            return;
        }
        sleep(world.chance.millis(500..5_000)).await;
    }
    let order = Arc::new(Order::draw(&world, (seller, number)));
    let mut tabs = JoinSet::new();
    for tab in 0..how_many_tabs(&world) {
        tabs.spawn(in_a_tab(Arc::clone(&world), Arc::clone(&order), tab));
    }
    while let Some(done) = tabs.join_next().await {
        if done.is_err() {
            world.violation("an actor panicked".to_owned());
        }
    }
}

fn how_many_tabs(world: &World) -> u64 {
    match world.chance.number(0..10) {
        0..6 => 1,
        6..9 => 2,
        _ => 3,
    }
}

/// Attempts to pay the order in one tab, one after the other.
async fn in_a_tab(world: Arc<World>, order: Arc<Order>, tab: u64) {
    for number in 0..ATTEMPTS {
        let name = format!("{}-{tab}-{number}", order.number);
        let attempt = Attempt::new(Arc::clone(&world), Arc::clone(&order), name);
        let goes_on = match attempt.make().await {
            Ended::Unpaid => world.chance.is(600),
            // Whoever has not heard how it ended may well begin anew.
            Ended::Unknown => world.chance.is(150),
            Ended::Paid => false,
        };
        if !goes_on {
            return;
        }
        sleep(world.chance.millis(500..30_000)).await;
    }
}

/// What danpay answered.
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Told {
    pub(crate) fn text(&self, name: &str) -> String {
        let text = self.body.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

/// The shop asks, under a key if it has one, and waits for the answer as long as it likes.
pub(crate) async fn ask(
    (world, seller): (&Arc<World>, Seller),
    (method, path): (Method, &str),
    key: Option<&str>,
    body: &str,
) -> Option<Told> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", world.api_key(seller)),
        )
        .header(header::CONTENT_TYPE, "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    let request = request.body(Bytes::from(body.to_owned()));
    let patience = world.chance.millis(500..30_000);
    let response = send(world, request, patience).await?;
    Some(Told {
        status: response.status(),
        body: read(&response),
    })
}

/// The status that an answer tells, which is kept.
pub(crate) async fn ask_status(
    (world, seller): (&Arc<World>, Seller),
    method: Method,
    path: &str,
) -> Option<String> {
    let told = ask((world, seller), (method, path), None, "").await?;
    status(world, &told)
}

fn status(world: &World, told: &Told) -> Option<String> {
    if !told.status.is_success() {
        return None;
    }
    let (id, status) = (told.text("id"), told.text("status"));
    note("shop", format_args!("is told that {id} is {status}"));
    let mut record = world.record();
    record.told.entry(id).or_default().insert(status.clone());
    Some(status)
}

fn read(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

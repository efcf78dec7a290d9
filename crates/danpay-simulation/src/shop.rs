//! Shops: they create a payment under a key until they know how it stands, ask, and approve.
//!
//! **Invariant**: a shop believes what it is told, and all of it is kept for the audit.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::door::send;
use crate::timeline::note;
use crate::world::World;
use crate::{desk, payer};

pub(crate) const PUBLIC_URL: &str = "https://pay.shop.example";

/// One order, from the shop's first call to its last question.
pub(crate) async fn sell(world: Arc<World>, number: u64) {
    sleep(world.chance.millis(500..240_000)).await;
    let order = Order::draw(&world, number);
    let Some(payment) = order.create(&world).await else {
        return order.say("gives up");
    };
    order.say(format_args!("has {} ({})", payment.id, payment.tid));
    let mut others = JoinSet::new();
    others.spawn(payer::visit(Arc::clone(&world), payment.clone(), number));
    others.spawn(desk::work(Arc::clone(&world), payment.clone()));
    order.watch(&world, &payment).await;
    while let Some(done) = others.join_next().await {
        if done.is_err() {
            world.violation("an actor panicked".to_owned());
        }
    }
}

struct Order {
    number: u64,
    key: String,
    body: String,
    total: u64,
    tax_free: u64,
    manual: bool,
}

/// What the shop was given.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) tid: String,
}

impl Order {
    fn draw(world: &World, number: u64) -> Self {
        let chance = &world.chance;
        let total = chance.number(100..50_000);
        let tax_free = if chance.is(400) {
            chance.number(0..total)
        } else {
            0
        };
        let vat = chance
            .is(300)
            .then(|| chance.number(0..(total - tax_free) / 10 + 1));
        let amount = json!({ "total": total, "tax_free": tax_free, "vat": vat });
        let manual = chance.is(300);
        let body = json!({
            "order_id": format!("order-{number}"),
            "user_id": format!("member-{}", chance.number(0..3)),
            "item_name": "초코파이",
            "amount": amount,
            "approval": if manual { "manual" } else { "automatic" },
            "return_url": chance.is(500).then_some("https://shop.example/done"),
        });
        Self {
            number,
            key: format!("key-{number}"),
            body: body.to_string(),
            total,
            tax_free,
            manual,
        }
    }

    /// Asks under the same key until it is answered, at times twice at once.
    async fn create(&self, world: &Arc<World>) -> Option<Payment> {
        let tries = world.chance.number(2..12);
        for _ in 0..tries {
            let answered = if world.chance.is(150) {
                let (first, second) = tokio::join!(self.ask_once(world), self.ask_once(world));
                second.or(first)
            } else {
                self.ask_once(world).await
            };
            if answered.is_some() {
                return answered;
            }
            sleep(world.chance.millis(200..20_000)).await;
        }
        None
    }

    async fn ask_once(&self, world: &Arc<World>) -> Option<Payment> {
        self.say("creates a payment");
        let patience = world.chance.millis(500..30_000);
        let request = shop_request(world, Method::POST, "/v1/payments")
            .header("idempotency-key", &self.key)
            .body(Bytes::from(self.body.clone()));
        let response = send(world, request, patience).await?;
        if response.status() != StatusCode::CREATED {
            return None;
        }
        let body = read(&response);
        let payment = Payment {
            id: text(&body, "id"),
            tid: text(&body, "tid"),
        };
        let mut record = world.record();
        let given = record.given.entry(self.key.clone()).or_default();
        given.insert(payment.id.clone());
        Some(payment)
    }

    /// Asks how it stands until it has ended or the shop loses interest.
    async fn watch(&self, world: &Arc<World>, payment: &Payment) {
        let approves = world.chance.is(900);
        let questions = world.chance.number(3..40);
        for _ in 0..questions {
            sleep(world.chance.millis(500..60_000)).await;
            let path = format!("/v1/payments/{}", payment.id);
            let status = ask_status(world, Method::GET, &path).await;
            match status.as_deref() {
                Some("authenticated") if approves && self.manual => {
                    self.approve(world, payment).await;
                }
                Some("approved" | "partially_canceled") if world.chance.is(200) => {
                    self.cancel(world, payment).await;
                }
                _ => {}
            }
            // A key is good for ever: whoever repeats the question gets the same payment.
            if world.chance.is(60) {
                self.ask_once(world).await;
            }
        }
    }

    async fn approve(&self, world: &Arc<World>, payment: &Payment) {
        self.say(format_args!("approves {}", payment.id));
        let path = format!("/v1/payments/{}/approve", payment.id);
        let once = || ask_status(world, Method::POST, &path);
        if world.chance.is(300) {
            tokio::join!(once(), once());
        } else {
            once().await;
        }
    }

    /// Asks under one key until it is answered, for all or a part, at times twice at once.
    async fn cancel(&self, world: &Arc<World>, payment: &Payment) {
        let key = format!(
            "cancel-{}-{}",
            self.number,
            world.chance.number(0..u64::MAX)
        );
        let asked = if world.chance.is(300) {
            json!({})
        } else {
            let total = world.chance.number(1..self.total);
            json!({ "amount": { "total": total, "tax_free": self.tax_free.min(total / 3) } })
        };
        self.say(format_args!("cancels {}: {asked}", payment.id));
        world
            .record()
            .cancels
            .entry(payment.id.clone())
            .or_default()
            .insert(key.clone());
        let path = format!("/v1/payments/{}/cancel", payment.id);
        let once = || async {
            let request = shop_request(world, Method::POST, &path)
                .header("idempotency-key", &key)
                .body(Bytes::from(asked.to_string()));
            let response = send(world, request, world.chance.millis(500..30_000)).await?;
            (response.status() != StatusCode::SERVICE_UNAVAILABLE).then_some(response.status())
        };
        for _ in 0..world.chance.number(1..6) {
            let answered = if world.chance.is(200) {
                let (first, second) = tokio::join!(once(), once());
                second.or(first)
            } else {
                once().await
            };
            if let Some(status) = answered {
                return self.say(format_args!("hears {status}"));
            }
            sleep(world.chance.millis(200..20_000)).await;
        }
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("shop {}", self.number), what);
    }
}

/// The status that an answer tells, which is kept.
pub(crate) async fn ask_status(world: &Arc<World>, method: Method, path: &str) -> Option<String> {
    let request = shop_request(world, method, path).body(Bytes::new());
    let patience = world.chance.millis(500..30_000);
    let response = send(world, request, patience).await?;
    if !response.status().is_success() {
        return None;
    }
    let body = read(&response);
    let (id, status) = (text(&body, "id"), text(&body, "status"));
    note("shop", format_args!("is told that {id} is {status}"));
    world
        .record()
        .told
        .entry(id)
        .or_default()
        .insert(status.clone());
    Some(status)
}

fn shop_request(world: &World, method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", world.api_key()))
        .header(header::CONTENT_TYPE, "application/json")
}

fn read(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

fn text(body: &Value, name: &str) -> String {
    let text = body.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

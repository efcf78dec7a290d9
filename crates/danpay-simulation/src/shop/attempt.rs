//! One attempt to pay an order: created under a key of its own, asked about, approved, and at times
//! taken back.

use std::sync::Arc;

use http::{Method, StatusCode};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::order::Order;
use super::{Payment, Told, ask, ask_status, refund, status};
use crate::timeline::note;
use crate::world::World;
use crate::{desk, payer};

/// Of 1,000 payments so many are taken back, or tried to be, at any moment.
const WITHDRAWN: u32 = 120;
const WITHDRAWN_AFTER_MS: std::ops::Range<u64> = 500..900_000;

pub(super) struct Attempt {
    world: Arc<World>,
    order: Arc<Order>,
    /// By which the key is made.
    name: String,
}

/// How the shop believes that it ended.
pub(super) enum Ended {
    Paid,
    Unpaid,
    Unknown,
}

enum Created {
    Payment(Payment),
    OrderPaid,
    Nothing,
}

impl Attempt {
    pub(super) fn new(world: Arc<World>, order: Arc<Order>, name: String) -> Arc<Self> {
        Arc::new(Self { world, order, name })
    }

    pub(super) async fn make(self: Arc<Self>) -> Ended {
        let payment = match self.create().await {
            Created::Payment(payment) => payment,
            Created::OrderPaid => return Ended::Paid,
            Created::Nothing => {
                self.say("gives up");
                return Ended::Unknown;
            }
        };
        self.say(format_args!("has {} ({})", payment.id, payment.tid));
        let world = &self.world;
        let mut others = JoinSet::new();
        let name = self.name.clone();
        others.spawn(payer::visit(Arc::clone(world), payment.clone(), name));
        others.spawn(desk::work(Arc::clone(world), payment.clone()));
        if world.chance.is(WITHDRAWN) {
            others.spawn(Arc::clone(&self).withdraw(payment.clone()));
        }
        let ended = self.watch(&payment).await;
        while let Some(done) = others.join_next().await {
            if done.is_err() {
                world.violation("an actor panicked".to_owned());
            }
        }
        ended
    }

    /// Asks under the same key until it is answered, at times twice at once.
    async fn create(&self) -> Created {
        let chance = &self.world.chance;
        for _ in 0..chance.number(2..12) {
            let answered = if chance.is(150) {
                let (first, second) = tokio::join!(self.create_once(), self.create_once());
                second.or(first)
            } else {
                self.create_once().await
            };
            if let Some(created) = answered {
                return created;
            }
            sleep(chance.millis(200..20_000)).await;
        }
        Created::Nothing
    }

    async fn create_once(&self) -> Option<Created> {
        self.say("creates a payment");
        let (key, body) = (format!("key-{}", self.name), &self.order.body);
        let to = (Method::POST, "/v1/payments");
        let seller = self.order.seller;
        let told = ask((&self.world, seller), to, Some(&key), body).await?;
        if told.text("code") == "order_already_paid" {
            self.is_truly_paid();
            return Some(Created::OrderPaid);
        }
        if !told.status.is_success() {
            return None;
        }
        if told.text("cid") != seller.cid() {
            let id = told.text("id");
            self.world
                .violation(format!("{seller:?} is given {id}, which is not its own"));
        }
        let payment = Payment {
            seller,
            id: told.text("id"),
            tid: told.text("tid"),
        };
        let mut record = self.world.record();
        let given = record.given.entry(format!("{} {key}", seller.cid()));
        let given = given.or_default();
        given.insert(payment.id.clone());
        let (id, tid) = (payment.id.clone(), payment.tid.clone());
        record.tids.insert(id, tid);
        Some(Created::Payment(payment))
    }

    fn is_truly_paid(&self) {
        let Order { seller, id, .. } = &*self.order;
        if self.world.kakaopay.charges(seller.cid(), id) == 0 {
            self.world.violation(format!(
                "the shop is told that {id} is paid, and KakaoPay has charged nothing"
            ));
        }
    }

    /// Asks how it stands until it has ended or the shop loses interest.
    async fn watch(&self, payment: &Payment) -> Ended {
        let (world, chance) = (&self.world, &self.world.chance);
        let approves = chance.is(900);
        let questions = chance.number(3..40);
        let mut last = Ended::Unknown;
        for _ in 0..questions {
            sleep(chance.millis(500..60_000)).await;
            let path = format!("/v1/payments/{}", payment.id);
            let status = if chance.is(100) {
                // KakaoPay is to be asked as well.
                ask_status(
                    (world, payment.seller),
                    Method::POST,
                    &format!("{path}/recover"),
                )
                .await
            } else {
                ask_status((world, payment.seller), Method::GET, &path).await
            };
            match status.as_deref() {
                Some("authenticated") if approves && self.order.manual => {
                    self.approve(payment).await;
                }
                Some("approved" | "partially_canceled") => {
                    last = Ended::Paid;
                    if chance.is(world.temper.refunds) {
                        refund::make(world, &self.order, payment).await;
                    }
                }
                Some("canceled") => last = Ended::Paid,
                Some("quit" | "failed" | "expired" | "withdrawn") => {
                    last = Ended::Unpaid;
                    // It may be asked for all the same, and is refused.
                    if chance.is(20) {
                        refund::make(world, &self.order, payment).await;
                    }
                    if chance.is(500) {
                        return last;
                    }
                }
                _ => {}
            }
            // Whoever repeats the question gets the same payment.
            if chance.is(60) {
                self.create_once().await;
            }
        }
        last
    }

    /// Asks until it is answered, at times twice at once. While another payment of the order is being
    /// charged, some ask again later; the others have given the stock back.
    async fn approve(&self, payment: &Payment) {
        let (world, chance) = (&self.world, &self.world.chance);
        let path = format!("/v1/payments/{}/approve", payment.id);
        for _ in 0..4 {
            self.say(format_args!("approves {}", payment.id));
            let once = || ask((world, payment.seller), (Method::POST, &path), None, "");
            let told = if chance.is(300) {
                let (first, second) = tokio::join!(once(), once());
                second.or(first)
            } else {
                once().await
            };
            let again = match told {
                None => chance.is(500),
                Some(told) => {
                    status(world, &told);
                    told.text("code") == "order_being_charged" && chance.is(500)
                }
            };
            if !again {
                return;
            }
            sleep(chance.millis(1_000..20_000)).await;
        }
    }

    async fn withdraw(self: Arc<Self>, payment: Payment) {
        let (world, chance) = (&self.world, &self.world.chance);
        sleep(chance.millis(WITHDRAWN_AFTER_MS)).await;
        let path = format!("/v1/payments/{}/withdraw", payment.id);
        for _ in 0..3 {
            self.say(format_args!("withdraws {}", payment.id));
            let told = ask((world, payment.seller), (Method::POST, &path), None, "").await;
            if let Some(Told { status: code, .. }) = &told
                && *code != StatusCode::SERVICE_UNAVAILABLE
            {
                self.say(format_args!("hears {code}"));
                told.as_ref().and_then(|told| status(world, told));
                return;
            }
            sleep(chance.millis(500..10_000)).await;
        }
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("shop {}", self.name), what);
    }
}

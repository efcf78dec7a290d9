//! Makers of events: most payments are made and withdrawn at once, and some are sold and paid.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::Args;
use crate::chance::Chance;
use crate::chaos::FIRST_ORDER;
use crate::plan::Plan;
use crate::question::{Answer, Question};
use crate::shop;
use crate::world::World;

/// So many at once: each waits for danpay, and danpay for KakaoPay.
pub(super) const MAKERS: u64 = 32;
/// Of each payment that is withdrawn.
const EVENTS: u64 = 2;
/// On so many events comes an order that is sold, which has about six.
const SOLD: u64 = 40;

/// What they share.
pub(super) struct Making {
    world: Arc<World>,
    numbers: AtomicU64,
    /// How many events there are of what is withdrawn.
    made: AtomicU64,
    events: u64,
    seconds: u64,
}

impl Making {
    pub(super) fn new(world: &Arc<World>, args: &Args) -> Self {
        Self {
            world: Arc::clone(world),
            numbers: AtomicU64::new(0),
            made: AtomicU64::new(0),
            events: args.events,
            seconds: args.seconds,
        }
    }

    /// Whether there are as many as there are to be, without those of what is sold.
    pub(super) fn is_enough(&self) -> bool {
        self.made.load(Ordering::SeqCst) >= self.events
    }

    /// Even ones are the first shop's, which is told.
    fn number(&self) -> u64 {
        2 * self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    /// One payment after another.
    pub(super) async fn make(self: Arc<Self>, mut chance: Chance) {
        let each_ms = 1_000 * MAKERS * EVENTS * self.seconds / self.events.max(1);
        while self.world.is_chaos() && !self.is_enough() {
            let order = format!("withdrawn-{}", self.number());
            let body = json!({
                "order_id": order, "user_id": "member-3", "item_name": "초코파이",
                "amount": { "total": 2_200 },
            });
            let created = Question::post("/v1/payments", &order, Some(&body));
            let Some(payment) = self.insist(created, Answer::is_given, &mut chance).await else {
                return;
            };
            let path = format!("/v1/payments/{}/withdraw", payment.text("id"));
            let key = format!("{order}-withdraw");
            let withdrawn = Question::post(&path, &key, None);
            let is_done = |answer: &Answer| answer.status == StatusCode::OK;
            if self.insist(withdrawn, is_done, &mut chance).await.is_none() {
                return;
            }
            self.made.fetch_add(EVENTS, Ordering::SeqCst);
            sleep(chance.millis(0..each_ms + 1)).await;
        }
    }

    async fn insist(
        &self,
        question: Question<'_>,
        is_done: impl Fn(&Answer) -> bool,
        chance: &mut Chance,
    ) -> Option<Answer> {
        while !self.world.is_over() {
            let answer = self.world.ask(question.clone(), chance).await;
            match answer {
                Some(answer) if is_done(&answer) => return Some(answer),
                Some(answer) if answer.status == StatusCode::UNPROCESSABLE_ENTITY => {
                    let what = format!("{} was refused: {}", question.path, answer.code());
                    self.world.violation(what, None);
                    return None;
                }
                _ => {}
            }
            sleep(self.world.pause(chance)).await;
        }
        let what = format!("{} was never done", question.path);
        self.world.violation(what, None);
        None
    }

    /// One order after another, each sold to its end.
    pub(super) async fn sell(self: Arc<Self>, seed: u64, mut chance: Chance) {
        let orders = (self.events / SOLD).max(1);
        let each_ms = 1_000 * self.seconds / orders;
        let mut selling = tokio::task::JoinSet::new();
        for _ in 0..orders {
            if !self.world.is_chaos() {
                break;
            }
            let number = self.number();
            let mut of_order = Chance::new(seed, FIRST_ORDER + number);
            let plan = Plan::draw(number, &mut of_order);
            selling.spawn(shop::sell(Arc::clone(&self.world), plan, of_order));
            sleep(chance.millis(0..2 * each_ms + 1)).await;
        }
        selling.join_all().await;
    }
}

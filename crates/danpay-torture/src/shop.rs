//! Shops: they repeat each request under its `Idempotency-Key` until it is answered, and ask.
//! Invariant: a shop believes what it is told, and all of it is kept for the check.

mod cancel;
mod create;
mod transport;
mod witness;

use std::sync::Arc;

use reqwest::StatusCode;
use tokio::time::sleep;

use crate::books::{PAID, UNPAID};
use crate::chance::Chance;
use crate::payer;
use crate::plan::Plan;
use crate::question::{Answer, Question};
use crate::world::World;

/// How often a shop asks after a payment that does not end before it loses interest.
const QUESTIONS: u32 = 30;

/// What the shop was given.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) tid: String,
    pub(crate) order: String,
}

/// One order, from the shop's first call to its last question.
pub(crate) async fn sell(world: Arc<World>, plan: Plan, mut chance: Chance) {
    let shop = Shop {
        world: &world,
        plan: &plan,
    };
    let [first, second, third] = [0, 1, 2].map(|number| shop.attempt(number, chance.fork()));
    tokio::join!(first, second, third);
}

#[derive(Clone, Copy)]
struct Shop<'a> {
    world: &'a World,
    plan: &'a Plan,
}

impl Shop<'_> {
    /// One payment of the order: another tab, or another device.
    async fn attempt(self, number: usize, mut chance: Chance) {
        let Some(plan) = self.plan.attempts.get(number) else {
            return;
        };
        let key = format!("{}-{number}", self.order());
        let Some(payment) = self.create(&key, &mut chance).await else {
            return;
        };
        let payer = chance.fork();
        tokio::join!(
            payer::visit(self.world, &payment, (plan, payer)),
            self.watch(&payment, &mut chance),
        );
    }

    fn order(self) -> String {
        format!("order-{}", self.plan.number)
    }

    /// Asks how it stands until it has ended or the shop loses interest, approves what waits for
    /// it, and cancels.
    async fn watch(self, payment: &Payment, chance: &mut Chance) {
        let path = format!("/v1/payments/{}", payment.id);
        let (mut questions, mut decisions) = (0, 0);
        let mut known = String::new();
        while !self.world.is_over() {
            sleep(chance.millis(200..1_500)).await;
            let Some(answer) = self.world.ask(Question::get(&path), chance).await else {
                continue;
            };
            let status = self.told(payment, &answer);
            if status != known {
                self.witness(payment, chance).await;
                known.clone_from(&status);
            }
            match status.as_str() {
                // Once more, if the first payer that came back was none, or if another payment of
                // the order was being approved.
                "authenticated" if self.plan.manual && self.plan.approves => {
                    decisions += 1;
                    self.approve(payment, decisions, chance).await;
                }
                status if PAID.contains(&status) => {
                    return Box::pin(self.after_payment(payment, chance)).await;
                }
                status if UNPAID.contains(&status) => return,
                // Whatever is in doubt has to end some time.
                "approving" => {}
                "authenticated" if !self.plan.manual => {}
                _ if questions > QUESTIONS => return,
                _ => questions += 1,
            }
        }
    }

    /// The order is sold once more, which must not be possible, and money goes back.
    async fn after_payment(self, payment: &Payment, chance: &mut Chance) {
        let mut again = chance.fork();
        let selling_again = async {
            if !self.plan.sells_again {
                return;
            }
            let key = format!("{}-again", self.order());
            if let Some(second) = self.create(&key, &mut again).await {
                let what = format!("{} was paid, and sold once more", payment.id);
                self.world.violation(what, Some(&second.id));
            }
        };
        tokio::join!(selling_again, cancel::all(self, payment, chance));
    }

    /// Approves under one key until it is answered.
    async fn approve(self, payment: &Payment, decision: u32, chance: &mut Chance) {
        let path = format!("/v1/payments/{}/approve", payment.id);
        let key = format!("approve-{}-{decision}", payment.id);
        while !self.world.is_over() {
            let question = Question::post(&path, &key, None);
            let answers = self.ask_at_once(&question, chance).await;
            for answer in &answers {
                self.told(payment, answer);
            }
            let known = [StatusCode::OK, StatusCode::ACCEPTED, StatusCode::CONFLICT];
            if answers.iter().any(|answer| known.contains(&answer.status)) {
                return;
            }
            sleep(self.world.pause(chance)).await;
        }
    }

    /// The same question, so often at once as is planned. Whoever asks first wins, or none does.
    async fn ask_at_once(self, question: &Question<'_>, chance: &mut Chance) -> Vec<Answer> {
        let times = self.plan.at_once;
        let ask = |wanted: bool, mut chance: Chance| async move {
            if !wanted {
                return None;
            }
            self.world.ask(question.clone(), &mut chance).await
        };
        let (first, second, third) = tokio::join!(
            ask(true, chance.fork()),
            ask(times > 1, chance.fork()),
            ask(times > 2, chance.fork())
        );
        [first, second, third].into_iter().flatten().collect()
    }

    /// The status that an answer tells, which is kept.
    fn told(self, payment: &Payment, answer: &Answer) -> String {
        if !answer.is_payment() {
            return String::new();
        }
        let status = answer.text("status");
        let mut record = self.world.record();
        let told = record.told.entry(payment.id.clone()).or_default();
        told.insert(status.clone());
        status
    }
}

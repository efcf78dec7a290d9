//! Shops: they repeat each request under its `Idempotency-Key` until it is answered, and ask.
//! Invariant: a shop believes what it is told, and all of it is kept for the check.

mod cancel;
mod witness;

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::books::{PAID, UNPAID};
use crate::chance::Chance;
use crate::payer;
use crate::plan::Plan;
use crate::world::{Answer, Question, World};

/// How often a shop asks after a payment that does not end before it loses interest.
const QUESTIONS: u32 = 15;

/// What the shop was given.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) tid: String,
}

/// One order, from the shop's first call to its last question.
pub(crate) async fn sell(world: Arc<World>, plan: Plan, mut chance: Chance) {
    let shop = Shop {
        world: &world,
        plan: &plan,
    };
    let Some(payment) = shop.create(&mut chance).await else {
        return;
    };
    let payer = chance.fork();
    tokio::join!(
        payer::visit(&world, &payment, (&plan.payer, payer)),
        shop.watch(&payment, &mut chance),
    );
}

#[derive(Clone, Copy)]
struct Shop<'a> {
    world: &'a World,
    plan: &'a Plan,
}

impl Shop<'_> {
    /// Asks under one key until it is answered.
    async fn create(self, chance: &mut Chance) -> Option<Payment> {
        let order = format!("order-{}", self.plan.number);
        let Plan {
            total,
            tax_free,
            vat,
            manual,
            ..
        } = self.plan;
        let body = json!({
            "order_id": order, "user_id": "member-1", "item_name": "초코파이",
            "amount": { "total": total, "tax_free": tax_free, "vat": vat },
            "approval": if *manual { "manual" } else { "automatic" },
        });
        self.world.record().given.entry(order.clone()).or_default();
        while !self.world.is_over() {
            let question = Question::post("/v1/payments", &order, Some(&body));
            let answers = self.ask_at_once(&question, self.plan.at_once, chance).await;
            let created = answers
                .iter()
                .filter(|answer| answer.status == StatusCode::CREATED);
            let payments: Vec<Payment> = created
                .map(|answer| Payment {
                    id: answer.text("id"),
                    tid: answer.text("tid"),
                })
                .collect();
            let ids = payments.iter().map(|payment| payment.id.clone());
            self.world
                .record()
                .given
                .entry(order.clone())
                .or_default()
                .extend(ids);
            if let Some(payment) = payments.into_iter().next() {
                return Some(payment);
            }
            sleep(self.world.pause(chance)).await;
        }
        self.world
            .violation(format!("{order} never became a payment"), None);
        None
    }

    /// The same question, so often at once. Whoever asks first wins, or none does.
    async fn ask_at_once(
        self,
        question: &Question<'_>,
        times: u64,
        chance: &mut Chance,
    ) -> Vec<Answer> {
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

    /// Asks how it stands until it has ended or the shop loses interest, approves what waits for
    /// it, and cancels.
    async fn watch(self, payment: &Payment, chance: &mut Chance) {
        let path = format!("/v1/payments/{}", payment.id);
        let (mut questions, mut decisions) = (0, 0);
        let mut known = String::new();
        while !self.world.is_over() {
            sleep(chance.millis(300..3_000)).await;
            let Some(answer) = self.world.ask(Question::get(&path), chance).await else {
                continue;
            };
            let status = self.told(payment, &answer);
            if status != known {
                self.witness(payment, chance).await;
                known.clone_from(&status);
            }
            match status.as_str() {
                // Once more, if the first payer that came back was none.
                "authenticated" if self.plan.approves => {
                    decisions += 1;
                    self.approve(payment, decisions, chance).await;
                }
                status if PAID.contains(&status) => {
                    return Box::pin(cancel::all(self, payment, chance)).await;
                }
                status if UNPAID.contains(&status) => return,
                // Whatever is in doubt has to end some time.
                "approving" => {}
                _ if questions > QUESTIONS => return,
                _ => questions += 1,
            }
        }
    }

    /// Approves under one key until it is answered.
    async fn approve(self, payment: &Payment, decision: u32, chance: &mut Chance) {
        let path = format!("/v1/payments/{}/approve", payment.id);
        let key = format!("approve-{}-{decision}", self.plan.number);
        while !self.world.is_over() {
            let question = Question::post(&path, &key, None);
            let answers = self.ask_at_once(&question, self.plan.at_once, chance).await;
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

    /// The status that an answer tells, which is kept.
    fn told(self, payment: &Payment, answer: &Answer) -> String {
        if answer.body.get("object") != Some(&Value::from("payment")) {
            return String::new();
        }
        let status = answer.text("status");
        let mut record = self.world.record();
        let told = record.told.entry(payment.id.clone()).or_default();
        told.insert(status.clone());
        status
    }
}

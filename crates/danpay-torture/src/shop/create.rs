//! An order becomes a payment: asked for under one `Idempotency-Key` for each attempt to sell it.

use serde_json::json;
use tokio::time::sleep;

use super::{Payment, Shop};
use crate::chance::Chance;
use crate::plan::Plan;
use crate::question::{Answer, Question};
use crate::record::Attempt;

impl Shop<'_> {
    /// Asks until it is answered. Nothing, if the order is paid already.
    pub(super) async fn create(self, key: &str, chance: &mut Chance) -> Option<Payment> {
        let order = self.order();
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
        let attempt = Attempt::of(&order);
        self.world.record().attempts.insert(key.to_owned(), attempt);
        while !self.world.is_over() {
            let question = Question::post("/v1/payments", key, Some(&body));
            let answers = self.ask_at_once(&question, chance).await;
            let payments = answers.iter().filter(|answer| answer.is_given());
            let payments: Vec<Payment> = payments
                .map(|answer| Payment {
                    id: answer.text("id"),
                    tid: answer.text("tid"),
                    order: order.clone(),
                })
                .collect();
            if self.plan.number % 2 == 1 {
                let ids = payments.iter().map(|payment| payment.id.clone());
                self.world.record().seconds.extend(ids);
            }
            let mut codes = answers.iter().map(Answer::code);
            let too_late = codes.any(|code| code == "order_already_paid");
            if let Some(attempt) = self.world.record().attempts.get_mut(key) {
                let ids = payments.iter().map(|payment| payment.id.clone());
                attempt.given.extend(ids);
                attempt.too_late |= too_late;
            }
            let payment = payments.into_iter().next();
            if payment.is_some() || too_late {
                return payment;
            }
            sleep(self.world.pause(chance)).await;
        }
        self.world
            .violation(format!("{key} never became a payment"), None);
        None
    }
}

//! KakaoPay's answer to approve is lost: the customer is told to wait, and is charged once.

use serde_json::json;

use super::customer::Customer;
use super::stage::Stage;

impl Stage {
    /// The next approval of this order is answered to nobody, and nobody can look it up.
    pub(super) async fn hides(&self, order: &str) {
        let lost = json!({ "endpoint": "approve", "order_id": order, "fault": "answer_lost_after_commit" });
        self.tells_the_sandbox("faults", &lost).await;
        let blind = json!({ "endpoint": "order", "fault": "error_500", "times": 1_000 });
        self.tells_the_sandbox("faults", &blind).await;
    }

    /// From now on it can.
    pub(super) async fn shows(&self) {
        let faults = format!("{}/_sandbox/faults", self.sandbox_url);
        let answer = self.http.delete(faults).send().await.unwrap();
        assert!(answer.status().is_success());
        // Lookups that wait longer and longer are due at once.
        self.tells_the_sandbox("clock", &json!({ "advance_s": 60 }))
            .await;
    }
}

pub(super) async fn is_told_and_settled(stage: &Stage, customer: &Customer<'_>) {
    let order = customer.orders("choco-pie").await;
    stage.hides(&order).await;
    customer.payer.clicks("#pay").await;
    customer.pays_there().await;
    // danpay's own page, which stays until there is an outcome.
    customer.payer.sees("waiting").await;
    customer.opens_order(&order).await;
    customer.is_told_to_wait().await;
    assert_eq!(stage.charged(&order).await["approvals"], 1);

    stage.shows().await;
    // Nobody opens the order's page meanwhile.
    stage.agrees(&order, 2_200, 0).await;
    customer.opens_order(&order).await;
    customer.sees("paid").await;
    assert_eq!(stage.charged(&order).await["approve_calls"], 1);
}

//! approve: whoever gets the claim calls KakaoPay, once; everyone else waits or sees the result.

use std::sync::Arc;

use danpay_core::{Actor, Command, Payment, PaymentId, PgToken};
use serde_json::json;

use super::step::Step;
use super::{Flow, FlowError};
use crate::limits;

impl Flow {
    /// The payer is back with a `pg_token`, or with two. Waits for the outcome, but not for long.
    pub(crate) async fn come_back(
        self: &Arc<Self>,
        id: PaymentId,
        (token, other): (PgToken, Option<PgToken>),
    ) -> Result<Payment, FlowError> {
        let mut evidence = None;
        if other.is_some() {
            tracing::warn!(payment.id = %id, "the payer came back with two different pg_tokens");
            evidence = Some(json!({ "pg_tokens": 2 }));
        }
        let command = Command::Return { token, other };
        let step = Step {
            evidence,
            ..Step::new(command, Actor::Payer)
        };
        let payment = self.payers_payment(id).await?;
        let shop = self.shops.shop(payment.shop_id).await;
        let patience = shop.and_then(|shop| Ok(shop.gateway(&payment.cid)?.limits.patience()));
        let patience = patience.unwrap_or(limits::PAYER_WAITS);
        // Refused to a reload or a second tab: it sees how the payment stands.
        let acted = self.run(payment, step, patience).await?;
        Ok(acted.into_payment())
    }
}

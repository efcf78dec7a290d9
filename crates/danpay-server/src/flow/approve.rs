//! approve: whoever gets the claim calls KakaoPay, once; everyone else waits or sees the result.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Command, Payment, PaymentId, PgToken, planted};
use serde_json::json;

use super::{Flow, FlowError, Handled, Key, Step};

impl Flow {
    /// The payer is back with a `pg_token`, or with two. Waits at most `patience` for the outcome.
    pub(crate) async fn come_back(
        self: &Arc<Self>,
        id: PaymentId,
        (token, other): (PgToken, Option<PgToken>),
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        if planted!(TokenLogged) {
            tracing::debug!(token = token.expose(), "the payer is back");
        }
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
        // Refused to a reload or a second tab: it sees how the payment stands.
        Ok(self.carry_out(id, step, patience).await?.into_payment())
    }

    /// The shop approves, or learns how the payment stands if it is not for it to approve now.
    pub(crate) async fn approve(
        self: &Arc<Self>,
        id: PaymentId,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        if let Some(known) = self.known(key.as_ref()).await? {
            return self.replay(known).await;
        }
        let step = Step::new(Command::Approve, Actor::Shop);
        self.run_once(id, step, key, None).await
    }
}

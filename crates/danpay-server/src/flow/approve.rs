//! approve: whoever gets the claim calls KakaoPay, once; everyone else waits or sees the result.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Command, Payment, PaymentId, PgToken, planted};

use super::{Flow, FlowError, Handled, Key, Step};

impl Flow {
    /// The payer is back with a `pg_token`. Waits at most `patience` for the outcome.
    pub(crate) async fn come_back(
        self: &Arc<Self>,
        id: PaymentId,
        pg_token: PgToken,
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        if planted!(TokenLogged) {
            tracing::debug!(token = pg_token.expose(), "the payer is back");
        }
        let step = Step::new(Command::Return(pg_token), Actor::Payer);
        // Refused to a reload or a second tab: it sees how the payment stands.
        Ok(self.carry_out(id, step, patience).await?.into_payment())
    }

    /// The shop approves, once for each key.
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

//! withdraw: the shop takes a payment back before its approval is claimed. It is never approved then,
//! whatever the payer does; and what is claimed is no longer in the shop's hands.

use std::sync::Arc;

use danpay_core::{Actor, Command, PaymentId};

use super::{Flow, FlowError, Handled, Key, Step};

impl Flow {
    /// Withdraws a payment, or tells how it stands if that is not possible any more.
    pub(crate) async fn withdraw(
        self: &Arc<Self>,
        id: PaymentId,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        if let Some(known) = self.known(key.as_ref()).await? {
            return self.replay(known).await;
        }
        let step = Step::new(Command::Withdraw, Actor::Shop);
        self.run_once(id, step, key, None).await
    }
}

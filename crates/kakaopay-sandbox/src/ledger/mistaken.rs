//! What the books know of a merchant's mistakes, for advice alone: it decides nothing.

use super::{Ledger, State};

impl Ledger {
    /// Whether another payment of the same order is paid as well, and not given back.
    pub(crate) fn is_order_paid_twice(&self, tid: &str) -> bool {
        let Some(payment) = self.by_tid(tid) else {
            return false;
        };
        let mut others = self.payment_store.of_order(&payment.order.partner_order_id);
        others.any(|other| {
            other.tid != tid
                && other.order.cid == payment.order.cid
                && other.cancel_available().total > 0
        })
    }

    /// Whether another payment waits with this token.
    pub(crate) fn is_token_of_another(&self, token: &str, tid: &str) -> bool {
        let mut others = self.payments().filter(|other| other.tid != tid);
        others.any(|other| matches!(&other.state, State::Authenticated { pg_token, .. } if pg_token == token))
    }
}

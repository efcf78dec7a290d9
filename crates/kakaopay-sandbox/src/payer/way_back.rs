//! What goes wrong on the payer's way back to the shop.
//! Invariant: an authenticated payer's browser asks for at least one of the shop's addresses.

use jiff::Timestamp;
use url::Url;

use crate::fault::{Endpoint, FaultKind, Who};
use crate::ledger::{Payment, Standing};
use crate::world::World;

/// The addresses that the payer's browser asks for, one after the other.
pub(super) fn way_back(world: &World, payment: &Payment, now: Timestamp) -> Vec<Url> {
    let Some(url) = payment.leads_to(now) else {
        return Vec::new();
    };
    if payment.standing(now) != Standing::Authenticated {
        return vec![url];
    }
    let who = Who {
        tid: Some(payment.tid.clone()),
        order_id: Some(payment.order.partner_order_id.clone()),
    };
    let fault = world.faults().draw(Endpoint::Payer, &who, now);
    match fault.map(|fault| fault.fault) {
        Some(FaultKind::PgTokenTwice) => vec![with_last_parameter_twice(url)],
        Some(FaultKind::ApprovalRedirectTwice) => vec![url.clone(), url],
        Some(FaultKind::CancelRedirectAfterPay) => vec![url, payment.order.cancel_url.clone()],
        _ => vec![url],
    }
}

/// `pg_token` is the last one.
fn with_last_parameter_twice(mut url: Url) -> Url {
    let last = url.query_pairs().last();
    if let Some((name, value)) = last.map(|(name, value)| (name.into_owned(), value.into_owned())) {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    url
}

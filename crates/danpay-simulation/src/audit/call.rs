//! What must hold when a server sets out to call KakaoPay, and when money moves.
//!
//! **Invariant**: each call that moves money has a claim of its own, which its server has committed
//! just before. So whatever dies now, somebody will ask; and whoever asks later than the margins allow
//! for finds what the call did.

use kakaopay::{ApiEndpoint as Endpoint, TransportRequest as Request};

use super::commit::holds;
use super::seen::Claim;
use crate::host::Host;
use crate::kakaopay::{field, tid};
use crate::world::World;

/// A server sets out to call KakaoPay.
pub(crate) fn call_sets_out(host: &Host, request: &Request) {
    let endpoint = request.endpoint;
    if !endpoint.moves_money() {
        return;
    }
    let (world, tid) = (host.world(), tid(request));
    let claim = Claim {
        server: host.number(),
        endpoint: endpoint.name(),
        tid: tid.clone(),
    };
    let claimed_at = {
        let mut record = world.record();
        if endpoint == Endpoint::Approve {
            let token = field(request, "pg_token");
            record.seen.tried.insert((tid.clone(), token));
        }
        record.seen.claims.get_mut(&claim).and_then(Vec::pop)
    };
    let now = host.now();
    match claimed_at {
        None => world.violation(format!(
            "a call to {endpoint} {tid} sets out that its server has not claimed"
        )),
        Some(at) if !holds(at, now) => world.violation(format!(
            "a call to {endpoint} {tid} sets out at {now}, and was claimed at {at}"
        )),
        Some(_) => {}
    }
}

/// At the very moment that money moves, the claim must be in the books.
pub(crate) fn money_moves(world: &World, tid: &str) {
    let approving = "select order_id, cid from payments where tid = $1 and status = 'approving'";
    match world.books.texts(approving, &[tid]) {
        Ok(approving) => match approving.first().map(Vec::as_slice) {
            Some([order_id, cid]) => charged(world, cid, order_id),
            _ => world.violation(format!(
                "money moves for {tid}, which is not being approved"
            )),
        },
        Err(error) => world.violation(format!("the books cannot be read: {error}")),
    }
}

/// One order, one charge.
fn charged(world: &World, cid: &str, order_id: &str) {
    let charges = world.kakaopay.charges(cid, order_id);
    if charges > 1 && !world.temper.orders_repeat {
        world.violation(format!("{order_id} is charged {charges} times"));
    }
}

/// The same for money on its way back, which goes back once for each cancellation.
pub(crate) fn money_goes_back(world: &World, request: &Request) {
    let (tid, payload) = (tid(request), field(request, "payload"));
    let pending = "select cancellations.status
        from cancellations join payments on payments.id = payment_id
        where tid = $1 and cancellations.status = 'pending'";
    let pending = world.books.texts(pending, &[&tid]).map(|rows| rows.len());
    if !matches!(pending, Ok(1)) {
        world.violation(format!(
            "money goes back for {tid}, and {pending:?} cancellations pend"
        ));
    }
    let times = world.kakaopay.cancellations(&tid, &payload);
    if times > 1 {
        world.violation(format!("{payload} of {tid} goes back {times} times"));
    }
}

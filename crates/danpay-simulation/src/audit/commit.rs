//! What must hold at each commit, whatever comes after it.
//!
//! **Invariant**: no end without money is written while KakaoPay's ledger holds the payment as paid;
//! no payment is approved that does not hold its order; and each change is written whole.

use danpay_core::timing;
use jiff::Timestamp;
use kakaopay::ApiEndpoint as Endpoint;
use serde_json::Value;

use super::history::UNTOLD;
use super::seen::Claim;
use super::{PAID, UNPAID, refund_days};
use crate::books::Books;
use crate::world::World;

/// Says whether a payment has changed.
const PULSE: &str = "
select cast(count(*) as text), cast(coalesce(sum(version), 0) as text) from payments";

const PAYMENTS: &str = r#"
select tid, status, cast(version as text), order_id,
    cast((select count(*) from events where payment_id = payments.id) as text),
    coalesce((select case when claims.payment_id = payments.id then 'its own'
            when holder.status in ('approved', 'partially_canceled', 'canceled') then 'a paid one''s'
            else 'another''s' end
        from order_claims claims join payments holder on holder.id = claims.payment_id
        where claims.shop_id = payments.shop_id and claims.order_id = payments.order_id),
        'nobody''s'),
    cast(state as text), cast("order" as text)
from payments order by tid"#;

/// A payment's event, and whether shops will be told of it: it has a position, or waits for one.
macro_rules! event {
    ($is_told:literal) => {
        concat!(
            r#"select events.type, events."by", cast(events.state as text),
    cast(events.cancellations as text), case when "#,
            $is_told,
            " then 'yes' else 'no' end
from events join payments on payments.id = payment_id
where tid = $1 and cast(events.sequence as text) = $2"
        )
    };
}

const EVENT_ON_SQLITE: &str = event!("events.position is not null");
const EVENT_ON_POSTGRES: &str = event!("exists (select 1 from outbox where event_id = events.id)");

const KEYS: &str = "
select key from idempotency_keys join payments on payments.id = payment_id where tid = $1";

const RESTORED: &str = "select 'yes' from restored";

/// Trouble of our own: it says nothing about a payment, and ends none.
const OWN_TROUBLE: [i64; 15] = [
    -2, -3, -4, -5, -301, -400, -401, -402, -403, -404, -721, -730, -731, -732, -733,
];

/// The books are an older backup now: what they say of the past was seen before.
pub(crate) fn books_are_older(world: &World) {
    match world.books.texts(PAYMENTS, &[]) {
        Ok(rows) => {
            let rows = rows.iter().filter_map(|row| read(row));
            let versions = rows.map(|row| (row.tid, row.version)).collect();
            world.record().books_are_older(versions);
        }
        Err(error) => world.violation(format!("the books cannot be read: {error}")),
    }
}

struct Row {
    tid: String,
    status: String,
    version: u32,
    order_id: String,
    events: u32,
    /// Whose the claim of its order is.
    order_is: String,
    state: Value,
    order: Value,
}

/// This server has written something. Whether a payment has changed by it.
pub(crate) fn committed(world: &World, server: usize) -> bool {
    match look(world, server) {
        Ok(is_news) => is_news,
        Err(error) => {
            world.violation(format!("the books cannot be read: {error}"));
            false
        }
    }
}

fn look(world: &World, server: usize) -> anyhow::Result<bool> {
    let pulse = world.books.texts(PULSE, &[])?.concat();
    if world.record().seen.pulse == pulse {
        return Ok(false);
    }
    world.record().seen.pulse = pulse;
    let rows = world.books.texts(PAYMENTS, &[])?;
    let mut is_about_refunds = false;
    for row in rows.iter().filter_map(|row| read(row)) {
        check(world, &row);
        let seen = world
            .record()
            .seen
            .versions
            .insert(row.tid.clone(), row.version);
        let event = match &world.books {
            Books::Sqlite(_) => EVENT_ON_SQLITE,
            Books::Postgres(_) => EVENT_ON_POSTGRES,
        };
        for sequence in seen.unwrap_or(0) + 1..=row.version {
            let now = world.now();
            let change = (row.tid.clone(), sequence);
            world.record().hooks.committed.insert(change, now);
            let sequence = sequence.to_string();
            let events = world.books.texts(event, &[&row.tid, &sequence])?;
            if let Some([kind, by, state, cancellations, is_told]) =
                events.first().map(Vec::as_slice)
            {
                if is_told != "yes" && !UNTOLD.contains(&kind.as_str()) {
                    let tid = &row.tid;
                    world.violation(format!(
                        "{kind} of {tid} is committed, and is told to nobody"
                    ));
                }
                let event = Event {
                    kind,
                    by,
                    state: parse(state),
                    cancellations: parse(cancellations),
                };
                is_about_refunds |= cancellations != "[]";
                check_event(world, server, &row, &event)?;
            }
        }
    }
    if is_about_refunds {
        refund_days::check(world)?;
    }
    Ok(true)
}

fn read(row: &[String]) -> Option<Row> {
    let [
        tid,
        status,
        version,
        order_id,
        events,
        order_is,
        state,
        order,
    ] = row
    else {
        return None;
    };
    Some(Row {
        tid: tid.clone(),
        status: status.clone(),
        version: version.parse().ok()?,
        order_id: order_id.clone(),
        events: events.parse().ok()?,
        order_is: order_is.clone(),
        state: parse(state),
        order: parse(order),
    })
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// How each payment stands.
fn check(world: &World, row: &Row) {
    let Row { tid, status, .. } = row;
    let say = |what: &str| world.violation(format!("{tid} is committed as {status}, and {what}"));
    let (is_paid, is_unpaid) = (
        PAID.contains(&status.as_str()),
        UNPAID.contains(&status.as_str()),
    );
    let moved = world.kakaopay.is_paid(tid);
    if is_unpaid && moved {
        say("KakaoPay holds it as paid");
    }
    if is_paid && !moved {
        say("KakaoPay does not hold it as paid");
    }
    if row.events != row.version {
        let Row {
            version, events, ..
        } = row;
        say(&format!("has version {version} and {events} events"));
    }
    if !world.temper.orders_repeat && !may_be(row, world.restores() > 0) {
        let Row {
            order_id, order_is, ..
        } = row;
        say(&format!("the claim of {order_id} is {order_is}"));
    }
    let code = row.state.pointer("/failure/kakaopay/error_code");
    let code = code.and_then(Value::as_i64);
    if code.is_some_and(|code| OWN_TROUBLE.contains(&code)) {
        say(&format!("failed by trouble of our own ({code:?})"));
    }
}

/// Whether the claim of its order may be whose it is. Books that are an older backup can hold a payment
/// as being approved while KakaoPay proves that another one was: the order is that one's then.
fn may_be(
    Row {
        status, order_is, ..
    }: &Row,
    were_older: bool,
) -> bool {
    let needs = PAID.contains(&status.as_str()) || status == "approving";
    let overtaken = were_older && status == "approving" && order_is == "a paid one's";
    needs == (order_is == "its own") || overtaken
}

struct Event<'a> {
    kind: &'a str,
    by: &'a str,
    state: Value,
    cancellations: Value,
}

/// What each event says was done.
fn check_event(world: &World, server: usize, row: &Row, event: &Event<'_>) -> anyhow::Result<()> {
    let Event { kind, by, .. } = *event;
    let tid = &row.tid;
    let (endpoint, claimed_at) = match kind {
        "payment.approving" | "payment.approval_repeated" => {
            (Endpoint::Approve, event.state.get("last_call_at"))
        }
        "cancellation.requested" | "cancellation.repeated" => (
            Endpoint::Cancel,
            event.cancellations.pointer("/0/last_call_at"),
        ),
        "payment.created" if world.books.texts(KEYS, &[tid])?.is_empty() => {
            world.violation(format!(
                "{tid} is created without the key it was asked for under"
            ));
            return Ok(());
        }
        _ => return Ok(()),
    };
    if kind == "payment.approving"
        && by != "shop"
        && row.order.get("approval") == Some(&"manual".into())
    {
        world.violation(format!("{by} has {tid} approved, which the shop alone may"));
    }
    if !world.books.texts(RESTORED, &[])?.is_empty() {
        world.violation(format!(
            "a call to {endpoint} {tid} is claimed in a restored database"
        ));
    }
    let claimed_at: Option<Timestamp> = claimed_at
        .and_then(Value::as_str)
        .and_then(|at| at.parse().ok());
    let claim = Claim {
        server,
        endpoint: endpoint.name(),
        tid: tid.clone(),
    };
    let mut record = world.record();
    let claims = record.seen.claims.entry(claim).or_default();
    claims.extend(claimed_at);
    Ok(())
}

/// Whether a claim that was made then is still good for a call.
pub(super) fn holds(claimed_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(claimed_at) <= timing::CLAIM_HOLDS
}

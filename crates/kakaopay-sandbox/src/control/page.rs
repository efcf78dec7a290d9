//! The tester's pages: what KakaoPay holds, what was asked of it, and what is to go wrong.
//! Invariant: the pages work by links and forms alone; the script only spares a reload.

mod call;
mod filter;
mod phone;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use self::call::CallView;
use self::filter::Filter;
pub(super) use self::phone::phone;
use super::record::{PaymentRecord, latest, record};
use crate::clock::korean_time;
use crate::fault::FaultKind;
use crate::journal::{self, Entry};
use crate::payer::{self, Script, scripts};
use crate::world::World;

/// Enough to see what happened last.
const SHOWN: usize = 50;
/// Nobody may show these pages in a frame, or send their forms elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The ends of the calls' addresses; the empty one is for all of them.
const ENDPOINTS: [&str; 8] = [
    "",
    "ready",
    "approve",
    "order",
    "cancel",
    "subscription",
    "status",
    "inactive",
];
const ENDINGS: [(&str, &str); 5] = [
    ("", "모두 · all"),
    ("accepted", "성공 · accepted"),
    ("refused", "거절 · refused"),
    ("unanswered", "답 없음 · no answer"),
    ("advised", "힌트 있음 · with advice"),
];

/// What every page of the desk shows.
struct Desk {
    css: String,
    desk_css: String,
    desk_js: String,
    url: String,
    /// The page itself, for forms to come back to.
    here: String,
    now: String,
    now_ms: i64,
    frozen: bool,
    ahead: Option<String>,
    faults: Vec<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    desk: Desk,
    filter: Filter,
    endpoints: [&'static str; 8],
    endings: [(&'static str, &'static str); 5],
    fault_kinds: &'static [FaultKind],
    payments: Vec<PaymentRecord>,
    calls: Vec<CallView>,
}

#[derive(Template)]
#[template(path = "payment.html")]
struct PaymentPage {
    desk: Desk,
    payment: PaymentRecord,
    page: String,
    open: bool,
    scripts: &'static [Script],
    calls: Vec<CallView>,
}

impl Desk {
    fn new(world: &World, here: String) -> Self {
        let now = world.clock.now();
        Self {
            css: payer::css_url(),
            desk_css: payer::desk_css_url(),
            desk_js: payer::desk_js_url(),
            url: world.settings.public_url.clone(),
            here,
            now: korean_time(now).replace('T', " "),
            now_ms: now.as_millisecond(),
            frozen: world.clock.is_frozen(),
            ahead: ahead(world.clock.offset().as_secs()),
            faults: world.faults().waiting().iter().map(words).collect(),
        }
    }
}

/// `+15:00`, unless the clock shows the machine's time.
fn ahead(seconds: i64) -> Option<String> {
    let sign = if seconds < 0 { '−' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    (seconds > 0).then(|| {
        if hours > 0 {
            format!("{sign}{hours}:{minutes:02}:{:02}", seconds % 60)
        } else {
            format!("{sign}{minutes}:{:02}", seconds % 60)
        }
    })
}

/// A fault in a line: where, what, and whatever narrows it.
fn words(fault: &crate::fault::Fault) -> String {
    let Ok(Value::Object(fault)) = serde_json::to_value(fault) else {
        return String::new();
    };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let of = |name| fault.get(name).map(plain).unwrap_or_default();
    let others = fault
        .iter()
        .filter(|(name, value)| {
            !matches!(name.as_str(), "endpoint" | "fault" | "times") && **value != 0
        })
        .map(|(name, value)| format!(" {name}={}", plain(value)));
    let times = fault.get("times").and_then(Value::as_u64);
    let times = match times {
        Some(times) if times < u64::from(u32::MAX) => format!(" ×{times}"),
        _ => String::new(),
    };
    let begin = format!("{} · {}{times}", of("endpoint"), of("fault"));
    std::iter::once(begin).chain(others).collect()
}

pub(super) async fn overview(
    State(world): State<Arc<World>>,
    Query(filter): Query<Filter>,
) -> Response {
    let payments = latest(&world, |payment| filter.payment(payment), SHOWN);
    let calls = journal::latest(&world.notes(), |entry| filter.call(entry), SHOWN);
    let url = &world.settings.public_url;
    show(&Overview {
        desk: Desk::new(&world, filter.address()),
        endpoints: ENDPOINTS,
        endings: ENDINGS,
        fault_kinds: FaultKind::ALL,
        payments,
        calls: views(&calls, url),
        filter,
    })
}

pub(super) async fn payment(State(world): State<Arc<World>>, Path(tid): Path<String>) -> Response {
    let page = world.books(|books, now| {
        let payment = books.ledger.by_tid(&tid)?;
        let open = payment.standing(now) == crate::ledger::Standing::Open;
        Some((payment.page.clone(), open))
    });
    let (Some(payment), Some((page, open))) = (record(&world, &tid), page) else {
        return super::problem(StatusCode::NOT_FOUND, "there is no such payment");
    };
    let about = |entry: &Entry| entry.tid.as_deref() == Some(tid.as_str());
    let calls = journal::latest(&world.notes(), about, SHOWN);
    let url = &world.settings.public_url;
    show(&PaymentPage {
        desk: Desk::new(&world, format!("/_sandbox/payments/{tid}/page")),
        payment,
        page,
        open,
        scripts: scripts(),
        calls: views(&calls, url),
    })
}

fn views(calls: &[Entry], public_url: &str) -> Vec<CallView> {
    let views = calls.iter().map(|entry| CallView::new(entry, public_url));
    views.collect()
}

/// The style class of a payment's status.
fn shade(payment: &PaymentRecord) -> &'static str {
    match payment.status.as_str() {
        "SUCCESS_PAYMENT" | "PART_CANCEL_PAYMENT" | "ISSUED_SID" => "accepted",
        "QUIT_PAYMENT" | "FAIL_PAYMENT" | "FAIL_AUTH_PASSWORD" => "refused",
        "CANCEL_PAYMENT" => "over",
        _ if payment.expired => "over",
        _ => "open",
    }
}

fn show(page: &impl Template) -> Response {
    let mut response = payer::show(page);
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    // With `no-referrer` a browser would say `Origin: null` for the forms of these pages.
    let referrer = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, referrer);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_clock_is_ahead_is_said_only_when_it_is() {
        for (seconds, said) in [
            (0, None),
            (900, Some("+15:00")),
            (-61, Some("−1:01")),
            (3_600 + 125, Some("+1:02:05")),
        ] {
            assert_eq!(ahead(seconds).as_deref(), said);
        }
    }
}

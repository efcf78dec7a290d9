//! The overview for people: payments with their state, and the last calls.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::journal::Entry;
use super::record::{PaymentRecord, records};
use crate::clock::korean_time;
use crate::payer;
use crate::world::World;

/// Enough to see what happened last.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    css: String,
    url: String,
    now: String,
    payments: Vec<PaymentRecord>,
    calls: Vec<Entry>,
}

pub(super) async fn overview(State(world): State<Arc<World>>) -> Response {
    let payments = records(&world).into_iter().rev().take(SHOWN).collect();
    let calls = world
        .journal()
        .entries()
        .into_iter()
        .rev()
        .take(SHOWN)
        .collect();
    payer::show(&Overview {
        css: payer::css_url(),
        url: world.settings.public_url.clone(),
        now: korean_time(world.clock.now()),
        payments,
        calls,
    })
}

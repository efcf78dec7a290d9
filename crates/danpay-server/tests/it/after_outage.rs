//! After an outage hundreds of payments are in doubt, and all of them are looked up.

use std::time::Duration;

use danpay_server::Config;
use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::json;

use crate::support::{PATIENCE, Payment, World};

const PAYMENTS: u32 = 320;

async fn readiness(world: &World) -> String {
    let ready = world.http.get(format!("{}/readyz", world.url)).send().await;
    ready.unwrap().text().await.unwrap()
}

/// Once the server says of itself what `is_so`.
async fn until_it_says(world: &World, is_so: impl Fn(&str) -> bool) -> String {
    let said = async {
        loop {
            let said = readiness(world).await;
            if is_so(&said) {
                return said;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, said).await.unwrap()
}

async fn settled(world: &World, payments: &[Payment]) -> usize {
    let mut settled = 0;
    for payment in payments {
        settled += usize::from(world.payment(payment.id()).await.status() == "approved");
    }
    settled
}

async fn in_doubt(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world.visit(&back).await;
    payment
}

fn unlimited(config: &mut Config) {
    config.rate_per_key = None;
}

#[tokio::test]
async fn of_all_that_are_in_doubt_whoever_waits_comes_first_and_the_pace_grows() {
    let world = World::with(unlimited).await;
    for fault in [
        Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit).times(PAYMENTS),
        Fault::new(Endpoint::Order, FaultKind::Error503).times(u32::MAX),
    ] {
        world.sandbox.inject(fault);
    }
    let mut payments = Vec::new();
    for _ in 0..PAYMENTS {
        payments.push(in_doubt(&world).await);
    }
    world.sandbox.freeze_clock();
    world.sandbox.clear_faults();
    // All of them are due; 20 lookups are made.
    world.sandbox.advance_clock(Duration::from_mins(2));
    let late = |said: &str| said.contains("payments wait") && said.contains("기다리고");
    let said = until_it_says(&world, late).await;
    assert!(said.starts_with("ok\n") && !said.contains("  "), "{said}");

    // One of the middle, so that it is neither the newest nor the oldest.
    let waits = &payments[payments.len() / 2];
    assert!(world.visit(&world.result_url(waits)).await.shows("waiting"));
    world.sandbox.advance_clock(Duration::from_secs(1));
    world.until(waits.id(), "approved").await;
    let settled = settled(&world, &payments).await;
    assert!(settled <= 20 + 40, "{settled}");

    while let Some(payment) = payments.last() {
        if world.payment(payment.id()).await.status() == "approved" {
            payments.pop();
            continue;
        }
        world.sandbox.advance_clock(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until_it_says(&world, |said| said == "ok\n").await;
}

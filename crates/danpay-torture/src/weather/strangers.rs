//! Strangers at the return addresses: they know a payment's id, which stands in its checkout
//! address, and perhaps the payer's `pg_token` or another payment's secret, but not its own.
//! Invariant: to each of them the address does not exist.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use reqwest::StatusCode;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::minutes::Trouble;
use crate::record::WayBack;
use crate::world::World;

const BETWEEN_MS: Range<u64> = 50..600;
const PATIENCE: Duration = Duration::from_secs(3);
/// They know of the last so many payers.
const KNOWN: usize = 40;
const WAYS: [&str; 3] = ["approve", "cancel", "fail"];

pub(super) async fn keep_coming((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    let [first, second, third] = [0, 1, 2].map(|_| come((Arc::clone(&world), chance.fork())));
    tokio::try_join!(first, second, third).map(|_| ())
}

async fn come((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    while world.is_chaos() {
        sleep(chance.millis(BETWEEN_MS)).await;
        let Some((payment, path)) = forge(&world, &mut chance) else {
            continue;
        };
        let url = format!("{}{path}", world.fleet.url(&mut chance));
        let answer = world.http.get(url).timeout(PATIENCE).send().await;
        match answer.map(|answer| answer.status()) {
            Ok(StatusCode::NOT_FOUND) => world.met(Trouble::ForgedReturn),
            Ok(status) => {
                let what = format!("a forged return was answered {status}");
                world.violation(what, Some(&payment));
            }
            // There is no server just now.
            Err(_) => {}
        }
    }
    Ok(())
}

/// Of which payment, and the address.
fn forge(world: &World, chance: &mut Chance) -> Option<(String, String)> {
    let record = world.record();
    let known = record.ways_back.iter().rev().take(KNOWN);
    let known: Vec<&WayBack> = known.collect();
    let (victim, other) = (*chance.pick(&known)?, *chance.pick(&known)?);
    let way = *chance.pick(&WAYS)?;
    let secret = wrong_secret((victim, other), way, chance)?;
    let token = match (&victim.pg_token, chance.is(500)) {
        (Some(own), true) => own.clone(),
        _ => format!("{:020x}", chance.number(0..u64::MAX)),
    };
    let payment = victim.payment.clone();
    let path = format!("/return/{payment}/{way}{secret}?pg_token={token}");
    Some((payment, path))
}

/// A secret that is not the victim's for this way.
fn wrong_secret(
    (victim, other): (&WayBack, &WayBack),
    way: &str,
    chance: &mut Chance,
) -> Option<String> {
    if other.payment == victim.payment && other.way == way {
        return None;
    }
    let right = &victim.secret;
    let wrong = match chance.number(0..6) {
        // As addresses were before there were secrets.
        0 => return Some(String::new()),
        1 => "a".repeat(right.len()),
        2 => right.to_uppercase(),
        3 => right.chars().skip(1).collect(),
        4 => format!("{right}a"),
        _ => other.secret.clone(),
    };
    (victim.way != way || wrong != *right).then(|| format!("/{wrong}"))
}

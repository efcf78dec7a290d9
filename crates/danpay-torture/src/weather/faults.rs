//! What goes wrong at KakaoPay: a weather of faults that changes every few seconds.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::{Phase, World};

/// How long one weather lasts.
const LASTS_MS: Range<u64> = 800..4_000;
/// So many kinds for each endpoint in one weather.
const KINDS: usize = 4;
/// Of 1,000 calls so many meet each of them.
const STRIKES: Range<u64> = 40..160;
/// KakaoPay's own limit for what it does is 11 s.
const LATE_MS: Range<u64> = 100..11_000;
const SLOW_MS: Range<u64> = 50..3_000;
/// How far a lookup lags behind. Nothing is known of KakaoPay's; danpay's margins allow for it.
const LAG_MS: Range<u64> = 300..3_000;
const NONE_MS: Range<u64> = 0..1;

const CALLS: [&str; 4] = ["ready", "approve", "order", "cancel"];

/// At any of the calls.
const ANY: [(&str, Range<u64>); 14] = [
    ("answer_lost_after_commit", NONE_MS),
    ("reset_before", NONE_MS),
    ("reset_after", NONE_MS),
    ("delay_before", SLOW_MS),
    ("delay_after_commit", SLOW_MS),
    ("late_effect", LATE_MS),
    ("late_effect_after_reset", LATE_MS),
    ("refuse_duplicate", NONE_MS),
    ("error_500", NONE_MS),
    ("error_503", NONE_MS),
    ("maintenance", NONE_MS),
    ("truncated_json", NONE_MS),
    ("wrong_type_json", NONE_MS),
    ("slow_drip", SLOW_MS),
];

/// Of 1,000 weathers so many have an endpoint that answers 429: whoever meets that leaves KakaoPay alone
/// for a minute, and does little else.
const QUOTA: u32 = 80;

/// On the payer's way back.
const PAYER: [&str; 3] = [
    "pg_token_twice",
    "approval_redirect_twice",
    "cancel_redirect_after_pay",
];

/// Changes the weather until there is calm.
pub(super) async fn change((world, mut chance): (Arc<World>, Chance)) -> Result<()> {
    while world.is_chaos() {
        world.sandbox.clear_faults().await?;
        let mut faults = weather(&mut chance);
        if world.phase() == Phase::NoLookups {
            without_lookups(&mut faults);
        }
        for fault in faults {
            world.sandbox.inject(&fault).await?;
        }
        sleep(chance.millis(LASTS_MS)).await;
    }
    world.sandbox.clear_faults().await
}

/// Nobody is told to come again in a minute, so that it is known when lookups are answered again.
fn without_lookups(faults: &mut Vec<Value>) {
    faults.retain(|fault| fault["fault"] != "error_429" && fault["endpoint"] != "order");
    faults.push(json!({ "endpoint": "order", "fault": "error_503", "probability": 1.0 }));
}

fn weather(chance: &mut Chance) -> Vec<Value> {
    let mut faults = Vec::new();
    for endpoint in CALLS {
        for _ in 0..KINDS {
            if let Some((kind, delay)) = chance.pick(&ANY) {
                faults.push(fault(chance, (endpoint, kind), delay));
            }
        }
    }
    if chance.is(QUOTA)
        && let Some(endpoint) = chance.pick(&CALLS)
    {
        faults.push(fault(chance, (endpoint, "error_429"), &NONE_MS));
    }
    faults.push(fault(chance, ("order", "stale_lookup"), &LAG_MS));
    for kind in PAYER {
        faults.push(fault(chance, ("payer", kind), &NONE_MS));
    }
    faults.extend(refusals(chance));
    // Of what is left a third takes its time, before or after its effect: a server that is killed
    // meanwhile leaves doubt behind.
    for endpoint in ["approve", "cancel"] {
        for kind in ["delay_before", "delay_after_commit"] {
            let delay_ms = chance.number(100..1_500);
            faults.push(json!({
                "endpoint": endpoint, "fault": kind, "delay_ms": delay_ms, "probability": 0.2,
            }));
        }
    }
    faults
}

fn fault(chance: &mut Chance, (endpoint, kind): (&str, &str), delay: &Range<u64>) -> Value {
    json!({
        "endpoint": endpoint, "fault": kind,
        "delay_ms": chance.number(delay.clone()), "probability": strikes(chance),
    })
}

/// KakaoPay says no, and does nothing: a definite no, and one that only sounds like it.
fn refusals(chance: &mut Chance) -> [Value; 3] {
    let mut refusal = |endpoint: &str, error_code: i32, method_result: &str| {
        json!({
            "endpoint": endpoint, "fault": "error_code", "probability": strikes(chance) / 3.0,
            "error_code": error_code, "method_result_code": method_result,
        })
    };
    [
        refusal("approve", -780, "8008"),
        refusal("approve", -780, "USER_LOCKED"),
        refusal("cancel", -781, "8008"),
    ]
}

fn strikes(chance: &mut Chance) -> f64 {
    let per_mille = u32::try_from(chance.number(STRIKES)).unwrap_or(0);
    f64::from(per_mille) / 1_000.0
}

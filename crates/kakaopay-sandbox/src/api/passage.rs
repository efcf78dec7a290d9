//! One call on its way through the fault that was asked for it, if any.
//! Invariant: once a call's body is read, what it does is done, whether or not its caller waits.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::refusal::{Extras, Refusal};
use super::signs::signs;
use super::{Dialect, answer, refused};
use crate::call::{Answer, Call};
use crate::fault::{Fault, FaultKind, Who};
use crate::journal;
use crate::world::World;

/// How a call ends for its caller.
pub(super) enum Passed {
    Answered(Answer, Pace),
    /// There were too many in this second.
    TurnedAway(Answer),
    /// The line is to be cut.
    Lost,
}

/// How an answer goes onto the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    AtOnce,
    /// Drop by drop, over this time.
    Drip(Duration),
    /// Half of it, then the line is cut.
    CutHalfway,
}

pub(super) async fn pass(world: &Arc<World>, call: Call) -> Passed {
    if !world.rate.takes(call.came) {
        let made = refused(world, &call, &Refusal::of(-429));
        note(world, call, Some(&made), None);
        return Passed::TurnedAway(made);
    }
    let Some(fault) = fault_for(world, &call) else {
        let made = answer(world, &call, SignedDuration::ZERO);
        note(world, call, Some(&made), None);
        return Passed::Answered(made, Pace::AtOnce);
    };
    // On a task of its own, as a caller that hangs up would otherwise take the call along.
    let task = {
        let world = Arc::clone(world);
        let calls = world.calls.clone();
        calls.spawn(async move { go_wrong(&world, call, &fault).await })
    };
    task.await.unwrap_or(Passed::Lost)
}

async fn go_wrong(world: &Arc<World>, call: Call, fault: &Fault) -> Passed {
    let kind = fault.fault;
    let delay = fault.delay();
    match kind {
        FaultKind::DelayBefore => pause(world, delay).await,
        FaultKind::LateEffect | FaultKind::LateEffectAfterReset => {
            return take_effect_later(world, call, fault);
        }
        _ => {}
    }
    let made = match refusal_of(fault) {
        Some(refusal) => {
            if kind == FaultKind::ErrorCode && fault.takes_effect {
                // Its caller is told otherwise.
                drop(answer(world, &call, SignedDuration::ZERO));
            }
            Some(refused(world, &call, &refusal))
        }
        None if kind == FaultKind::ResetBefore => None,
        None if kind == FaultKind::StaleLookup => {
            let lag = SignedDuration::try_from(delay).unwrap_or_default();
            Some(answer(world, &call, lag))
        }
        None => Some(damaged(answer(world, &call, SignedDuration::ZERO), kind)),
    };
    note(world, call, made.as_ref(), Some(kind));
    if kind == FaultKind::DelayAfterCommit {
        pause(world, delay).await;
    }
    match (made, kind) {
        (None, _) | (_, FaultKind::AnswerLostAfterCommit) => Passed::Lost,
        (Some(made), FaultKind::ResetAfter) => Passed::Answered(made, Pace::CutHalfway),
        (Some(made), FaultKind::SlowDrip) => Passed::Answered(made, Pace::Drip(delay)),
        (Some(made), _) => Passed::Answered(made, Pace::AtOnce),
    }
}

fn take_effect_later(world: &Arc<World>, call: Call, fault: &Fault) -> Passed {
    let lost = fault.fault == FaultKind::LateEffectAfterReset;
    let made = (!lost).then(|| refused(world, &call, &Refusal::of(-500)));
    note(world, call.clone(), made.as_ref(), Some(fault.fault));
    let lag = SignedDuration::try_from(fault.delay()).unwrap_or_default();
    let due = world.clock.now().checked_add(lag).unwrap_or_default();
    let calls = world.calls.clone();
    let world = Arc::clone(world);
    calls.spawn(async move {
        tokio::select! {
            () = world.clock.reached(due) => {}
            () = world.closing.cancelled() => {}
        }
        // Nobody is left to hear the answer.
        drop(answer(&world, &call, SignedDuration::ZERO));
    });
    match made {
        Some(made) => Passed::Answered(made, Pace::AtOnce),
        None => Passed::Lost,
    }
}

/// What is answered instead of what happened, or of doing anything.
fn refusal_of(fault: &Fault) -> Option<Refusal> {
    let code = match fault.fault {
        FaultKind::Error500 => -500,
        FaultKind::Error503 => -503,
        FaultKind::Error429 | FaultKind::DailyQuota => -429,
        FaultKind::Maintenance => -9798,
        FaultKind::RefuseDuplicate => -785,
        FaultKind::ErrorCode => fault.error_code?,
        _ => return None,
    };
    let refusal = Refusal::of(code);
    let Some(said) = &fault.method_result_code else {
        return Some(refusal);
    };
    let message = fault.method_result_message.clone().unwrap_or_default();
    Some(refusal.with_extras(Extras {
        method_result_code: said.clone().into(),
        method_result_message: message.into(),
    }))
}

fn damaged(mut made: Answer, kind: FaultKind) -> Answer {
    match kind {
        FaultKind::TruncatedJson => {
            let half = made.body.floor_char_boundary(made.body.len() / 2);
            made.body.truncate(half);
        }
        FaultKind::WrongTypeJson => {
            if let Ok(Value::Object(fields)) = serde_json::from_str(&made.body) {
                let wrong = fields
                    .into_iter()
                    .map(|(key, value)| (key, mistyped(&value)));
                made.body = Value::Object(wrong.collect()).to_string();
            }
        }
        _ => {}
    }
    made
}

fn mistyped(value: &Value) -> Value {
    match value {
        Value::String(_) => json!({ "value": null }),
        Value::Number(_) | Value::Bool(_) => json!(["not a number"]),
        Value::Object(_) | Value::Array(_) => json!("not an object"),
        Value::Null => json!(0),
    }
}

fn fault_for(world: &World, call: &Call) -> Option<Fault> {
    let dialect = Dialect::of(world, &call.path);
    let endpoint = dialect.endpoint(&call.path)?;
    if !world.faults().concern(endpoint) {
        return None;
    }
    let mut who = Who::default();
    if let Ok(fields) = dialect.fields(call) {
        who.tid = fields.optional_text("tid", usize::MAX).ok().flatten();
        let named = fields.optional_text("partner_order_id", usize::MAX);
        let known = || world.order_id(who.tid.as_deref()?);
        who.order_id = named.ok().flatten().or_else(known);
    }
    let now = world.clock.now();
    world.faults().draw(endpoint, &who, now)
}

fn note(world: &World, call: Call, made: Option<&Answer>, kind: Option<FaultKind>) {
    let now = world.clock.now();
    let sign = signs(world, &call, made);
    let noted = world.journal().add(now, call, made.cloned(), kind, sign);
    if world.settings.log_calls {
        journal::tell(&noted);
    }
}

/// Waits, but not longer than the sandbox lives.
async fn pause(world: &World, delay: Duration) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = world.closing.cancelled() => {}
    }
}

//! What must hold in every state, and what must have come of it once recovery has had its time.

use std::collections::HashSet;

use super::kakaopay::{Asked, Sent, TOTAL, expires_at};
use super::key::{Key, key};
use super::world::{Answer, Input, View, World, in_good_time, number};
use super::*;

macro_rules! hold {
    ($condition:expr, $($what:tt)+) => {
        if !$condition { return Err(format!($($what)+)); }
    };
}

/// What must hold at every moment.
pub(super) fn check(world: &World) -> Result<(), String> {
    let World { row, ledger, .. } = world;
    let paid = ledger.paid_at.is_some();
    let booked = row.state.approval();
    let status = row.status();
    hold!(
        row.pg_token.is_some() == row.state.needs_pg_token(),
        "{status}, and its token"
    );
    let open = !status.is_settled() || row.pending().is_some();
    hold!(
        !open || world.next_check.is_some(),
        "{status}, and nobody will look"
    );
    hold!(
        booked.is_none() || paid,
        "{status}, and KakaoPay was not paid"
    );
    if let Some(approval) = booked {
        let amount = approval.amount.total.get();
        hold!(amount == TOTAL, "{amount} KRW are booked as paid");
    }
    // Nothing else invites the payer to pay, or tells the shop that nobody did.
    let unknown = booked.is_none() && status != Status::Approving;
    hold!(!(unknown && paid), "{status}, and KakaoPay was paid");
    check_calls(world)?;
    check_cancellations(world)
}

/// Calls that may still move money.
fn check_calls(world: &World) -> Result<(), String> {
    let potent = |call: &&Sent| call.is_potent(&world.ledger, world.now);
    let potent: Vec<&Sent> = world.calls.iter().filter(potent).collect();
    hold!(
        potent.len() <= 1,
        "{} calls may move the same money",
        potent.len()
    );
    let Some(call) = potent.first() else {
        return Ok(());
    };
    let row = &world.row;
    match (
        call.asked,
        &row.state,
        row.pending()
            .map(|pending| (number(pending.id), &pending.state)),
    ) {
        (Asked::Approve { .. }, State::Approving { calls, .. }, _) if !calls.are_none() => Ok(()),
        (
            Asked::Cancel { id, .. },
            _,
            Some((pending, CancellationState::Pending { calls, .. })),
        ) if id == pending && !calls.are_none() => Ok(()),
        (asked, ..) => Err(format!("{}, and {asked:?} may still be done", row.status())),
    }
}

fn check_cancellations(world: &World) -> Result<(), String> {
    let World { row, ledger, .. } = world;
    let (booked, held) = (row.state.canceled().total.get(), ledger.canceled());
    hold!(
        booked <= held,
        "{booked} KRW are booked as canceled, and {held} were"
    );
    hold!(held <= TOTAL, "{held} KRW went back");
    for cancellation in &row.cancellations {
        let id = number(cancellation.id);
        let amounts: Vec<i64> = ledger.holds(id).map(|entry| entry.amount).collect();
        let amount = cancellation.amount.total.get();
        let right = match &cancellation.state {
            CancellationState::Pending { .. } => amounts.len() <= 1,
            CancellationState::Done { outside: false, .. } => amounts == [amount],
            CancellationState::Done { outside: true, .. } => true,
            CancellationState::Failed { .. } => amounts.is_empty(),
        };
        hold!(right, "KakaoPay did {amounts:?} for {cancellation:?}");
    }
    Ok(())
}

/// Settles each state from which nothing but recovery goes on, and checks what comes of it.
#[derive(Default)]
pub(super) struct Settling {
    settled: HashSet<Key>,
}

impl Settling {
    /// Every server dies; what is on its way arrives now, or never.
    pub(super) fn check(&mut self, world: &World) -> Result<(), String> {
        for arrives in [true, false] {
            let mut quiet = world.clone();
            quiet.hands.clear();
            let now = quiet.now;
            for call in quiet.calls.iter_mut().filter(|_| arrives) {
                while call.copies > 0 {
                    call.arrive(&mut quiet.ledger, now);
                }
            }
            quiet.calls.clear();
            if self.settled.insert(key(&quiet)) {
                settle(quiet)?;
            }
        }
        Ok(())
    }
}

/// Recovery alone, whose lookups tell the truth and whose calls are answered.
fn settle(mut world: World) -> Result<(), String> {
    let in_time = world.brought && world.now <= in_good_time();
    for round in 0..40 {
        let Some(next_check) = world.next_check else {
            break;
        };
        world.now = world.now.max(next_check);
        if round == 5 {
            // A forged token in doubt is tried until the expiry; nothing new comes of it.
            world.now = world.now.max(expires_at() + timing::EXPIRY_MARGIN);
        }
        look_up(&mut world);
        while let Some(mut call) = world.calls.pop() {
            call.arrive(&mut world.ledger, world.now);
            let said = call.said.map_or(Answer::Unknown, Answer::Said);
            act(&mut world, Input::Answered(call.asked, said));
        }
        check(&world).map_err(|wrong| format!("settling: {wrong}"))?;
        // It has asked for an operator, and looks again every hour.
        if world.row.pending().is_some() && world.row.review.is_some() {
            return Ok(());
        }
    }
    at_rest(&world)?;
    hold!(
        !(in_time && world.row.status() == Status::Expired),
        "the payer came back in good time, and in the end it is expired"
    );
    // What was canceled elsewhere since is found by the next lookup, whoever makes it.
    look_up(&mut world);
    let (booked, held) = (
        world.row.state.canceled().total.get(),
        world.ledger.canceled(),
    );
    hold!(
        booked == held,
        "in the end {booked} KRW are booked as canceled, and {held} were"
    );
    let done = world.row.cancellations.iter().filter_map(|cancellation| {
        let done = matches!(cancellation.state, CancellationState::Done { .. });
        done.then_some(cancellation.amount.total.get())
    });
    let done: i64 = done.sum();
    hold!(
        done == held,
        "in the end the cancellations come to {done} KRW, and {held} went back"
    );
    Ok(())
}

fn at_rest(world: &World) -> Result<(), String> {
    let status = world.row.status();
    hold!(
        world.next_check.is_none(),
        "in the end it is {status}, and recovery never rests"
    );
    hold!(status.is_settled(), "in the end it is {status}");
    hold!(
        world.row.pending().is_none(),
        "in the end a cancellation is pending"
    );
    hold!(
        world.row.pg_token.is_none(),
        "in the end the token is there"
    );
    let paid = world.ledger.paid_at.is_some();
    hold!(
        world.row.state.approval().is_some() == paid,
        "in the end it is {status}, paid: {paid}"
    );
    Ok(())
}

fn look_up(world: &mut World) {
    let truth = View::Of(world.ledger.clone());
    let now = world.now;
    act(world, Input::LookedUp(truth, now));
}

fn act(world: &mut World, input: Input) {
    let hand = world.decide(input);
    world.commit(&hand);
}

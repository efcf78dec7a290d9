//! What makes two states the same: all that a decision, KakaoPay or an invariant can see, and no
//! more. Left out are versions and event ids, when something ended in our database, which server is
//! which, by how many seconds a look is due before the next moment, and how often browsers have come
//! back: the search is not deep enough for the limits of that.

use super::kakaopay::{Asked, End, Ledger, Said, Sent};
use super::world::{Answer, Hand, Input, View, World, number};
use super::*;

/// A state, as bytes that are equal exactly when the states are.
pub(super) type Key = Box<[u8]>;

pub(super) fn key(world: &World) -> Key {
    let mut key = Vec::with_capacity(64);
    key.extend([moment(world.now), due(world.next_check)]);
    let flags = [world.tells_payloads, world.doubled, world.brought];
    key.extend(flags.map(u8::from));
    row(&world.row, &mut key);
    ledger(&world.ledger, &mut key);
    several(&mut key, world.calls.iter().map(call));
    several(
        &mut key,
        world.hands.iter().map(|held| hand(held, world.row.version)),
    );
    key.into()
}

/// In any order, with their number.
fn several(key: &mut Vec<u8>, parts: impl Iterator<Item = Vec<u8>>) {
    let mut parts: Vec<Vec<u8>> = parts.collect();
    parts.sort_unstable();
    key.push(small(parts.len()));
    for part in parts {
        key.push(small(part.len()));
        key.extend(part);
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

fn moment(at: Timestamp) -> u8 {
    let found = MOMENTS.iter().position(|moment| super::at(*moment) == at);
    found.map_or(u8::MAX, small)
}

/// A look is due at the first moment that is not before it.
fn due(next_check: Option<Timestamp>) -> u8 {
    match next_check {
        None => u8::MAX,
        Some(due) => small(MOMENTS.iter().filter(|moment| at(**moment) < due).count()),
    }
}

fn won(amount: i64) -> [u8; 2] {
    u16::try_from(amount).unwrap().to_le_bytes()
}

fn row(payment: &Payment, key: &mut Vec<u8>) {
    key.push(payment.status() as u8);
    key.push(u8::from(payment.order.approval == ApprovalMode::Manual));
    let tokens = [&payment.pg_token, &payment.further_pg_token];
    key.extend(tokens.map(|token| match token {
        None => 0,
        Some(token) if *token == super::token() => 1,
        Some(_) => 2,
    }));
    if let State::Authenticated { since, .. } = payment.state {
        key.push(moment(since));
    }
    if let State::Approving {
        since,
        calls,
        ref refused,
        ..
    } = payment.state
    {
        key.extend([
            moment(since),
            moment(calls.newest),
            small(calls.count as usize),
            match refused {
                None => 0,
                Some(Refused::Rejected { .. }) => 1,
                Some(Refused::Expired) => 2,
                Some(Refused::WrongToken) => 3,
            },
        ]);
    }
    if let Some(approval) = payment.state.approval() {
        key.extend(won(approval.amount.total.get()));
        key.extend(won(payment.state.canceled().total.get()));
    }
    let review = payment
        .review
        .as_ref()
        .map(Review::to_string)
        .unwrap_or_default();
    key.push(small(review.len()));
    key.extend(review.bytes());
    key.push(small(payment.cancellations.len()));
    for cancellation in &payment.cancellations {
        key.extend(won(cancellation.amount.total.get()));
        match &cancellation.state {
            CancellationState::Pending {
                calls,
                refused,
                turned_away: _,
            } => key.extend([
                0,
                number(cancellation.id),
                moment(cancellation.requested_at),
                moment(calls.newest),
                small(calls.count as usize),
                u8::from(refused.is_some()),
            ]),
            CancellationState::Done { outside: true, .. } => key.push(1),
            CancellationState::Done { .. } => key.extend([2, number(cancellation.id)]),
            CancellationState::Failed { .. } => key.extend([3, number(cancellation.id)]),
        }
    }
}

fn ledger(ledger: &Ledger, key: &mut Vec<u8>) {
    key.push(ledger.paid_at.map_or(u8::MAX, moment));
    match ledger.ended {
        None => key.push(0),
        Some((End::Quit, at)) => key.extend([1, moment(at)]),
        Some((End::Failed, at)) => key.extend([2, moment(at)]),
    }
    key.push(small(ledger.cancels.len()));
    for entry in &ledger.cancels {
        key.extend([entry.by.unwrap_or(0), moment(entry.at)]);
        key.extend(won(entry.amount));
    }
}

fn call(call: &Sent) -> Vec<u8> {
    let mut key = asked(call.asked);
    key.extend([
        moment(call.at),
        call.copies,
        u8::from(call.awaited) | u8::from(call.done) << 1,
    ]);
    if let Some(word) = call.said {
        key.extend(said(word));
    }
    key
}

fn asked(asked: Asked) -> Vec<u8> {
    match asked {
        Asked::Approve { right } => vec![u8::from(right)],
        Asked::Cancel { id, amount, left } => [&[2, id][..], &won(amount), &won(left)].concat(),
    }
}

fn said(said: Said) -> [u8; 3] {
    let [kind, amount] = match said {
        Said::Paid => [0, 0],
        Said::Canceled(so_far) => [1, so_far],
        Said::Rejected => [2, 0],
        Said::Expired => [3, 0],
        Said::WrongToken => [4, 0],
        Said::LeftDiffers => [5, 0],
        Said::Unclear => [6, 0],
    };
    let [low, high] = won(amount);
    [u8::try_from(kind).unwrap(), low, high]
}

fn hand(hand: &Hand, version: u32) -> Vec<u8> {
    let mut key = input(&hand.input);
    // Once the row has changed, what was decided is decided anew, or a later look is forgotten.
    key.push(match *hand.decision {
        _ if hand.version == version => moment(hand.decided_at),
        Decision::Wait(_) => u8::MAX - 1,
        _ => u8::MAX,
    });
    key
}

fn input(input: &Input) -> Vec<u8> {
    let mut key = Vec::new();
    match input {
        Input::Return { right, busy } => key.extend([0, u8::from(*right), u8::from(*busy)]),
        Input::ShopApproves => key.push(1),
        Input::ShopWithdraws => key.push(5),
        Input::Cancel { id, total } => {
            key.extend([2, *id]);
            key.extend(won(total.unwrap_or(0)));
        }
        Input::Answered(of, answer) => {
            key.push(3);
            key.extend(asked(*of));
            match answer {
                Answer::Said(word) => key.extend(said(*word)),
                Answer::Lie => key.push(7),
                Answer::NotSent => key.push(8),
                Answer::Unknown => key.push(9),
            }
        }
        Input::LookedUp(view, asked_at) => {
            key.extend([4, moment(*asked_at)]);
            match view {
                View::Of(view) => {
                    key.push(0);
                    ledger(view, &mut key);
                }
                View::Lie => key.push(1),
                View::NotFound => key.push(2),
                View::Inconclusive => key.push(3),
            }
        }
    }
    key
}

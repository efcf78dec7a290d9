//! Everything that can happen next.
//!
//! What dies or is lost has no move of its own: a decision that is never committed, a call that
//! never arrives and an answer that nobody hears are the states from which nobody goes on with them.

use super::kakaopay::{Asked, End, Entry, Said, Sent, TOTAL};
use super::world::{Answer, Hand, Input, View, World};
use super::*;

/// Servers decide at most so many things at once.
const HANDS: usize = 2;
/// At most so many calls are on their way or awaited.
const CALLS: usize = 3;
/// At most so many cancellations are asked of danpay, and so many made elsewhere.
const CANCELS: u8 = 2;
const CANCELS_ELSEWHERE: usize = 1;

#[derive(Clone, Debug)]
pub(super) enum Move {
    /// Until the next of the named moments.
    TimePasses,
    /// A server reads, decides and commits, and nothing comes between.
    Acts(Input, Source),
    /// A server reads and decides; its commit may come later.
    Decides(Input, Source),
    /// It commits, or reads and decides anew if somebody was quicker.
    Commits(usize),
    /// A call reaches KakaoPay, which does what it can.
    Arrives(usize),
    /// The same, and the answer is heard and acted on at once.
    ArrivesAndActs(usize),
    /// A call will come twice.
    Doubles(usize),
    /// The payer gives up, or fails, at KakaoPay.
    Ends(End),
    /// Somebody cancels without danpay.
    CanceledElsewhere(i64),
}

/// Which call a server has heard of, if that is what it acts on.
type Source = Option<usize>;

pub(super) fn moves(world: &World) -> Vec<Move> {
    let mut moves = Vec::with_capacity(48);
    if next_moment(world).is_some() {
        moves.push(Move::TimePasses);
    }
    for (input, source) in inputs(world) {
        moves.push(Move::Acts(input.clone(), source));
        if world.hands.len() < HANDS {
            moves.push(Move::Decides(input, source));
        }
    }
    for held in 0..world.hands.len() {
        moves.push(Move::Commits(held));
    }
    for (number, call) in world.calls.iter().enumerate() {
        if call.copies > 0 {
            moves.push(Move::Arrives(number));
            if call.awaited {
                moves.push(Move::ArrivesAndActs(number));
            }
            if call.said.is_none() && !world.doubled {
                moves.push(Move::Doubles(number));
            }
        }
    }
    if world.ledger.paid_at.is_none() && world.ledger.ended.is_none() {
        moves.extend([Move::Ends(End::Quit), Move::Ends(End::Failed)]);
    }
    let elsewhere = world
        .ledger
        .cancels
        .iter()
        .filter(|entry| entry.by.is_none())
        .count();
    // Where lookups do not say whose a cancellation is, one elsewhere can pass for ours.
    if world.tells_payloads && elsewhere < CANCELS_ELSEWHERE {
        let left = world.ledger.left();
        let amounts = [700, left]
            .into_iter()
            .filter(|amount| (1..=left).contains(amount));
        moves.extend(amounts.map(Move::CanceledElsewhere));
    }
    moves
}

/// What can come to a server now.
fn inputs(world: &World) -> Vec<(Input, Source)> {
    let mut inputs = Vec::with_capacity(24);
    if world.row.state.approval().is_none() {
        let returns = [(true, false), (false, false), (true, true)];
        inputs.extend(returns.map(|(right, busy)| Input::Return { right, busy }));
        if world.row.order.approval == ApprovalMode::Manual {
            inputs.push(Input::ShopApproves);
        }
        inputs.push(Input::ShopWithdraws);
    } else if let Some(id) = next_cancel(world) {
        inputs.extend([Some(1100), None].map(|total| Input::Cancel { id, total }));
    }
    inputs.extend(lookups(world));
    let calls = world
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.awaited);
    let answered = calls.flat_map(|(number, call)| {
        let heard = answers(world, call).into_iter();
        heard.map(move |answer| (Input::Answered(call.asked, answer), Some(number)))
    });
    inputs
        .into_iter()
        .map(|input| (input, None))
        .chain(answered)
        .collect()
}

/// Asked now; or at the moment before, by a server that was stopped in between.
fn lookups(world: &World) -> impl Iterator<Item = Input> {
    let now = world.now;
    let silent = match world.ledger.paid_at {
        Some(_) => View::Lie,
        None => View::NotFound,
    };
    let silent = [View::Inconclusive, silent].map(|view| Input::LookedUp(view, now));
    let before = MOMENTS.map(at).into_iter().rfind(|moment| *moment < now);
    let asked = [Some(now), before].into_iter().flatten();
    let told = asked.flat_map(|asked_at| {
        let views = world.ledger.views(asked_at).into_iter();
        views.map(move |view| Input::LookedUp(View::Of(view), asked_at))
    });
    silent.into_iter().chain(told)
}

/// The number of the next cancellation that is asked of danpay.
fn next_cancel(world: &World) -> Option<u8> {
    let booked = world.row.cancellations.iter().filter(|cancellation| {
        !matches!(
            cancellation.state,
            CancellationState::Done { outside: true, .. }
        )
    });
    let held = world.hands.iter().filter_map(|hand| match hand.input {
        Input::Cancel { id, .. } => Some(id),
        _ => None,
    });
    let highest = booked
        .map(|known| world::number(known.id))
        .chain(held)
        .max();
    Some(highest.unwrap_or(0) + 1).filter(|next| *next <= CANCELS)
}

/// What the caller of a call may hear now.
fn answers(world: &World, call: &Sent) -> Vec<Answer> {
    let mut answers = vec![Answer::Unknown];
    answers.extend(call.said.map(Answer::Said));
    if matches!(call.said, Some(Said::Paid | Said::Canceled(_))) {
        answers.push(Answer::Lie);
    }
    let other_on_its_way = || {
        world
            .calls
            .iter()
            .any(|other| !std::ptr::eq(other, call) && other.copies > 0)
    };
    let approve = matches!(call.asked, Asked::Approve { .. });
    if call.said.is_none() && call.copies == 1 {
        answers.extend([Answer::NotSent, Answer::Said(Said::Rejected)]);
        // KakaoPay is busy with the other one.
        if approve && other_on_its_way() {
            answers.push(Answer::Said(Said::WrongToken));
        }
    }
    if approve && call.said == Some(Said::Unclear) && !call.done {
        // The token is used up; whether KakaoPay names that or the payment is not known.
        answers.push(Answer::Said(Said::WrongToken));
    }
    answers
}

/// The state afterwards; `None` if this is beyond the model's bounds.
pub(super) fn apply(world: &World, next: &Move) -> Option<World> {
    let mut world = world.clone();
    match next {
        Move::TimePasses => {
            world.now = next_moment(&world)?;
            let now = world.now;
            world.calls.iter_mut().for_each(|call| call.lapse(now));
        }
        Move::Acts(input, source) => {
            hear(&mut world, input, *source);
            let hand = world.decide(input.clone());
            commit(&mut world, &hand)?;
        }
        Move::Decides(input, source) => {
            hear(&mut world, input, *source);
            let hand = world.decide(input.clone());
            if let Decision::Refuse(_) = *hand.decision {
                return None;
            }
            world.hands.push(hand);
        }
        Move::Commits(held) => {
            let hand = world.hands.remove(*held);
            if hand.version == world.row.version {
                commit(&mut world, &hand)?;
            } else if !matches!(*hand.decision, Decision::Wait(_)) {
                let hand = world.decide(hand.input);
                world.hands.push(hand);
            }
        }
        Move::Arrives(number) => arrive(&mut world, *number),
        Move::ArrivesAndActs(number) => {
            arrive(&mut world, *number);
            let call = &world.calls[*number];
            let input = Input::Answered(call.asked, Answer::Said(call.said?));
            hear(&mut world, &input, Some(*number));
            let hand = world.decide(input);
            commit(&mut world, &hand)?;
        }
        Move::Doubles(number) => {
            world.calls[*number].copies = 2;
            world.doubled = true;
        }
        Move::Ends(end) => world.ledger.ended = Some((*end, world.now)),
        Move::CanceledElsewhere(amount) => {
            let (amount, at) = (*amount, world.now);
            world.ledger.cancels.push(Entry {
                by: None,
                amount,
                at,
            });
        }
    }
    world.calls.retain(|call| call.copies > 0 || call.awaited);
    debug_assert!(world.ledger.canceled() <= TOTAL);
    Some(world)
}

fn commit(world: &mut World, hand: &Hand) -> Option<()> {
    world.commit(hand);
    (world.calls.len() <= CALLS).then_some(())
}

fn arrive(world: &mut World, number: usize) {
    let now = world.now;
    world.calls[number].arrive(&mut world.ledger, now);
}

/// The caller hears an answer. What was not sent or is refused at the door will do nothing.
fn hear(world: &mut World, input: &Input, source: Source) {
    let (Input::Answered(_, answer), Some(number)) = (input, source) else {
        return;
    };
    let call = &mut world.calls[number];
    call.awaited = false;
    if call.asked == (Asked::Approve { right: true }) && *answer == Answer::Said(Said::WrongToken) {
        world.brought = false;
    }
    if *answer == Answer::NotSent || (call.said.is_none() && matches!(answer, Answer::Said(_))) {
        call.copies = 0;
    }
}

fn next_moment(world: &World) -> Option<Timestamp> {
    MOMENTS
        .map(at)
        .into_iter()
        .find(|moment| *moment > world.now)
}

//! Two payments of one order, in every interleaving up to a depth: payers who come back to both, two
//! servers that decide before they commit, recovery, and KakaoPay's answers, in time, late or never.
//!
//! The order's claim is what both databases make of [`OrderClaim`]; the store's own tests hold them to
//! it. The search goes breadth first, so the first trace to a broken promise is a shortest one.

use std::collections::HashSet;
use std::rc::Rc;

use super::*;

/// Seconds after ready. A call takes effect within 30 s or never.
const MOMENTS: [i64; 5] = [10, 25, 41, 72, 931];
/// How deep the search goes unless `DANPAY_ORDERS_DEPTH` says otherwise.
const DEPTH: u32 = 7;
/// Servers decide at most so many things at once.
const HANDS: usize = 2;

/// What comes to a server about one of the two payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Input {
    Return,
    ShopApproves,
    Answer(Said),
    LookUp,
}

/// What a call brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Said {
    Paid,
    Rejected,
    WrongToken,
    NotSent,
    Unknown,
}

/// A call to approve that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sent {
    of: usize,
    at: Timestamp,
    /// It may still take effect.
    is_out: bool,
}

/// What a server has decided and not yet committed.
#[derive(Clone)]
struct Hand {
    of: usize,
    input: Input,
    decision: Rc<Decision>,
    version: u32,
}

#[derive(Clone)]
struct World {
    now: Timestamp,
    rows: [Rc<Payment>; 2],
    next_check: [Option<Timestamp>; 2],
    claim: Option<usize>,
    paid: [bool; 2],
    calls: Vec<Sent>,
    hands: Vec<Hand>,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    TimePasses,
    /// A server reads, decides and commits, and nothing comes between.
    Acts(usize, Input, Option<usize>),
    /// Its commit may come later.
    Decides(usize, Input, Option<usize>),
    Commits(usize),
    /// A call takes effect, and nobody has heard of it.
    Arrives(usize),
}

fn rows(modes: [ApprovalMode; 2]) -> [Rc<Payment>; 2] {
    [0, 1].map(|of| {
        let mut row = in_state(ready());
        row.order.approval = modes[of];
        row.id = PaymentId::from_bytes([u8::try_from(of).unwrap() + 1; 16]);
        row.tid = tid(of);
        Rc::new(row)
    })
}

fn tid(of: usize) -> String {
    format!("T{of:019}")
}

fn begin(modes: [ApprovalMode; 2]) -> World {
    World {
        now: at(10),
        rows: rows(modes),
        next_check: [Some(at(930)); 2],
        claim: None,
        paid: [false; 2],
        calls: Vec::new(),
        hands: Vec::new(),
    }
}

impl World {
    fn command(&self, of: usize, input: Input) -> Command {
        let paid = || {
            let mut paid = paid(0);
            paid.tid = tid(of);
            paid
        };
        match input {
            Input::Return => comes_back(token()),
            Input::ShopApproves => Command::Approve,
            Input::Answer(said) => Command::SettleApprove(match said {
                Said::Paid => ApproveAnswer::Paid(paid()),
                Said::Rejected => ApproveAnswer::Refused(Refused::Rejected { failure: failure() }),
                Said::WrongToken => ApproveAnswer::Refused(Refused::WrongToken),
                Said::NotSent => ApproveAnswer::NotSent,
                Said::Unknown => ApproveAnswer::Unknown,
            }),
            Input::LookUp if self.paid[of] => learn(Lookup::Paid(paid()), self.now),
            Input::LookUp => learn(Lookup::Unpaid, self.now),
        }
    }

    /// A server reads and decides; what its claim has met before is in its way.
    fn decide(&self, of: usize, input: Input, obstacle: Option<Obstacle>) -> Hand {
        let context = Context {
            obstacle,
            ..context(self.now)
        };
        let decision = decide(&self.rows[of], self.command(of, input), context);
        Hand {
            of,
            input,
            decision: Rc::new(decision),
            version: self.rows[of].version,
        }
    }

    /// Gives what is decided instead, if somebody was quicker or the order is another payment's.
    fn commit(&mut self, hand: &Hand) -> Option<Hand> {
        let of = hand.of;
        if self.rows[of].version != hand.version {
            return Some(self.decide(of, hand.input, None));
        }
        let change = match &*hand.decision {
            Decision::Refuse(_) => return None,
            Decision::Wait(next_check) => {
                self.next_check[of] = *next_check;
                return None;
            }
            Decision::Commit(change) => change,
        };
        match (change.order, self.claim) {
            (OrderClaim::Take, Some(other)) if other != of => {
                let holder = Holder {
                    payment: self.rows[other].id,
                    is_paid: self.rows[other].status().is_paid(),
                };
                return Some(self.decide(of, hand.input, Some(Obstacle::Order(holder))));
            }
            (OrderClaim::Take | OrderClaim::TakeFrom(_), _) => self.claim = Some(of),
            (OrderClaim::Release, Some(own)) if own == of => self.claim = None,
            (OrderClaim::Keep | OrderClaim::Release, _) => {}
        }
        self.rows[of] = Rc::new(change.payment.clone());
        self.next_check[of] = change.next_check;
        if change.call.is_some() {
            self.calls.push(Sent {
                of,
                at: self.now,
                is_out: true,
            });
        }
        None
    }

    fn arrive(&mut self, number: usize) {
        let call = &mut self.calls[number];
        call.is_out = false;
        self.paid[call.of] = true;
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = vec![Move::TimePasses];
        for of in 0..2 {
            let mut inputs = vec![(Input::Return, None), (Input::LookUp, None)];
            if self.rows[of].order.approval == ApprovalMode::Manual {
                inputs.push((Input::ShopApproves, None));
            }
            for (number, call) in self
                .calls
                .iter()
                .enumerate()
                .filter(|(_, call)| call.of == of)
            {
                inputs.push((Input::Answer(Said::Unknown), Some(number)));
                if self.paid[of] && !call.is_out {
                    inputs.push((Input::Answer(Said::Paid), Some(number)));
                } else if !self.paid[of] {
                    let noes = [Said::Rejected, Said::WrongToken, Said::NotSent];
                    inputs.extend(noes.map(|no| (Input::Answer(no), Some(number))));
                }
            }
            for (input, source) in inputs {
                moves.push(Move::Acts(of, input, source));
                if self.hands.len() < HANDS {
                    moves.push(Move::Decides(of, input, source));
                }
            }
        }
        moves.extend((0..self.hands.len()).map(Move::Commits));
        let out = self
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.is_out);
        moves.extend(out.map(|(number, _)| Move::Arrives(number)));
        moves
    }

    fn apply(&self, next: Move) -> Option<Self> {
        let mut world = self.clone();
        match next {
            Move::TimePasses => {
                let mut later = MOMENTS.map(at).into_iter();
                world.now = later.find(|moment| *moment > self.now)?;
                let now = world.now;
                for call in &mut world.calls {
                    call.is_out &= now < call.at + timing::CALL_SETTLES;
                }
            }
            Move::Acts(of, input, source) => {
                world.hear(input, source);
                let hand = world.decide(of, input, None);
                world.carry_out(hand);
            }
            Move::Decides(of, input, source) => {
                world.hear(input, source);
                let hand = world.decide(of, input, None);
                if matches!(*hand.decision, Decision::Refuse(_)) {
                    return None;
                }
                world.hands.push(hand);
            }
            Move::Commits(number) => {
                let hand = world.hands.remove(number);
                // What is decided anew may wait again.
                if let Some(anew) = world.commit(&hand) {
                    world.hands.push(anew);
                }
            }
            Move::Arrives(number) => world.arrive(number),
        }
        (world.calls.len() <= 3).then_some(world)
    }

    fn carry_out(&mut self, hand: Hand) {
        let mut next = Some(hand);
        while let Some(hand) = next {
            next = self.commit(&hand);
        }
    }

    /// An answer is heard once. What did nothing by KakaoPay's word will do nothing.
    fn hear(&mut self, input: Input, source: Option<usize>) {
        let Some(number) = source else { return };
        let call = self.calls.remove(number);
        if input == Input::Answer(Said::Unknown) && call.is_out {
            // Nobody waits for it any more, and it may still take effect.
            self.calls.push(call);
        }
    }

    fn check(&self) -> Result<(), String> {
        let charged = self.paid.iter().filter(|paid| **paid).count();
        if charged > 1 {
            return Err("the order is charged twice".to_owned());
        }
        let out: HashSet<usize> = self
            .calls
            .iter()
            .filter(|call| call.is_out)
            .map(|call| call.of)
            .collect();
        if out.len() + charged > 1 && out.iter().any(|of| !self.paid[*of]) {
            return Err(format!(
                "calls for {out:?} may charge the order, {charged} have"
            ));
        }
        for (of, row) in self.rows.iter().enumerate() {
            let status = row.status();
            if status.is_paid() && (!self.paid[of] || self.claim != Some(of)) {
                return Err(format!(
                    "{of} is {status}, and the order is {:?}'s",
                    self.claim
                ));
            }
            if self.claim == Some(of) && !status.is_paid() && status != Status::Approving {
                return Err(format!("{of} is {status}, and keeps the order"));
            }
        }
        Ok(())
    }

    /// Recovery alone, whose lookups tell the truth and whose calls are answered.
    fn settle(&self) -> Result<(), String> {
        let mut world = self.clone();
        world.hands.clear();
        world.calls.clear();
        for _ in 0..60 {
            let due = (0..2)
                .filter_map(|of| Some((world.next_check[of]?, of)))
                .min();
            let Some((due, of)) = due else { break };
            world.now = world.now.max(due);
            let look = world.decide(of, Input::LookUp, None);
            world.carry_out(look);
            while let Some(call) = world.calls.pop() {
                world.paid[call.of] = true;
                let answer = world.decide(call.of, Input::Answer(Said::Paid), None);
                world.carry_out(answer);
            }
            world.check()?;
        }
        for (of, row) in world.rows.iter().enumerate() {
            let status = row.status();
            let resting = status.is_settled() && world.next_check[of].is_none();
            if !resting || status.is_paid() != world.paid[of] {
                return Err(format!(
                    "in the end {of} is {status}, paid: {}",
                    world.paid[of]
                ));
            }
        }
        // Whoever had come back in good time is charged, if nobody else is and KakaoPay has not
        // refused it.
        let waits = |row: &Rc<Payment>| {
            let refused = matches!(
                row.state,
                State::Approving {
                    refused: Some(_),
                    ..
                }
            );
            let token = row.pg_token.is_some() && !refused;
            token && row.order.approval == ApprovalMode::Automatic
        };
        let in_time = self.now <= at(72) && self.rows.iter().any(waits);
        if in_time && !world.paid.contains(&true) {
            return Err("in the end nobody is charged, and a payer was back".to_owned());
        }
        Ok(())
    }

    /// Equal exactly when the two are the same to whoever decides.
    fn key(&self) -> String {
        let rows = self.rows.each_ref().map(|row| {
            let mut state = row.state.clone();
            if let State::Quit { at } | State::Failed { at, .. } | State::Expired { at } =
                &mut state
            {
                *at = start();
            }
            (state, row.pg_token.is_some(), row.review.is_some())
        });
        let mut calls: Vec<_> = self.calls.iter().map(|call| format!("{call:?}")).collect();
        calls.sort();
        let hands = self.hands.iter().map(|hand| {
            let stale = hand.version != self.rows[hand.of].version;
            let decision = match &*hand.decision {
                _ if stale => String::new(),
                Decision::Commit(change) => format!("{:?}{:?}", change.payment.state, change.order),
                other => format!("{other:?}"),
            };
            format!("{}{:?}{stale}{decision}", hand.of, hand.input)
        });
        let mut hands: Vec<_> = hands.collect();
        hands.sort();
        let Self {
            now,
            next_check,
            claim,
            paid,
            ..
        } = self;
        format!("{now}{rows:?}{next_check:?}{claim:?}{paid:?}{calls:?}{hands:?}")
    }
}

/// How many states there are within that depth; or the broken promise, with the steps to it.
fn search(depth: u32) -> Result<usize, (String, Vec<Move>)> {
    use ApprovalMode::{Automatic, Manual};
    let mut visited = HashSet::new();
    let mut frontier: Vec<(World, Vec<Move>)> = [[Automatic, Automatic], [Automatic, Manual]]
        .map(|modes| (begin(modes), Vec::new()))
        .into();
    for _ in 0..depth {
        for (world, way) in std::mem::take(&mut frontier) {
            for next in world.moves() {
                let Some(after) = world.apply(next) else {
                    continue;
                };
                if !visited.insert(after.key()) {
                    continue;
                }
                let way = [way.as_slice(), &[next]].concat();
                if let Err(promise) = after.check().and_then(|()| after.settle()) {
                    return Err((promise, way));
                }
                frontier.push((after, way));
            }
        }
    }
    Ok(visited.len())
}

#[test]
fn of_two_payments_of_an_order_one_is_charged_whatever_comes_between() {
    let depth = std::env::var("DANPAY_ORDERS_DEPTH");
    let depth = depth.map_or(DEPTH, |depth| depth.parse().unwrap());
    match search(depth) {
        Ok(states) => println!("{states} distinct states within {depth} steps"),
        Err((promise, way)) => panic!("{promise}, after {way:#?}"),
    }
}

#[cfg(feature = "planted-bugs")]
#[test]
fn every_bug_that_is_planted_in_the_rules_of_orders_breaks_a_promise() {
    use crate::planted::{Bug, plant};
    for bug in Bug::IN_THE_RULES_OF_ORDERS {
        plant(Some(bug));
        let found = search(DEPTH);
        plant(None);
        let (promise, way) = found
            .err()
            .unwrap_or_else(|| panic!("{bug:?} is not found"));
        println!("{bug:?}: {promise}, after {way:?}");
    }
}

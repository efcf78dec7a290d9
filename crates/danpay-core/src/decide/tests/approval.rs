//! Any order of returns, calls, lookups and crashes, against a ledger that calls reach early, late
//! or never.

use std::collections::VecDeque;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

/// KakaoPay as far as the rules can see it: a ledger that a call to approve reaches early, late
/// or never, and an answer that arrives or is lost.
struct World {
    now: Timestamp,
    payment: Payment,
    events: Vec<Event>,
    paid_at: Option<Timestamp>,
    canceled: i64,
    quit: bool,
    calls: VecDeque<Timestamp>,
    approvals: u32,
    next_check: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Step {
    Pass(i64),
    PayerReturns,
    PayerQuits,
    CallNotSent,
    CallExecutes { answered: bool, refused: bool },
    CallVanishes,
    Lookup { answered: bool },
    StaleLookup,
    ClaimWithoutCommit,
    OperatorCancels,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_i64..30).prop_map(Step::Pass),
        1 => (0_i64..400).prop_map(Step::Pass),
        3 => Just(Step::PayerReturns),
        1 => Just(Step::PayerQuits),
        1 => Just(Step::CallNotSent),
        4 => (any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(answered, refused)| Step::CallExecutes { answered, refused }),
        1 => Just(Step::CallVanishes),
        4 => any::<bool>().prop_map(|answered| Step::Lookup { answered }),
        2 => Just(Step::StaleLookup),
        1 => Just(Step::ClaimWithoutCommit),
        1 => Just(Step::OperatorCancels),
    ];
    prop::collection::vec(step, 0..40)
}

const STALE: SignedDuration = SignedDuration::from_secs(20);

impl World {
    fn paid(&self) -> bool {
        self.paid_at.is_some()
    }

    fn new() -> Self {
        Self {
            now: start(),
            payment: payment(ApprovalMode::Automatic),
            events: Vec::new(),
            paid_at: None,
            canceled: 0,
            quit: false,
            calls: VecDeque::new(),
            approvals: 0,
            next_check: Some(at(930)),
        }
    }

    fn run(&mut self, command: Command) {
        match decide(&self.payment, command, context(self.now)) {
            Decision::Refuse(_) => {}
            Decision::Wait(next_check) => self.next_check = next_check,
            Decision::Commit(change) => {
                assert_eq!(change.payment.version, self.payment.version + 1);
                assert_eq!(change.event.sequence, change.payment.version);
                assert_eq!(change.event.state, change.payment.state);
                let token = change.payment.pg_token.is_some();
                assert_eq!(token, change.payment.state.needs_pg_token());
                let moved = change.payment.state.approval().is_some();
                let was_moved = self.payment.state.approval().is_some();
                assert!(moved >= was_moved, "money that moved is never forgotten");
                assert!(change.payment.status().is_settled() || change.next_check.is_some());
                if change.call.is_some() {
                    self.calls.push_back(self.now);
                }
                self.next_check = change.next_check;
                self.events.push(change.event);
                self.payment = change.payment;
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Pass(seconds) => self.pass(*seconds),
            Step::PayerReturns if !self.quit => self.run(comes_back(token())),
            Step::PayerQuits if !self.paid() && self.payment.pg_token.is_none() => self.quit = true,
            Step::CallNotSent if self.calls.pop_back().is_some() => {
                self.run(Command::SettleApprove(ApproveAnswer::NotSent));
            }
            Step::CallExecutes { answered, refused } => self.execute(*answered, *refused),
            Step::CallVanishes => drop(self.calls.pop_front()),
            Step::Lookup { answered } => {
                let lookup = if *answered {
                    self.truth()
                } else {
                    Lookup::Inconclusive
                };
                self.run(learn(lookup, self.now));
            }
            // A lookup may lag behind the ledger, but for less than the margin.
            Step::StaleLookup if self.paid_at.is_none_or(|at| self.now < at + STALE) => {
                self.run(learn(Lookup::Unpaid, self.now));
            }
            Step::ClaimWithoutCommit => {
                // A server dies between its decision and its commit: nothing has happened.
                decide(&self.payment, comes_back(token()), context(self.now));
            }
            Step::OperatorCancels if self.paid() => self.canceled = (self.canceled + 700).min(2200),
            _ => {}
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        // No call takes effect later than this; what is still on its way is lost.
        let now = self.now;
        self.calls.retain(|sent| now < *sent + timing::CALL_SETTLES);
    }

    fn execute(&mut self, answered: bool, refused: bool) {
        if self.calls.pop_front().is_none() {
            return;
        }
        let answer = if self.now >= self.payment.expires_at {
            ApproveAnswer::Refused(Refused::Expired)
        } else if self.paid() {
            // -702, or -708 since the token is used up.
            if refused {
                ApproveAnswer::Refused(Refused::WrongToken)
            } else {
                ApproveAnswer::Unknown
            }
        } else if refused {
            ApproveAnswer::Refused(Refused::Rejected { failure: failure() })
        } else {
            self.paid_at = Some(self.now);
            self.approvals += 1;
            ApproveAnswer::Paid(paid(0))
        };
        if answered {
            self.run(Command::SettleApprove(answer));
        }
    }

    fn truth(&self) -> Lookup {
        match (self.paid(), self.quit) {
            (true, _) => Lookup::Paid(paid(self.canceled)),
            (false, true) => Lookup::Quit,
            (false, false) => Lookup::Unpaid,
        }
    }

    /// Recovery alone, with lookups that are answered and calls that go through, until it rests.
    fn settle(&mut self) {
        for _ in 0..60 {
            let Some(next_check) = self.next_check else {
                return;
            };
            self.now = self.now.max(next_check);
            self.pass(0);
            self.run(learn(self.truth(), self.now));
            while !self.calls.is_empty() {
                self.execute(true, false);
            }
        }
        panic!("recovery never rests: {:?}", self.payment.state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn in_the_end_the_books_say_what_the_ledger_says(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            // Only `approving` may be paid without our knowing it: nothing else invites the payer
            // to pay, or tells the shop that nobody did, while it is or may still become paid.
            let state = &world.payment.state;
            if state.approval().is_none() && state.status() != Status::Approving {
                prop_assert!(!world.paid(), "{:?}", world.payment.state);
                prop_assert!(world.calls.is_empty(), "{:?}", world.payment.state);
            }
        }
        world.settle();
        prop_assert!(world.approvals <= 1);
        prop_assert_eq!(world.payment.state.approval().is_some(), world.paid());
        prop_assert!(world.payment.status().is_settled());
        prop_assert!(world.payment.pg_token.is_none());
        prop_assert!(world.payment.review.is_none());
        assert_replays(&World::new().payment, &world.events, &world.payment);
    }
}

#[test]
fn a_no_beside_a_lost_answer_stands_once_a_lookup_says_that_nothing_was_paid() {
    // The answer to the first call was lost; the second one is refused.
    for (no, end) in [
        (Refused::WrongToken, Status::Ready),
        (Refused::Expired, Status::Expired),
        (Refused::Rejected { failure: failure() }, Status::Failed),
    ] {
        let repeated = committed(&in_state(approving(1)), learn(Lookup::Unpaid, at(40)), 40);
        assert_eq!(repeated.call, Some(Call::Approve));
        let answer = Command::SettleApprove(ApproveAnswer::Refused(no));
        let doubtful = committed(&repeated.payment, answer, 41).payment;
        assert_eq!(doubtful.status(), Status::Approving);
        let early = decide(&doubtful, learn(Lookup::Unpaid, at(69)), context(at(69)));
        assert_eq!(early, Decision::Wait(Some(at(70))));
        let settled = committed(&doubtful, learn(Lookup::Unpaid, at(70)), 70);
        assert_eq!((settled.payment.status(), settled.call), (end, None));
        let paid = committed(&doubtful, learn(Lookup::Paid(paid(0)), at(70)), 70);
        assert_eq!(paid.payment.status(), Status::Approved);
    }
}

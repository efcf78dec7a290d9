//! The machine as a table, and its promises under any order of events.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::command::{ApproveAnswer, Lookup, Paid};
use crate::event::Actor;
use crate::id::{EventId, PaymentId};
use crate::metadata::Metadata;
use crate::order::Amount;
use crate::payment::{Approval, Failure};
use crate::won::Won;

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn context(now: Timestamp) -> Context {
    Context {
        now,
        by: Actor::Recovery,
        event_id: EventId::new(now, [0; 10]),
        evidence: None,
    }
}

fn text<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned()).ok().unwrap()
}

fn payment(approval: ApprovalMode) -> Payment {
    let won = |amount| Won::new("amount", amount).unwrap();
    let order = Order {
        order_id: text("order-1"),
        user_id: text("user-1"),
        item_name: text("초코파이"),
        item_code: None,
        quantity: 1,
        amount: Amount::asked(won(2200), Won::ZERO, won(200), Won::ZERO).unwrap(),
        return_url: None,
        approval,
        metadata: Metadata::default(),
    };
    let url = || "https://online-payment.kakaopay.com/x".to_owned();
    let opened = Opened {
        id: PaymentId::new(start(), [1; 10]),
        livemode: false,
        cid: "TC0ONETIME".to_owned(),
        tid: "T1234567890123456789".to_owned(),
        redirect: RedirectUrls {
            pc: url(),
            mobile: url(),
            app: url(),
        },
        created_at: start(),
    };
    open(order, opened, context(start())).payment
}

fn paid(canceled: i64) -> Box<Paid> {
    let amount = payment(ApprovalMode::Automatic).order.amount;
    Box::new(Paid {
        cid: "TC0ONETIME".to_owned(),
        tid: "T1234567890123456789".to_owned(),
        order_id: "order-1".to_owned(),
        user_id: "user-1".to_owned(),
        approval: Approval {
            aid: Some("A1234567890123456789".to_owned()),
            amount,
            payment_method_type: Some("MONEY".to_owned()),
            card_info: None,
            approved_at: Some(start()),
        },
        canceled: Amount {
            total: Won::new("x", canceled).unwrap(),
            ..Amount::default()
        },
    })
}

fn failure() -> Failure {
    let [code, message, message_ko] = ["x"; 3].map(str::to_owned);
    Failure {
        code,
        message,
        message_ko,
        kakaopay: None,
    }
}

fn token() -> PgToken {
    PgToken::new("0123456789abcdef0123".to_owned()).unwrap()
}

fn approving(calls_in_doubt: u32) -> State {
    State::Approving {
        since: at(10),
        last_call_at: at(10),
        calls_in_doubt,
    }
}

fn every_state() -> Vec<State> {
    let Paid { approval, .. } = *paid(0);
    let canceled = |total| Amount {
        total: Won::new("x", total).unwrap(),
        ..Amount::default()
    };
    vec![
        State::Ready,
        State::Authenticated { since: at(10) },
        approving(1),
        approving(2),
        State::Approved {
            approval: approval.clone(),
        },
        State::PartiallyCanceled {
            approval: approval.clone(),
            canceled: canceled(1100),
        },
        State::Canceled {
            approval,
            canceled: canceled(2200),
        },
        State::Quit { at: at(10) },
        State::Failed {
            failure: failure(),
            at: at(10),
        },
        State::Expired { at: at(930) },
    ]
}

fn every_command() -> Vec<(&'static str, Command)> {
    let settle = Command::Settle;
    let learn = Command::Learn;
    vec![
        ("return with pg_token", Command::Return(token())),
        ("shop approves", Command::Approve),
        ("approve: paid", settle(ApproveAnswer::Paid(paid(0)))),
        (
            "approve: rejected",
            settle(ApproveAnswer::Rejected(failure())),
        ),
        ("approve: time over", settle(ApproveAnswer::Expired)),
        ("approve: wrong token", settle(ApproveAnswer::WrongToken)),
        ("approve: not sent", settle(ApproveAnswer::NotSent)),
        ("approve: unknown", settle(ApproveAnswer::Unknown)),
        ("lookup: paid", learn(Lookup::Paid(paid(0)))),
        ("lookup: part canceled", learn(Lookup::Paid(paid(1100)))),
        ("lookup: all canceled", learn(Lookup::Paid(paid(2200)))),
        ("lookup: unpaid", learn(Lookup::Unpaid)),
        ("lookup: quit", learn(Lookup::Quit)),
        ("lookup: failed", learn(Lookup::Failed(failure()))),
        ("lookup: not found", learn(Lookup::NotFound)),
        ("lookup: inconclusive", learn(Lookup::Inconclusive)),
    ]
}

fn in_state(state: State) -> Payment {
    let mut payment = payment(ApprovalMode::Automatic);
    payment.pg_token = state.needs_pg_token().then(token);
    payment.state = state;
    payment
}

fn word(decision: &Decision) -> String {
    match decision {
        Decision::Refuse(_) => "refused".to_owned(),
        Decision::Wait(None) => "-".to_owned(),
        Decision::Wait(Some(_)) => "look later".to_owned(),
        Decision::Commit(change) => {
            let call = if change.call.is_some() {
                " + call approve"
            } else {
                ""
            };
            let review = if change.payment.review.is_some() {
                " + review"
            } else {
                ""
            };
            format!("{}{call}{review}", change.payment.status())
        }
    }
}

/// The table of ARCHITECTURE.md. Where a state's column depends on the time, it is shown 20 s
/// after the start (a call may be in flight), at 10 min, and at 16 min (past the expiry).
#[test]
fn every_state_meets_every_command() {
    let mut table = Vec::new();
    for (name, command) in every_command() {
        for state in every_state() {
            let payment = in_state(state);
            let doubt = match payment.state {
                State::Approving { calls_in_doubt, .. } => format!(" ({calls_in_doubt} in doubt)"),
                _ => String::new(),
            };
            let words: Vec<String> = [20, 600, 960]
                .map(|seconds| word(&decide(&payment, command.clone(), context(at(seconds)))))
                .to_vec();
            let outcome = match words.as_slice() {
                [first, rest @ ..] if rest.iter().all(|word| word == first) => first.clone(),
                words => words.join(" | "),
            };
            table.push(format!("{name}, {}{doubt}: {outcome}", payment.status()));
        }
    }
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn an_answer_about_something_else_settles_nothing_and_asks_for_a_person() {
    let payment = in_state(approving(1));
    let lies: [fn(&mut Paid); 5] = [
        |paid| paid.tid = "T0".to_owned(),
        |paid| paid.cid = "C0".to_owned(),
        |paid| paid.order_id = "order-2".to_owned(),
        |paid| paid.user_id = "user-2".to_owned(),
        |paid| paid.approval.amount.total = Won::new("x", 2199).unwrap(),
    ];
    for lie in lies {
        let mut answer = paid(0);
        lie(&mut answer);
        let settle = Command::Settle(ApproveAnswer::Paid(answer));
        let Decision::Commit(change) = decide(&payment, settle, context(at(12))) else {
            panic!("a contradiction must be recorded");
        };
        assert_eq!(change.payment.status(), Status::Approving);
        assert!(change.payment.review.is_some());
        assert!(change.next_check.is_some());
    }
}

#[test]
fn doubt_of_a_day_asks_for_a_person_once() {
    let payment = in_state(approving(1));
    let learn = Command::Learn(Lookup::Inconclusive);
    let Decision::Commit(change) = decide(&payment, learn.clone(), context(at(90_000))) else {
        panic!("a review must be recorded");
    };
    assert!(change.payment.review.is_some());
    let again = decide(&change.payment, learn, context(at(95_000)));
    assert!(matches!(again, Decision::Wait(Some(_))), "{again:?}");
}

#[test]
fn nothing_secret_is_printed_or_recorded() {
    let payment = in_state(State::Ready);
    let Decision::Commit(change) = decide(&payment, Command::Return(token()), context(at(5)))
    else {
        panic!("the first return claims");
    };
    assert!(change.payment.pg_token.is_some());
    assert!(!format!("{change:?}").contains("0123456789abcdef"));
    assert!(
        !serde_json::to_string(&change.event)
            .unwrap()
            .contains("0123456789abcdef")
    );
}

/// KakaoPay as far as the rules can see it: a ledger that a call to approve reaches early, late
/// or never, and an answer that arrives or is lost.
struct World {
    now: Timestamp,
    payment: Payment,
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
                self.payment = change.payment;
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Pass(seconds) => self.pass(*seconds),
            Step::PayerReturns if !self.quit => self.run(Command::Return(token())),
            Step::PayerQuits if !self.paid() && self.payment.pg_token.is_none() => self.quit = true,
            Step::CallNotSent if self.calls.pop_back().is_some() => {
                self.run(Command::Settle(ApproveAnswer::NotSent));
            }
            Step::CallExecutes { answered, refused } => self.execute(*answered, *refused),
            Step::CallVanishes => drop(self.calls.pop_front()),
            Step::Lookup { answered } => {
                let lookup = if *answered {
                    self.truth()
                } else {
                    Lookup::Inconclusive
                };
                self.run(Command::Learn(lookup));
            }
            // A lookup may lag behind the ledger, but for less than the margin.
            Step::StaleLookup if self.paid_at.is_none_or(|at| self.now < at + STALE) => {
                self.run(Command::Learn(Lookup::Unpaid));
            }
            Step::ClaimWithoutCommit => {
                // A server dies between its decision and its commit: nothing has happened.
                decide(&self.payment, Command::Return(token()), context(self.now));
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
            ApproveAnswer::Expired
        } else if self.paid() {
            // -702, or -708 since the token is used up.
            if refused {
                ApproveAnswer::WrongToken
            } else {
                ApproveAnswer::Unknown
            }
        } else if refused {
            ApproveAnswer::Rejected(failure())
        } else {
            self.paid_at = Some(self.now);
            self.approvals += 1;
            ApproveAnswer::Paid(paid(0))
        };
        if answered {
            self.run(Command::Settle(answer));
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
            self.run(Command::Learn(self.truth()));
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
    }
}

//! Any order of cancellations, calls, lookups and cancels made elsewhere, against a ledger that
//! calls reach early, late or never.

use std::collections::VecDeque;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

/// How long a lookup may lag behind the ledger.
const STALE: SignedDuration = SignedDuration::from_secs(20);

/// A call to cancel on its way: which, how much, what is believed to be left, since when.
#[derive(Clone)]
struct OnItsWay {
    id: CancellationId,
    amount: Amount,
    left: Won,
    sent_at: Timestamp,
}

/// What KakaoPay has canceled: for whom, and how much.
#[derive(Clone)]
struct Entry {
    payload: Option<String>,
    amount: Amount,
}

struct World {
    now: Timestamp,
    payment: Payment,
    events: Vec<Event>,
    ledger: Vec<Entry>,
    changed_at: Timestamp,
    /// Whether KakaoPay's lookups repeat what was given as payload.
    tells_payloads: bool,
    calls: VecDeque<OnItsWay>,
    next_id: u8,
    next_check: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Step {
    Pass(i64),
    ShopCancels(Option<i64>),
    CallNotSent,
    CallExecutes { answered: bool, refused: bool },
    CallComesTwice,
    CallVanishes,
    Lookup { answered: bool },
    StaleLookup,
    SomebodyElseCancels(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_i64..30).prop_map(Step::Pass),
        4 => prop::option::weighted(0.8, 1_i64..1500).prop_map(Step::ShopCancels),
        1 => Just(Step::CallNotSent),
        5 => (any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(answered, refused)| Step::CallExecutes { answered, refused }),
        1 => Just(Step::CallComesTwice),
        2 => Just(Step::CallVanishes),
        4 => any::<bool>().prop_map(|answered| Step::Lookup { answered }),
        2 => Just(Step::StaleLookup),
        1 => (1_i64..900).prop_map(Step::SomebodyElseCancels),
    ];
    prop::collection::vec(step, 0..40)
}

fn sum(entries: &[Entry]) -> Amount {
    let add = |of: fn(&Amount) -> Won| {
        entries.iter().fold(Won::ZERO, |sum, entry| {
            sum.checked_add(of(&entry.amount)).unwrap()
        })
    };
    Amount {
        total: add(|amount| amount.total),
        tax_free: add(|amount| amount.tax_free),
        vat: add(|amount| amount.vat),
        ..Amount::default()
    }
}

impl World {
    fn new(tells_payloads: bool) -> Self {
        let approval = paid(0).approval;
        Self {
            now: at(100),
            payment: in_state(State::Approved { approval }),
            events: Vec::new(),
            ledger: Vec::new(),
            changed_at: at(0),
            tells_payloads,
            calls: VecDeque::new(),
            next_id: 1,
            next_check: None,
        }
    }

    fn left_at_kakaopay(&self) -> Amount {
        self.payment.order.amount.less(sum(&self.ledger))
    }

    fn run(&mut self, command: Command) {
        match decide(&self.payment, command, context(self.now)) {
            Decision::Refuse(_) => {}
            Decision::Wait(next_check) => self.next_check = next_check,
            Decision::Commit(change) => {
                if let Some(Call::Cancel(id)) = change.call {
                    let pending = change.payment.pending().unwrap();
                    assert_eq!(pending.id, id);
                    let left = change.payment.left().total;
                    let amount = pending.amount;
                    self.calls.push_back(OnItsWay {
                        id,
                        amount,
                        left,
                        sent_at: self.now,
                    });
                }
                assert!(change.payment.pending().is_none() || change.next_check.is_some());
                self.next_check = change.next_check;
                self.events.push(change.event);
                self.payment = change.payment;
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Pass(seconds) => self.pass(*seconds),
            Step::ShopCancels(total) => {
                let id = can(self.next_id);
                self.next_id += 1;
                self.run(cancel(id, *total));
            }
            Step::CallNotSent => {
                if let Some(call) = self.calls.pop_back() {
                    self.run(Command::SettleCancel(call.id, CancelAnswer::NotSent(None)));
                }
            }
            Step::CallExecutes { answered, refused } => self.execute(*answered, *refused),
            Step::CallComesTwice => {
                if let Some(call) = self.calls.front().cloned() {
                    self.calls.push_front(call);
                    self.execute(false, false);
                    self.execute(true, false);
                }
            }
            Step::CallVanishes => drop(self.calls.pop_front()),
            Step::Lookup { answered: true } => self.look_up(self.ledger.len()),
            Step::Lookup { answered: false } => self.run(learn(Lookup::Inconclusive, self.now)),
            Step::StaleLookup if self.now < self.changed_at + STALE => {
                self.look_up(self.ledger.len().saturating_sub(1));
            }
            Step::SomebodyElseCancels(total) if self.tells_payloads => {
                let left = self.left_at_kakaopay();
                let total = Won::new("x", *total).unwrap().min(left.total);
                let wanted = Wanted {
                    total: Some(total),
                    ..Wanted::default()
                };
                if let Ok(amount) = crate::cancellation::split(wanted, left) {
                    self.enter(Entry {
                        payload: None,
                        amount,
                    });
                }
            }
            _ => {}
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        let now = self.now;
        self.calls
            .retain(|call| now < call.sent_at + timing::CALL_SETTLES);
    }

    fn enter(&mut self, entry: Entry) {
        self.ledger.push(entry);
        self.changed_at = self.now;
    }

    /// A call reaches KakaoPay, which refuses it if something else is left than it says.
    fn execute(&mut self, answered: bool, refused: bool) {
        let Some(OnItsWay {
            id, amount, left, ..
        }) = self.calls.pop_front()
        else {
            return;
        };
        let answer = if refused {
            CancelAnswer::Rejected(failure())
        } else if left != self.left_at_kakaopay().total {
            CancelAnswer::LeftDiffers(failure())
        } else {
            self.enter(Entry {
                payload: Some(id.to_string()),
                amount,
            });
            canceled(amount, sum(&self.ledger))
        };
        if answered {
            self.run(Command::SettleCancel(id, answer));
        }
    }

    /// A lookup that sees the first `seen` entries of the ledger.
    fn look_up(&mut self, seen: usize) {
        let entries = &self.ledger[..seen];
        let told = |entry: &Entry| CancelAction {
            aid: Some("A3".to_owned()),
            payload: entry.payload.clone().filter(|_| self.tells_payloads),
            at: None,
        };
        let mut paid = paid(0);
        paid.tells_payloads = self.tells_payloads;
        paid.canceled = sum(entries);
        paid.cancels = entries.iter().map(told).collect();
        self.run(learn(Lookup::Paid(paid), self.now));
    }

    fn settle(&mut self) {
        for _ in 0..60 {
            let Some(next_check) = self.next_check else {
                break;
            };
            self.now = self.now.max(next_check);
            self.pass(0);
            self.look_up(self.ledger.len());
            while !self.calls.is_empty() {
                self.execute(true, false);
            }
        }
        // What somebody else did since is found by the next lookup, whoever makes it.
        self.look_up(self.ledger.len());
    }

    /// What must hold at every moment.
    fn check(&self) {
        let held = sum(&self.ledger);
        let asked = |entry: &&Entry| entry.payload.is_some();
        for entry in self.ledger.iter().filter(asked) {
            let times = self
                .ledger
                .iter()
                .filter(|other| other.payload == entry.payload)
                .count();
            assert_eq!(times, 1, "executed twice");
        }
        let booked = self.payment.state.canceled();
        assert!(
            booked.total <= held.total,
            "more went back in the books than at KakaoPay"
        );
        for cancellation in &self.payment.cancellations {
            let id = Some(cancellation.id.to_string());
            let executed = self.ledger.iter().any(|entry| entry.payload == id);
            match &cancellation.state {
                CancellationState::Done { outside, .. } => assert_ne!(*outside, executed),
                CancellationState::Failed { .. } => assert!(!executed, "failed, yet executed"),
                CancellationState::Pending { .. } => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn each_cancellation_happens_at_most_once_and_the_books_agree(
        tells_payloads: bool,
        steps in steps(),
    ) {
        let mut world = World::new(tells_payloads);
        for step in &steps {
            world.step(step);
            world.check();
        }
        world.settle();
        world.check();
        prop_assert!(world.payment.pending().is_none(), "{:?}", world.payment.cancellations);
        prop_assert_eq!(world.payment.state.canceled(), sum(&world.ledger));
        let booked = world.payment.cancellations.iter().filter(|cancellation| {
            matches!(cancellation.state, CancellationState::Done { .. })
        });
        let entries: Vec<Entry> = booked
            .map(|cancellation| Entry { payload: None, amount: cancellation.amount })
            .collect();
        prop_assert_eq!(sum(&entries), sum(&world.ledger));
        assert_replays(&World::new(tells_payloads).payment, &world.events, &world.payment);
    }
}

#[test]
fn a_cancellation_of_a_payment_with_a_deposit_is_whole() {
    let mut payment = in_state(State::Approved {
        approval: paid(0).approval,
    });
    payment.order.amount.green_deposit = Won::new("x", 300).unwrap();
    let part = decide(&payment, cancel(can(1), Some(1000)), context(at(20)));
    assert!(
        matches!(part, Decision::Refuse(Refusal::Field(_))),
        "{part:?}"
    );
    let whole = decide(&payment, cancel(can(1), None), context(at(20)));
    assert!(matches!(whole, Decision::Commit(_)), "{whole:?}");
}

#[test]
fn nothing_goes_back_if_something_else_is_left_than_the_shop_believes() {
    let approval = paid(0).approval;
    let canceled = gone(1100);
    let payment = in_state(State::PartiallyCanceled { approval, canceled });
    for expected in [0, 1099, 2200] {
        let decision = decide(&payment, cancel_if_left(can(1), expected), context(at(70)));
        let left = payment.left();
        assert_eq!(left.total.get(), 1100);
        let refused = Decision::Refuse(Refusal::ExpectedLeft(left));
        assert_eq!(decision, refused, "{expected}");
    }
    let Decision::Commit(change) = decide(&payment, cancel_if_left(can(1), 1100), context(at(70)))
    else {
        panic!("all that is left goes back")
    };
    assert_eq!(change.call, Some(Call::Cancel(can(1))));
    assert_eq!(change.payment.pending().unwrap().amount, payment.left());
}

#[test]
fn an_answer_about_another_cancellation_settles_nothing() {
    let payment = in_state(State::Approved {
        approval: paid(0).approval,
    });
    let Decision::Commit(change) = decide(&payment, cancel(can(1), Some(1100)), context(at(20)))
    else {
        panic!("it is claimed");
    };
    let pending = change.payment;
    let lies: [fn(&mut Canceled); 4] = [
        |canceled| canceled.tid = "T0".to_owned(),
        |canceled| canceled.cid = "C0".to_owned(),
        |canceled| canceled.amount = Some(gone(1000)),
        |canceled| canceled.canceled = gone(1000),
    ];
    for lie in lies {
        let CancelAnswer::Canceled(mut answer) = canceled(gone(1100), gone(1100)) else {
            unreachable!("it is an answer");
        };
        lie(&mut answer);
        let settle = Command::SettleCancel(can(1), CancelAnswer::Canceled(answer));
        let Decision::Commit(change) = decide(&pending, settle, context(at(21))) else {
            panic!("a contradiction must be recorded");
        };
        assert!(change.payment.pending().is_some());
        assert!(change.payment.review.is_some() && change.next_check.is_some());
    }
}

#[test]
fn a_no_to_cancel_beside_a_lost_answer_stands_once_a_lookup_says_that_nothing_went_back() {
    let approved = in_state(State::Approved {
        approval: paid(0).approval,
    });
    let unchanged = |seconds| learn(Lookup::Paid(paid(0)), at(seconds));
    let claimed = committed(&approved, cancel(can(1), Some(1100)), 10);
    let repeated = committed(&claimed.payment, unchanged(40), 40);
    assert_eq!(repeated.call, Some(Call::Cancel(can(1))));
    let answer = Command::SettleCancel(can(1), CancelAnswer::Rejected(failure()));
    let doubtful = committed(&repeated.payment, answer, 41).payment;
    assert!(doubtful.pending().is_some());
    let early = decide(&doubtful, unchanged(69), context(at(69)));
    assert_eq!(early, Decision::Wait(Some(at(70))));
    let settled = committed(&doubtful, unchanged(70), 70);
    assert_eq!(settled.event.kind, EventKind::CancellationFailed);
    assert_eq!((settled.payment.pending(), settled.call), (None, None));
}

#[test]
fn what_went_back_is_booked_as_kakaopay_splits_it() {
    let approval = paid(0).approval;
    let asked = committed(
        &in_state(State::Approved { approval }),
        cancel(can(1), Some(1100)),
        10,
    );
    let told = Amount {
        vat: Won::new("x", 99).unwrap(),
        ..gone(1100)
    };
    let answer = Command::SettleCancel(can(1), canceled(told, told));
    let done = committed(&asked.payment, answer, 11);
    assert_eq!(done.payment.cancellations[0].amount, told);
    assert_eq!(done.payment.left().vat, Won::new("x", 101).unwrap());
}

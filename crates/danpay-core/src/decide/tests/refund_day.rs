//! Refunds of one shop, within its limits, in any order: with the database's guard, which counts them by
//! days.

use std::collections::BTreeMap;

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

const PAYMENTS: usize = 3;
const PER_REFUND: i64 = 1500;
const PER_DAY: i64 = 2500;

fn won(amount: i64) -> Won {
    Won::new("x", amount).unwrap()
}

fn limits() -> RefundLimits {
    RefundLimits {
        per_refund: Some(won(PER_REFUND)),
        per_day: Some(won(PER_DAY)),
    }
}

fn limited(now: Timestamp, obstacle: Option<Obstacle>) -> Context {
    Context {
        obstacle,
        refund_limits: limits(),
        ..context(now)
    }
}

fn approved() -> Payment {
    in_state(State::Approved {
        approval: paid(0).approval,
    })
}

#[derive(Clone, Debug)]
enum Step {
    Pass(i64),
    /// Of this payment so much is asked for.
    Ask(usize, i64),
    Done(usize),
    Fails(usize),
    /// A lookup tells it; what is pending has failed then.
    SomebodyElseCancels(usize, i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let of = || 0..PAYMENTS;
    let step = prop_oneof![
        1 => (0_i64..40_000).prop_map(Step::Pass),
        5 => (of(), 1_i64..2200).prop_map(|(of, total)| Step::Ask(of, total)),
        2 => of().prop_map(Step::Done),
        2 => of().prop_map(Step::Fails),
        2 => (of(), 1_i64..500).prop_map(|(of, total)| Step::SomebodyElseCancels(of, total)),
    ];
    prop::collection::vec(step, 0..40)
}

struct World {
    now: Timestamp,
    payments: [Payment; PAYMENTS],
    /// As the database holds them.
    days: BTreeMap<Date, Won>,
    next_id: u8,
}

impl World {
    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Pass(seconds) => self.now += SignedDuration::from_secs(seconds),
            Step::Ask(of, total) => self.ask(of, total),
            Step::Done(of) => {
                let Some(pending) = self.payments[of].pending().cloned() else {
                    return;
                };
                let held = self.held(of, pending.amount.total.get());
                let answer = canceled(pending.amount, held);
                self.commit(of, Command::SettleCancel(pending.id, answer));
            }
            Step::Fails(of) => {
                let Some(pending) = self.payments[of].pending().cloned() else {
                    return;
                };
                let answer = CancelAnswer::Rejected(failure());
                self.commit(of, Command::SettleCancel(pending.id, answer));
            }
            Step::SomebodyElseCancels(of, total) => {
                if self.payments[of].left().total < won(total) {
                    return;
                }
                let mut answer = paid(0);
                answer.canceled = self.held(of, total);
                answer.tells_payloads = true;
                self.commit(of, learn(Lookup::Paid(answer), self.now));
            }
        }
    }

    fn held(&self, of: usize, more: i64) -> Amount {
        gone(self.payments[of].state.canceled().total.get() + more)
    }

    /// As the store does it: what is above the limit is decided again.
    fn ask(&mut self, of: usize, total: i64) {
        let before = self.payments[of].clone();
        self.next_id += 1;
        let command = cancel(can(self.next_id), Some(total));
        let decision = decide(&before, command.clone(), limited(self.now, None));
        let Decision::Commit(change) = decision else {
            let fits = before.pending().is_none() && total <= before.left().total.get();
            let most = won(PER_REFUND);
            let refused = Decision::Refuse(RefundLimit::PerRefund { most }.into());
            assert!(!fits || (total > PER_REFUND && decision == refused));
            return;
        };
        assert!(total <= PER_REFUND);
        let RefundDay::Count { day, amount, most } = change.refund_day else {
            panic!("{change:?}");
        };
        assert_eq!((day, amount), (timing::korean_day(self.now), won(total)));
        let sum = self.days.get(&day).copied().unwrap_or_default();
        if sum.checked_add(amount) <= most {
            return self.book(of, *change);
        }
        let met = Obstacle::RefundDay(Refunded { day, sum });
        let left = won(PER_DAY - sum.get());
        let most = won(PER_DAY);
        assert_eq!(
            decide(&before, command, limited(self.now, Some(met))),
            Decision::Refuse(RefundLimit::PerDay { day, most, left }.into())
        );
    }

    fn commit(&mut self, of: usize, command: Command) {
        let decision = decide(&self.payments[of], command, limited(self.now, None));
        if let Decision::Commit(change) = decision {
            self.book(of, *change);
        }
    }

    fn book(&mut self, of: usize, change: Change) {
        match change.refund_day {
            RefundDay::Keep => {}
            RefundDay::Count { day, amount, .. } => {
                let sum = self.days.entry(day).or_default();
                *sum = sum.checked_add(amount).unwrap();
            }
            RefundDay::GiveBack { day, amount } => {
                let sum = self.days.get_mut(&day).unwrap();
                *sum = sum.checked_sub(amount).unwrap();
            }
        }
        self.payments[of] = change.payment;
    }

    /// The sum of each day is what is pending and done of what danpay was asked for on it.
    fn check(&self) -> Result<(), String> {
        let mut sums: BTreeMap<Date, i64> = BTreeMap::new();
        for one in self
            .payments
            .iter()
            .flat_map(|payment| &payment.cancellations)
        {
            let counts = match one.state {
                CancellationState::Pending { .. } => true,
                CancellationState::Done { outside, .. } => !outside,
                CancellationState::Failed { .. } => false,
            };
            let day = timing::korean_day(one.requested_at);
            *sums.entry(day).or_default() += if counts { one.amount.total.get() } else { 0 };
        }
        for (day, counted) in &self.days {
            let sum = sums.get(day).copied().unwrap_or_default();
            if counted.get() != sum || sum > PER_DAY {
                return Err(format!(
                    "{counted} KRW are counted on {day}, and it is {sum}"
                ));
            }
        }
        Ok(())
    }
}

fn live(steps: Vec<Step>) -> Result<(), String> {
    let mut world = World {
        now: start(),
        payments: [(); PAYMENTS].map(|()| approved()),
        days: BTreeMap::new(),
        next_id: 0,
    };
    for step in steps {
        world.apply(&step);
        world.check()?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_counted_of_a_day_is_what_is_pending_and_done(steps in steps()) {
        live(steps).map_err(TestCaseError::fail)?;
    }
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_failed_refund_that_stays_counted_is_found() {
    use crate::planted::{Bug, plant};
    let steps = || vec![Step::Ask(0, 1000), Step::Fails(0)];
    live(steps()).unwrap();
    plant(Some(Bug::RefundDayNotGivenBack));
    let found = live(steps());
    plant(None);
    assert!(found.is_err());
}

#[test]
fn a_limit_is_met_on_its_own_day_alone() {
    let payment = approved();
    let today = timing::korean_day(start());
    let sum = won(2000);
    let met = Some(Obstacle::RefundDay(Refunded { day: today, sum }));
    let ask = |total| cancel(can(1), Some(total));
    let refused = decide(&payment, ask(501), limited(start(), met));
    let (most, left) = (won(PER_DAY), won(500));
    let limit = RefundLimit::PerDay {
        day: today,
        most,
        left,
    };
    assert_eq!(refused, Decision::Refuse(limit.into()));
    // What fits is asked of the database again, and so is what the next day may have room for.
    for (total, now) in [(500, start()), (501, at(7 * 3600))] {
        let again = decide(&payment, ask(total), limited(now, met));
        assert!(matches!(again, Decision::Commit(_)), "{again:?}");
    }
}

/// A limit that is lowered at noon may be below what went back in the morning.
#[test]
fn nothing_is_left_of_a_limit_that_was_lowered() {
    let met = Obstacle::RefundDay(Refunded {
        day: timing::korean_day(start()),
        sum: won(PER_DAY + 1),
    });
    let refused = decide(
        &approved(),
        cancel(can(1), Some(1)),
        limited(start(), Some(met)),
    );
    let Decision::Refuse(Refusal::RefundLimit(RefundLimit::PerDay { left, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert!(left.is_zero());
}

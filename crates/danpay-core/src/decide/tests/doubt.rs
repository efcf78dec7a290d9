//! How long doubt lasts, when it is looked at again, and when a person is asked.

use super::*;

const DAY: i64 = 86_400;

/// A cancellation that was asked for at second 100.
fn canceling() -> Payment {
    let approval = paid(0).approval;
    let approved = in_state(State::Approved { approval });
    committed(&approved, cancel(can(1), Some(1100)), 100).payment
}

fn ended() -> [State; 3] {
    let at = at(100);
    [
        State::Quit { at },
        State::Expired { at },
        State::Failed {
            failure: failure(),
            at,
        },
    ]
}

fn inconclusive(payment: &Payment, second: i64) -> Decision {
    let looked_up = learn(Lookup::Inconclusive, at(second));
    decide(payment, looked_up, context(at(second)))
}

#[test]
fn a_person_is_asked_a_day_after_the_doubt_began() {
    // An approval that was claimed at second 10.
    for (payment, began) in [(in_state(approving(1)), 10), (canceling(), 100)] {
        let before = inconclusive(&payment, began + DAY - 1);
        assert!(matches!(before, Decision::Wait(Some(_))), "{before:?}");
        let asked = inconclusive(&payment, began + DAY);
        let Decision::Commit(asked) = asked else {
            panic!("{asked:?}");
        };
        assert_eq!(asked.event.kind, EventKind::ReviewRequested);
        // From then on once an hour.
        assert_eq!(asked.next_check, Some(at(began + DAY + 3600)));
    }
}

#[test]
fn doubt_is_looked_at_again_soon_while_somebody_waits_and_then_after_as_long_as_it_has_lasted() {
    let waiting = || {
        let mut waiting = in_state(authenticated());
        waiting.order.approval = ApprovalMode::Automatic;
        waiting
    };
    // Claimed at second 10, asked for at second 100, and back at second 10.
    for payment in [in_state(approving(1)), canceling(), waiting()] {
        let next = inconclusive(&payment, 700);
        assert_eq!(next, Decision::Wait(Some(at(730))), "{}", payment.status());
    }
    for payment in [in_state(approving(1)), canceling()] {
        let next = inconclusive(&payment, 1_200);
        assert_eq!(
            next,
            Decision::Wait(Some(at(1_500))),
            "{}",
            payment.status()
        );
    }
    // Nobody waits for what has ended.
    for state in ended() {
        let payment = in_state(state);
        for lookup in [Lookup::Inconclusive, Lookup::NotFound] {
            let next = decide(&payment, learn(lookup, at(160)), context(at(160)));
            assert_eq!(next, Decision::Wait(Some(at(220))));
        }
    }
    // Nothing is in doubt of what waits for the shop.
    let mut by_hand = in_state(authenticated());
    by_hand.order.approval = ApprovalMode::Manual;
    assert_eq!(inconclusive(&by_hand, 160), Decision::Wait(Some(at(930))));
    // Nor of anything that is open, before its time is over.
    let open = in_state(ready());
    assert_eq!(inconclusive(&open, 899), Decision::Wait(Some(at(930))));
    assert_eq!(inconclusive(&open, 900), Decision::Wait(Some(at(901))));
}

#[test]
fn what_ended_unpaid_and_is_paid_after_all_is_corrected() {
    let booked = |state, canceled| {
        let learned = learn(Lookup::Paid(paid(canceled)), at(200));
        let event = committed(&in_state(state), learned, 200).event;
        let approval = event.state.approval().unwrap();
        (event.kind, approval.corrected_from)
    };
    for state in ended() {
        let before = Some(state.status());
        for canceled in [0, 700, 2200] {
            let corrected = (EventKind::Corrected, before);
            assert_eq!(booked(state.clone(), canceled), corrected);
        }
    }
    for state in [ready(), authenticated(), approving(1)] {
        for (canceled, kind) in [
            (0, EventKind::Approved),
            (700, EventKind::Approved),
            (2200, EventKind::Canceled),
        ] {
            assert_eq!(booked(state.clone(), canceled), (kind, None));
        }
    }
}

/// Trouble of our own with every call, for a day: it does not hold up other refunds for ever.
#[test]
fn a_cancellation_that_nobody_has_taken_for_a_day_has_failed() {
    for (why, code) in [(None, "kakaopay_unreachable"), (Some(failure()), "x")] {
        let not_sent = Command::SettleCancel(can(1), CancelAnswer::NotSent(why));
        let waiting = committed(&canceling(), not_sent, 101);
        assert_eq!(waiting.event.kind, EventKind::CancellationNotSent);
        let payment = waiting.payment;
        // Nothing is in doubt, so the next lookup calls again.
        let held = || learn(Lookup::Paid(paid(0)), at(102));
        let repeated = committed(&payment, held(), 102);
        assert_eq!(repeated.call, Some(Call::Cancel(can(1))));
        let before = inconclusive(&payment, 100 + DAY - 1);
        assert!(matches!(before, Decision::Wait(Some(_))), "{before:?}");
        let second = 100 + DAY;
        for lookup in [Lookup::Inconclusive, Lookup::Paid(paid(0))] {
            let failed = committed(&payment, learn(lookup, at(second)), second);
            assert_eq!(failed.event.kind, EventKind::CancellationFailed);
            assert_eq!(failed.call, None);
            let state = &failed.payment.cancellations[0].state;
            let CancellationState::Failed { failure } = state else {
                panic!("{state:?}");
            };
            assert_eq!(failure.code, code);
            assert_eq!(failed.payment.left(), payment.order.amount);
        }
        // A call that may have an effect is never given up.
        let still = inconclusive(&canceling(), second);
        let Decision::Commit(still) = still else {
            panic!("{still:?}");
        };
        assert!(still.payment.pending().is_some());
    }
}

#[test]
fn a_cancellation_is_not_called_again_while_the_database_may_lack_something() {
    let not_sent = Command::SettleCancel(can(1), CancelAnswer::NotSent(None));
    let payment = committed(&canceling(), not_sent, 101).payment;
    let held = || learn(Lookup::Paid(paid(0)), at(160));
    for obstacle in [Obstacle::Restored, Obstacle::Busy] {
        let context = Context {
            obstacle: Some(obstacle),
            ..context(at(160))
        };
        let waits = decide(&payment, held(), context);
        assert_eq!(waits, Decision::Wait(Some(at(220))));
    }
    // Another payment of the order is no reason not to give this money back.
    let holder = Holder {
        payment: PaymentId::from_bytes([9; 16]),
        is_paid: true,
    };
    let context = Context {
        obstacle: Some(Obstacle::Order(holder)),
        ..context(at(160))
    };
    let Decision::Commit(repeated) = decide(&payment, held(), context) else {
        panic!("it is called again");
    };
    assert_eq!(repeated.call, Some(Call::Cancel(can(1))));
}

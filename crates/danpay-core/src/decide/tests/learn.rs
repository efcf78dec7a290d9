//! What a lookup settles, at the edges of its time: a payment that was made at second 0 expires at 900,
//! and from 930 on nothing of it can move.

use super::*;

fn learned(state: State, lookup: Lookup, second: i64) -> Decision {
    let looked_up = learn(lookup, at(second));
    decide(&in_state(state), looked_up, context(at(second)))
}

fn change(decision: Decision) -> Change {
    match decision {
        Decision::Commit(change) => *change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_ended_early_is_looked_up_once_more_when_nothing_can_move() {
    for lookup in [Lookup::Quit, Lookup::Failed(failure())] {
        for state in [ready(), authenticated(), approving(0)] {
            let early = change(learned(state.clone(), lookup.clone(), 929));
            assert_eq!(early.next_check, Some(at(930)));
            let late = change(learned(state, lookup.clone(), 930));
            assert_eq!(late.next_check, None);
        }
    }
}

#[test]
fn a_call_is_repeated_until_the_fifteen_minutes_are_over() {
    let repeated = change(learned(approving(0), Lookup::Unpaid, 899));
    assert_eq!(repeated.call, Some(Call::Approve));
    let waits = learned(approving(0), Lookup::Unpaid, 900);
    assert_eq!(waits, Decision::Wait(Some(at(930))));
    let expired = change(learned(approving(0), Lookup::Unpaid, 930));
    assert_eq!(expired.payment.status(), Status::Expired);
}

#[test]
fn who_has_not_paid_is_looked_at_when_the_time_is_over() {
    let waits = learned(ready(), Lookup::Unpaid, 899);
    assert_eq!(waits, Decision::Wait(Some(at(930))));
    let expired = change(learned(ready(), Lookup::Unpaid, 900));
    assert_eq!(
        (expired.payment.status(), expired.next_check),
        (Status::Expired, None)
    );
}

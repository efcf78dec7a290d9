//! What holds whatever receivers answer, and whoever asks for what.

use proptest::prelude::*;

use super::*;

fn any_answer() -> impl Strategy<Value = Answer> {
    let code = prop_oneof![
        1 => Just(200_u16), 1 => Just(410), 6 => Just(500), 2 => 100_u16..600,
    ];
    let wait = prop::option::weighted(0.3, -100_i64..400_000);
    let answered = (code, wait).prop_map(|(status, wait)| Answer::Status {
        status,
        retry_after: wait.map(SECONDS),
        body: "x".repeat(usize::from(status)),
    });
    prop_oneof![6 => answered, 1 => Just(silence())]
}

/// What may happen to a delivery, and the jitter of it.
#[derive(Clone, Debug)]
enum Step {
    /// It is claimed when it is due, and answered so many seconds later.
    Answered(Answer, i64, [u8; 2]),
    /// It is claimed, and then the server crashes.
    Crashes,
    /// It is claimed, and danpay has trouble of its own.
    Trouble,
    /// Somebody asks for it, whenever that is.
    Resent(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (any_answer(), 0_i64..20, any::<[u8; 2]>())
            .prop_map(|(answer, took, jitter)| Step::Answered(answer, took, jitter)),
        1 => Just(Step::Crashes),
        1 => Just(Step::Trouble),
        2 => (0_i64..9_000).prop_map(Step::Resent),
    ]
}

/// How far it has come: its end is the 2xx or the last attempt, nothing else.
fn check(delivery: &Delivery, arrived: bool) -> Result<(), TestCaseError> {
    let ends = match delivery.status {
        DeliveryStatus::Delivered => arrived,
        DeliveryStatus::Failed => !arrived && delivery.attempts == ATTEMPTS,
        DeliveryStatus::Pending => !arrived && delivery.attempts < ATTEMPTS,
        DeliveryStatus::Missed => false,
    };
    prop_assert!(ends, "{delivery:?}");
    prop_assert!(delivery.attempts <= ATTEMPTS);
    prop_assert!(delivery.log.len() <= 20);
    if delivery.status == DeliveryStatus::Pending {
        prop_assert!(delivery.due_at.is_some(), "it is never forgotten");
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_delivery_ends_by_a_2xx_or_after_its_last_attempt_and_by_nothing_else(
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let (mut delivery, mut now) = (newborn(), at(0));
        let (mut arrived, mut standing) = (false, Standing::default());
        for step in steps {
            if let Step::Resent(later) = step {
                now = after(now, SECONDS(later));
                delivery = delivery.clone().resend(now).unwrap_or(delivery);
                check(&delivery, arrived)?;
                continue;
            }
            let Some(due) = delivery.due_at else {
                continue;
            };
            now = now.max(due);
            let claimed = go(&delivery, now);
            prop_assert_eq!(claimed.claims, delivery.claims + 1);
            delivery = match step {
                Step::Crashes | Step::Resent(_) => claimed,
                Step::Trouble => claimed.put_back(now),
                Step::Answered(answer, took, jitter) => {
                    now = after(now, SECONDS(took));
                    arrived |= answer.is_success();
                    let told = answer.retry_after().unwrap_or_default().min(RETRY_AFTER_MAX);
                    let asked_for = claimed.is_resend;
                    let jitter = Jitter::new(jitter);
                    let (ended, after_it) = claimed.ended(standing, (answer, 7), now, jitter);
                    if let Some(due) = ended.due_at {
                        prop_assert!(due > now && due >= after(now, told));
                        prop_assert!(due.duration_since(now) <= HOURS(24) + HOURS(24) / 10);
                    }
                    prop_assert_eq!(ended.attempts, delivery.attempts + u32::from(!asked_for));
                    if asked_for {
                        prop_assert_eq!(after_it, standing);
                    }
                    standing = after_it;
                    ended
                }
            };
            check(&delivery, arrived)?;
        }
    }

    #[test]
    fn the_log_is_bounded_whatever_is_asked_for_again(resends in 1_usize..60) {
        let mut delivery = tried(&newborn(), status(200), at(0), Jitter::default());
        for n in 0..resends {
            let resent = go(&delivery.resend(at(9)).unwrap(), at(9));
            delivery = if n % 3 == 0 {
                resent.ended(Standing::default(), (status(500), 7), at(9), Jitter::default()).0
            } else {
                resent.gave_up("the event has been pruned", at(9))
            };
        }
        prop_assert!(delivery.log.len() <= 20);
        prop_assert_eq!(delivery.status, DeliveryStatus::Delivered);
    }

    #[test]
    fn nobody_waits_longer_than_five_minutes_for_what_was_refused(
        refused in 0_i64..600, due in 0_i64..200_000, flies in any::<bool>(), now in 600_i64..1_200,
    ) {
        let blocker = Blocker {
            refused_since: Some(at(refused)),
            due_at: Some(at(due)),
            is_in_flight: flies,
        };
        match waits_for(blocker, at(now)) {
            Some(until) => {
                prop_assert!(until > at(now));
                prop_assert!(until <= after(at(refused), WAITS_FOR_PREDECESSOR));
            }
            None => prop_assert!(at(now) >= after(at(refused), WAITS_FOR_PREDECESSOR)),
        }
    }

    #[test]
    fn an_endpoint_is_disabled_by_a_410_or_five_days_and_by_nothing_else(
        steps in prop::collection::vec((any_answer(), 0_i64..200_000), 1..40),
    ) {
        let (mut standing, mut now, mut since) = (Standing::default(), at(0), None);
        for (answer, later) in steps {
            now = after(now, SECONDS(later));
            standing = standing.after(&answer, now);
            since = if answer.is_success() { None } else { since.or(Some(now)) };
            let long = since.is_some_and(|since| now.duration_since(since) >= GIVE_UP_AFTER);
            match standing.disabled {
                Some((at, Disabled::Gone)) => prop_assert!(answer.is_gone() && at == now),
                Some((at, why)) => prop_assert!(why == Disabled::Failing && long && at == now),
                None => prop_assert!(!answer.is_gone() && !long),
            }
            if standing.disabled.is_some() {
                break;
            }
        }
    }
}

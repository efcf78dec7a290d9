//! What becomes of deliveries, and of the endpoints that they go to.

mod always;
mod endpoints;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::id::{DeliveryId, EventId, PaymentId, ShopId, WebhookEndpointId};
use crate::timing::{Jitter, after};
use crate::told::{ENDPOINT_DISABLED, EventType};

const HOURS: fn(i64) -> SignedDuration = SignedDuration::from_hours;
const SECONDS: fn(i64) -> SignedDuration = SignedDuration::from_secs;
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn newborn() -> Delivery {
    Delivery {
        id: DeliveryId::new(at(0), [1; 10]),
        shop_id: ShopId::from_bytes([2; 16]),
        endpoint_id: WebhookEndpointId::new(at(0), [3; 10]),
        about: Told::Payment(PaymentId::new(at(0), [4; 10])),
        sequence: 1,
        event_id: EventId::new(at(0), [5; 10]),
        event_type: "payment.ready".to_owned(),
        status: DeliveryStatus::Pending,
        attempts: 0,
        claims: 0,
        in_flight_since: None,
        is_resend: false,
        refused_since: None,
        due_at: Some(Timestamp::UNIX_EPOCH),
        log: Vec::new(),
        created_at: at(0),
    }
}

fn status(status: u16) -> Answer {
    Answer::Status {
        status,
        retry_after: None,
        body: "그래".to_owned(),
    }
}

fn busy_for(wait: SignedDuration) -> Answer {
    Answer::Status {
        status: 503,
        retry_after: Some(wait),
        body: String::new(),
    }
}

fn silence() -> Answer {
    Answer::None {
        problem: "timeout: no answer within 20 s".to_owned(),
    }
}

fn go(delivery: &Delivery, now: Timestamp) -> Delivery {
    match delivery.claim(None, now) {
        Claim::Go(claimed) => *claimed,
        Claim::PutOff(until) => panic!("put off until {until}"),
    }
}

/// Claimed and answered at once; how the endpoint does is of no interest.
fn tried(delivery: &Delivery, answer: Answer, now: Timestamp, jitter: Jitter) -> Delivery {
    let claimed = go(delivery, now);
    claimed
        .ended(Standing::default(), (answer, 7), now, jitter)
        .0
}

/// The waits between the attempts of a delivery that is always refused.
fn waits(jitter: Jitter) -> Vec<SignedDuration> {
    let (mut delivery, mut now, mut waits) = (newborn(), at(0), Vec::new());
    loop {
        delivery = tried(&delivery, status(500), now, jitter);
        let Some(due) = delivery.due_at else {
            assert_eq!(delivery.status, DeliveryStatus::Failed);
            return waits;
        };
        waits.push(due.duration_since(now));
        now = due;
    }
}

#[test]
fn a_refused_delivery_is_tried_ten_times_in_about_three_days() {
    let minutes = |minutes: i64| SECONDS(60 * minutes);
    let exact = waits(Jitter::default());
    assert_eq!(
        exact,
        [
            SECONDS(5),
            minutes(5),
            minutes(30),
            HOURS(2),
            HOURS(5),
            HOURS(10),
            HOURS(14),
            HOURS(20),
            HOURS(24),
        ]
    );
    assert_eq!(exact.len() + 1, ATTEMPTS as usize);
    let sum: SignedDuration = exact.iter().sum();
    assert_eq!(sum, HOURS(75) + minutes(35) + SECONDS(5));
    // What failed together is not tried together, but never sooner and at most a tenth later.
    for (late, exact) in waits(Jitter::WHOLE).into_iter().zip(exact) {
        assert_eq!(late, exact + exact / 10);
    }
}

#[test]
fn retry_after_is_respected_within_a_day_and_hastens_nothing() {
    let due_after = |wait| {
        let refused = tried(&newborn(), busy_for(wait), at(0), Jitter::default());
        refused.due_at.unwrap().duration_since(at(0))
    };
    assert_eq!(due_after(SECONDS(0)), SECONDS(5));
    assert_eq!(due_after(SECONDS(4)), SECONDS(5));
    assert_eq!(due_after(SECONDS(90)), SECONDS(90));
    assert_eq!(due_after(DAY), DAY);
    assert_eq!(due_after(DAY * 30), DAY);
    assert_eq!(due_after(SECONDS(-90)), SECONDS(5));
    // It buys no attempt after the last.
    let last = Delivery {
        attempts: ATTEMPTS - 1,
        ..newborn()
    };
    let failed = tried(&last, busy_for(SECONDS(9)), at(0), Jitter::default());
    assert_eq!(failed.status, DeliveryStatus::Failed);
    assert_eq!(failed.due_at, None);
}

#[test]
fn only_a_2xx_says_that_it_has_arrived() {
    for code in [100, 199, 300, 301, 304, 307, 400, 404, 410, 429, 500, 599] {
        let refused = tried(&newborn(), status(code), at(0), Jitter::default());
        assert_eq!(refused.status, DeliveryStatus::Pending, "{code}");
        assert_eq!(refused.refused_since, Some(at(0)), "{code}");
    }
    for code in [200, 201, 202, 204, 299] {
        let arrived = tried(&newborn(), status(code), at(0), Jitter::default());
        assert_eq!(arrived.status, DeliveryStatus::Delivered, "{code}");
        assert_eq!((arrived.due_at, arrived.attempts), (None, 1), "{code}");
    }
}

#[test]
fn a_claim_is_leased_for_longer_than_its_exchange_may_take() {
    let claimed = go(&newborn(), at(3));
    assert_eq!(claimed.claims, 1);
    assert_eq!(claimed.attempts, 0, "nothing has ended yet");
    assert_eq!(claimed.in_flight_since, Some(at(3)));
    assert_eq!(claimed.due_at, Some(after(at(3), LEASE)));
    assert_eq!(claimed.status, DeliveryStatus::Pending);
    assert!(LEASE > CLAIM_HOLDS + EXCHANGE);
    // Whoever claims it after a crash sends it once more.
    let again = go(&claimed, after(at(3), LEASE));
    assert_eq!((again.claims, again.attempts), (2, 0));
}

#[test]
fn an_attempt_is_kept_with_its_time_answer_and_duration() {
    let claimed = go(&newborn(), at(3));
    let (refused, _) = claimed.ended(
        Standing::default(),
        (status(500), 1_234),
        at(5),
        Jitter::default(),
    );
    let kept = Attempt {
        at: at(3),
        duration_ms: 1_234,
        status: Some(500),
        body: Some("그래".to_owned()),
        problem: None,
        is_resend: false,
    };
    assert_eq!(refused.log, [kept]);
    assert_eq!(refused.in_flight_since, None);
    assert_eq!(refused.refused_since, Some(at(5)));
    let silent = tried(&refused, silence(), at(20), Jitter::default());
    let last = silent.log.last().unwrap();
    assert_eq!((last.status, last.body.as_deref()), (None, None));
    assert!(last.problem.as_deref().unwrap().starts_with("timeout"));
    assert_eq!(silent.refused_since, Some(at(5)), "it is the first refusal");
}

#[test]
fn what_could_not_be_tried_is_put_back_and_counts_for_nothing() {
    let claimed = go(&newborn(), at(0));
    let back = claimed.clone().put_back(at(1));
    assert_eq!(back.in_flight_since, None);
    assert_eq!(back.due_at, Some(at(16)));
    assert_eq!((back.attempts, back.refused_since), (0, None));
    assert!(back.log.is_empty());
    // What somebody asked for is still asked for.
    let asked = go(&newborn().resend(at(0)).unwrap(), at(0));
    assert!(asked.put_back(at(1)).is_resend);
}

#[test]
fn what_cannot_be_sent_any_more_has_failed() {
    let gone = go(&newborn(), at(0)).gave_up("the event has been pruned", at(1));
    assert_eq!(gone.status, DeliveryStatus::Failed);
    assert_eq!((gone.due_at, gone.in_flight_since), (None, None));
    let said = gone.log.last().unwrap().problem.as_deref();
    assert_eq!(said, Some("the event has been pruned"));
}

#[test]
fn what_has_arrived_stays_so_even_if_it_cannot_be_sent_once_more() {
    for (before, answer) in [
        (DeliveryStatus::Delivered, status(200)),
        (DeliveryStatus::Missed, status(500)),
    ] {
        let ended = Delivery {
            status: before,
            ..tried(&newborn(), answer, at(0), Jitter::default())
        };
        let resent = go(&ended.resend(at(9)).unwrap(), at(9));
        let gone = resent.gave_up("the event has been pruned", at(10));
        assert_eq!(gone.status, before);
        assert_eq!((gone.due_at, gone.is_resend), (None, false));
    }
}

#[test]
fn a_resend_counts_for_nothing_but_that_it_arrives() {
    let failing = Standing {
        failing_since: Some(at(-9)),
        disabled: None,
    };
    let refused = tried(&newborn(), status(500), at(0), Jitter::default());
    let resent = refused.resend(at(1)).unwrap();
    assert_eq!((resent.is_resend, resent.due_at), (true, Some(at(1))));

    let again = go(&resent, at(1));
    let (again, standing) = again.ended(failing, (status(410), 7), at(1), Jitter::default());
    assert_eq!(standing, failing, "not even a 410");
    assert_eq!((again.attempts, again.is_resend), (1, false));
    assert_eq!(again.due_at, Some(at(6)), "what is not at its end goes on");
    assert!(again.log.last().unwrap().is_resend);

    let asked = go(&again.resend(at(2)).unwrap(), at(2));
    let (arrived, standing) = asked.ended(failing, (status(204), 7), at(2), Jitter::default());
    assert_eq!(arrived.status, DeliveryStatus::Delivered);
    assert_eq!((arrived.attempts, arrived.due_at), (1, None));
    assert_eq!(standing, failing);
}

#[test]
fn a_resend_of_what_has_ended_ends_with_one_attempt() {
    for (before, failed) in [
        (DeliveryStatus::Failed, DeliveryStatus::Failed),
        (DeliveryStatus::Delivered, DeliveryStatus::Delivered),
        (DeliveryStatus::Missed, DeliveryStatus::Missed),
    ] {
        let ended = Delivery {
            status: before,
            attempts: 3,
            due_at: None,
            ..newborn()
        };
        let resent = ended.resend(at(9)).unwrap();
        let refused = tried(&resent, status(500), at(9), Jitter::default());
        assert_eq!((refused.status, refused.due_at), (failed, None));
        assert_eq!((refused.attempts, refused.refused_since), (3, None));
        let arrived = tried(&resent, status(200), at(9), Jitter::default());
        assert_eq!(arrived.status, DeliveryStatus::Delivered);
    }
}

#[test]
fn what_is_in_flight_is_not_resent_until_its_lease_has_ended() {
    let claimed = go(&newborn(), at(0));
    let lease_ends = after(at(0), LEASE);
    assert_eq!(claimed.resend(at(39)), None);
    let left_behind = go(&newborn(), at(0)).resend(lease_ends).unwrap();
    assert_eq!(left_behind.in_flight_since, None);
    assert!(left_behind.is_resend);
}

/// Until when what is due waits for another one.
fn waits_for(blocker: Blocker, now: Timestamp) -> Option<Timestamp> {
    match newborn().claim(Some(blocker), now) {
        Claim::PutOff(until) => Some(until),
        Claim::Go(_) => None,
    }
}

#[test]
fn a_delivery_waits_for_the_one_before_it_but_five_minutes_at_most() {
    let untried = Blocker {
        refused_since: None,
        due_at: Some(Timestamp::UNIX_EPOCH),
        is_in_flight: false,
    };
    assert_eq!(waits_for(untried, at(0)), Some(at(1)));
    let first_call = Blocker {
        due_at: Some(after(at(0), LEASE)),
        is_in_flight: true,
        ..untried
    };
    assert_eq!(waits_for(first_call, at(9)), Some(at(10)));

    let refused = |due| Blocker {
        refused_since: Some(at(0)),
        due_at: Some(due),
        is_in_flight: false,
    };
    assert_eq!(waits_for(refused(at(5)), at(1)), Some(at(5)));
    assert_eq!(
        waits_for(refused(at(5)), at(5)),
        Some(at(6)),
        "it is due itself"
    );
    assert_eq!(waits_for(refused(at(305)), at(6)), Some(at(300)));
    assert_eq!(waits_for(refused(at(305)), at(299)), Some(at(300)));
    assert_eq!(waits_for(refused(at(305)), at(300)), None);
    let retried = Blocker {
        is_in_flight: true,
        ..refused(at(45))
    };
    assert_eq!(
        waits_for(retried, at(6)),
        Some(at(7)),
        "it is looked for again"
    );
}

#[test]
fn a_resend_waits_for_nothing() {
    let untried = Blocker {
        refused_since: None,
        due_at: None,
        is_in_flight: false,
    };
    let resent = newborn().resend(at(0)).unwrap();
    assert!(matches!(resent.claim(Some(untried), at(0)), Claim::Go(_)));
}

//! What KakaoPay's answers do to the next calls.

use std::time::Duration;

use kakaopay::ApiEndpoint;

use super::*;
use crate::gateway::tests::line::{Said, failed, method_no, no, quota_is_used_up, says};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn limits() -> Limits {
    Limits::new(LookupRates::steady(20), CallsAtOnce::always(1))
}

async fn error(said: Said) -> Result<(), Error> {
    Err(failed(ApiEndpoint::Order, said).await)
}

fn invalid() -> Result<(), Error> {
    Err(kakaopay::PgToken::try_from("").unwrap_err().into())
}

async fn turn(limits: &Limits, seconds: i64) -> Result<(), Busy> {
    limits.turn(|| at(seconds)).await.map(drop)
}

/// So many calls to ready have ended so, at the beginning.
async fn ended(limits: &Limits, times: usize, said: &Said) {
    for _ in 0..times {
        limits.ready_ended(at(0), at(0), &error(said.clone()).await);
    }
}

#[tokio::test]
async fn payments_are_refused_while_kakaopay_fails() {
    let failures = [
        Said::NotSent,
        Said::Lost,
        no(-500),
        says(200, "{}"),
        says(502, "<html>"),
    ];
    for said in &failures {
        let case = format!("{said:?}");
        let limits = limits();
        ended(&limits, 4, said).await;
        assert_eq!(turn(&limits, 0).await, Ok(()), "{case}");
        ended(&limits, 1, said).await;
        assert_eq!(
            turn(&limits, 1).await,
            Err(Busy::CoolingDown(secs(1))),
            "{case}"
        );
        assert_eq!(turn(&limits, 2).await, Ok(()), "{case}");
    }
}

#[tokio::test]
async fn whoever_says_no_is_well() {
    let answers = [no(-797), no(-401), no(-2), method_no(-780, "8008")];
    for said in &answers {
        let case = format!("{said:?}");
        let limits = limits();
        ended(&limits, 4, &Said::Lost).await;
        ended(&limits, 1, said).await;
        ended(&limits, 4, &Said::Lost).await;
        assert_eq!(turn(&limits, 0).await, Ok(()), "{case}");
    }
    let limits = limits();
    ended(&limits, 4, &Said::Lost).await;
    limits.ready_ended(at(0), at(0), &Ok(()));
    ended(&limits, 4, &Said::Lost).await;
    assert_eq!(turn(&limits, 0).await, Ok(()));
}

#[tokio::test]
async fn a_call_that_was_not_made_says_nothing_of_kakaopays_health() {
    let limits = limits();
    ended(&limits, 4, &Said::Lost).await;
    limits.ready_ended(at(0), at(0), &invalid());
    assert_eq!(turn(&limits, 0).await, Ok(()));
    ended(&limits, 1, &Said::Lost).await;
    assert_eq!(turn(&limits, 0).await, Err(Busy::CoolingDown(secs(2))));
    // The one that was to try whether KakaoPay is back leaves it to the next one.
    assert_eq!(turn(&limits, 2).await, Ok(()));
    assert_eq!(turn(&limits, 2).await, Err(Busy::CoolingDown(secs(15))));
    limits.ready_ended(at(2), at(2), &invalid());
    assert_eq!(turn(&limits, 2).await, Ok(()));
}

#[tokio::test]
async fn kakaopay_is_left_alone_for_as_long_as_it_wants() {
    let limits = limits();
    ended(&limits, 1, &quota_is_used_up(Some(90))).await;
    assert_eq!(turn(&limits, 89).await, Err(Busy::TurnedAway(secs(1))));
    assert_eq!(limits.free_lookups(at(89)), 0);
    assert_eq!(turn(&limits, 90).await, Ok(()));
    assert_eq!(limits.free_lookups(at(90)), 20);
}

#[tokio::test]
async fn only_a_used_up_quota_stops_lookups() {
    let limits = limits();
    let others = [
        no(-401),
        no(-500),
        no(-797),
        Said::Lost,
        Said::NotSent,
        says(200, "{}"),
    ];
    for said in others {
        let case = format!("{said:?}");
        assert_eq!(limits.record(at(0), &error(said).await), None, "{case}");
        assert_eq!(limits.free_lookups(at(0)), 20, "{case}");
    }
    assert_eq!(limits.record(at(0), &Ok(())), None);
    assert_eq!(limits.record(at(0), &invalid()), None);
    assert_eq!(limits.free_lookups(at(0)), 20);
    let told = limits.record(at(0), &error(no(-10)).await);
    assert_eq!(told, Some(secs(10)));
    assert_eq!(limits.free_lookups(at(9)), 0);
    assert_eq!(limits.free_lookups(at(10)), 20);
}

#[tokio::test]
async fn rests_grow_until_kakaopay_answers_something_else() {
    let cool_downs = async |between: &Result<(), Error>| {
        let limits = limits();
        let turned_away = error(quota_is_used_up(None)).await;
        let first = limits.record(at(0), &turned_away);
        limits.record(at(0), between);
        [first, limits.record(at(0), &turned_away)].map(Option::unwrap)
    };
    let (grown, same) = ([secs(10), secs(20)], [secs(10), secs(10)]);
    assert_eq!(cool_downs(&Ok(())).await, same);
    assert_eq!(cool_downs(&error(no(-797)).await).await, same);
    assert_eq!(cool_downs(&error(no(-500)).await).await, same);
    // No answer.
    assert_eq!(cool_downs(&error(Said::Lost).await).await, grown);
    assert_eq!(cool_downs(&error(Said::NotSent).await).await, grown);
}

#[tokio::test]
async fn lookups_are_taken_out_of_those_of_a_second_and_given_back() {
    let limits = limits();
    assert_eq!(limits.take_lookups(at(0), 16), 16);
    assert_eq!(limits.free_lookups(at(0)), 4);
    assert_eq!(limits.take_lookups(at(0), 16), 4);
    limits.give_back_lookups(3);
    assert_eq!(limits.take_lookups(at(0), 16), 3);
}

/// What comes of it without waiting.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::ZERO, future).await.ok()
}

#[tokio::test]
async fn calls_that_move_money_are_made_however_kakaopay_fares() {
    let limits = limits();
    ended(&limits, 9, &Said::Lost).await;
    let turn = limits.money_turn(|| at(0)).await.unwrap();
    assert!(limits.money_turn_now(at(0)).is_none());
    let mut waiting = Box::pin(limits.money_turn(|| at(0)));
    assert!(at_once(&mut waiting).await.is_none());
    drop(turn);
    assert!(waiting.await.is_some());
}

#[tokio::test]
async fn a_payment_too_many_is_told_so_at_once() {
    let limits = limits();
    let held = limits.turn(|| at(0)).await.ok().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..limits::READY_QUEUE {
        let mut turn = Box::pin(turn(&limits, 0));
        assert_eq!(at_once(&mut turn).await, None);
        waiting.push(turn);
    }
    let one_more = at_once(turn(&limits, 0)).await;
    assert_eq!(one_more, Some(Err(Busy::Overloaded)));
    drop((held, waiting));
    assert_eq!(turn(&limits, 0).await, Ok(()));
}

#[tokio::test]
async fn who_cannot_be_served_in_time_is_told_at_once_when_to_come_again() {
    let limits = Limits::new(LookupRates::steady(20), CallsAtOnce::always(1_000));
    for _ in 0..20 {
        limits.record(at(0), &Ok(()));
    }
    // 19 a second, and the rest that KakaoPay wants is over.
    limits.record(at(0), &error(quota_is_used_up(Some(1))).await);
    let mut waiting = Vec::new();
    for _ in 0..190 {
        let mut turn = Box::pin(limits.money_turn(|| at(0)));
        if at_once(&mut turn).await.is_none() {
            waiting.push(turn);
        }
    }
    assert_eq!(waiting.len(), 190);
    let refused = at_once(turn(&limits, 2)).await;
    let told = SignedDuration::from_secs(10);
    assert_eq!(refused, Some(Err(Busy::TurnedAway(told))));
    // A few lookups are made all the same.
    assert_eq!(limits.take_lookups(at(2), 16), 1);
}

#[tokio::test]
async fn the_more_wait_the_sooner_each_sees_the_waiting_page() {
    let limits = Limits::new(LookupRates::steady(20), CallsAtOnce::always(4_096));
    let mut turns = Vec::new();
    let mut patience = Vec::new();
    for crowd in [256, 512, 1_024, 4_096] {
        while turns.len() < crowd {
            turns.push(limits.money_turn_now(at(0)).unwrap());
        }
        patience.push(limits.patience().as_millis());
    }
    assert_eq!(patience, [4_000, 2_000, 1_000, 500]);
}

#[test]
fn each_trouble_is_logged_once_a_minute() {
    let limits = limits();
    assert!(limits.complains(at(0), -401));
    assert!(!limits.complains(at(59), -401));
    assert!(limits.complains(at(60), -401));
}

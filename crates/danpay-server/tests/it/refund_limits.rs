//! A shop's limits of refunds: for one, and for a day in Korea.

use std::time::Duration;

use danpay_core::Won;
use danpay_core::timing::korean_day;
use jiff::tz::offset;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::cancel::cancel_outside;
use crate::support::{Payment, World, read};

async fn world(refund_max: i64, per_day: i64) -> World {
    let limit = |amount: i64| Won::try_from(amount).ok().filter(|most| !most.is_zero());
    let world = World::with(|config| {
        config.refund_max = limit(refund_max);
        config.refund_max_per_day = limit(per_day);
    })
    .await;
    // A day that has just begun, so that none ends meanwhile.
    next_day(&world);
    world
}

fn next_day(world: &World) {
    let now = world.sandbox.clock()();
    let tomorrow = korean_day(now).tomorrow().unwrap();
    let midnight = offset(9).to_timestamp(tomorrow.at(0, 0, 0, 0)).unwrap();
    let left = midnight.duration_since(now);
    let left = Duration::try_from(left).unwrap();
    world.sandbox.advance_clock(left + Duration::from_mins(1));
}

async fn paid(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

fn part(total: i64) -> Value {
    json!({ "amount": { "total": total } })
}

#[tokio::test]
async fn a_refund_above_the_shops_limits_is_refused() {
    let world = world(1_500, 2_000).await;
    let (first, second) = (paid(&world).await, paid(&world).await);
    let (status, problem) = world.cancel(&first, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "refund_limit");
    assert_eq!(problem["limit"], "per_refund", "{problem}");
    assert_eq!(problem["limit_amount"], 1_500);

    let (status, _) = world.cancel(&first, part(1_500)).await;
    assert_eq!(status, StatusCode::OK);
    let ask = async |total, key| {
        let answer = world.act(&second, "cancel", key, part(total)).await;
        read(answer).await
    };
    let (status, problem) = ask(501, "k").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "refund_limit");
    assert_eq!(problem["limit"], "per_day", "{problem}");
    assert_eq!(problem["limit_amount"], 2_000);
    assert_eq!(problem["left_today"], 500);
    let today = korean_day(world.sandbox.clock()()).to_string();
    assert_eq!(problem["day"], today);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("500 KRW of it are left today"), "{detail}");
    let detail_ko = problem["detail_ko"].as_str().unwrap();
    assert!(detail_ko.contains("남은 한도는 500원입니다"), "{detail_ko}");
    // Nothing has happened, and the key is free.
    let approved = ["payment.created", "payment.approving", "payment.approved"];
    assert_eq!(world.steps(second.id()), approved);
    let (status, answer) = ask(500, "k").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, problem) = ask(1, "l").await;
    assert_eq!(
        (status, &problem["left_today"]),
        (StatusCode::CONFLICT, &json!(0))
    );
    // What comes again is not counted again.
    let (status, answer) = ask(500, "k").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(world.at_kakaopay(&second).canceled_total, 500);

    next_day(&world);
    let (status, answer) = ask(1_500, "l").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn refunds_at_once_do_not_pass_the_days_limit_together() {
    let world = world(0, 3_000).await;
    let mut payments = Vec::new();
    for _ in 0..4 {
        payments.push(paid(&world).await);
    }
    let [a, b, c, d] = &payments[..] else {
        panic!("four are paid");
    };
    let answers = tokio::join!(
        world.cancel(a, part(1_100)),
        world.cancel(b, part(1_100)),
        world.cancel(c, part(1_100)),
        world.cancel(d, part(1_100)),
    );
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let refunded = answers.iter().filter(|(status, _)| status.is_success());
    assert_eq!(refunded.count(), 2, "{answers:?}");
    let refused = answers
        .iter()
        .filter(|(_, body)| body["code"] == "refund_limit");
    assert_eq!(refused.count(), 2, "{answers:?}");
    let gone: u64 = payments
        .iter()
        .map(|one| world.at_kakaopay(one).canceled_total)
        .sum();
    assert_eq!(gone, 2_200);
}

#[tokio::test]
async fn what_kakaopay_refuses_and_what_is_canceled_elsewhere_takes_no_room() {
    let world = world(0, 2_200).await;
    let (first, second) = (paid(&world).await, paid(&world).await);
    cancel_outside(&world, &first, 500).await;
    // Its whole amount was counted, and KakaoPay has less.
    let (status, problem) = world.cancel(&first, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "cancel_refused");
    let (status, problem) = world.cancel(&second, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    let (status, problem) = world.cancel(&first, json!({})).await;
    assert_eq!(
        (status, &problem["left_today"]),
        (StatusCode::CONFLICT, &json!(0))
    );
    // What is canceled elsewhere is booked, whatever the limit says.
    cancel_outside(&world, &first, 1_700).await;
    let path = format!("/v1/payments/{}/recover", first.id());
    world
        .request(reqwest::Method::POST, &path)
        .send()
        .await
        .unwrap();
    world.until(first.id(), "canceled").await;
}

#[tokio::test]
async fn a_refusal_after_the_period_that_aggregators_tell_says_so() {
    let world = world(0, 0).await;
    let payment = paid(&world).await;
    let until: jiff::Timestamp = payment.0["refundable_until"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let year = Duration::try_from(until.duration_since(world.sandbox.clock()())).unwrap();
    let refuse = || kakaopay_sandbox::Fault::error(kakaopay_sandbox::Endpoint::Cancel, -723);
    world.sandbox.inject(refuse());
    let (status, problem) = world.cancel(&payment, part(100)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "cancel_refused");
    assert_eq!(problem["refundable_until"], Value::Null, "{problem}");

    world.sandbox.advance_clock(year + Duration::from_mins(1));
    world.sandbox.inject(refuse());
    let (status, problem) = world.cancel(&payment, part(100)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["refundable_until"], payment.0["refundable_until"]);
    let day = korean_day(until).to_string();
    for detail in ["detail", "detail_ko"] {
        assert!(
            problem[detail].as_str().unwrap().contains(&day),
            "{problem}"
        );
    }
    // Nothing is refused for it by danpay.
    let (status, answer) = world.cancel(&payment, part(100)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

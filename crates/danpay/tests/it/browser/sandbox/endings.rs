//! How a payment ends otherwise: as a tester picks, and as what was over long ago.

use kakaopay_sandbox::PaymentStatus;

use crate::support::{Device, Payer, World};

use super::Pages;

#[tokio::test]
async fn a_wrong_password_that_a_tester_picks_ends_the_payment_the_fifth_time() {
    let world = World::start().await;
    let bought = world.order().await;
    let pages = Pages::of(&world, &bought).await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&pages.pay).await;
    payer.unfolds("tools").await;
    payer.presses("outcome-wrong_password").await;
    payer.presses("pay-money").await;
    payer.sees("authenticate").await;
    payer.unfolds("tools").await;
    assert!(payer.has_pressed("outcome-wrong_password").await);
    assert!(!payer.has_pressed("outcome-pays").await);
    payer.presses("authenticate").await;
    payer.meets_no_barrier_at("wrong-password").await;
    for wrong in 1..5 {
        let so_far = format!("{wrong}/5");
        payer.reads_at_last("wrong-password", &so_far).await;
        payer.presses("authenticate").await;
    }

    payer.ends_at(&bought.shops_page).await;
    world.is_unpaid(&bought, "failed").await;
    let status = PaymentStatus::FailAuthPassword;
    assert_eq!(world.ledger(&bought).status, status);
    payer.opens(&pages.pay).await;
    payer.meets_no_barrier_at("closed-failed").await;
    payer.presses("return-to-shop").await;
    payer.ends_at(&bought.shops_page).await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_tester_ends_payments_at_once_and_each_end_is_told() {
    let world = World::start().await;
    let payer = Payer::with(Device::Desktop).await;
    for (script, page, status) in [
        ("closes_window", "open-again", PaymentStatus::SelectMethod),
        ("never_returns", "stays-away", PaymentStatus::AuthPassword),
        (
            "returns_elsewhere",
            "elsewhere",
            PaymentStatus::AuthPassword,
        ),
    ] {
        let bought = world.order().await;
        payer.opens(&Pages::of(&world, &bought).await.pay).await;
        payer.unfolds("tools").await;
        payer.presses(&format!("play-{script}")).await;
        payer.meets_no_barrier_at(page).await;
        assert_eq!(world.ledger(&bought).status, status, "{script}");
    }
    let elsewhere = payer.reads("elsewhere").await;
    let ours = format!("{}/return/", world.server_url);
    assert!(elsewhere.starts_with(&ours), "{elsewhere}");
    payer.leaves().await;
}

#[tokio::test]
async fn a_payment_that_is_over_or_never_was_is_not_asked_for_again() {
    let world = World::start().await;
    let payer = Payer::with(Device::Desktop).await;
    let quit = world.order().await;
    let pages = Pages::of(&world, &quit).await;
    world.plays(&quit, "quits").await;
    payer.opens(&pages.pay).await;
    payer.meets_no_barrier_at("closed-quit").await;

    let expired = world.order().await;
    let pages = Pages::of(&world, &expired).await;
    world.advance(15 * 60);
    payer.opens(&pages.pay).await;
    payer.meets_no_barrier_at("closed-expired").await;
    payer.presses("return-to-shop").await;
    payer.ends_at(&expired.shops_page).await;
    world.is_unpaid(&expired, "expired").await;

    let refused = world.order().await;
    let pages = Pages::of(&world, &refused).await;
    world.plays(&refused, "card_refused").await;
    payer.opens(&pages.pay).await;
    payer.meets_no_barrier_at("closed-failed").await;

    let unpayable = world.order_that_nobody_can_pay().await;
    payer.opens(&Pages::of(&world, &unpayable).await.pay).await;
    payer.meets_no_barrier_at("no-method").await;

    let unknown = format!("{}/pay/mockup/nobody-knows-it", world.sandbox.url());
    payer.opens_missing(&unknown).await;
    payer.meets_no_barrier_at("unknown-payment").await;
    payer.leaves().await;
}

//! The other ends: given up, out of time, and a shop that has no page to come back to.

use kakaopay_sandbox::PaymentStatus;

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn a_payer_who_gives_up_is_back_at_the_shop_and_has_paid_nothing() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("quit").await;

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("quit"), "{page}");
    world.is_unpaid(&bought, "quit").await;
    assert_eq!(world.ledger(&bought).status, PaymentStatus::QuitPayment);
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_who_gives_up_on_a_phone_is_told_so_by_us_when_the_shop_has_no_page() {
    let world = World::start().await;
    let bought = world.order_without_return_url().await;
    let payer = Payer::with(Device::IPhone).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.presses("quit").await;

    payer.ends_at(&bought.result_page).await;
    let page = payer.reads("quit").await;
    assert!(page.contains("결제를 그만두었습니다"), "{page}");
    world.is_unpaid(&bought, "quit").await;
    assert_eq!(world.ledger(&bought).status, PaymentStatus::QuitPayment);
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_who_lets_fifteen_minutes_pass_is_told_that_the_time_is_over() {
    let world = World::start().await;
    let bought = world.order_without_return_url().await;
    let payer = Payer::with(Device::Android).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.sees("pay-money").await;
    world.advance(15 * 60);

    payer.ends_at(&bought.result_page).await;
    let page = payer.reads("expired").await;
    assert!(page.contains("결제 시간이 지났습니다"), "{page}");
    world.is_unpaid(&bought, "expired").await;
    assert!(world.ledger(&bought).expired);

    // Too late: the way to pay is closed.
    payer.opens(&bought.checkout_url).await;
    payer.ends_at(&bought.result_page).await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_who_lets_fifteen_minutes_pass_on_a_desktop_is_back_at_the_shop() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    payer.sees("qr").await;
    world.advance(15 * 60);

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("expired"), "{page}");
    world.is_unpaid(&bought, "expired").await;
    assert!(world.ledger(&bought).expired);
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_whose_payment_the_shop_takes_back_is_told_so_and_not_charged() {
    let world = World::start().await;
    let bought = world.order_without_return_url().await;
    let payer = Payer::with(Device::Android).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.sees("pay-money").await;
    world.withdraws(&bought).await;
    payer.pays("pay-money").await;

    payer.ends_at(&bought.result_page).await;
    let page = payer.reads("withdrawn").await;
    assert!(page.contains("상점이 결제를 취소했습니다"), "{page}");
    world.is_unpaid(&bought, "withdrawn").await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_who_pays_an_order_in_a_second_tab_too_is_told_that_it_is_paid() {
    let world = World::start().await;
    let first = world.order_without_return_url().await;
    let second = world.order_once_more().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&second.checkout_url).await;
    payer.sees("pay-on-this-device").await;
    world.plays(&first, "pays_by_money").await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-money").await;

    payer.ends_at(&second.result_page).await;
    let page = payer.reads("paid-already").await;
    assert!(page.contains("이미 결제된 주문입니다"), "{page}");
    world.is_unpaid(&second, "failed").await;
    world.is_paid_once(&first, "MONEY").await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_sees_our_own_receipt_when_the_shop_has_no_page() {
    let world = World::start().await;
    let bought = world.order_without_return_url().await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-money").await;

    payer.ends_at(&bought.result_page).await;
    let page = payer.reads("approved").await;
    assert!(page.contains("결제되었습니다"), "{page}");
    assert!(page.contains("2,200원"), "{page}");
    world.is_paid_once(&bought, "MONEY").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

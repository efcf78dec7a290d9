//! In a browser that runs no page's scripts.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn a_payer_pays_without_scripts() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::PlainDesktop).await;

    payer.opens(&bought.checkout_url).await;
    assert!(payer.is_without_scripts().await);
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-card-shinhan").await;

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn without_scripts_the_desktop_goes_on_by_itself_as_well() {
    let world = World::start().await;
    let bought = world.order().await;
    let (desktop, phone) = Payer::with_both(Device::PlainDesktop, Device::IPhone).await;

    desktop.opens(&bought.checkout_url).await;
    assert!(desktop.is_without_scripts().await);
    phone.opens(&desktop.reads_link("qr").await).await;
    phone.presses("continue-here").await;
    phone.pays("pay-card-shinhan").await;

    desktop.ends_at(&bought.shops_page).await;
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    phone.leaves().await;
    desktop.leaves().await;
}

#[tokio::test]
async fn the_waiting_page_settles_by_itself_without_scripts() {
    let world = World::frozen().await;
    let bought = world.order_without_return_url().await;
    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    let payer = Payer::with(Device::PlainDesktop).await;

    payer.opens(&bought.checkout_url).await;
    assert!(payer.is_without_scripts().await);
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-money").await;
    payer.sees("waiting").await;
    world.advance(60);

    payer.sees("approved").await;
    payer.ends_at(&bought.result_page).await;
    world.is_paid_once(&bought, "MONEY").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

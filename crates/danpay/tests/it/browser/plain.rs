//! In a browser that runs no page's scripts.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};

use crate::support::{Payer, World, shop};

#[tokio::test]
async fn a_payer_pays_without_scripts() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::without_scripts().await;

    payer.opens(&bought.checkout_url).await;
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
async fn the_waiting_page_settles_by_itself_without_scripts() {
    let world = World::frozen().await;
    let bought = world.order_without_return_url().await;
    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    let payer = Payer::without_scripts().await;

    payer.opens(&bought.checkout_url).await;
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

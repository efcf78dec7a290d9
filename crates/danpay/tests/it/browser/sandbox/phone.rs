//! The pages that a phone shows, from the way in to the receipt.

use crate::support::{Device, Payer, World};

use super::Pages;

#[tokio::test]
async fn no_page_from_the_bridge_to_the_receipt_has_a_barrier() {
    let world = World::start().await;
    let bought = world.order_of_a_lot().await;
    let pages = Pages::of(&world, &bought).await;
    let payer = Payer::with(Device::Desktop).await;

    payer.opens(&pages.mobile).await;
    payer.meets_no_barrier_at("continue-here").await;
    payer.opens(&pages.app).await;
    payer.meets_no_barrier_at("app-intent").await;
    let intent = payer.reads_link("app-intent").await;
    assert!(intent.starts_with("intent://kakaopay/pg?url="), "{intent}");
    payer.presses("continue-here").await;
    payer.meets_no_barrier_at("pay-money").await;
    payer.presses("pay-card-suhyup").await;
    payer.meets_no_barrier_at("authenticate").await;
    let card = payer.reads("method").await;
    assert!(card.contains("수협"), "{card}");
    payer.presses("change-method").await;
    payer.presses("pay-card-shinhan").await;
    payer.presses("authenticate").await;
    payer.ends_at(&bought.result_page).await;
    assert_eq!(world.ledger(&bought).approvals, 1);

    payer.opens(&pages.pay).await;
    payer.meets_no_barrier_at("closed-paid").await;
    let receipt = world.sandbox.receipt_url(&bought.tid).unwrap();
    payer.opens(&receipt).await;
    payer.meets_no_barrier_at("receipt").await;
    let receipt = payer.reads("receipt").await;
    assert!(receipt.contains("1,290,000원"), "{receipt}");
    assert!(receipt.contains(&bought.tid), "{receipt}");
    payer.leaves().await;
}

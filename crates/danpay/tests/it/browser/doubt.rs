//! While nobody knows whether money moved: the payer is told so, and what is settled later shows
//! by itself.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, PaymentStatus};

use crate::support::{Device, Payer, World, shop};

#[tokio::test]
async fn a_lost_answer_is_recovered_without_a_second_approval_while_the_payer_waits() {
    let world = World::frozen().await;
    let bought = world.order().await;
    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    let payer = Payer::with(Device::IPhone).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.pays("pay-card-shinhan").await;

    payer.ends_at(&bought.result_page).await;
    let page = payer.reads("waiting").await;
    assert!(page.contains("다시 결제하지 마세요"), "{page}");
    assert_eq!(world.ledger(&bought).status, PaymentStatus::SuccessPayment);
    assert_eq!(world.books(&bought).await.status.as_str(), "approving");
    world.advance(60);

    payer.ends_at(&bought.shops_page).await;
    let page = payer.reads(shop::PAGE).await;
    assert!(page.starts_with("approved"), "{page}");
    world.is_paid_once(&bought, "CARD").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

#[tokio::test]
async fn a_slow_answer_keeps_no_payer_waiting_on_a_blank_page() {
    let world = World::start().await;
    let bought = world.order_without_return_url().await;
    // Longer than a browser is kept waiting, shorter than a call may take.
    let slow = Fault::new(Endpoint::Approve, FaultKind::DelayBefore).delay_ms(9_000);
    world.sandbox.inject(slow);
    let payer = Payer::with(Device::Android).await;

    payer.opens(&bought.checkout_url).await;
    payer.presses("continue-here").await;
    payer.pays("pay-money").await;

    payer.ends_at(&bought.result_page).await;
    payer.sees("approved").await;
    // More than once: it was shown before the outcome was known, and asked again by itself.
    let shown = payer.asked_for().await;
    let shown = shown.iter().filter(|url| **url == bought.result_page);
    assert!(shown.count() > 1);
    world.is_paid_once(&bought, "MONEY").await;
    assert_eq!(world.ledger(&bought).approve_calls, 1);
    payer.leaves().await;
}

//! Our own pages, and the demo shop's: none has a barrier.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};

use crate::support::{Device, Payer, World, eventually};

#[tokio::test]
async fn no_page_of_ours_that_tells_of_money_has_a_barrier() {
    let world = World::frozen().await;
    let payer = Payer::with(Device::Desktop).await;
    let bought = world.order_without_return_url().await;
    payer.opens(&bought.result_page).await;
    payer.meets_no_barrier_at("not-yet-paid").await;

    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    world.plays(&bought, "pays_by_card").await;
    payer.opens(&bought.result_page).await;
    payer.meets_only_the_reload_at("waiting").await;
    world.advance(60);
    payer.opens(&bought.result_page).await;
    payer.meets_no_barrier_at("approved").await;

    world.cancels(&bought, 1_100).await;
    payer.reloads().await;
    payer.meets_no_barrier_at("partially-canceled").await;
    world.cancels(&bought, 1_100).await;
    payer.reloads().await;
    payer.meets_no_barrier_at("canceled").await;
    payer.leaves().await;
}

#[tokio::test]
async fn no_page_of_ours_that_tells_of_no_money_has_a_barrier() {
    let world = World::frozen().await;
    let payer = Payer::with(Device::Desktop).await;
    let manual = world.order_to_be_approved_by_the_shop().await;
    world.plays(&manual, "pays_by_money").await;
    payer.opens(&manual.result_page).await;
    payer.meets_only_the_reload_at("authenticated").await;

    for (script, page) in [("quits", "quit"), ("wrong_password", "failed")] {
        let bought = world.order_without_return_url().await;
        world.plays(&bought, script).await;
        payer.opens(&bought.result_page).await;
        payer.meets_no_barrier_at(page).await;
    }

    let withdrawn = world.order_without_return_url().await;
    world.withdraws(&withdrawn).await;
    payer.opens(&withdrawn.result_page).await;
    payer.meets_no_barrier_at("withdrawn").await;

    let first = world.order_without_return_url().await;
    let second = world.order_once_more().await;
    world.plays(&first, "pays_by_card").await;
    world.plays(&second, "pays_by_card").await;
    payer.opens(&second.result_page).await;
    payer.meets_no_barrier_at("paid-already").await;

    let away = Fault::new(Endpoint::Order, FaultKind::Error503).times(u32::MAX);
    world.sandbox.inject(away);
    let late = world.order_without_return_url().await;
    world.advance(15 * 60);
    payer.opens(&late.result_page).await;
    payer.meets_no_barrier_at("over").await;
    world.sandbox.clear_faults();
    world.advance(10 * 60);
    let look = async || (world.books(&late).await["status"] == "expired").then_some(());
    eventually(look).await.expect("it expires");
    payer.opens(&late.result_page).await;
    payer.meets_no_barrier_at("expired").await;

    let unknown = format!("{}/pay/pay_nobody_knows_it", world.server_url);
    payer.opens_missing(&unknown).await;
    payer.meets_no_barrier_at("not-found").await;
    payer.leaves().await;
}

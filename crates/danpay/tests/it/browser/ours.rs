//! Our own pages, and the demo shop's: none has a barrier.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};

use reqwest::StatusCode;

use crate::support::world::SHOP;
use crate::support::{Device, Payer, World, api, eventually};

#[tokio::test]
async fn no_page_of_ours_that_tells_of_money_has_a_barrier() {
    let world = World::frozen().await;
    let payer = Payer::with(Device::Desktop).await;
    let bought = world.order_of_a_lot().await;
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
    world.cancels(&bought, 1_288_900).await;
    payer.reloads().await;
    payer.meets_no_barrier_at("canceled").await;
    let amount = payer.reads("amount").await;
    assert_eq!(amount, "1,290,000원");
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
        payer.reads_as_unpaid(page).await;
    }

    let withdrawn = world.order_without_return_url().await;
    world.withdraws(&withdrawn).await;
    payer.opens(&withdrawn.result_page).await;
    payer.meets_no_barrier_at("withdrawn").await;
    payer.reads_as_unpaid("withdrawn").await;

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
    payer.reads_as_unpaid("over").await;
    world.sandbox.clear_faults();
    world.advance(10 * 60);
    let look = async || (world.books(&late).await.status.as_str() == "expired").then_some(());
    eventually(look).await.expect("it expires");
    payer.opens(&late.result_page).await;
    payer.meets_no_barrier_at("expired").await;
    payer.reads_as_unpaid("expired").await;

    let unknown = format!("{}/pay/pay_nobody_knows_it", world.server_url);
    payer.opens_missing(&unknown).await;
    payer.meets_no_barrier_at("not-found").await;
    let nowhere = format!("{}/payment/{}", world.server_url, "1".repeat(80));
    payer.opens_missing(&nowhere).await;
    payer.meets_no_barrier_at("no-page").await;
    payer.is_sent_to(&late.checkout_url, 405).await;
    payer.meets_no_barrier_at("unopenable").await;

    let last = world.order_without_return_url().await;
    world.loses_the_database();
    let refused = async || {
        let answer = api::http().get(&last.result_page).send().await.unwrap();
        (answer.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    };
    eventually(refused).await.expect("the loss is noticed");
    payer.opens_refused(&last.result_page, 503).await;
    payer.meets_only_the_reload_at("unavailable").await;
    payer.leaves().await;
}

#[tokio::test]
async fn neither_the_reference_nor_a_page_of_a_problem_has_a_barrier() {
    let world = World::frozen().await;
    let payer = Payer::with(Device::Desktop).await;
    payer
        .opens(&format!("{}/docs/problems", world.server_url))
        .await;
    payer.meets_no_barrier_at("problems").await;
    payer.presses("wrong_status").await;
    payer.meets_no_barrier_at("problem").await;
    assert_eq!(payer.reads("code").await, "wrong_status");
    assert_eq!(payer.reads("status").await, "HTTP 409 Conflict");
    payer.presses("all").await;
    payer.presses("timeout").await;
    payer.meets_no_barrier_at("problem").await;
    assert_eq!(payer.reads("status").await, "HTTP 503 Service Unavailable");
    payer.opens(&format!("{}/docs", world.server_url)).await;
    payer.meets_no_barrier_at("reference").await;
    payer.leaves().await;
}

impl Payer {
    /// The title says that nothing was charged, and the way back leads to the shop by its name.
    async fn reads_as_unpaid(&self, page: &str) {
        let words = self.reads(page).await;
        assert!(
            words.starts_with("결제되지 않았습니다\nYou were not charged"),
            "{words}"
        );
        let back = self.reads("to-shop").await;
        assert!(back.starts_with(&format!("{SHOP}로 돌아가기")), "{back}");
    }
}

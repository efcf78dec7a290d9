//! The tester's page, `/_sandbox/`, as somebody uses it who keeps it open beside the shop.

use kakaopay_sandbox::PaymentStatus;
use serde_json::json;

use crate::support::{Device, Payer, World, api};

impl World {
    fn desk(&self) -> String {
        format!("{}/_sandbox/", self.sandbox.url())
    }

    /// A client that has not read that the predecessor is gone.
    async fn is_called_wrongly(&self) {
        let url = format!("{}/online/v1/payment/ready", self.sandbox.url());
        let call = api::http().post(url).json(&json!({}));
        let call = call.header("Authorization", "KakaoAK 0123456789").send();
        assert_eq!(
            call.await.unwrap().status(),
            reqwest::StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn the_desk_shows_what_happens_without_being_loaded_again() {
    let world = World::start().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&world.desk()).await;
    payer.meets_no_barrier_at("no-calls").await;
    let loaded_at = payer.loaded_at().await;

    let bought = world.order().await;
    payer.reads_at_last("payment", &bought.tid).await;
    payer.reads_at_last("payment", "READY").await;
    world.plays(&bought, "pays_by_card").await;
    payer.reads_at_last("payment", "SUCCESS_PAYMENT").await;
    payer.counts("call", 2).await;
    assert_eq!(payer.loaded_at().await, loaded_at);
    payer.meets_no_barrier_at("payment").await;

    payer.presses("payment-page").await;
    payer.reads_at_last("entries", "PAYMENT").await;
    let loaded_at = payer.loaded_at().await;
    world.cancels(&bought, 1_100).await;
    payer.reads_at_last("entries", "−1,100원").await;
    payer.reads_at_last("status", "PART_CANCEL_PAYMENT").await;
    payer.counts("call", 3).await;
    assert_eq!(payer.loaded_at().await, loaded_at);
    payer.meets_no_barrier_at("entries").await;
    payer.presses("to-overview").await;
    payer.sees("filter").await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_payer_is_played_on_the_payments_page() {
    let world = World::start().await;
    let quit = world.order_of_a_lot().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&world.desk()).await;
    payer.presses("payment-page").await;
    payer.meets_no_barrier_at("play").await;
    payer.chooses("script", "quits · 결제를 그만둡니다").await;
    payer.presses("play").await;
    payer.reads_at_last("status", "QUIT_PAYMENT").await;
    assert_eq!(world.ledger(&quit).status, PaymentStatus::QuitPayment);

    let paid = world.order_of_a_lot().await;
    world.plays(&paid, "pays_by_card").await;
    world.cancels(&paid, 1_100_000).await;
    payer.presses("to-overview").await;
    payer.meets_no_barrier_at("payment").await;
    payer.presses("payment-page").await;
    payer.reads_at_last("entries", "−1,100,000원").await;
    payer.meets_no_barrier_at("entries").await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_mistaken_call_is_explained_found_by_the_filter_and_sent_again() {
    let world = World::start().await;
    let bought = world.order().await;
    world.is_called_wrongly().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&world.desk()).await;
    payer.counts("call", 2).await;

    payer.chooses("ended", "힌트 있음 · with advice").await;
    payer.presses("filter").await;
    payer.sees("filter-clear").await;
    payer.counts("call", 1).await;
    payer.unfolds("call").await;
    let advice = payer.reads("advice").await;
    assert!(advice.contains("`SECRET_KEY`로 보내세요"), "{advice}");
    assert!(advice.contains("use `SECRET_KEY`"), "{advice}");
    payer.meets_no_barrier_at("advice").await;
    payer.presses("resend").await;
    payer.counts("call", 2).await;

    payer.presses("filter-clear").await;
    payer.counts("call", 3).await;
    payer.types("filter-q", &bought.tid).await;
    payer.presses("filter").await;
    payer.sees("filter-clear").await;
    payer.counts("call", 1).await;
    payer.counts("payment", 1).await;
    payer.types("filter-q", "no-such-order").await;
    payer.presses("filter").await;
    payer.meets_no_barrier_at("no-calls").await;
    payer.counts("payment", 0).await;
    payer.leaves().await;
}

#[tokio::test]
async fn a_fault_is_switched_on_seen_and_cleared_and_the_clock_moved() {
    let world = World::start().await;
    let bought = world.order().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&world.desk()).await;

    payer.unfolds("add-fault").await;
    let label = "처리하지 않고 503(-503)을 답합니다 · error_503";
    payer.chooses("fault", label).await;
    payer.presses("inject").await;
    payer
        .reads_at_last("faults-on", "approve · error_503 ×1")
        .await;
    payer.meets_no_barrier_at("faults-on").await;
    assert_eq!(world.sandbox.faults().len(), 1);
    payer.presses("clear-faults").await;
    payer.counts("faults-on", 0).await;
    assert!(world.sandbox.faults().is_empty());

    payer.presses("clock-freeze").await;
    payer.reads_at_last("clock", "멈춤").await;
    payer.meets_no_barrier_at("clock-run").await;
    payer.presses("clock-lifetime").await;
    payer.reads_at_last("payment", "expired").await;
    assert!(world.ledger(&bought).expired);
    payer.presses("clock-run").await;
    payer.sees("clock-freeze").await;
    payer.reads_at_last("clock", "+1").await;
    payer.leaves().await;
}

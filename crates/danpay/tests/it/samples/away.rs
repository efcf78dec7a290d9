//! danpay is away for twenty seconds.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::{Instant, sleep_until};

use super::customer::Customer;
use super::stage::Stage;

const AWAY: Duration = Duration::from_secs(20);
const PRESS_AGAIN: &str = "결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.";

/// What is under way while danpay goes.
struct UnderWay {
    /// Pressed for the first time while danpay is away.
    pressed: String,
    /// Charged, and nobody knows.
    in_doubt: String,
    /// The payer comes back while danpay is away, and again later, at this address.
    coming: (String, String),
    /// Paid; its rest is given back while danpay is away.
    paid: String,
}

/// `paid` has 1,700 won left.
pub(super) async fn loses_nothing(stage: &mut Stage, paid: &str) {
    let under_way = begin(stage, paid).await;
    stage.danpay.terminate().await;
    let back_at = Instant::now() + AWAY;
    is_away(stage, &under_way).await;
    stage.shows().await;
    sleep_until(back_at).await;
    stage.danpay.start().await;
    is_back(stage, &under_way).await;
}

async fn begin(stage: &Stage, paid: &str) -> UnderWay {
    let pressed = stage.posts("/orders", &[("product", "choco-pie")]).await;
    let in_doubt = stage.posts("/orders", &[("product", "choco-pie")]).await;
    let coming = stage.posts("/orders", &[("product", "choco-pie")]).await;
    let [pressed, in_doubt, coming] = [pressed, in_doubt, coming].map(|page| page.ordered());
    let back = stage.payer_comes_back(&coming).await;
    stage.hides(&in_doubt).await;
    let lost = stage.payer_comes_back(&in_doubt).await;
    stage.goes(&lost).await;
    stage
        .danpay
        .until_status(&stage.payment_id(&in_doubt).await, "approving")
        .await;
    UnderWay {
        pressed,
        in_doubt,
        coming: (coming, back),
        paid: paid.to_owned(),
    }
}

async fn is_away(stage: &Stage, under_way: &UnderWay) {
    let customer = Customer::of(stage).await;
    customer.opens_order(&under_way.pressed).await;
    // As often as one likes.
    for _ in 0..2 {
        customer.payer.clicks("#pay").await;
        customer.reads(PRESS_AGAIN).await;
        customer.sees("open").await;
    }
    let path = format!("/orders/{}/pay", under_way.pressed);
    let refused = stage.posts(&path, &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.order().attribute("data-state"), "open");

    for order in [&under_way.in_doubt, &under_way.coming.0] {
        customer.opens_order(order).await;
        customer.is_told_to_wait().await;
        let status = customer
            .payer
            .reads_attribute("#order", "data-status")
            .await;
        assert_eq!(status, "unknown");
    }

    // A page from before, whose button is still there.
    let stale = format!("/orders/{}/pay", under_way.in_doubt);
    let stale = stage.posts(&stale, &[]).await;
    assert!(!stale.text.contains(PRESS_AGAIN), "{}", stale.text);

    customer.opens_order(&under_way.paid).await;
    let refunded = async || {
        let order = customer.payer.reads_attribute("#order", "data-refunded");
        order.await
    };
    let before = refunded().await;
    customer.payer.clicks("#refund").await;
    customer.payer.finds("#order").await;
    customer.reads("환불을 확인하고 있습니다").await;
    assert_eq!(
        refunded().await,
        before,
        "nothing is told as given back that may not be"
    );
    customer.payer.leaves_after_refusals().await;
}

async fn is_back(stage: &Stage, under_way: &UnderWay) {
    let customer = Customer::of(stage).await;
    customer.opens_order(&under_way.pressed).await;
    customer.pays().await;
    stage.agrees(&under_way.pressed, 2_200, 0).await;
    customer.payer.leaves().await;
    let payments = stage.payments(&under_way.pressed).await;
    assert_eq!(payments.len(), 1, "each press had the same key");

    stage.agrees(&under_way.in_doubt, 2_200, 0).await;
    let payments = stage.payments(&under_way.in_doubt).await;
    assert_eq!(payments.len(), 1, "{payments:#?}");
    let (coming, back) = &under_way.coming;
    stage.goes(back).await;
    stage.agrees(coming, 2_200, 0).await;
    // The job sends the decision again.
    stage.agrees(&under_way.paid, 2_200, 2_200).await;
    assert_eq!(stage.charged(&under_way.paid).await["cancellations"], 3);
}

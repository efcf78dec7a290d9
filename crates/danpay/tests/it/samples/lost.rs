//! danpay does as the shop asks, and its answers are lost: what is asked again with its key happens once.

use reqwest::StatusCode;

use super::customer::Customer;
use super::stage::Stage;
use crate::support::eventually;

/// What the desk reads of a refund that may or may not have happened.
const CHECKING: &str = "환불을 확인하고 있습니다";

pub(super) async fn what_is_asked_again_happens_once(stage: &Stage, customer: &Customer<'_>) {
    let order = customer.orders("choco-pie").await;
    stage.line.loses_answers();
    let pay = format!("/orders/{order}/pay");
    for _ in 0..2 {
        let refused = stage.posts(&pay, &[]).await;
        assert_eq!(
            refused.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            refused.text
        );
        assert_eq!(refused.order().attribute("data-state"), "open");
    }
    let payments = stage.payments(&order).await;
    assert_eq!(payments.len(), 1, "danpay has made it: {payments:#?}");
    stage.line.loses_no_more();
    customer.opens_order(&order).await;
    customer.pays().await;
    stage.agrees(&order, 2_200, 0).await;
    assert_eq!(
        stage.payments(&order).await.len(),
        1,
        "each press had the same key"
    );

    stage.line.loses_answers();
    customer.payer.fills("#refund-amount", "300").await;
    customer.payer.clicks("#refund").await;
    customer.reads(CHECKING).await;
    // By webhook.
    stage.agrees(&order, 2_200, 300).await;
    stage.line.loses_no_more();
    let settled = eventually(async || {
        let page = stage.order_page(&order).await;
        (!page.text.contains(CHECKING)).then_some(())
    });
    settled.await.expect("the job asks again");
    stage.agrees(&order, 2_200, 300).await;
    assert_eq!(stage.charged(&order).await["cancellations"], 1);
}

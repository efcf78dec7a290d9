//! The desk gives money back: a part, the rest, and one decision that is sent twice.

use reqwest::StatusCode;

use super::customer::Customer;
use super::page::Page;
use super::stage::Stage;

pub(super) async fn a_part_and_the_rest(stage: &Stage, customer: &Customer<'_>, order: &str) {
    customer.opens_order(order).await;
    customer.payer.fills("#refund-amount", "700").await;
    customer.payer.clicks("#refund").await;
    customer.payer.finds(r#"#order[data-refunded="700"]"#).await;
    customer.reads("일부 취소되었습니다").await;
    stage.agrees(order, 2_200, 700).await;

    customer.payer.clicks("#refund").await;
    customer
        .payer
        .finds(r#"#order[data-refunded="2200"]"#)
        .await;
    customer.reads("결제가 취소되었습니다").await;
    assert!(!customer.payer.has("#refund").await, "nothing is left");
    stage.agrees(order, 2_200, 2_200).await;
}

/// 500 won of the order.
pub(super) async fn sent_twice(stage: &Stage, order: &str) {
    let decision = decision(&stage.order_page(order).await);
    let path = format!("/orders/{order}/refunds");
    let form = [
        ("refund", decision.as_str()),
        ("amount", "500"),
        ("expected_left", "2200"),
    ];
    let sent = tokio::join!(stage.posts(&path, &form), stage.posts(&path, &form));
    let again = stage.posts(&path, &form).await;
    for page in [sent.0, sent.1, again] {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    }
    stage.agrees(order, 2_200, 500).await;
    assert_eq!(stage.charged(order).await["cancellations"], 1);
}

/// Two of the desk have the same page before them, and each gives 500 won back: the second one's page is out of date,
/// so nothing goes back by it.
pub(super) async fn decided_twice(stage: &Stage, order: &str) {
    let (one, other) = (stage.order_page(order).await, stage.order_page(order).await);
    let left = one
        .tag(r#"name="expected_left""#)
        .attribute("value")
        .to_owned();
    let path = format!("/orders/{order}/refunds");
    for page in [&one, &other] {
        let decision = decision(page);
        let form = [
            ("refund", decision.as_str()),
            ("amount", "500"),
            ("expected_left", left.as_str()),
        ];
        let page = stage.posts(&path, &form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    }
    stage.agrees(order, 2_200, 1_000).await;
    assert_eq!(stage.charged(order).await["cancellations"], 2);
    let page = stage.order_page(order).await;
    assert!(
        page.text.contains(r#"data-refund="failed""#),
        "{}",
        page.text
    );
}

/// The key that came with the page's form.
fn decision(page: &Page) -> String {
    page.tag(r#"name="refund""#).attribute("value").to_owned()
}

//! A customer buys: at once, after giving up once, and with a double click.

use reqwest::StatusCode;

use super::customer::Customer;
use super::stage::Stage;

/// The order that was paid at once.
pub(super) async fn at_once(stage: &Stage, customer: &Customer<'_>) -> String {
    customer.opens("/").await;
    customer.payer.can_read_it_on_a_small_phone().await;
    let order = customer.orders("choco-pie").await;
    customer.payer.can_read_it_on_a_small_phone().await;
    customer.pays().await;
    customer.reads("결제가 완료되었습니다").await;
    customer.payer.can_read_it_on_a_small_phone().await;
    stage.agrees(&order, 2_200, 0).await;
    customer.opens("/orders").await;
    customer.payer.can_read_it_on_a_small_phone().await;
    order
}

/// The order that was paid by its second payment.
pub(super) async fn after_giving_up(stage: &Stage, customer: &Customer<'_>) -> String {
    let order = customer.orders("choco-pie").await;
    customer.payer.clicks("#pay").await;
    customer.payer.presses("quit").await;
    customer.sees("open").await;
    customer.reads("이번에는 결제되지 않았습니다").await;
    stage.is_unpaid(&order, "quit").await;

    // Told late that it could still be paid, the shop stays where it is.
    stage.hears_again(&order, "payment.ready").await;
    stage.is_unpaid(&order, "quit").await;

    customer.payer.clicks("#pay").await;
    // Nor does the end of the first attempt end the second one.
    stage.hears_again(&order, "payment.quit").await;
    assert_eq!(stage.books().await[&order].0, "paying");
    customer.pays_there().await;
    customer.sees("paid").await;
    stage.agrees(&order, 2_200, 0).await;
    let payments = stage.payments(&order).await;
    assert_eq!(payments.len(), 2, "a new attempt is a new payment");
    order
}

/// The order that was paid after two presses at once.
pub(super) async fn with_a_double_click(stage: &Stage, customer: &Customer<'_>) -> String {
    let order = customer.orders("choco-pie").await;
    let path = format!("/orders/{order}/pay");
    let (one, other) = tokio::join!(stage.posts(&path, &[]), stage.posts(&path, &[]));
    for page in [&one, &other] {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    }
    let payments = stage.payments(&order).await;
    assert_eq!(payments.len(), 1, "{payments:#?}");
    // One of them may have found the payment under way, and shows the order's page.
    let checkout = payments[0]["checkout_url"].as_str();
    let led_there = [&one, &other].map(|page| page.location.as_deref() == checkout);
    assert!(
        led_there.contains(&true),
        "{:?} and {:?}",
        one.location,
        other.location
    );

    customer.opens_order(&order).await;
    customer.sees("paying").await;
    customer.payer.clicks("#checkout").await;
    customer.pays_there().await;
    customer.sees("paid").await;
    stage.agrees(&order, 2_200, 0).await;
    order
}

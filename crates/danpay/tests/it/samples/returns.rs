//! The address to come back to: opened again, and with the payment of another order.

use super::customer::Customer;
use super::stage::Stage;

pub(super) async fn book_nothing_wrong(stage: &Stage, customer: &Customer<'_>, paid: &str) {
    let payment = stage.payment_id(paid).await;
    let other = customer.orders("choco-pie").await;
    let before = stage.books().await;
    let back = |order: &str, payment: &str| format!("/return?order={order}&payment_id={payment}");
    for _ in 0..2 {
        customer.opens(&back(paid, &payment)).await;
        customer.sees("paid").await;
    }
    for forged in [
        payment.as_str(),
        "pay_01m3250v00ew3re1r70w3ge1r7",
        "..%2Fshop",
        "",
    ] {
        customer.opens(&back(&other, forged)).await;
        customer.sees("open").await;
    }
    let nowhere = stage
        .asks(&back("order-of-nobody", &payment))
        .await
        .unwrap();
    assert!(nowhere.status.is_client_error(), "{}", nowhere.status);
    assert_eq!(stage.books().await, before);

    // Nor while a payment of its own is under way.
    customer.opens_order(&other).await;
    customer.payer.clicks("#pay").await;
    customer.payer.sees("pay-on-this-device").await;
    customer.opens(&back(&other, &payment)).await;
    customer.sees("paying").await;
    customer.payer.clicks("#checkout").await;
    customer.pays_there().await;
    customer.sees("paid").await;
    stage.agrees(&other, 2_200, 0).await;
    stage.agrees(paid, 2_200, 0).await;
}

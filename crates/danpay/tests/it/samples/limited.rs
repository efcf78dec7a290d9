//! Two are there, three are ordered. The second payer never comes back to the shop.

use super::customer::Customer;
use super::stage::Stage;

const PRICE: i64 = 15_000;

pub(super) async fn two_are_sold(stage: &Stage, customer: &Customer<'_>) {
    let first = customer.orders("limited").await;
    customer.pays().await;
    stage.agrees(&first, PRICE, 0).await;

    let second = customer.orders("limited").await;
    let back = stage.payer_comes_back(&second).await;
    // To danpay alone: the shop hears of it by webhook, or asks.
    stage.goes(&back).await;
    stage.agrees(&second, PRICE, 0).await;

    let third = customer.orders("limited").await;
    customer.payer.clicks("#pay").await;
    customer.pays_there().await;
    customer.sees("open").await;
    stage.is_unpaid(&third, "withdrawn").await;
    let asked = &stage.ledger(&third).await[0]["approve_calls"];
    assert_eq!(*asked, 0, "KakaoPay was not asked to charge");
}

//! Two are there, three are ordered. The second payer never comes back to the shop, and KakaoPay's answer
//! to its approval is lost.

use super::customer::Customer;
use super::stage::Stage;
use crate::support::eventually;

const PRICE: i64 = 15_000;

pub(super) async fn two_are_sold(stage: &Stage, customer: &Customer<'_>) {
    let first = customer.orders("limited").await;
    customer.pays().await;
    stage.agrees(&first, PRICE, 0).await;

    let second = customer.orders("limited").await;
    let back = stage.payer_comes_back(&second).await;
    stage.hides(&second).await;
    // To danpay alone: the shop hears of it by webhook, or asks.
    stage.goes(&back).await;
    let charged = eventually(async || {
        let ledger = stage.ledger(&second).await;
        (ledger[0]["approvals"] == 1).then_some(())
    });
    charged.await.expect("the shop approves");
    customer.opens_order(&second).await;
    customer.is_told_to_wait().await;
    stage.shows().await;
    stage.agrees(&second, PRICE, 0).await;
    assert_eq!(stage.charged(&second).await["approve_calls"], 1);

    let third = customer.orders("limited").await;
    customer.payer.clicks("#pay").await;
    customer.pays_there().await;
    customer.sees("open").await;
    stage.is_unpaid(&third, "withdrawn").await;
    let asked = &stage.ledger(&third).await[0]["approve_calls"];
    assert_eq!(*asked, 0, "KakaoPay was not asked to charge");
}

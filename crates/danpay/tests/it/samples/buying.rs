//! A customer buys: at once, and after giving up once.

use super::stage::Stage;
use crate::support::{Device, Payer};

/// A customer of the shop with a browser that runs no scripts.
pub(super) struct Customer<'stage> {
    pub(super) payer: Payer,
    pub(super) stage: &'stage Stage,
}

impl<'stage> Customer<'stage> {
    pub(super) async fn of(stage: &'stage Stage) -> Self {
        Self {
            payer: Payer::with(Device::PlainDesktop).await,
            stage,
        }
    }

    /// Orders it; the order's number.
    pub(super) async fn orders(&self, product: &str) -> String {
        self.payer.opens(&format!("{}/", self.stage.shop_url)).await;
        self.payer.clicks(&format!("#buy-{product}")).await;
        self.sees("open").await;
        self.payer.reads_attribute("#order", "data-order").await
    }

    /// Waits for the page of an order in this state.
    pub(super) async fn sees(&self, state: &str) {
        self.payer
            .finds(&format!(r#"#order[data-state="{state}"]"#))
            .await;
    }

    pub(super) async fn opens_order(&self, order: &str) {
        let url = format!("{}/orders/{order}", self.stage.shop_url);
        self.payer.opens(&url).await;
    }

    /// Pays at KakaoPay's page, which is in front.
    pub(super) async fn pays_there(&self) {
        self.payer.presses("pay-on-this-device").await;
        self.payer.pays("pay-card-shinhan").await;
    }

    /// From the pay button to the shop's page again, paid.
    pub(super) async fn pays(&self) {
        self.payer.clicks("#pay").await;
        self.pays_there().await;
        self.sees("paid").await;
    }

    /// The page in front has this text.
    pub(super) async fn reads(&self, text: &str) {
        let page = self.payer.page_text().await;
        assert!(page.contains(text), "no {text} in:\n{page}");
    }
}

pub(super) async fn a_customer_pays(stage: &Stage) {
    let customer = Customer::of(stage).await;
    let order = customer.orders("choco-pie").await;
    customer.pays().await;
    customer.reads("결제가 완료되었습니다").await;
    stage.agrees(&order, 2_200, 0).await;

    let order = customer.orders("choco-pie").await;
    customer.payer.clicks("#pay").await;
    customer.payer.presses("quit").await;
    customer.sees("open").await;
    stage.is_unpaid(&order, "quit").await;
    customer.pays().await;
    stage.agrees(&order, 2_200, 0).await;
    assert_eq!(
        stage.payments(&order).await.len(),
        2,
        "a new attempt is a new payment"
    );
}

//! A customer of the shop with a browser that runs no scripts.

use super::stage::Stage;
use crate::support::{Device, Payer};

pub(super) struct Customer<'stage> {
    pub(super) payer: Payer,
    stage: &'stage Stage,
}

impl<'stage> Customer<'stage> {
    pub(super) async fn of(stage: &'stage Stage) -> Self {
        let payer = Payer::with(Device::PlainDesktop).await;
        Self { payer, stage }
    }

    pub(super) async fn opens(&self, path: &str) {
        let url = format!("{}{path}", self.stage.shop_url);
        self.payer.opens(&url).await;
    }

    pub(super) async fn opens_order(&self, order: &str) {
        self.opens(&format!("/orders/{order}")).await;
        self.payer
            .finds(&format!(r#"#order[data-order="{order}"]"#))
            .await;
    }

    /// Orders it; the order's number.
    pub(super) async fn orders(&self, product: &str) -> String {
        self.opens("/").await;
        self.payer.clicks(&format!("#buy-{product}")).await;
        self.sees("open").await;
        self.payer.reads_attribute("#order", "data-order").await
    }

    /// Waits for the page of an order in this state.
    pub(super) async fn sees(&self, state: &str) {
        let css = format!(r#"#order[data-state="{state}"]"#);
        self.payer.finds(&css).await;
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

    /// The page in front offers no other payment, and says that this one is being checked.
    pub(super) async fn is_told_to_wait(&self) {
        self.reads("결제를 확인하고 있습니다. 다시 결제하지 마세요.")
            .await;
        self.sees("paying").await;
        assert!(!self.payer.has("#pay").await, "the pay button is there");
    }

    /// At the end: none of the pages has asked for anything from elsewhere.
    pub(super) async fn has_met_no_others(self) {
        let asked = self.payer.asked_for().await;
        let stage = self.stage;
        let known = [&stage.shop_url, &stage.sandbox_url, &stage.danpay.url];
        let of_pages = asked.iter().filter(|url| url.starts_with("http"));
        let mut others = of_pages.filter(|url| !known.iter().any(|known| url.starts_with(*known)));
        assert_eq!(others.next(), None);
        assert!(
            asked.iter().any(|url| url.starts_with(&stage.shop_url)),
            "{asked:?}"
        );
        self.payer.leaves().await;
    }
}

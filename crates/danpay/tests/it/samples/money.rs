//! The shop, KakaoPay's ledger and danpay tell the same of the money.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stage::Stage;
use crate::support::eventually;

const PAID: [&str; 3] = ["approved", "partially_canceled", "canceled"];

impl Stage {
    /// The order is charged once, and all say so alike, at last.
    pub(super) async fn agrees(&self, order: &str, paid: i64, refunded: i64) {
        let shop = self.until_booked(order, paid, refunded).await;
        assert_eq!(shop, "paid", "{order}");
        let charged = self.charged(order).await;
        assert_eq!(charged["approvals"], 1, "{charged:#}");
        assert_eq!(charged["total"], paid, "{charged:#}");
        assert_eq!(charged["canceled_total"], refunded, "{charged:#}");

        let payments = self.payments(order).await;
        let of_danpay = payments
            .iter()
            .filter(|payment| PAID.contains(&payment["status"].as_str().unwrap()));
        let of_danpay: Vec<_> = of_danpay.collect();
        assert_eq!(of_danpay.len(), 1, "{payments:#?}");
        assert_eq!(of_danpay[0]["tid"], charged["tid"]);
        assert_eq!(of_danpay[0]["amount"]["total"], paid);
        assert_eq!(of_danpay[0]["canceled_amount"]["total"], refunded);
    }

    /// The one payment of an order that KakaoPay has charged.
    pub(super) async fn charged(&self, order: &str) -> Value {
        let mut charged = self.ledger(order).await;
        charged.retain(|payment| payment["approvals"] != 0);
        assert_eq!(charged.len(), 1, "{order} is charged once: {charged:#?}");
        charged.remove(0)
    }

    /// Waits until the shop's own list says so, which asks nobody; the order's state.
    async fn until_booked(&self, order: &str, paid: i64, refunded: i64) -> String {
        let mut last = None;
        let booked = eventually(async || {
            let books = self.books().await;
            let (state, sums) = books.get(order)?.clone();
            last = Some((state.clone(), sums));
            (sums == (paid, refunded)).then_some(state)
        });
        let booked = booked.await;
        booked.unwrap_or_else(|| panic!("{order} is not {paid} and {refunded}: {last:?}"))
    }

    /// The shop's own list: state, paid and refunded of each order.
    pub(super) async fn books(&self) -> BTreeMap<String, (String, (i64, i64))> {
        let page = self.asks("/orders").await.unwrap();
        let rows = page.tags(" data-order=\"").into_iter().map(|row| {
            let sums = (row.won("data-paid"), row.won("data-refunded"));
            let state = row.attribute("data-state").to_owned();
            (row.attribute("data-order").to_owned(), (state, sums))
        });
        rows.collect()
    }

    /// The order can be paid again: nobody has charged it, and all say so alike.
    pub(super) async fn is_unpaid(&self, order: &str, status: &str) {
        let page = self.order_page(order).await;
        let shop = page.order();
        assert_eq!(shop.attribute("data-state"), "open", "{}", page.text);
        assert_eq!((shop.won("data-paid"), shop.won("data-refunded")), (0, 0));
        let ledger = self.ledger(order).await;
        assert!(
            ledger.iter().all(|payment| payment["approvals"] == 0),
            "{ledger:#?}"
        );
        let payments = self.payments(order).await;
        assert_eq!(payments[0]["status"], status, "{payments:#?}");
    }

    /// At the end: the sums of the shop's list are those of the ledger, order by order.
    pub(super) async fn balances(&self) {
        let ledger = self.whole_ledger().await;
        let mut sums = BTreeMap::<String, (i64, i64)>::new();
        for payment in ledger.iter().filter(|payment| payment["approvals"] != 0) {
            assert_eq!(payment["approvals"], 1, "{payment:#}");
            let order = payment["order_id"].as_str().unwrap().to_owned();
            let won = |name: &str| payment[name].as_i64().unwrap();
            let sums = sums.insert(order, (won("total"), won("canceled_total")));
            assert_eq!(sums, None, "charged twice: {payment:#}");
        }
        let mut books = self.books().await;
        books.retain(|_, (_, sums)| *sums != (0, 0));
        let books: BTreeMap<_, _> = books
            .into_iter()
            .map(|(order, (_, sums))| (order, sums))
            .collect();
        assert_eq!(books, sums);
    }
}

//! What a newcomer does first: `danpay demo`, the real binary, and buying there.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::{Device, PATIENCE, Payer, api};

struct Demo {
    process: Child,
    shop_url: String,
    sandbox_url: String,
}

impl Demo {
    /// On free ports; it says on standard output where it can be reached.
    async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_danpay"))
            .args(["demo", "--shop-port=0", "--port=0", "--sandbox-port=0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut urls = Vec::new();
        while urls.len() < 3 {
            let line = tokio::time::timeout(PATIENCE, said.next_line()).await;
            let line = line.unwrap().unwrap().expect("the demo has started");
            urls.extend(line.find("http://").map(|at| line[at..].to_owned()));
        }
        Self {
            process,
            shop_url: urls[0].clone(),
            sandbox_url: urls[2].trim_end_matches("/_sandbox/").to_owned(),
        }
    }

    async fn ledger(&self, tid: &str) -> Value {
        let url = format!("{}/_sandbox/payments/{tid}", self.sandbox_url);
        api::read(api::http().get(url)).await
    }

    /// What KakaoPay has given back, each time.
    async fn given_back(&self, tid: &str) -> Vec<i64> {
        let ledger = self.ledger(tid).await;
        let entries = ledger["entries"].as_array().unwrap().iter();
        let canceled = entries.filter(|entry| entry["kind"] == "CANCEL");
        canceled
            .map(|entry| entry["total"].as_i64().unwrap())
            .collect()
    }

    /// As Ctrl+C or a service manager would end it.
    async fn stop(mut self) {
        let pid = self.process.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(told.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        assert!(ended.unwrap().unwrap().success());
    }
}

/// The buttons of an order's page as it was then, to be pressed as often as one likes.
struct Buttons {
    action: String,
    /// The forms' fields, encoded, by the buttons' names.
    fields: Vec<(String, String)>,
}

impl Buttons {
    async fn of(order: &str) -> Self {
        let page = api::http().get(order).send().await.unwrap();
        let page = page.text().await.unwrap();
        let forms = page.split("<form ").skip(1);
        let fields = forms.map(|form| {
            let form = form.split("</form>").next().unwrap();
            let values = form.split("type=\"hidden\" ").skip(1);
            let values: Vec<_> = values
                .map(|field| {
                    let part = |name: &str| {
                        let start = format!("{name}=\"");
                        let rest = field.split(&start).nth(1).unwrap();
                        rest.split('"').next().unwrap()
                    };
                    format!("{}={}", part("name"), part("value"))
                })
                .collect();
            let name = form.split("data-testid=\"").nth(1).unwrap();
            (name.split('"').next().unwrap().to_owned(), values.join("&"))
        });
        Self {
            action: format!("{}/cancel", order.split('?').next().unwrap()),
            fields: fields.collect(),
        }
    }

    async fn press(&self, name: &str) {
        let (_, fields) = self.fields.iter().find(|(own, _)| own == name).unwrap();
        let request = api::http().post(&self.action).body(fields.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap();
    }
}

#[tokio::test]
async fn a_newcomer_buys_choco_pies_at_the_demo_on_a_desktop() {
    buys(Device::Desktop, "pay-on-this-device").await;
}

#[tokio::test]
async fn a_newcomer_buys_choco_pies_at_the_demo_on_a_phone() {
    buys(Device::IPhone, "continue-here").await;
}

async fn buys(device: Device, this_device: &str) {
    let demo = Demo::start().await;
    let payer = Payer::with(device).await;

    payer.opens(&demo.shop_url).await;
    payer
        .sees("quantity")
        .await
        .select_by_label("3")
        .await
        .unwrap();
    payer.presses("buy").await;
    payer.presses(this_device).await;
    payer.pays("pay-card-shinhan").await;

    let order = payer.sees("order").await;
    assert_eq!(
        order.attr("data-status").await.unwrap().unwrap(),
        "approved"
    );
    assert_eq!(payer.reads("total").await, "6,600원");
    let card = payer.reads("card").await;
    assert!(card.contains("신한"), "{card}");
    let payment_id = payer.reads("payment").await;
    let page = payer.url().await;
    assert!(page.starts_with(&demo.shop_url), "{page}");
    assert!(
        page.ends_with(&format!("?payment_id={payment_id}")),
        "{page}"
    );
    payer.ends_at(&page).await;

    let ledger = demo.ledger(&payer.reads("tid").await).await;
    assert_eq!(ledger["status"], "SUCCESS_PAYMENT", "{ledger:#}");
    assert_eq!(ledger["approvals"], 1);
    assert_eq!(ledger["approve_calls"], 1);
    assert_eq!(ledger["total"], 6600);
    assert_eq!(ledger["aid"], payer.reads("aid").await);

    payer.presses("again").await;
    payer.sees("buy").await;
    payer.leaves().await;
    demo.stop().await;
}

#[tokio::test]
async fn a_newcomer_who_gives_up_at_the_demo_can_pay_after_all() {
    let demo = Demo::start().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&demo.shop_url).await;
    payer.presses("buy").await;
    let first = payer.url().await;
    payer.presses("quit").await;
    payer.sees("pay-again").await;
    payer.meets_no_barrier_at("order").await;
    let order = payer.url().await;
    let quit = payer.reads("payment").await;

    payer.presses("pay-again").await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-money").await;
    payer.sees("again").await;
    let status = payer.sees("order").await.attr("data-status").await;
    assert_eq!(status.unwrap().unwrap(), "approved");
    let payment = payer.reads("payment").await;
    assert_ne!(payment, quit);
    let ledger = demo.ledger(&payer.reads("tid").await).await;
    assert_eq!(ledger["approvals"], 1);
    let number = |url: &str| url.split('?').next().unwrap().to_owned();
    assert_eq!(number(&payer.url().await), number(&order), "the same order");
    assert_ne!(payer.url().await, first);
    payer.leaves().await;
    demo.stop().await;
}

#[tokio::test]
async fn no_page_of_the_demos_shop_has_a_barrier() {
    let demo = Demo::start().await;
    let payer = Payer::with(Device::Desktop).await;
    payer.opens(&demo.shop_url).await;
    payer.meets_no_barrier_at("buy").await;
    payer.presses("buy").await;
    let orders = format!("{}/orders", demo.shop_url.trim_end_matches('/'));
    let order = format!("{orders}/{}", payer.reads("order-id").await);
    let to_pay = payer.url().await;
    payer.opens(&order).await;
    payer.meets_only_the_reload_at("order").await;
    payer.opens(&to_pay).await;
    payer.presses("quit").await;
    payer.meets_no_barrier_at("pay-again").await;

    payer.presses("pay-again").await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-card-shinhan").await;
    payer.meets_no_barrier_at("cancel-all").await;
    payer.presses("cancel-part").await;
    payer.sees("refund").await;
    payer.meets_no_barrier_at("cancel-all").await;
    payer.presses("cancel-all").await;
    payer.counts("refund", 2).await;
    payer.meets_no_barrier_at("again").await;

    let missing = format!("{orders}/choco-0");
    payer.opens_missing(&missing).await;
    payer.meets_no_barrier_at("message").await;
    payer.leaves().await;
    demo.stop().await;
}

#[tokio::test]
async fn money_goes_back_in_parts_and_a_button_that_is_pressed_twice_gives_it_back_once() {
    let demo = Demo::start().await;
    let payer = Payer::with(Device::PlainDesktop).await;
    payer.opens(&demo.shop_url).await;
    payer.chooses("quantity", "2").await;
    payer.presses("buy").await;
    payer.presses("pay-on-this-device").await;
    payer.pays("pay-money").await;
    let tid = payer.reads("tid").await;

    let order = payer.url().await;
    let buttons = Buttons::of(&order).await;
    for _ in 0..2 {
        buttons.press("cancel-part").await;
    }
    payer.reloads().await;
    assert_eq!(payer.reads("refund").await, "−2,200원");
    assert_eq!(payer.reads("left").await, "2,200원");
    payer.counts("refund", 1).await;
    assert_eq!(demo.given_back(&tid).await, [2_200]);

    // The other button of that page, which says that more is left: nothing happens.
    buttons.press("cancel-all").await;
    assert_eq!(demo.given_back(&tid).await, [2_200]);
    payer.presses("cancel-part").await;
    payer.counts("refund", 2).await;
    payer.presses("cancel-all").await;
    payer.counts("refund", 3).await;
    assert_eq!(payer.reads("left").await, "0원");
    payer.counts("cancel-all", 0).await;
    assert_eq!(demo.given_back(&tid).await, [2_200, 1_100, 1_100]);
    payer.leaves().await;
    demo.stop().await;
}

#[tokio::test]
async fn the_calls_beside_an_order_appear_as_they_happen_and_hold_no_secret() {
    let demo = Demo::start().await;
    let (watching, payer) = Payer::with_both(Device::Desktop, Device::IPhone).await;
    payer.opens(&demo.shop_url).await;
    payer.presses("buy").await;
    let order = payer.reads("order-id").await;
    let order = format!("{}/orders/{order}", demo.shop_url.trim_end_matches('/'));
    payer.presses("continue-here").await;
    payer.pays("pay-card-shinhan").await;
    payer.sees("cancel-all").await;

    watching.opens(&order).await;
    let loaded_at = watching.loaded_at().await;
    watching
        .reads_at_last("calls", "POST /online/v1/payment/approve")
        .await;
    payer.presses("cancel-all").await;
    watching
        .reads_at_last("calls", "POST /online/v1/payment/cancel")
        .await;
    watching.reads_at_last("calls", "CANCEL_PAYMENT").await;
    assert_eq!(watching.loaded_at().await, loaded_at);
    let calls = watching.reads("calls").await;
    for shown in ["Idempotency-Key", "-attempt-1", "expected_left", "canceled"] {
        assert!(calls.contains(shown), "no {shown}: {calls}");
    }
    for secret in ["pg_token", "danpay_sk_", "SECRET_KEY", "/return/"] {
        assert!(!calls.contains(secret), "{secret}: {calls}");
    }
    payer.leaves().await;
    watching.leaves().await;
    demo.stop().await;
}

#[tokio::test]
async fn the_demos_shop_has_the_headers_of_the_servers_pages() {
    let demo = Demo::start().await;
    for path in ["", "shop.css", "shop.js", "shop.svg", "orders/choco-0"] {
        let url = format!("{}/{path}", demo.shop_url.trim_end_matches('/'));
        let answer = api::http().get(url).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap();
        let policy = header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    }
    demo.stop().await;
}

#[tokio::test]
async fn the_sandboxs_overview_fits_and_shows_what_was_bought() {
    let demo = Demo::start().await;
    let payer = Payer::with(Device::Android).await;
    payer.opens(&demo.shop_url).await;
    payer.presses("buy").await;
    payer.sees("continue-here").await;

    payer
        .opens(&format!("{}/_sandbox/", demo.sandbox_url))
        .await;
    let row = payer.reads("payment").await;
    assert!(row.contains("초코파이"), "{row}");
    payer.leaves().await;
    demo.stop().await;
}

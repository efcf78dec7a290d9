//! `danpay demo --server`: the shop alone, beside a server and a sandbox that run elsewhere.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests say what they expect"
)]

use std::process::Stdio;

use kakaopay_sandbox::{PaymentStatus, Sandbox};
use reqwest::{Response, StatusCode, header};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::served::{PATIENCE, Served};

/// The shop, and where it is.
async fn shop_beside(danpay: &Served, sandbox: &Sandbox) -> (Child, String) {
    let mut shop = Command::new(env!("CARGO_BIN_EXE_danpay"))
        .args(["demo", "--server", &danpay.url, "--sandbox", sandbox.url()])
        .args(["--listen", "127.0.0.1:0"])
        .env("DANPAY_API_KEY", &danpay.api_key)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(shop.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, said.next_line()).await;
    let line = line.unwrap().unwrap().expect("the shop says where it is");
    let (_, address) = line.split_once("http://").expect("an address");
    (shop, format!("http://{address}"))
}

/// The value of a field of a form.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0
}

fn leads_to(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn the_shop_alone_sells_and_gives_back_by_a_server_that_runs_elsewhere() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let (_shop, url) = shop_beside(&danpay, &sandbox).await;
    let get = async |url: &str| danpay.http.get(url).send().await.unwrap();
    let post = async |url: &str, form: &[(&str, &str)]| {
        let pairs = form.iter().map(|(name, value)| format!("{name}={value}"));
        let body = pairs.collect::<Vec<_>>().join("&");
        let form = "application/x-www-form-urlencoded";
        let request = danpay.http.post(url).header(header::CONTENT_TYPE, form);
        request.body(body).send().await.unwrap()
    };

    let page = get(&url).await.text().await.unwrap();
    let order = field(&page, "order_id");
    let basket = [("quantity", "1"), ("order_id", order), ("attempt", "1")];
    let checkout = leads_to(&post(&format!("{url}/buy"), &basket).await);
    assert!(checkout.starts_with(&danpay.url), "{checkout}");
    let at_kakaopay = leads_to(&get(&checkout).await);
    assert!(at_kakaopay.starts_with(sandbox.url()), "{at_kakaopay}");
    let tid = sandbox.payments()[0].tid.clone();
    let back = sandbox.play(&tid, "pays_by_card").unwrap();
    let receipt = leads_to(&get(&back).await);
    assert_eq!(
        receipt.split('?').next().unwrap(),
        format!("{url}/orders/{order}")
    );

    let page = get(&receipt).await.text().await.unwrap();
    let refund = [("press", field(&page, "press")), ("left", "2200")];
    leads_to(&post(&format!("{url}/orders/{order}/cancel"), &refund).await);
    let ledger = sandbox.payment(&tid).unwrap();
    assert_eq!(ledger.status, PaymentStatus::CancelPayment);
    assert_eq!(ledger.approvals, 1);
}

//! The example's shop, before a KakaoPay that loses answers and payers that close their browser.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use kakaopay::KakaoPay;
use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};

#[path = "../../examples/axum.rs"]
#[expect(dead_code, reason = "the example's main starts it elsewhere")]
mod example;

struct Open {
    sandbox: Sandbox,
    address: String,
}

impl Open {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let kakaopay = KakaoPay::builder("DEV").base_url(sandbox.url());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shop = example::shop(kakaopay.build().unwrap(), format!("http://{address}"));
        tokio::spawn(async { axum::serve(listener, shop).await.unwrap() });
        Self { sandbox, address }
    }

    /// A browser's question, whose answer nobody waits for yet.
    fn asks(&self, path: &str) -> TcpStream {
        let mut line = TcpStream::connect(&self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        line.write_all(head.as_bytes()).unwrap();
        line
    }

    async fn get(&self, path: &str) -> String {
        let mut line = self.asks(path);
        let read = move || {
            let mut answer = String::new();
            line.read_to_string(&mut answer).unwrap();
            answer
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The path by which a payer comes back who has bought and played a script.
    async fn back(&self, script: &str) -> String {
        let bought = self.get("/buy").await;
        assert!(bought.starts_with("HTTP/1.1 303"), "{bought}");
        let tid = self.sandbox.payments().remove(0).tid;
        let back = self.sandbox.play(&tid, script).unwrap();
        back.replace(&format!("http://{}", self.address), "")
    }

    /// Waits until the order's page says so.
    async fn says(&self, text: &str) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let page = self.get("/orders/order-1").await;
            if page.contains(text) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{page}");
        }
    }

    fn approvals(&self) -> u32 {
        let payments = self.sandbox.payments();
        payments.iter().map(|payment| payment.approvals).sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_pays_once_however_often_the_page_is_loaded() {
    let shop = Open::new().await;
    let back = shop.back("pays_by_card").await;
    for _ in 0..3 {
        let answer = shop.get(&back).await;
        assert!(answer.contains("location: /orders/order-1"), "{answer}");
    }
    shop.says("Paid").await;
    assert_eq!(shop.approvals(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_written_down_though_the_payer_closes_the_browser() {
    let shop = Open::new().await;
    let back = shop.back("pays_by_card").await;
    let slow = Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit);
    shop.sandbox.inject(slow.delay_ms(2_000));
    let browser = shop.asks(&back);
    while shop.approvals() == 0 {
        tokio::task::yield_now().await;
    }
    drop(browser);
    shop.says("Paid").await;
    assert_eq!(shop.approvals(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_a_lookup() {
    let shop = Open::new().await;
    let back = shop.back("pays_by_card").await;
    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    shop.sandbox.inject(lost);
    shop.get(&back).await;
    shop.says("Paid").await;
    assert_eq!(shop.approvals(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_and_a_forged_end_stop_no_payment() {
    let shop = Open::new().await;
    shop.get("/buy").await;
    let forged = shop.get("/pay/approve?order=order-1&pg_token=forged").await;
    assert!(forged.starts_with("HTTP/1.1 303"), "{forged}");
    shop.get("/pay/end?order=order-1").await;
    shop.says("Not paid yet").await;
    let tid = shop.sandbox.payments().remove(0).tid;
    let back = shop.sandbox.play(&tid, "pays_by_money").unwrap();
    shop.get(&back.replace(&format!("http://{}", shop.address), ""))
        .await;
    shop.says("Paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_gives_up_has_not_paid() {
    let shop = Open::new().await;
    let back = shop.back("quits").await;
    shop.get(&back).await;
    shop.says("Not paid.").await;
}

//! A server whose payments have the clock of a sandbox elsewhere (`DANPAY_TEST_CLOCK_URL`).

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kakaopay_sandbox::Sandbox;
use serde_json::Value;

use crate::served::Served;

const SETTING: &str = "DANPAY_TEST_CLOCK_URL";
const LIVE: &str = "C000SHOP02";

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().cid("TC0ONETIME").cid(LIVE);
    sandbox.start().await.unwrap()
}

async fn following(sandbox: &Sandbox) -> Served {
    let mut danpay = Served::new(sandbox);
    danpay.set(SETTING, sandbox.url());
    danpay.start().await;
    danpay
}

/// What is said by a command that fails.
fn fails(danpay: &Served, words: &[&str]) -> String {
    let ended = danpay.command(words);
    assert!(!ended.status.success(), "{words:?}");
    String::from_utf8(ended.stderr).unwrap()
}

/// `danpay shops add` of a shop by whose contract real money moves.
fn add_live(danpay: &Served) -> Vec<String> {
    let secret = danpay.folder().join("secret");
    std::fs::write(&secret, "DEVKILL").unwrap();
    let secret = secret.to_str().unwrap();
    let words = [
        "shops",
        "add",
        "둘째",
        "--cid",
        LIVE,
        "--secret-key-file",
        secret,
    ];
    words.map(str::to_owned).to_vec()
}

/// How far a payment was made in the machine's future.
fn ahead(payment: &Value, sandbox: &Sandbox) -> SignedDuration {
    let created_at: Timestamp = payment["created_at"].as_str().unwrap().parse().unwrap();
    // The sandbox is an hour ahead of the machine.
    let machine = sandbox.clock()() - SignedDuration::from_hours(1);
    created_at.duration_since(machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_does_to_the_sandboxs_clock_is_seen_at_the_server_at_once() {
    let sandbox = sandbox().await;
    let danpay = following(&sandbox).await;
    let line = danpay.until_logged("danpay serves").await;
    assert_eq!(line["fields"]["test_clock"], sandbox.url());

    let payment = danpay.create("order-1").await;
    let wind = danpay
        .http
        .post(format!("{}/_sandbox/clock", sandbox.url()));
    let wound = wind.json(&serde_json::json!({ "advance_s": 960 }));
    assert!(wound.send().await.unwrap().status().is_success());
    let began = Instant::now();
    danpay
        .until_status(payment["id"].as_str().unwrap(), "expired")
        .await;
    assert!(began.elapsed() < Duration::from_secs(10));

    // What danpay was told lately stays as good as it was: a payment that is made now can be paid.
    let payment = danpay.create("order-2").await;
    let back = sandbox.play(payment["tid"].as_str().unwrap(), "pays_by_card");
    danpay.http.get(back.unwrap()).send().await.unwrap();
    danpay
        .until_status(payment["id"].as_str().unwrap(), "approved")
        .await;
    let log = std::fs::read_to_string(danpay.log()).unwrap();
    assert!(!log.contains("clock differs"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_goes_away_leaves_the_time_as_it_was() {
    let sandbox = sandbox().await;
    let mut danpay = Served::new(&sandbox);
    danpay.set(SETTING, sandbox.url());
    sandbox.advance_clock(Duration::from_hours(1));
    danpay.start().await;
    let payment = danpay.create("order-1").await;
    let ahead = ahead(&payment, &sandbox);
    sandbox.stop().await;
    danpay.until_logged("does not tell its time").await;
    assert!(ahead > SignedDuration::from_mins(59), "{ahead:?}");
    // It still is the time of the payment: it has not expired, nor is it yet to come.
    let id = payment["id"].as_str().unwrap();
    assert_eq!(danpay.payment(id).await["status"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_does_not_answer_or_is_another_is_refused() {
    let sandbox = sandbox().await;
    let mut danpay = Served::new(&sandbox);
    danpay.set(SETTING, "http://127.0.0.1:9");
    let said = fails(&danpay, &["serve"]);
    assert!(said.contains("DANPAY_KAKAOPAY_BASE_URL"), "{said}");
    danpay.set("DANPAY_KAKAOPAY_BASE_URL", "http://127.0.0.1:9");
    let said = fails(&danpay, &["serve"]);
    assert!(
        said.contains(SETTING) && said.contains("does not tell its time"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn real_money_and_a_clock_that_tests_move_exclude_each_other() {
    let sandbox = sandbox().await;
    sandbox.advance_clock(Duration::from_hours(1));
    let mut danpay = following(&sandbox).await;
    let moved = danpay.create("order-1").await;
    assert!(ahead(&moved, &sandbox) > SignedDuration::from_mins(59));

    let add = add_live(&danpay);
    let add: Vec<_> = add.iter().map(String::as_str).collect();
    let said = fails(&danpay, &add);
    assert!(said.contains(SETTING), "{said}");

    // Somebody adds it without that setting.
    danpay.unset(SETTING);
    let added = danpay.command(&add);
    assert!(added.status.success(), "{added:?}");
    danpay.until_logged("the machine's clock again").await;
    let own = danpay.create("order-2").await;
    assert!(ahead(&own, &sandbox).abs() < SignedDuration::from_mins(10));

    danpay.kill();
    danpay.set(SETTING, sandbox.url());
    assert!(
        danpay
            .command(&["shops", "disable", "둘째"])
            .status
            .success()
    );
    let said = fails(&danpay, &["serve"]);
    assert!(
        said.contains("real money moves") && said.contains(SETTING),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_live_payment_is_refused() {
    let sandbox = sandbox().await;
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_KAKAOPAY_CID", LIVE);
    danpay.start().await;
    danpay.create("order-1").await;
    danpay.kill();
    danpay.set(SETTING, sandbox.url());
    assert!(fails(&danpay, &["serve"]).contains("DANPAY_KAKAOPAY_CID"));
    danpay.unset("DANPAY_KAKAOPAY_CID");
    assert!(fails(&danpay, &["serve"]).contains("a live payment"));
}

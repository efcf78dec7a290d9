//! The examples in other languages, as they are printed in the documentation.

use std::process::Command;

use kakaopay_sandbox::PaymentStatus;

use crate::support::Shop;

/// Runs an example where its language is installed; elsewhere there is nothing to test.
async fn buys(language: &str, file: &str) {
    let there = Command::new(language).arg("--version").output();
    if there.is_err() {
        return;
    }
    let shop = Shop::open().await;
    let path = format!(
        "{}/../../examples/sandbox/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut command = Command::new(language);
    command.arg(path).env("KAKAOPAY_URL", shop.sandbox.url());
    let done = tokio::task::spawn_blocking(move || command.output());
    let done = done.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{file}: {said}{complained}");
    assert!(
        said.contains("approved A") && said.contains("PART_CANCEL_PAYMENT"),
        "{said}"
    );
    let payments = shop.sandbox.payments();
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].status, PaymentStatus::PartCancelPayment);
    assert_eq!(payments[0].canceled_total, 1100);
}

#[tokio::test]
async fn a_shop_in_node_buys() {
    buys("node", "buy.mjs").await;
}

#[tokio::test]
async fn a_shop_in_python_buys() {
    buys("python3", "buy.py").await;
}

//! What an operator does with old payments.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::process::Output;

use kakaopay_sandbox::Sandbox;

use crate::served::Served;

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_payments_are_pruned_and_erased_by_days_in_korea_and_young_ones_are_kept() {
    let sandbox = Sandbox::builder().seed(32).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let payment = danpay.create("order-1").await;
    for command in ["prune", "erase"] {
        let old = danpay.command(&[command, "--before", "2020-01-01"]);
        assert!(old.status.success(), "{old:?}");
        assert!(said(&old).contains(" 0 payments"), "{old:?}");
        let young = danpay.command(&[command, "--before", "2026-01-01"]);
        assert_eq!(young.status.code(), Some(1), "{young:?}");
        assert!(said(&young).contains("--younger-than-5-years"), "{young:?}");
        let allowed = [command, "--before", "2026-01-01", "--younger-than-5-years"];
        assert!(danpay.command(&allowed).status.success());
        let odd = danpay.command(&[command, "--before", "2026-01-01T00:00:00"]);
        assert_eq!(odd.status.code(), Some(2), "{odd:?}");
        assert!(said(&odd).contains("--before"), "{odd:?}");
    }
    let id = payment["id"].as_str().unwrap();
    assert_eq!(danpay.payment(id).await["user_id"], payment["user_id"]);
}

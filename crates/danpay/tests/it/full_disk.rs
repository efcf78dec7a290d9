//! The disk is full: a real server, under a limit for the size of its files.

use std::process::Command;

use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;

use crate::alerts::Receiver;
use crate::served::Served;

/// A file may have so many blocks of 512 bytes: room for the tables and some payments.
const BLOCKS: u32 = 900;
const PAYMENTS_MAX: u32 = 2_000;

#[tokio::test]
async fn a_full_disk_takes_no_payment_loses_none_and_is_left_by_itself() {
    let sandbox = Sandbox::builder().seed(4).start().await.unwrap();
    let mut receiver = Receiver::new().await;
    let mut danpay = Served::new(&sandbox);
    receiver.set(&mut danpay);
    // Ignored, so that a write beyond the limit fails instead of ending the process.
    let limited = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_danpay")]);
    danpay.start_as(shell).await;

    let mut taken = Vec::new();
    loop {
        let order_id = format!("order-{}", taken.len());
        match danpay.try_create(&order_id).await {
            (StatusCode::CREATED, payment) => taken.push(payment),
            (status, problem) => {
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
                assert_eq!(problem["code"], "database_unavailable");
                break;
            }
        }
        assert!(
            taken.len() < PAYMENTS_MAX as usize,
            "the disk is never full"
        );
    }
    assert!(taken.len() > 3, "only {} fit", taken.len());
    assert_eq!(receiver.next().await["kind"], "disk");
    // What is smaller than a new payment might fit still: now nothing does.
    danpay.limit("--fsize=1:");
    // Reading goes on, and whoever pays now is not approved without a claim in the database.
    let payment = taken.last().unwrap();
    let id = payment["id"].as_str().unwrap();
    assert_eq!(danpay.payment(id).await["status"], "ready");
    let tid = payment["tid"].as_str().unwrap();
    let back = sandbox.play(tid, "pays_by_money").unwrap();
    let shown = danpay.http.get(&back).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(sandbox.payment(tid).unwrap().approve_calls, 0);

    danpay.limit("--fsize=unlimited");
    danpay.until_ready(StatusCode::OK).await;
    let shown = danpay.http.get(&back).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::SEE_OTHER);
    assert_eq!(danpay.payment(id).await["status"], "approved");
    danpay.create("order-after").await;

    danpay.kill();
    danpay.start().await;
    for payment in &taken {
        let id = payment["id"].as_str().unwrap();
        assert_eq!(danpay.payment(id).await["tid"], payment["tid"]);
    }
}

//! `kill -9` of `danpay serve` between the claim of an approval and its answer: whatever KakaoPay
//! holds as paid is paid in the books as well, once the server has come back and settled.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::time::{Duration, Instant};

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use serde_json::{Value, json};

use crate::served::Served;

const KILLS: u64 = 32;
/// Of the kills, so many at least must have met an approval between its claim and its answer.
const IN_DOUBT: usize = 20;
/// KakaoPay takes this long before or after it approves, so that a kill meets every moment.
const SLOW_MS: u32 = 150;
/// Doubt ends 30 s after the last call to approve, by the machine's clock.
const SETTLES: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_server_that_is_killed_loses_no_payment() {
    let sandbox = Sandbox::builder().seed(9).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let mut payments = Vec::new();
    for round in 0..KILLS {
        let payment = danpay.create(&format!("order-{round}")).await;
        let tid = payment["tid"].as_str().unwrap().to_owned();
        let back = sandbox.play(&tid, "pays_by_money").unwrap();
        sandbox.inject(match round % 8 {
            0 => Fault::new(Endpoint::Approve, FaultKind::ResetBefore),
            1..4 => Fault::new(Endpoint::Approve, FaultKind::DelayBefore).delay_ms(SLOW_MS),
            _ => Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit).delay_ms(SLOW_MS),
        });
        let visit = tokio::spawn(danpay.http.get(&back).send());
        let id = payment["id"].as_str().unwrap().to_owned();
        until_claimed(&danpay, &id).await;
        // Anywhere between the claim and the answer; the stride visits all of it.
        tokio::time::sleep(Duration::from_millis(round * 37 % u64::from(SLOW_MS))).await;
        danpay.kill();
        // The browser's connection breaks, or the answer was just in time.
        let _ = visit.await.unwrap();

        sandbox.clear_faults();
        danpay.start().await;
        if round % 3 == 0 {
            // This payer reloads the page, as people do.
            danpay.http.get(&back).send().await.unwrap();
        }
        payments.push((id, tid));
    }
    let mut in_doubt = 0;
    let deadline = Instant::now() + SETTLES;
    for (id, tid) in payments {
        let payment = settled(&danpay, &id, deadline).await;
        let ledger = sandbox.payment(&tid).unwrap();
        assert_eq!(payment["status"], "approved", "{payment}");
        assert_eq!(ledger.approvals, 1, "{payment} {ledger:?}");
        assert_eq!(payment["aid"], json!(ledger.aid));
        assert_eq!(payment["amount"]["total"], ledger.total);
        in_doubt += usize::from(settled_by_recovery(&danpay, &id).await);
    }
    assert!(
        in_doubt >= IN_DOUBT,
        "only {in_doubt} of {KILLS} kills left an approval in doubt"
    );
}

async fn settled_by_recovery(danpay: &Served, id: &str) -> bool {
    let events = danpay.get(&format!("/v1/payments/{id}/events")).await;
    let last = events["data"].as_array().unwrap().last().unwrap();
    last["type"] == "payment.approved" && last["by"] == "recovery"
}

async fn until_claimed(danpay: &Served, id: &str) {
    while danpay.payment(id).await["status"] == "ready" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn settled(danpay: &Served, id: &str, deadline: Instant) -> Value {
    loop {
        let payment = danpay.payment(id).await;
        if payment["status"] != "approving" {
            return payment;
        }
        assert!(Instant::now() < deadline, "never settled: {payment}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

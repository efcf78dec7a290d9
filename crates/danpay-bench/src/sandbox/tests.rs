use std::time::Instant;

use super::*;
use crate::load::{Until, share};
use kakaopay_sandbox::Sandbox;

use super::buyer::{Buyer, Times};

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

#[tokio::test]
async fn each_payment_that_is_counted_is_approved_in_the_sandboxs_ledger() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let until = Until {
        first: 0,
        count: 20,
        time: soon(),
    };
    let buyers = Buyer::open_all(sandbox.url(), 3).await.unwrap();
    let (buyers, _) = share(buyers, until, level::buy).await.unwrap();
    let counted: u64 = buyers.iter().map(|buyer| buyer.payments).sum();
    let approved = sandbox.payments();
    let approved = approved.iter().filter(|payment| payment.approvals == 1);
    assert_eq!((counted, approved.count()), (20, 20));
    let times = Times::of_all(buyers);
    assert!(times.ready.call().p99_us.is_some());
}

#[tokio::test]
async fn a_refused_call_ends_the_bench_and_says_what_was_answered() {
    let sandbox = Sandbox::builder().secret_key("another").start().await;
    let sandbox = sandbox.unwrap();
    let mut buyers = Buyer::open_all(sandbox.url(), 1).await.unwrap();
    let error = buyers.first_mut().unwrap().buy(1).await.unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
}

#[tokio::test]
async fn memory_is_looked_at_before_the_first_payment_and_after_the_last() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let own = std::process::id();
    let measured = endurance::measure(sandbox.url(), own, 9, soon()).await;
    let payments: Vec<u64> = (measured.unwrap().memory.iter())
        .map(|memory| memory.payments)
        .collect();
    assert_eq!(payments, [0, 2, 4, 6, 9]);
}

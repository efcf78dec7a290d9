//! `danpay recover` after the database was lost: the log of `danpay serve` brings it back.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};

use crate::served::Served;

// The sandbox must answer while this test waits for a command.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_lost_comes_back_from_the_log() {
    let sandbox = Sandbox::builder().seed(5).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let payment = danpay.create("order-1").await;
    let (id, tid) = (payment["id"].as_str(), payment["tid"].as_str());
    let (id, tid) = (id.unwrap(), tid.unwrap());
    let back = sandbox.play(tid, "pays_by_card").unwrap();
    danpay.http.get(&back).send().await.unwrap();
    let booked = danpay.payment(id).await;
    assert_eq!(booked["status"], "approved");
    danpay.until_logged(tid).await;
    danpay.kill();
    for file in std::fs::read_dir(danpay.folder()).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains("danpay.db") {
            std::fs::remove_file(path).unwrap();
        }
    }

    let log = danpay.log();
    let words = ["recover", "--from-log", log.to_str().unwrap(), "--json"];
    // What KakaoPay does not answer is told, and may be asked again.
    sandbox.inject(Fault::new(Endpoint::Order, FaultKind::Error503));
    let unanswered = danpay.command(&words);
    assert_eq!(unanswered.status.code(), Some(1));
    let said = String::from_utf8(unanswered.stdout).unwrap();
    for told in [r#""outcome":"unresolved""#, tid, "-503"] {
        assert!(said.contains(told), "{said}");
    }

    let recovered = danpay.command(&words);
    assert!(recovered.status.success(), "{recovered:?}");
    let said = String::from_utf8(recovered.stdout).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains(r#""outcome":"added""#) && said.contains(id),
        "{said}"
    );
    let again = danpay.command(&["recover", "--since", "2020-01-01T00:00:00Z"]);
    assert!(
        again.status.success() && again.stdout.is_empty(),
        "{again:?}"
    );

    let key = danpay.command(&["keys", "create", "shop"]);
    danpay.api_key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    danpay.start().await;
    let restored = danpay.payment(id).await;
    for field in ["status", "tid", "aid", "amount", "order_id", "approved_at"] {
        assert_eq!(restored[field], booked[field], "{field}");
    }
    // KakaoPay's time of ready, in whole seconds, instead of ours.
    let time = |payment: &serde_json::Value| {
        let time = payment["created_at"].as_str().unwrap();
        time.parse::<jiff::Timestamp>().unwrap().as_second()
    };
    assert!((time(&booked) - time(&restored)).abs() <= 2);
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_named() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let danpay = Served::new(&sandbox);
    let failed = danpay.command(&["recover", "--from-log", "/nowhere/danpay.log"]);
    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("/nowhere/danpay.log"), "{said}");
}

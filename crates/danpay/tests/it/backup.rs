//! `danpay backup` while payments are made, `danpay restore`, and `danpay recover` afterwards.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;
use serde_json::json;

use crate::served::Served;

const PAYMENTS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_is_whole_and_recovery_adds_what_came_after_it() {
    let sandbox = Sandbox::builder().seed(6).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let copy = danpay.folder().join("copy.db");
    let words = ["backup", copy.to_str().unwrap()];
    let mut payments = Vec::new();
    for number in 0..PAYMENTS {
        let payment = danpay.create(&format!("order-{number}")).await;
        let back = sandbox.play(payment["tid"].as_str().unwrap(), "pays_by_card");
        let visit = tokio::spawn(danpay.http.get(back.unwrap()).send());
        // While the payer comes back.
        if number == PAYMENTS / 2 {
            let copied = danpay.command(&words);
            assert!(copied.status.success(), "{copied:?}");
        }
        visit.await.unwrap().unwrap();
        payments.push(payment);
    }
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can read it");
    let again = danpay.command(&words);
    assert_eq!(
        again.status.code(),
        Some(1),
        "an older copy is not written over"
    );
    let in_use = danpay.command(&["restore", copy.to_str().unwrap()]);
    assert_eq!(in_use.status.code(), Some(1), "not under a running server");

    danpay.kill();
    let restored = danpay.command(&["restore", copy.to_str().unwrap()]);
    assert!(restored.status.success(), "{restored:?}");
    let log = danpay.log();
    let since = "2020-01-01T00:00:00Z";
    let words = ["recover", "--json", "--since", since, "--from-log"];
    let recovered = danpay.command(&[&words[..], &[log.to_str().unwrap()]].concat());
    assert!(recovered.status.success(), "{recovered:?}");
    let said = String::from_utf8(recovered.stdout).unwrap();
    let added = said
        .lines()
        .filter(|line| line.contains("\"added\""))
        .count();
    assert!((1..PAYMENTS).contains(&added), "{added} were added");

    danpay.start().await;
    for payment in &payments {
        let booked = danpay.payment(payment["id"].as_str().unwrap()).await;
        let ledger = sandbox.payment(payment["tid"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&booked["status"], ledger.approvals),
            (&json!("approved"), 1)
        );
        assert_eq!(booked["aid"], json!(ledger.aid));
    }
    let kept: BTreeSet<String> = std::fs::read_dir(danpay.folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".replaced-"))
        .collect();
    assert!(!kept.is_empty(), "the former database is kept");
}

#[tokio::test]
async fn what_is_no_copy_is_not_put_into_the_databases_place() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    danpay.kill();
    let database = danpay.folder().join("danpay.db");
    let bytes = std::fs::read(&database).unwrap();
    for (name, content) in [
        ("empty", ""),
        ("text", "not a database, but long enough to be one"),
    ] {
        let file = danpay.folder().join(name);
        std::fs::write(&file, content).unwrap();
        let refused = danpay.command(&["restore", file.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("is no backup that can be used"), "{said}");
    }
    for words in [
        ["restore", "/nowhere/copy.db"],
        ["backup", "/nowhere/copy.db"],
    ] {
        let nowhere = danpay.command(&words);
        assert_eq!(nowhere.status.code(), Some(1));
        let said = String::from_utf8(nowhere.stderr).unwrap();
        assert!(said.contains("/nowhere/copy.db"), "{said}");
    }
    assert_eq!(std::fs::read(&database).unwrap(), bytes);
}

/// Everything of the database that `danpay recover` has to have, but for its log.
async fn restored(sandbox: &Sandbox) -> (Served, serde_json::Value) {
    let mut danpay = Served::new(sandbox);
    danpay.start().await;
    danpay.create("order-1").await;
    let copy = danpay.folder().join("copy.db");
    let copied = danpay.command(&["backup", copy.to_str().unwrap()]);
    assert!(copied.status.success(), "{copied:?}");
    let lost = danpay.create("order-2").await;
    danpay.until_logged(lost["tid"].as_str().unwrap()).await;
    danpay.kill();
    let restored = danpay.command(&["restore", copy.to_str().unwrap()]);
    assert!(restored.status.success(), "{restored:?}");
    (danpay, lost)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_makes_no_calls_until_it_is_known_what_it_lacks() {
    let sandbox = Sandbox::builder().seed(7).start().await.unwrap();
    let (mut danpay, lost) = restored(&sandbox).await;
    // The lost one is paid for meanwhile, and its order is charged.
    let tid = lost["tid"].as_str().unwrap();
    let back = sandbox.play(tid, "pays_by_card").unwrap();

    danpay.start().await;
    let known = &sandbox.payments()[0];
    let known_back = sandbox.play(&known.tid, "pays_by_card").unwrap();
    let shown = danpay.http.get(&known_back).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::SEE_OTHER);
    assert_eq!(sandbox.payment(&known.tid).unwrap().approve_calls, 0);
    let (status, problem) = danpay.try_create("order-3").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem["code"], "database_restored");
    danpay.kill();

    // Without the log it is not known what they lack.
    let since = danpay.command(&["recover", "--since", "2020-01-01"]);
    assert_eq!(since.status.code(), Some(1), "{since:?}");
    let said = String::from_utf8(since.stderr).unwrap();
    assert!(said.contains("--from-log"), "{said}");
    let log = danpay.log();
    let recovered = danpay.command(&["recover", "--from-log", log.to_str().unwrap()]);
    assert!(recovered.status.success(), "{recovered:?}");

    danpay.start().await;
    danpay
        .until_status(lost["id"].as_str().unwrap(), "ready")
        .await;
    danpay.http.get(&back).send().await.unwrap();
    danpay
        .until_status(lost["id"].as_str().unwrap(), "approved")
        .await;
    // The payer who was back while no call was made has been charged since.
    danpay
        .until("the first payer is charged", |_| {
            sandbox.payment(&known.tid).unwrap().approve_calls == 1
        })
        .await;
    danpay.create("order-3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_by_other_means_is_marked_and_a_lost_log_is_accepted() {
    let sandbox = Sandbox::builder().seed(8).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    danpay.create("order-1").await;
    danpay.kill();
    let marked = danpay.command(&["restore", "--mark"]);
    assert!(marked.status.success(), "{marked:?}");
    danpay.start().await;
    let (_, problem) = danpay.try_create("order-2").await;
    assert_eq!(problem["code"], "database_restored");
    danpay.kill();
    // What to look up has to be said.
    for words in [
        ["recover", "--json"].as_slice(),
        &["recover", "--json", "--accept-gaps"],
    ] {
        let unsaid = danpay.command(words);
        assert_eq!(unsaid.status.code(), Some(2), "{unsaid:?}");
        let said = String::from_utf8(unsaid.stderr).unwrap();
        assert!(
            said.contains("--since") && said.contains("--from-log"),
            "{said}"
        );
    }
    let recovered = danpay.command(&["recover", "--since", "2020-01-01", "--accept-gaps"]);
    assert!(recovered.status.success(), "{recovered:?}");
    danpay.start().await;
    danpay.create("order-2").await;
}

//! Few files may be open: connections leave room for what answers them, and a server that has run
//! out of files takes connections again as soon as it can.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;
use serde_json::json;

use crate::served::Served;

/// Far fewer than any system allows by itself.
const FILES: usize = 64;

#[tokio::test]
async fn sockets_that_say_nothing_leave_files_for_payments_and_the_door_opens_when_they_go() {
    let sandbox = Sandbox::builder().seed(6).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    let limited = format!("ulimit -n {FILES}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_danpay")]);
    danpay.start_as(shell).await;
    let told = danpay.until_logged("few files may be open at once").await;
    let most = told["fields"]["connections"].as_u64().unwrap();
    assert!((8..=32).contains(&most), "{most}");
    // Somebody who is there already goes on paying.
    let most = usize::try_from(most).unwrap();
    danpay.keep_connections();
    danpay.create("order-1").await;
    let before = danpay.open_files();

    let address = danpay.url.strip_prefix("http://").unwrap();
    let sockets = (0..2 * FILES).map(|_| TcpStream::connect(address).unwrap());
    let sockets: Vec<_> = sockets.collect();
    danpay
        .until("the sockets are taken", |danpay| {
            danpay.open_files() >= before + most / 2
        })
        .await;
    for number in 2..5 {
        danpay.create(&format!("order-{number}")).await;
    }
    assert!(danpay.open_files() < FILES);

    drop(sockets);
    danpay.until_ready(StatusCode::OK).await;
    let log = std::fs::read_to_string(danpay.log()).unwrap();
    assert!(!log.contains("cannot take a connection"), "{log}");
}

#[tokio::test]
async fn a_server_that_could_take_no_connection_takes_the_next_one() {
    let sandbox = Sandbox::builder().seed(7).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    // No further file than those that are open.
    danpay.limit("--nofile=3:");
    let livez = danpay.http.get(format!("{}/livez", danpay.url));
    let waiting = tokio::spawn(livez.send());
    danpay.until_logged("cannot take a connection").await;
    danpay.limit("--nofile=256:");
    let answer = tokio::time::timeout(crate::served::PATIENCE, waiting).await;
    let answer = answer.expect("the door is deaf").unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_webhook_that_no_file_could_be_opened_for_counts_for_nothing() {
    let sandbox = Sandbox::builder().seed(8).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    let master_key_file = danpay.folder().join("master.key");
    let master_key = format!("danpay-master-key-1:{}", "7a".repeat(32));
    std::fs::write(&master_key_file, master_key).unwrap();
    let master_key_file = master_key_file.display().to_string();
    danpay.set("DANPAY_MASTER_KEY_FILE", &master_key_file);
    danpay.set("DANPAY_WEBHOOK_NETWORKS", "127.0.0.0/8");
    danpay.start().await;
    danpay.keep_connections();
    let payment = danpay.create("order-1").await;
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", receiver.local_addr().unwrap());
    let (_, endpoint) = danpay
        .post("/v1/webhook_endpoints", &json!({ "url": url }))
        .await;
    let path = format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().unwrap());

    // No further file than those that are open.
    danpay.limit("--nofile=3:");
    let withdraw = format!("/v1/payments/{}/withdraw", payment["id"].as_str().unwrap());
    let (status, withdrawn) = danpay.post(&withdraw, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{withdrawn}");
    danpay.until_logged("a webhook could not be sent").await;
    let (_, pinged) = danpay.post(&format!("{path}/ping"), &json!({})).await;
    let error = pinged["attempt"]["error"].as_str().unwrap();
    assert!(
        error.starts_with("no_file: too many files are open"),
        "{pinged}"
    );
    let delivery = danpay.get("/v1/webhook_deliveries").await["data"][0].take();
    assert_eq!(delivery["status"], "pending", "{delivery}");
    assert_eq!(delivery["attempt_count"], 0, "{delivery}");
    assert_eq!(delivery["attempts"], json!([]), "{delivery}");
    assert_eq!(danpay.get(&path).await["failing_since"], json!(null));
}

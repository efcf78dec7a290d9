//! What an operator does beside a server that serves: shops and keys.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Output;

use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;
use serde_json::Value;

use crate::served::Served;

async fn served() -> (Sandbox, Served) {
    let sandbox = Sandbox::builder()
        .seed(11)
        .cid("TC0ONETIME")
        .cid("C000SHOP02");
    let sandbox = sandbox.start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    (sandbox, danpay)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn works(danpay: &Served, words: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = danpay.command(words);
    assert!(status.success(), "{words:?}: {}", text(&stderr));
    text(&stdout)
}

fn fails(danpay: &Served, words: &[&str]) -> String {
    let output = danpay.command(words);
    assert!(!output.status.success(), "{words:?}");
    text(&output.stderr)
}

#[tokio::test]
async fn the_first_key_is_in_a_file_that_only_its_owner_reads_and_in_no_log() {
    let (_sandbox, danpay) = served().await;
    let file = danpay.folder().join("danpay.api-key");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    danpay.until_logged("danpay.api-key").await;
    let log = std::fs::read_to_string(danpay.log()).unwrap();
    assert!(!log.contains(&danpay.api_key));
    let listed = works(&danpay, &["keys", "list", "--json"]);
    let first: Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(first.get("name").unwrap(), "first");
    assert_eq!(first.get("role").unwrap(), "full");
}

#[tokio::test]
async fn a_first_key_that_was_given_is_taken_once_and_does_not_come_back() {
    let sandbox = Sandbox::builder().seed(12).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    let key = works(&danpay, &["keys", "make"]).trim().to_owned();
    danpay.set("DANPAY_FIRST_API_KEY", &key);
    danpay.api_key = key;
    danpay.start().await;
    assert_eq!(danpay.try_create("order-1").await.0, StatusCode::CREATED);
    works(&danpay, &["keys", "revoke", "first"]);
    danpay.kill();
    danpay.start().await;
    assert_eq!(
        danpay.try_create("order-2").await.0,
        StatusCode::UNAUTHORIZED
    );
    let again = fails(&danpay, &["keys", "create", "first"]);
    assert!(again.contains("first"), "{again}");
}

#[tokio::test]
async fn shops_and_keys_are_made_while_it_serves() {
    let (_sandbox, mut danpay) = served().await;
    let secret = danpay.folder().join("secret");
    std::fs::write(&secret, "DEVKILL\n").unwrap();
    let secret = secret.display().to_string();
    let add = [
        "shops",
        "add",
        "둘째",
        "--cid",
        "C000SHOP02",
        "--secret-key-file",
        &secret,
    ];
    let id = works(&danpay, &add);
    assert!(id.starts_with("shop_"), "{id}");
    assert!(fails(&danpay, &add).contains("둘째"));
    let create = [
        "keys", "create", "web", "--shop", "둘째", "--role", "sell", "--json",
    ];
    let made: Value = serde_json::from_str(&works(&danpay, &create)).unwrap();
    assert_eq!(made.get("shop_id").unwrap(), id.trim());
    let firsts = danpay.api_key.clone();
    made.get("key")
        .unwrap()
        .as_str()
        .unwrap()
        .clone_into(&mut danpay.api_key);
    let payment = danpay.create("order-1").await;
    assert_eq!(payment.get("cid").unwrap(), "C000SHOP02");
    let path = format!(
        "/v1/payments/{}",
        payment.get("id").unwrap().as_str().unwrap()
    );
    danpay.api_key = firsts;
    assert_eq!(danpay.get(&path).await.get("code").unwrap(), "not_found");
    let listed = works(&danpay, &["shops", "list"]);
    assert!(
        listed.contains("둘째") && listed.contains(id.trim()),
        "{listed}"
    );
    let keys = works(&danpay, &["keys", "list", "--shop", id.trim()]);
    assert!(keys.contains("web") && keys.contains("sell"), "{keys}");
    let shown = works(&danpay, &["shops", "show", "둘째"]);
    assert!(!shown.contains("DEVKILL"), "{shown}");
    works(&danpay, &["shops", "disable", "둘째"]);
    works(&danpay, &["prune", "--before", "2020-01-01T00:00:00Z"]);
    works(&danpay, &["secrets", "rotate"]);
    for file in ["danpay.db", "danpay.db-wal"] {
        let bytes = std::fs::read(danpay.folder().join(file)).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains("DEVKILL"),
            "{file}"
        );
    }
}

#[tokio::test]
async fn another_user_stays_out_of_the_database_and_a_second_server_too() {
    let (_sandbox, danpay) = served().await;
    let second = fails(&danpay, &["serve"]);
    assert!(second.contains("in use"), "{second}");
    let database = danpay.folder().join("danpay.db");
    // Only root may give a file away; elsewhere there is nothing to see.
    if chown(&database, Some(65_534), None).is_ok() {
        let said = fails(&danpay, &["keys", "create", "web"]);
        assert!(said.contains("65534"), "{said}");
    }
}

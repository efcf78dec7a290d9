//! What the crate must not change for whoever uses it.

use std::process::Command;

use kakaopay::KakaoPay;
use rustls::crypto::CryptoProvider;

/// What cargo would build into a program that uses the crate.
fn tree(features: &[&str]) -> String {
    let run = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "kakaopay",
            "--edges",
            "normal,features",
        ])
        .args(["--offline", "--prefix", "none"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn the_order_of_its_users_json_is_their_own() {
    let tree = tree(&["--all-features"]);
    assert!(tree.contains("serde_json"), "{tree}");
    assert!(!tree.contains("preserve_order"), "{tree}");
}

#[test]
fn without_the_http_client_there_is_neither_reqwest_nor_rustls() {
    let tree = tree(&["--no-default-features"]);
    for left_out in ["reqwest", "rustls", "ring", "tokio"] {
        assert!(!tree.contains(&format!("{left_out} v")), "{tree}");
    }
}

#[test]
fn rustls_default_of_the_process_is_left_to_the_process() {
    for url in ["https://open-api.kakaopay.com", "http://localhost:7702"] {
        KakaoPay::builder("DEV").base_url(url).build().unwrap();
        assert!(CryptoProvider::get_default().is_none());
    }
}

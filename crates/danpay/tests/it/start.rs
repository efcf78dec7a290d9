//! What is said at the start: what is at stake, and what is wrong with the settings.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::process::Command;

use kakaopay_sandbox::Sandbox;

use crate::served::Served;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_line_says_what_is_at_stake() {
    let sandbox = Sandbox::builder()
        .seed(33)
        .cid("C000SHOP02")
        .start()
        .await
        .unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_HEALTH_LISTEN", "127.0.0.1:0");
    danpay.set(
        "DANPAY_KAKAOPAY_PROXY",
        "http://us3r:pa55@proxy.example:3128",
    );
    danpay.start().await;
    let line = danpay.until_logged("danpay serves").await;
    let told = &line["fields"];
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["livemode"], false);
    assert_eq!(told["shops"], "first TC0ONETIME (test)");
    assert_eq!(told["kakaopay"], sandbox.url());
    assert_eq!(told["proxy"], "http://proxy.example:3128");
    assert_eq!(told["public_url"], danpay.url);
    assert!(
        told["database"].as_str().unwrap().ends_with("danpay.db"),
        "{told}"
    );
    let health = told["health"].as_str().unwrap();
    assert!(
        health.starts_with("127.0.0.1:") && !health.ends_with(":0"),
        "{told}"
    );

    let secret = danpay.folder().join("secret");
    std::fs::write(&secret, "DEVKILL").unwrap();
    let secret = secret.to_str().unwrap();
    let add = [
        "shops",
        "add",
        "둘째",
        "--cid",
        "C000SHOP02",
        "--secret-key-file",
        secret,
    ];
    assert!(danpay.command(&add).status.success());
    danpay.kill();
    std::fs::remove_file(danpay.log()).unwrap();
    danpay.start().await;
    let line = danpay.until_logged("danpay serves").await;
    let told = &line["fields"];
    assert_eq!(told["livemode"], true);
    assert_eq!(
        told["shops"],
        "first TC0ONETIME (test); 둘째 C000SHOP02 (live)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bars_the_way_to_kakaopay_is_logged() {
    let sandbox = Sandbox::builder().seed(34).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    danpay.set("DANPAY_KAKAOPAY_BASE_URL", &nobody);
    danpay.start().await;
    let (_, problem) = danpay.try_create("order-1").await;
    assert_eq!(problem["code"], "kakaopay_unreachable", "{problem}");
    let line = danpay.until_logged("the way to KakaoPay is barred").await;
    let error = line["fields"]["error"].as_str().unwrap();
    assert!(error.contains("nobody listens there"), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
}

/// danpay's settings come from `settings` alone.
fn serve(folder: &std::path::Path, settings: &[(&str, &str)]) -> (bool, String) {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_danpay"));
    serve.arg("serve").current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DANPAY_")) {
        serve.env_remove(name);
    }
    serve.env("DANPAY_LISTEN", "127.0.0.1:0");
    let ended = serve.envs(settings.iter().copied()).output().unwrap();
    (
        ended.status.success(),
        String::from_utf8(ended.stderr).unwrap(),
    )
}

#[test]
fn whatever_setting_is_wrong_no_database_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let key = ("DANPAY_KAKAOPAY_SECRET_KEY", "DEV5ECRET");
    for (name, value) in [
        ("DANPAY_PUBLIC_URL", "https://us3r:pa55@pay.shop.example"),
        ("DANPAY_LISTEN", "0.0.0.0:0"),
        ("DANPAY_TRUSTED_PROXIES", "s0mewhere"),
        ("DANPAY_FIRST_API_KEY", "danpay_sk_s0me"),
        ("DANPAY_LOG", "=s0me="),
        ("DANPAY_MASTER_KEY_FILE", "/nowhere/master-key"),
        ("DANPAY_KAKAOPAY_CID", "s0me"),
        ("DANPAY_KAKAOPAY_PROXY", "s0me"),
    ] {
        let (is_well, said) = serve(folder.path(), &[key, (name, value)]);
        assert!(!is_well, "{name}");
        let setting = name.trim_start_matches("DANPAY_").to_lowercase();
        assert!(said.contains(name) || said.contains(&setting), "{said}");
        for secret in ["DEV5ECRET", "pa55", "s0me"] {
            assert!(!said.contains(secret), "{said}");
        }
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{name}"
        );
    }
}

#[test]
fn missing_root_certificates_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let nothing = nothing.to_str().unwrap();
    let (is_well, said) = serve(
        folder.path(),
        &[
            ("DANPAY_KAKAOPAY_SECRET_KEY", "DEV5ECRET"),
            ("SSL_CERT_FILE", "/dev/null"),
            ("SSL_CERT_DIR", nothing),
        ],
    );
    assert!(!is_well);
    assert!(said.contains("ca-certificates"), "{said}");
}

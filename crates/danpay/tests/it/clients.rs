//! Clients that openapi-generator makes of the API's contract, in four languages: a shop by each of them buys,
//! cancels, and takes members and words that it does not know.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::path::{Path, PathBuf};

use axum::Json;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::dev::Dev;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn shops() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// What the tests were given by `cargo xtask test`.
fn given(path: &str) -> PathBuf {
    Path::new(ROOT).join("target").join(path)
}

/// Runs it to its end, which has to be a good one.
async fn passes(command: &mut Command) {
    let ended = command.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    let trouble = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{command:?}\n{said}\n{trouble}");
}

/// The source of the client for a language.
async fn generate(generator: &str, options: &[&str], folder: &Path) {
    let mut java = Command::new("java");
    java.arg("-jar")
        .arg(given("maven/openapi-generator-cli-7.17.0.jar"))
        .args(["generate", "--generator-name", generator])
        .arg("--input-spec")
        .arg(Path::new(ROOT).join("docs/openapi.json"))
        .arg("--output")
        .arg(folder)
        // Its own tests and documents are not of interest.
        .args([
            "--global-property",
            "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false",
        ])
        .args(options);
    passes(&mut java).await;
}

/// danpay, and another one of a later day.
struct World {
    dev: Dev,
    newer: String,
}

impl World {
    async fn start() -> Self {
        let dev = Dev::start(&[]).await;
        let payment = dev.order("order-0").await;
        dev.buy(&payment).await;
        let newer = newer(dev.refund(&payment).await).await;
        Self { dev, newer }
    }

    /// Runs a shop's program.
    async fn passes(&self, command: &mut Command) {
        let command = command
            .env("DANPAY_URL", self.dev.word("api_url"))
            .env("DANPAY_API_KEY", self.dev.word("api_key"))
            .env("SANDBOX_URL", self.dev.word("sandbox_url"))
            .env("NEWER_URL", &self.newer);
        passes(command).await;
    }
}

/// A danpay that has grown: it shows this payment, with members and words that were added later.
async fn newer(mut payment: Value) -> String {
    for word in ["object", "status", "approval", "payment_method_type"] {
        payment[word] = json!("added_later");
    }
    payment["cancellations"][0]["status"] = json!("added_later");
    for pointer in ["", "/amount", "/card_info", "/cancellations/0"] {
        let object = payment.pointer_mut(pointer).unwrap();
        object["added_later"] = json!({ "deep": [1] });
    }
    let show = async move || Json(payment);
    let routes = axum::Router::new().route("/v1/payments/{id}", axum::routing::get(show));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// A folder with the shop's program in it.
fn folder_with(name: &str, beside: Option<&Path>) -> TempDir {
    let folder = match beside {
        Some(beside) => tempfile::tempdir_in(beside),
        None => tempfile::tempdir(),
    }
    .unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([shops().join(name).as_os_str(), folder.path().as_os_str()])
        .status();
    assert!(copied.unwrap().success());
    folder
}

#[tokio::test]
async fn a_shop_in_python() {
    let folder = folder_with("shop.py", None);
    let client = folder.path().join("client");
    generate(
        "python",
        &["--additional-properties", "packageName=danpay"],
        &client,
    )
    .await;
    let paths = [client, given("pypi")];
    let mut python = Command::new("python3");
    python
        .arg(folder.path().join("shop.py"))
        .env("PYTHONPATH", std::env::join_paths(paths).unwrap());
    World::start().await.passes(&mut python).await;
}

#[tokio::test]
async fn a_shop_in_typescript() {
    // What it needs is looked for in the folders around it.
    let npm = given("npm");
    let folder = folder_with("typescript", Some(&npm));
    let project = folder.path().join("typescript");
    generate("typescript-fetch", &[], &project.join("client")).await;
    let mut compiler = Command::new(npm.join("node_modules/.bin/tsc"));
    compiler.current_dir(&project);
    passes(&mut compiler).await;
    let mut node = Command::new("node");
    World::start()
        .await
        .passes(node.arg(project.join("built/shop.js")))
        .await;
}

#[tokio::test]
async fn a_shop_in_php() {
    let folder = folder_with("shop.php", None);
    let named = ["--additional-properties", "invokerPackage=Danpay"];
    generate("php", &named, &folder.path().join("client")).await;
    let mut php = Command::new("php");
    World::start()
        .await
        .passes(php.arg(folder.path().join("shop.php")))
        .await;
}

#[tokio::test]
async fn a_shop_in_java() {
    let folder = folder_with("java", None);
    let project = folder.path().join("java");
    let named = "invokerPackage=danpay,apiPackage=danpay.api,modelPackage=danpay.model";
    let options = ["--library", "native", "--additional-properties", named];
    let client = folder.path().join("client");
    generate("java", &options, &client).await;
    std::fs::rename(client.join("src/main"), project.join("src/main")).unwrap();
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "test"]).current_dir(&project);
    World::start().await.passes(&mut maven).await;
    let report = project.join("target/surefire-reports/shop.ShopTest.txt");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(
        report.contains("Tests run: 1, Failures: 0, Errors: 0"),
        "{report}"
    );
}

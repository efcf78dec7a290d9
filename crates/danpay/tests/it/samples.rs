//! The sample shops, each in its own language: one story that a customer with a browser, KakaoPay's
//! ledger and danpay have to tell alike.
//!
//! **Invariant**: the samples are run from copies, and nothing of a test stays behind.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed, in what it stands on too"
)]

mod buying;
mod money;
mod page;
mod process;
mod stage;

use stage::Stage;

/// How a sample is installed and started, in a copy of its folder. `{port}` is the shop's.
struct Sample {
    folder: &'static str,
    install: &'static [&'static str],
    /// The shop itself, and what else it is made of.
    run: &'static [&'static str],
    settings: &'static [(&'static str, &'static str)],
}

const NODE: Sample = Sample {
    folder: "node",
    install: &["npm ci --no-audit --no-fund", "npm run build"],
    run: &["node dist/main.js"],
    settings: &[],
};

const PYTHON: Sample = Sample {
    folder: "python",
    install: &[
        "python3 -m pip install --quiet --no-input --disable-pip-version-check --target packages -r requirements.txt",
    ],
    run: &["python3 shop.py"],
    settings: &[("PYTHONPATH", "packages")],
};

const SPRING: Sample = Sample {
    folder: "spring",
    install: &["mvn -q -B -DskipTests package"],
    run: &["java -jar target/shop.jar"],
    settings: &[],
};

const PHP: Sample = Sample {
    folder: "php",
    install: &[],
    run: &["php -S 127.0.0.1:{port} index.php", "php job.php"],
    settings: &[("PHP_CLI_SERVER_WORKERS", "4")],
};

async fn sells(sample: &Sample) {
    let stage = Stage::of(sample).await;
    buying::a_customer_pays(&stage).await;
    stage.balances().await;
}

#[tokio::test]
async fn the_shop_in_node_sells() {
    sells(&NODE).await;
}

#[tokio::test]
async fn the_shop_in_python_sells() {
    sells(&PYTHON).await;
}

#[tokio::test]
async fn the_shop_in_spring_sells() {
    sells(&SPRING).await;
}

#[tokio::test]
async fn the_shop_in_php_sells() {
    sells(&PHP).await;
}

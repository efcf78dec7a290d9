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

mod away;
mod buying;
mod customer;
mod doubt;
mod limited;
mod line;
mod lost;
mod messages;
mod money;
mod page;
mod process;
mod refunds;
mod returns;
mod stage;

use customer::Customer;
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
    // It is compiled as little as a short life needs.
    run: &["java -XX:TieredStopAtLevel=1 -jar target/shop.jar"],
    settings: &[],
};

const PHP: Sample = Sample {
    folder: "php",
    install: &[],
    run: &["php -S 127.0.0.1:{port} index.php", "php job.php"],
    settings: &[("PHP_CLI_SERVER_WORKERS", "4")],
};

async fn sells(sample: &Sample) {
    let mut stage = Stage::of(sample).await;
    let customer = Customer::of(&stage).await;
    let refunded = buying::at_once(&stage, &customer).await;
    let quit = buying::after_giving_up(&stage, &customer).await;
    let paid = buying::with_a_double_click(&stage, &customer).await;
    refunds::a_part_and_the_rest(&stage, &customer, &refunded).await;
    refunds::sent_twice(&stage, &quit).await;
    refunds::decided_twice(&stage, &quit).await;
    lost::what_is_asked_again_happens_once(&stage, &customer).await;
    limited::two_are_sold(&stage, &customer).await;
    doubt::is_told_and_settled(&stage, &customer).await;
    messages::change_nothing(&stage, &quit, &refunded).await;
    returns::book_nothing_wrong(&stage, &customer, &paid).await;
    customer.has_met_no_others().await;
    away::loses_nothing(&mut stage, &quit).await;
    stage.balances().await;
    stage.needs_its_key().await;
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

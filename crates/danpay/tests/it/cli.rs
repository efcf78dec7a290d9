//! The commands as a person at a terminal uses them.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::net::TcpListener;
use std::process::{Command, Output};

use danpay_test_postgres::{Cluster, Settings};
use serde_json::Value;

fn danpay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danpay"));
    command.args(arguments);
    // The settings of whoever runs the tests must not matter.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DANPAY_")) {
        command.env_remove(name);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn fails(mut command: Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert_eq!(status.code(), Some(1), "{}", text(&stderr));
    assert!(stdout.is_empty(), "{}", text(&stdout));
    let said = text(&stderr);
    assert!(said.starts_with("danpay: "), "{said}");
    said
}

#[test]
fn demo_buys_a_choco_pie() {
    let ports = ["--shop-port", "0", "--port", "0", "--sandbox-port", "0"];
    let arguments = [&["demo", "--buy"], ports.as_slice()].concat();
    let Output {
        status,
        stdout,
        stderr,
    } = danpay(&arguments).output().unwrap();
    let (stdout, told) = (text(&stdout), text(&stderr));
    assert!(status.success(), "{told}");

    let payment: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(payment["status"], "approved");
    assert_eq!(payment["item_name"], "초코파이");
    assert_eq!(payment["amount"]["total"], 2_200);
    assert_eq!(payment["amount"]["vat"], 200);
    assert_eq!(payment["payment_method_type"], "CARD");
    for field in [
        "id",
        "tid",
        "aid",
        "created_at",
        "approved_at",
        "expires_at",
        "card_info",
    ] {
        assert!(!payment[field].is_null(), "{field}: {payment}");
    }
    for step in [
        "1. ",
        "2. ",
        "3. ",
        "4. ",
        "POST ",
        "pg_token=***",
        "201 Created",
    ] {
        assert!(told.contains(step), "{step:?} is not told:\n{told}");
    }
    let token = told
        .split("pg_token=")
        .skip(1)
        .all(|rest| rest.starts_with("***"));
    assert!(token, "a pg_token is shown:\n{told}");
    assert!(told.matches("danpay_sk_").count() > 0);
    assert!(
        told.split("danpay_sk_")
            .skip(1)
            .all(|rest| rest.starts_with('…')),
        "{told}"
    );
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let flags = ["--shop-port", "--port", "--sandbox-port"];
    for flag in flags {
        let others = flags
            .iter()
            .filter(|other| **other != flag)
            .flat_map(|other| [*other, "0"]);
        let arguments: Vec<&str> = ["demo", flag, &port].into_iter().chain(others).collect();
        let said = fails(danpay(&arguments));
        let expected = format!("127.0.0.1:{port} is in use; choose another with {flag}");
        assert!(said.contains(&expected), "{said}");
    }
    let address = format!("127.0.0.1:{port}");
    let said = fails(danpay(&["sandbox", "--listen", &address]));
    assert!(
        said.contains("is in use; choose another with --listen"),
        "{said}"
    );
}

#[test]
fn serve_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        let mut command = danpay(&["serve"]);
        command
            .current_dir(folder.path())
            .env("DANPAY_LISTEN", "127.0.0.1:0");
        command
    };
    let said = fails(serve());
    assert!(said.contains("DANPAY_KAKAOPAY_SECRET_KEY"), "{said}");

    let mut misspelt = serve();
    misspelt.env("DANPAY_KAKAOPAY_KEY", "DEV5ECRET");
    let said = fails(misspelt);
    assert!(
        said.contains("kakaopay_key") && !said.contains("DEV5ECRET"),
        "{said}"
    );

    let mut elsewhere = serve();
    elsewhere.env("DANPAY_KAKAOPAY_SECRET_KEY", "DEV5ECRET");
    elsewhere.env("DANPAY_DATABASE_URL", "sqlite:/nowhere/danpay.db");
    let said = fails(elsewhere);
    assert!(
        said.contains("/nowhere/danpay.db") && !said.contains("DEV5ECRET"),
        "{said}"
    );
}

#[test]
fn a_new_key_can_be_made_for_an_existing_database() {
    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str| {
        let mut command = danpay(&["keys", "create", name, "--create"]);
        command.current_dir(folder.path());
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        assert!(status.success(), "{}", text(&stderr));
        text(&stdout)
    };
    let (first, second) = (create("shop"), create("batch"));
    assert!(first.starts_with("danpay_sk_") && second.starts_with("danpay_sk_"));
    assert_ne!(first, second);
}

#[test]
fn a_command_makes_no_database_unless_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        ["keys", "create", "web"].as_slice(),
        &["keys", "list"],
        &["shops", "list"],
        &["migrate"],
        &["prune", "--before", "2020-01-01T00:00:00Z"],
        &["erase", "--before", "2020-01-01"],
        &["restore", "--mark"],
        &["secrets", "rotate"],
    ] {
        let mut command = danpay(words);
        command.current_dir(folder.path());
        let said = fails(command);
        assert!(
            said.contains("danpay.db") && said.contains("--create"),
            "{said}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn migrate_makes_the_tables_of_a_database_whose_address_is_in_a_file() {
    let cluster = Cluster::start(&Settings::quick()).unwrap();
    let name = cluster.create_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("database-url");
    std::fs::write(&file, cluster.tcp_url(&name) + "\n").unwrap();
    for _ in 0..2 {
        let mut migrate = danpay(&["migrate"]);
        migrate.current_dir(folder.path());
        migrate.env("DANPAY_DATABASE_URL_FILE", &file);
        let output = migrate.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("up to date"));
    }
    let partitions = "select count(*) from pg_inherits where inhparent = 'events'::regclass";
    assert_eq!(cluster.sql(&name, partitions).unwrap(), "4");

    drop(cluster);
    let mut migrate = danpay(&["migrate"]);
    migrate.env("DANPAY_DATABASE_URL_FILE", &file);
    let said = fails(migrate);
    assert!(said.contains("danpay@127.0.0.1"), "{said}");
    assert!(!said.contains("te5t-passw0rd"), "{said}");
}

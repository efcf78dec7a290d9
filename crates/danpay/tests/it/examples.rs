//! The examples in other languages: a shop's own tests against `danpay dev`.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn examples() -> PathBuf {
    Path::new(ROOT).join("examples/dev")
}

/// Runs it to its end, with the danpay of this build; what it says.
fn passes(command: &mut Command) -> String {
    let command = command.env("DANPAY", env!("CARGO_BIN_EXE_danpay"));
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    let trouble = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{command:?}\n{said}\n{trouble}");
    said.into_owned()
}

/// A copy, since tools leave what they have built beside what they have read.
fn copied(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(copied.unwrap().success());
}

#[test]
fn pytest_buys_lets_a_payment_expire_and_gets_the_webhooks() {
    let mut pytest = Command::new("pytest");
    pytest.args(["-q", "-p", "no:cacheprovider"]);
    pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    let said = passes(pytest.arg(examples().join("test_shop.py")));
    assert!(said.contains("2 passed"), "{said}");
}

#[test]
fn vitest_buys_lets_a_payment_expire_and_gets_the_webhooks() {
    // It is resolved from where the test is.
    let npm = Path::new(ROOT).join("target/npm");
    let folder = tempfile::tempdir_in(&npm).unwrap();
    copied(&examples().join("shop.test.mjs"), folder.path());
    let mut vitest = Command::new(npm.join("node_modules/.bin/vitest"));
    vitest.env("NO_COLOR", "1").args(["run", "--root"]);
    let said = passes(vitest.arg(folder.path()));
    assert!(said.contains("2 passed"), "{said}");
}

#[test]
fn junit_buys_lets_a_payment_expire_and_gets_the_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    copied(&examples().join("junit"), folder.path());
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "test"]);
    passes(maven.current_dir(folder.path().join("junit")));
    let report = folder
        .path()
        .join("junit/target/surefire-reports/shop.ShopTest.txt");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(
        report.contains("Tests run: 2, Failures: 0, Errors: 0"),
        "{report}"
    );
}

//! What cannot be tortured is refused at once, with what to do instead.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::process::Command;

fn refusal(arguments: &[&str]) -> String {
    let torture = Command::new(env!("CARGO_BIN_EXE_danpay-torture"))
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(torture.status.code(), Some(1));
    String::from_utf8(torture.stderr).unwrap()
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let said = refusal(&["--danpay", "/nowhere/danpay"]);
    assert!(said.contains("there is no /nowhere/danpay"), "{said}");
}

#[test]
fn several_servers_on_one_sqlite_file_are_refused() {
    for arguments in [&["--servers", "3"][..], &["webhooks", "--servers", "3"]] {
        let said = refusal(arguments);
        assert!(said.contains("one process owns a SQLite file"), "{said}");
    }
}

//! Whatever the umask says, nobody but their owner reads the files that danpay makes.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use kakaopay_sandbox::Sandbox;

use crate::served::Served;

/// danpay by way of a shell that lets everybody read and write what it makes.
fn open_to_all(words: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_danpay")).args(words);
    shell
}

fn works(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// The files of the folder with their modes, but for those that the test has made.
fn modes(folder: &Path) -> BTreeMap<String, u32> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let modes = files.map(|file| {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        (file.file_name().into_string().unwrap(), mode)
    });
    modes
        .filter(|(name, _)| !["danpay.log", "secret"].contains(&name.as_str()))
        .collect()
}

#[track_caller]
fn only_their_owners(folder: &Path, expected: &[&str]) {
    let modes = modes(folder);
    for name in expected {
        assert!(
            modes.keys().any(|file| file.contains(name)),
            "{name}: {modes:?}"
        );
    }
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_is_open_to_others() {
    let sandbox = Sandbox::builder().seed(31).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start_as(open_to_all(&[])).await;
    danpay.create("order-1").await;
    let folder = danpay.folder().to_owned();
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(path("secret"), "DEVKILL").unwrap();
    // What was left of another copy, by whomever.
    fs::write(path("copy.db.part"), "x").unwrap();
    let copy = path("copy.db");
    let secret = path("secret");
    for words in [
        [
            "shops",
            "add",
            "둘째",
            "--cid",
            "TCSEQUENCE",
            "--secret-key-file",
            &secret,
        ]
        .as_slice(),
        &["keys", "create", "web"],
        &["secrets", "rotate"],
        &["backup", &copy],
    ] {
        works(&danpay.output(&mut open_to_all(words)));
    }
    let own = [
        "danpay.db",
        "-wal",
        "-shm",
        ".lock",
        ".master-key",
        "danpay.api-key",
        "copy.db",
    ];
    only_their_owners(&folder, &own);

    danpay.kill();
    // As an older danpay, or an operator's `cp`, has left them.
    for name in ["danpay.db", "danpay.db-wal"] {
        fs::set_permissions(path(name), Permissions::from_mode(0o644)).unwrap();
    }
    works(&danpay.output(&mut open_to_all(&["restore", &copy])));
    only_their_owners(&folder, &["danpay.db.replaced-", "-wal"]);
    fs::set_permissions(path("danpay.db"), Permissions::from_mode(0o644)).unwrap();
    danpay.start_as(open_to_all(&[])).await;
    only_their_owners(&folder, &["danpay.db", "-wal", "-shm"]);
    danpay.kill();
}

#[tokio::test]
async fn the_address_of_a_sandbox_is_its_owners_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.url");
    fs::write(folder.path().join("sandbox.url.next"), "x").unwrap();
    let words = [
        "sandbox",
        "--port",
        "0",
        "--ready-file",
        file.to_str().unwrap(),
    ];
    let mut sandbox = open_to_all(&words);
    sandbox.stdout(Stdio::null()).stderr(Stdio::null());
    let mut sandbox = sandbox.spawn().unwrap();
    let deadline = std::time::Instant::now() + crate::served::PATIENCE;
    while !file.exists() {
        assert!(std::time::Instant::now() < deadline, "it is never there");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    only_their_owners(folder.path(), &["sandbox.url"]);
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
}

//! An afternoon as it happens: a shell that runs the blocks, and what can be seen of it.
//!
//! Only what would not be this machine's own is another one: the ports are free ones, `cargo run --release --`
//! is the danpay of this build, and `npm install` takes what `cargo xtask test` has fetched.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::readme::{Block, script};
use super::{ORDERS, ROOT};
use crate::served::{PATIENCE, client};

/// The ports of the README: danpay's, the sandbox's and the shop's.
const PORTS: [&str; 3] = ["7701", "7702", "3000"];

/// In cargo's place: the danpay of this build, with a sandbox on a port that is free.
const CARGO: &str = r#"#!/bin/sh
[ "$1 $2 $3" = "run --release --" ] || { echo "cargo $*: not this one" >&2; exit 1; }
shift 3
[ "$1" != sandbox ] || set -- "$@" --port "$SANDBOX_PORT"
exec "$DANPAY" "$@"
"#;
/// In npm's place: what is here already, in the version that the tests pin.
const NPM: &str = r#"#!/bin/sh
[ "$1" = install ] && [ -d "$PACKAGES/$2" ] || { echo "npm $*: not here" >&2; exit 1; }
mkdir -p node_modules && ln -s "$PACKAGES/$2" node_modules/
"#;

/// The shell, and all that it has started. They end with the test.
pub(super) struct Afternoon {
    pub(super) shell: Child,
    folder: TempDir,
    pub(super) ports: [u16; 3],
}

impl Drop for Afternoon {
    fn drop(&mut self) {
        // The servers are of the shell's group and outlive it.
        let group = format!("-{}", self.shell.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.shell.wait();
    }
}

impl Afternoon {
    pub(super) fn begin(blocks: &[Block]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("bin")).unwrap();
        for (name, text) in [("bin/cargo", CARGO), ("bin/npm", NPM)] {
            fs::write(at(name), text).unwrap();
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let free = PORTS.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = free.map(|free| free.local_addr().unwrap().port());
        let mut script = script(blocks);
        for (port, free) in PORTS.iter().zip(ports) {
            script = script.replace(&format!(":{port}"), &format!(":{free}"));
            script = script.replace(&format!("listen({port}"), &format!("listen({free}"));
        }
        let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
        let shell = Command::new("bash")
            .args(["-e", "-c", &script])
            .current_dir(folder.path())
            .process_group(0)
            .env("PATH", path)
            .env("DANPAY", env!("CARGO_BIN_EXE_danpay"))
            .env("SANDBOX_PORT", ports[1].to_string())
            .env("DANPAY_LISTEN", format!("127.0.0.1:{}", ports[0]))
            .env("PACKAGES", Path::new(ROOT).join("target/npm/node_modules"))
            .stdout(File::create(at("said")).unwrap())
            .stderr(File::create(at("trouble")).unwrap())
            .spawn()
            .unwrap();
        Self {
            shell,
            folder,
            ports,
        }
    }

    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// Whether it is so in time.
    pub(super) async fn comes(&mut self, mut is_so: impl FnMut(&mut Self) -> bool) -> bool {
        let deadline = Instant::now() + 4 * PATIENCE;
        while !is_so(self) {
            if Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    /// Of each order, what the receiver was told, in its order.
    pub(super) fn told(&self) -> [Vec<String>; 2] {
        let said = self.read("said");
        ORDERS.map(|order| {
            let events = said.lines().filter_map(|line| line.strip_suffix(order));
            events.map(|event| event.trim_end().to_owned()).collect()
        })
    }

    /// Of each order, what KakaoPay's ledger says has moved.
    pub(super) async fn moved(&self) -> Value {
        let payments = ledger(self.ports[1]).await.unwrap();
        let moved = payments.iter().map(|payment| {
            let entries = payment["entries"].as_array().unwrap().iter();
            let entries: Vec<_> = entries
                .map(|entry| json!([entry["kind"], entry["total"]]))
                .collect();
            (
                payment["order_id"].as_str().unwrap().to_owned(),
                json!(entries),
            )
        });
        moved.collect()
    }

    /// What the receiver answers to a message that danpay has not signed.
    #[expect(
        clippy::disallowed_methods,
        reason = "the receiver looks at the machine's clock"
    )]
    pub(super) async fn answer_to_a_forgery(&self) -> u16 {
        let url = format!("http://127.0.0.1:{}/danpay", self.ports[2]);
        let forged = json!({ "type": "payment.approved", "data": { "order_id": "order-3" } });
        let request = client().build().unwrap().post(url).json(&forged);
        let request = request.header("webhook-id", "evt_0").header(
            "webhook-timestamp",
            jiff::Timestamp::now().as_second().to_string(),
        );
        let answer = request.header("webhook-signature", "v1,bm8=").send().await;
        answer.unwrap().status().as_u16()
    }
}

/// The payments of the sandbox at this port, if it is there.
async fn ledger(port: u16) -> Option<Vec<Value>> {
    let url = format!("http://127.0.0.1:{port}/_sandbox/payments");
    let ledger = client().build().unwrap().get(url).send().await.ok()?;
    let mut ledger: Value = ledger.json().await.unwrap();
    Some(
        ledger["payments"]
            .as_array_mut()
            .unwrap()
            .drain(..)
            .collect(),
    )
}

/// Payers who take a while: each pays once danpay has surely been asked how the payment stands.
pub(super) async fn pay_slowly(port: u16) {
    let url = format!("http://127.0.0.1:{port}/_sandbox/payer");
    let mut seen = HashMap::new();
    loop {
        for payment in ledger(port).await.unwrap_or_default() {
            let tid = payment["tid"].as_str().unwrap().to_owned();
            let since: &mut Option<Instant> =
                seen.entry(tid).or_insert_with(|| Some(Instant::now()));
            if since.is_some_and(|since| since.elapsed() > Duration::from_secs(1)) {
                *since = None;
                let script =
                    json!({ "tid": payment["tid"], "script": "pays_by_card", "follow": true });
                let paid = client().build().unwrap().post(&url).json(&script).send();
                assert!(paid.await.unwrap().status().is_success());
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

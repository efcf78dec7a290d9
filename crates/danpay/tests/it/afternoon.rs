//! The afternoon of README.md: each of its lines is run as it stands there, from nothing to payments that are
//! paid and given back, and KakaoPay's ledger has to agree with what the text says.
//!
//! Only what would not be this machine's own is another one: the ports are free ones, `cargo run --release --`
//! is the danpay of this build, and `npm install` takes what `cargo xtask test` has fetched.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::served::{PATIENCE, client};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What the README promises.
const LINES_MAX: usize = 60;
/// The ports of the README: danpay's, the sandbox's and the shop's.
const PORTS: [&str; 3] = ["7701", "7702", "3000"];
const ORDERS: [&str; 2] = ["order-1", "order-2"];
const STATUSES: [&str; 3] = ["approved", "partially_canceled", "canceled"];

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

/// A block of code: its language and its lines.
type Block = (String, String);

/// The blocks of the chapter that names this file.
fn blocks(readme: &str) -> Vec<Block> {
    let text = fs::read_to_string(Path::new(ROOT).join(readme)).unwrap();
    let mut chapters = text.split("\n## ");
    let afternoon = chapters.find(|chapter| chapter.contains("tests/it/afternoon.rs"));
    let pieces = afternoon.unwrap().split("\n```").skip(1).step_by(2);
    let block = |piece: &str| {
        let (language, code) = piece.split_once('\n').unwrap();
        (language.to_owned(), format!("{code}\n"))
    };
    pieces.map(block).collect()
}

/// A line without its comment, and the comment.
fn without_comment<'a>(language: &str, line: &'a str) -> (&'a str, &'a str) {
    let mark = if language == "js" { "// " } else { "# " };
    if let Some(comment) = line.strip_prefix(mark) {
        return ("", comment);
    }
    line.split_once(&format!(" {mark}")).unwrap_or((line, ""))
}

/// What the comments say is printed: how a payment stands, what was paid and what has gone back.
fn promised(blocks: &[Block]) -> Vec<String> {
    let shown = |language: &str| {
        let of_language = blocks.iter().filter(move |(other, _)| other == language);
        let lines = of_language.flat_map(|(_, code)| code.lines());
        let comments = lines.map(|line| without_comment(language, line).1);
        comments
            .filter(is_shown)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // JavaScript is run last.
    [shown("sh"), shown("js")].concat()
}

fn is_shown(line: &&str) -> bool {
    STATUSES
        .iter()
        .any(|status| line.starts_with(&format!("{status} ")))
}

/// One shell that runs them all. JavaScript goes into the file that its first line names, or into the one before.
fn script(blocks: &[Block]) -> String {
    let mut script = String::new();
    let mut file = "";
    for (language, code) in blocks {
        if language == "js" {
            if let Some(named) = code.strip_prefix("// ") {
                file = named.split([',', ' ', '\n']).next().unwrap();
            }
            writeln!(script, "cat >>{file} <<'END OF BLOCK'\n{code}END OF BLOCK").unwrap();
        } else {
            script.push_str(code);
        }
    }
    script
}

/// The shell, and all that it has started. They end with the test.
struct Afternoon {
    shell: Child,
    folder: TempDir,
    ports: [u16; 3],
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
    fn begin(blocks: &[Block]) -> Self {
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

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// Whether it is so in time.
    async fn comes(&mut self, mut is_so: impl FnMut(&mut Self) -> bool) -> bool {
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
    fn told(&self) -> [Vec<String>; 2] {
        let said = self.read("said");
        ORDERS.map(|order| {
            let events = said.lines().filter_map(|line| line.strip_suffix(order));
            events.map(|event| event.trim_end().to_owned()).collect()
        })
    }

    /// Of each order, what KakaoPay's ledger says has moved.
    async fn moved(&self) -> Value {
        let url = format!("http://127.0.0.1:{}/_sandbox/payments", self.ports[1]);
        let ledger = client().build().unwrap().get(url).send().await.unwrap();
        let ledger: Value = ledger.json().await.unwrap();
        let payments = ledger["payments"].as_array().unwrap();
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
    async fn answer_to_a_forgery(&self) -> u16 {
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

/// Runs the blocks, and compares what has happened with what the text says.
async fn happens(blocks: &[Block]) -> Result<(), String> {
    let mut afternoon = Afternoon::begin(blocks);
    let ended = afternoon.comes(|it| it.shell.try_wait().unwrap().is_some());
    let ended = ended.await && afternoon.shell.wait().unwrap().success();
    let (said, trouble) = (afternoon.read("said"), afternoon.read("trouble"));
    let so = |is_so: bool, what: &str| {
        let problem = || format!("{what}\n{said}\n{trouble}");
        if is_so { Ok(()) } else { Err(problem()) }
    };
    so(ended, "a line fails, or they do not end")?;
    let shown: Vec<_> = said.lines().filter(is_shown).collect();
    so(
        shown == promised(blocks),
        "another thing is shown than the comments say",
    )?;
    let checkout = format!("http://127.0.0.1:{}/pay/pay_", afternoon.ports[0]);
    let shown = said.lines().filter(|line| line.starts_with(&checkout));
    so(
        shown.count() == ORDERS.len(),
        "not each order's checkout_url is shown",
    )?;
    let paid_and_given_back = json!([["PAYMENT", 2200], ["CANCEL", 1100], ["CANCEL", 1100]]);
    let moved = json!({ "order-1": paid_and_given_back, "order-2": paid_and_given_back });
    let ledger = afternoon.moved().await;
    so(ledger == moved, &format!("other money has moved: {ledger}"))?;
    let events = ["ready", "approved", "partially_canceled", "canceled"];
    let events = events.map(|event| format!("payment.{event}"));
    let all = |it: &mut Afternoon| it.told().iter().all(|told| told.len() >= events.len());
    let _ = afternoon.comes(all).await;
    let told = afternoon.told();
    so(
        told == [&events[..], &events],
        &format!("the receiver was told {told:?}"),
    )?;
    let answer = afternoon.answer_to_a_forgery().await;
    so(answer == 400, &format!("to a forgery it answers {answer}"))
}

#[tokio::test]
async fn each_line_of_the_readmes_afternoon_does_what_the_readme_says() {
    let blocks = blocks("README.md");
    let lines = blocks.iter().flat_map(|(_, code)| code.lines());
    let lines = lines.filter(|line| !line.trim().is_empty()).count();
    assert!(lines < LINES_MAX, "{lines} lines");
    assert_eq!(promised(&blocks).len(), 2 * 4, "{:?}", promised(&blocks));
    if let Err(problem) = happens(&blocks).await {
        unreachable!("{problem}");
    }
}

/// A test that cannot fail would guard nothing.
#[tokio::test]
async fn an_afternoon_with_another_line_is_found() {
    for (from, to, problem) in [
        (
            r#""amount":{"total":2200}"#,
            r#""amount":{"total":2300}"#,
            "another thing is shown",
        ),
        ("-d '{}'", "", "another thing is shown"),
        ("order-2-refund-2", "order-2-refund-1", "a line fails"),
        (
            "webhook.verify(await text(request), request.headers)",
            "JSON.parse(await text(request))",
            "to a forgery it answers 204",
        ),
        ("jq -r .checkout_url payment.json", "", "not each order's"),
        (
            "# canceled 2200 2200",
            "# canceled 2200 1100",
            "another thing is shown",
        ),
    ] {
        let mut changed = blocks("README.md");
        let found = changed.iter().map(|(_, code)| code.matches(from).count());
        assert_eq!(found.sum::<usize>(), 1, "{from}");
        for (_, code) in &mut changed {
            *code = code.replace(from, to);
        }
        let happened = happens(&changed).await;
        assert!(
            happened
                .as_ref()
                .is_err_and(|said| said.starts_with(problem)),
            "{to}: {happened:?}"
        );
    }
}

#[test]
fn the_korean_readme_has_the_same_lines_but_for_comments() {
    let bare = |readme| -> Vec<Block> {
        let bare = blocks(readme).into_iter().map(|(language, code)| {
            let lines = code.lines().map(|line| without_comment(&language, line).0);
            let lines = lines.collect::<Vec<_>>().join("\n");
            (language, lines)
        });
        bare.collect()
    };
    assert_eq!(bare("README.ko.md"), bare("README.md"));
    assert_eq!(
        promised(&blocks("README.ko.md")),
        promised(&blocks("README.md"))
    );
}

//! The log cannot be written: payments go on, and lines that are lost are counted in the log.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use kakaopay_sandbox::Sandbox;
use serde_json::Value;

use crate::alerts::Receiver;
use crate::served::Served;

const DANPAY: &str = env!("CARGO_BIN_EXE_danpay");

async fn served(sandbox: &Sandbox) -> Served {
    let mut danpay = Served::new(sandbox);
    // What asks whether it lives is logged as well.
    danpay.set("DANPAY_LOG", "info,danpay_server::http=debug");
    // Its first start writes the API key beside the database, and is to have its log.
    danpay.start().await;
    danpay.kill();
    danpay
}

/// danpay by way of a shell that redirects it.
fn redirected(to: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$0\" \"$@\" {to}"), DANPAY]);
    shell
}

/// Asks so often, as quickly as it is answered.
fn ask(danpay: &Served, times: usize) {
    let address = danpay.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let timeout = Some(crate::served::PATIENCE);
    stream.set_read_timeout(timeout).unwrap();
    let mut asking = stream.try_clone().unwrap();
    let asking = thread::spawn(move || {
        let request = "GET /livez HTTP/1.1\r\nhost: danpay\r\n\r\n";
        asking.write_all(request.repeat(times).as_bytes()).unwrap();
    });
    let answers = BufReader::new(&mut stream).lines().map(Result::unwrap);
    assert_eq!(
        answers.filter(|line| line == "ok").take(times).count(),
        times
    );
    asking.join().unwrap();
}

/// Reads a log on a thread of its own, to its end.
struct Reading {
    lines: Arc<Mutex<Vec<Value>>>,
    thread: JoinHandle<()>,
}

impl Reading {
    fn of(log: PipeReader) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&lines);
        let thread = thread::spawn(move || {
            for line in BufReader::new(log).lines() {
                // Each of them is whole.
                let line = serde_json::from_str(&line.unwrap()).unwrap();
                read.lock().unwrap().push(line);
            }
        });
        Self { lines, thread }
    }

    /// Has the server end, once all that it had to log by now has been read; gives all lines.
    async fn until_the_end(self, mut danpay: Served) -> Vec<Value> {
        let marker = danpay.create("the-last-order").await;
        let is_marker = |line: &Value| line["fields"]["payment.id"] == marker["id"];
        let is_read = |_: &Served| self.lines.lock().unwrap().iter().any(is_marker);
        danpay.until("the log goes on", is_read).await;
        assert!(danpay.terminate().await.success());
        self.thread.join().unwrap();
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

fn is_answer(line: &Value) -> bool {
    line["fields"]["message"] == "request answered" && line["fields"]["route"] == "/livez"
}

#[tokio::test]
async fn a_full_disk_under_the_log_stops_no_payment() {
    let sandbox = Sandbox::builder().seed(8).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    danpay.start_as(redirected(">/dev/full 2>&1")).await;
    danpay.create("order-1").await;
    assert!(danpay.terminate().await.success());
}

#[tokio::test]
async fn a_log_whose_reader_has_gone_stops_no_payment() {
    let sandbox = Sandbox::builder().seed(9).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    danpay.start_with(Command::new(DANPAY), writer).await;
    danpay.create("order-1").await;
    assert!(danpay.terminate().await.success());
}

#[tokio::test]
async fn a_log_that_nobody_reads_for_a_while_keeps_nobody_waiting_and_loses_nothing() {
    let sandbox = Sandbox::builder().seed(10).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    let (reader, writer) = std::io::pipe().unwrap();
    danpay.start_with(Command::new(DANPAY), writer).await;
    // Ten times what the pipe holds.
    ask(&danpay, 2_500);
    let lines = Reading::of(reader).until_the_end(danpay).await;
    assert_eq!(lines.iter().filter(|line| is_answer(line)).count(), 2_500);
    let last = lines.last().unwrap();
    assert_eq!(last["fields"]["message"], "stopping", "{last}");
}

#[tokio::test]
async fn a_server_whose_log_nobody_reads_ends_all_the_same() {
    let sandbox = Sandbox::builder().seed(11).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    let (reader, writer) = std::io::pipe().unwrap();
    danpay.start_with(Command::new(DANPAY), writer).await;
    ask(&danpay, 1_000);
    assert!(danpay.terminate().await.success());
    drop(reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_were_lost_are_counted_in_the_log_and_recovery_tells_of_them() {
    let sandbox = Sandbox::builder().seed(12).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    let mut receiver = Receiver::new().await;
    receiver.set(&mut danpay);
    let (reader, writer) = std::io::pipe().unwrap();
    danpay.start_with(Command::new(DANPAY), writer).await;
    // More than are kept for later.
    let asked = 20_000;
    ask(&danpay, asked);
    let lines = Reading::of(reader).until_the_end(danpay).await;
    let gaps = lines
        .iter()
        .filter(|line| line["fields"]["message"] == "log gap");
    let gaps: Vec<_> = gaps.collect();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let fields = &gaps[0]["fields"];
    let lost = fields["log.lost"].as_u64().unwrap();
    assert_eq!(receiver.next().await["kind"], "log_gap");
    let answered = lines.iter().filter(|line| is_answer(line)).count();
    assert_eq!(answered + usize::try_from(lost).unwrap(), asked);

    let danpay = Served::new(&sandbox);
    let log = danpay.folder().join("gap.log");
    std::fs::write(&log, gaps[0].to_string() + "\n").unwrap();
    let words = ["recover", "--from-log", log.to_str().unwrap(), "--json"];
    let refused = danpay.command(&words);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(told["outcome"], "log_gap", "{told}");
    for (name, field) in [("lost", "log.lost"), ("from", "log.from"), ("to", "log.to")] {
        assert_eq!(told[name], fields[field], "{told}");
    }
    let said = String::from_utf8(refused.stderr).unwrap();
    for part in [
        lost.to_string().as_str(),
        log.to_str().unwrap(),
        "--accept-gaps",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let accepted = danpay.command(&[&words[..], &["--accept-gaps"]].concat());
    assert!(accepted.status.success(), "{accepted:?}");
}

#[tokio::test]
async fn a_line_that_a_full_disk_has_cut_is_written_again_on_a_line_of_its_own() {
    let sandbox = Sandbox::builder().seed(13).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_LOG", "info,danpay_server::http=debug");
    // No other file may be longer than the log, which alone is to meet the limit.
    let filler = "\n".repeat(4 << 20);
    std::fs::write(danpay.log(), &filler).unwrap();
    // Ignored, so that a write beyond the limit fails instead of ending the process.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", DANPAY]);
    danpay.start_as(shell).await;
    let first = danpay.create("order-1").await;
    danpay.until_logged("payment ready").await;
    let full = std::fs::metadata(danpay.log()).unwrap().len() + 700;
    danpay.limit(&format!("--fsize={full}:"));
    let second = danpay.create("order-2").await;
    ask(&danpay, 50);
    danpay
        .until("the disk is full", |danpay| {
            std::fs::metadata(danpay.log()).unwrap().len() == full
        })
        .await;
    danpay.limit("--fsize=unlimited:");
    let third = danpay.create("order-3").await;
    assert!(danpay.terminate().await.success());

    let log = std::fs::read_to_string(danpay.log()).unwrap();
    let (whole, cut): (Vec<_>, Vec<_>) = log
        .lines()
        .filter(|line| !line.is_empty())
        .partition(|line| serde_json::from_str::<Value>(line).is_ok());
    assert_eq!(cut.len(), 1, "{cut:?}");
    assert!(whole.iter().any(|line| line.starts_with(cut[0])), "{cut:?}");
    for payment in [first, second, third] {
        let tid = payment["tid"].as_str().unwrap();
        assert!(whole.iter().any(|line| line.contains(tid)), "{tid}");
    }
    assert_eq!(
        whole.iter().filter(|line| line.contains("/livez")).count(),
        50
    );
}

#[tokio::test]
async fn an_api_key_that_could_not_be_shown_opens_nothing_and_another_can_be_made() {
    let sandbox = Sandbox::builder().seed(14).start().await.unwrap();
    let mut danpay = served(&sandbox).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut closed = Command::new(DANPAY);
    closed.stdout(writer);
    for (name, mut command) in [("full", redirected(">/dev/full")), ("closed", closed)] {
        let unseen = danpay.output(command.args(["keys", "create", name]));
        assert_eq!(unseen.status.code(), Some(1), "{unseen:?}");
        let listed = danpay.command(&["keys", "list", "--json"]).stdout;
        let listed = String::from_utf8(listed).unwrap();
        let keys = listed.lines().map(serde_json::from_str::<Value>);
        let mut keys = keys.map(Result::unwrap).filter(|key| key["name"] == name);
        assert!(!keys.next().unwrap()["revoked_at"].is_null(), "{listed}");
    }
    let key = danpay.command(&["keys", "create", "shop"]);
    danpay.api_key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    danpay.start().await;
    danpay.create("order-1").await;
}

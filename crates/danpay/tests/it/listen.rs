//! `danpay listen`: a shop's events on a developer's own machine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::process::Stdio;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use danpay_server::SigningSecret;
use jiff::Timestamp;
use kakaopay_sandbox::Sandbox;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::served::{PATIENCE, Served};

pub(crate) type Received = (HeaderMap, Bytes);

/// A developer's own shop.
pub(crate) async fn hook() -> (String, mpsc::UnboundedReceiver<Received>) {
    let (tell, told) = mpsc::unbounded_channel();
    let take = async |State(tell): State<mpsc::UnboundedSender<Received>>,
                      headers: HeaderMap,
                      body: Bytes| {
        tell.send((headers, body)).unwrap();
        StatusCode::NO_CONTENT
    };
    let routes = axum::Router::new()
        .route("/hook", axum::routing::post(take))
        .with_state(tell);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, told)
}

/// `danpay listen`, and what it says.
struct Listening {
    process: Child,
    typed: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    said: Lines<BufReader<tokio::process::ChildStderr>>,
}

fn command(danpay: &Served, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danpay"));
    command
        .args(["listen", "--url", &danpay.url])
        .args(words)
        .env("DANPAY_API_KEY", &danpay.api_key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Listening {
    fn start(danpay: &Served, words: &[&str]) -> Self {
        let mut process = command(danpay, words).spawn().unwrap();
        Self {
            typed: process.stdin.take().unwrap(),
            lines: BufReader::new(process.stdout.take().unwrap()).lines(),
            said: BufReader::new(process.stderr.take().unwrap()).lines(),
            process,
        }
    }

    /// SIGTERM; after which event it would go on.
    async fn stop(mut self) -> String {
        let pid = self.process.id().unwrap().to_string();
        Command::new("kill").arg(&pid).status().await.unwrap();
        assert!(self.process.wait().await.unwrap().success());
        let last = line(&mut self.said).await;
        last.rsplit_once(' ').unwrap().1.to_owned()
    }
}

async fn line(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>) -> String {
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
    line.expect("it says something")
        .unwrap()
        .expect("it goes on")
}

pub(crate) async fn received(hook: &mut mpsc::UnboundedReceiver<Received>) -> (String, Value) {
    let received = tokio::time::timeout(PATIENCE, hook.recv()).await;
    let (headers, body) = received.expect("an event comes").unwrap();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let id = header("webhook-id");
    let at = header("webhook-timestamp").parse().unwrap();
    let at = Timestamp::from_second(at).unwrap();
    SECRET.with(|secret| {
        let secret = secret.borrow();
        let [.., (_, signature)] = secret.as_ref().unwrap().headers(&id, at, &body);
        assert_eq!(header("webhook-signature"), signature);
    });
    (id, serde_json::from_slice(&body).unwrap())
}

/// From now on this is what signatures are held against.
pub(crate) fn signed_with(secret: &str) {
    let secret = SigningSecret::parse(&secret.into()).unwrap();
    SECRET.with(|place| *place.borrow_mut() = Some(secret));
}

thread_local! {
    /// What is signed with.
    static SECRET: std::cell::RefCell<Option<SigningSecret>> = const { std::cell::RefCell::new(None) };
}

#[tokio::test]
async fn what_happens_from_now_on_comes_signed_and_again_when_it_is_asked_for() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    danpay.create("before").await;
    let secret = command(&danpay, &["--print-secret"])
        .output()
        .await
        .unwrap();
    let secret = String::from_utf8(secret.stdout).unwrap();
    signed_with(secret.trim());

    let (url, mut hook) = hook().await;
    let mut listening = Listening::start(&danpay, &["--forward-to", &url]);
    assert!(line(&mut listening.said).await.contains("Waiting"));
    let payment = danpay.create("order-1").await;
    let (ready, body) = received(&mut hook).await;
    assert_eq!(body["type"], "payment.ready");
    assert_eq!(body["data"]["id"], payment["id"], "not what came before");
    assert_eq!(body["data"]["status"], "ready");
    assert_eq!(body["sequence"], 1);
    let shown = line(&mut listening.lines).await;
    assert!(
        shown.contains(&ready) && shown.contains("204 No Content"),
        "{shown}"
    );

    let back = sandbox.play(payment["tid"].as_str().unwrap(), "pays_by_card");
    danpay.http.get(back.unwrap()).send().await.unwrap();
    let (approved, body) = received(&mut hook).await;
    assert_eq!(body["type"], "payment.approved");
    assert_eq!(body["data"]["amount"]["total"], 2200);
    line(&mut listening.lines).await;

    listening.typed.write_all(b"r\n").await.unwrap();
    let (again, same) = received(&mut hook).await;
    assert_eq!((&again, &same), (&approved, &body));
    assert_eq!(listening.stop().await, approved);

    // It goes on after what was seen, with what was asked for alone.
    let words = [
        "--forward-to",
        &url,
        "--after",
        &ready,
        "--json",
        "--events",
        "payment.approved",
    ];
    let mut listening = Listening::start(&danpay, &words);
    assert_eq!(received(&mut hook).await.0, approved);
    let shown: Value = serde_json::from_str(&line(&mut listening.lines).await).unwrap();
    assert_eq!(
        (&shown["id"], &shown["status"]),
        (&approved.into(), &204.into())
    );
}

#[tokio::test]
async fn a_hook_that_does_not_answer_is_told_and_a_wrong_key_ends_it() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    let mut listening = Listening::start(&danpay, &["--forward-to", "http://127.0.0.1:9/hook"]);
    line(&mut listening.said).await;
    danpay.create("order-1").await;
    let shown = line(&mut listening.lines).await;
    assert!(
        shown.contains("no answer") && shown.contains("refused"),
        "{shown}"
    );

    let odd = command(
        &danpay,
        &["--forward-to", "http://a/", "--events", "payment.paid"],
    );
    let wrong = command(&danpay, &["--forward-to", "http://127.0.0.1:9/"]);
    let unknown = command(
        &danpay,
        &["--forward-to", "http://127.0.0.1:9/", "--after", "evt_x"],
    );
    for (mut command, key, said) in [
        (odd, &*danpay.api_key, "payment.approved"),
        (wrong, "danpay_sk_wrong", "401"),
        (unknown, &danpay.api_key, "422"),
    ] {
        let ended = command.env("DANPAY_API_KEY", key).output().await.unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && stderr.contains(said), "{stderr}");
        assert!(!stderr.contains(key), "{stderr}");
    }
}

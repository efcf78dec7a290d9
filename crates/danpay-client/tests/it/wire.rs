//! A danpay that answers what it is told to, byte by byte, and keeps what it is asked.

use std::time::Duration;

use danpay_client::{Builder, Danpay, Retries};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with a request. Each comes on a connection of its own, which is closed afterwards.
pub(crate) enum Reply {
    /// Reads it, and says nothing.
    Cut,
    /// Reads it, and says this.
    Text(String),
}

/// An answer of danpay's.
pub(crate) fn answer(status: u16, body: &Value) -> Reply {
    answer_with(status, "", body)
}

/// The same, with more lines in its head.
pub(crate) fn answer_with(status: u16, head: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{head}");
    Reply::Text(format!("{head}\r\n{body}"))
}

/// danpay says no.
pub(crate) fn problem(status: u16, code: &str) -> Reply {
    answer(
        status,
        &json!({ "status": status, "code": code, "detail": "No." }),
    )
}

/// A payment that waits for its payer.
pub(crate) fn payment() -> Value {
    let mut sample: Value = serde_json::from_str(crate::contract::SAMPLE).unwrap();
    sample["status"] = json!("ready");
    sample
}

pub(crate) struct Fake {
    url: String,
    asked: JoinHandle<Vec<String>>,
}

impl Fake {
    /// Answers in this order, and no more.
    pub(crate) async fn replying(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/danpay/", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let mut asked = Vec::new();
            for reply in replies {
                let (mut connection, _) = listener.accept().await.unwrap();
                asked.push(read(&mut connection).await);
                if let Reply::Text(text) = reply {
                    connection.write_all(text.as_bytes()).await.unwrap();
                }
            }
            asked
        });
        Self { url, asked }
    }

    /// A client of it, which does not wait for long.
    pub(crate) fn client(&self) -> Danpay {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> Builder {
        let retries = Retries::default().attempts(3);
        let retries = retries.first_pause(Duration::from_millis(1));
        Danpay::builder(&self.url, "danpay_sk_1").retries(retries)
    }

    /// All that it was asked, once it has answered all.
    pub(crate) async fn asked(self) -> Vec<String> {
        self.asked.await.unwrap()
    }
}

/// A request, head and body.
async fn read(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text.into_owned();
            }
        }
        let mut more = [0; 4096];
        let count = connection.read(&mut more).await.unwrap();
        assert!(count > 0, "the request broke off");
        request.extend_from_slice(&more[..count]);
    }
}

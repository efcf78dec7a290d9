//! Clients that take places and do nothing: whoever has something to ask comes in all the same, and
//! whoever watches the server always does.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;

use crate::served::{PATIENCE, Served};

/// More than a server takes that may have 64 files open.
const CROWD: usize = 128;

/// A server that takes few connections, and has a door for whoever watches it.
async fn small(sandbox: &Sandbox) -> (Served, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let health = free.local_addr().unwrap();
    drop(free);
    let mut danpay = Served::new(sandbox);
    danpay.set("DANPAY_HEALTH_LISTEN", &health.to_string());
    let mut shell = Command::new("sh");
    let few = "ulimit -n 96; exec \"$0\" \"$@\"";
    shell.args(["-c", few, env!("CARGO_BIN_EXE_danpay")]);
    danpay.start_as(shell).await;
    (danpay, health)
}

fn connected(danpay: &Served) -> TcpStream {
    TcpStream::connect(danpay.url.strip_prefix("http://").unwrap()).unwrap()
}

/// What a door of whoever watches says.
async fn told(danpay: &Served, health: SocketAddr, path: &str) -> StatusCode {
    let asked = danpay.http.get(format!("http://{health}{path}")).send();
    asked.await.unwrap().status()
}

#[tokio::test]
async fn whoever_asks_comes_in_past_a_crowd_that_says_nothing() {
    let sandbox = Sandbox::builder().seed(21).start().await.unwrap();
    let (danpay, health) = small(&sandbox).await;
    let silent: Vec<_> = (0..CROWD).map(|_| connected(&danpay)).collect();
    danpay.create("order-1").await;
    // Some that have asked for something, and are silent since.
    let idle: Vec<_> = (0..CROWD)
        .map(|_| {
            let mut stream = connected(&danpay);
            stream
                .write_all(b"GET /livez HTTP/1.1\r\nhost: danpay\r\n\r\n")
                .unwrap();
            let mut answer = [0; 8];
            stream.read_exact(&mut answer).unwrap();
            stream
        })
        .collect();
    danpay.create("order-2").await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(told(&danpay, health, path).await, StatusCode::OK, "{path}");
    }
    // Nothing else is told there.
    for path in ["/", "/v1/payments", "/pay/x"] {
        let asked = danpay.http.get(format!("http://{health}{path}")).send();
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        // The explanation is at the front door.
        let told = answer.text().await.unwrap();
        let page = format!("\"type\":\"{}/docs/problems/not_found\"", danpay.url);
        assert!(told.contains(&page), "{told}");
    }
    drop((silent, idle));
}

#[tokio::test]
async fn whoever_asks_comes_in_past_a_crowd_that_reads_nothing() {
    let sandbox = Sandbox::builder().seed(22).start().await.unwrap();
    let (danpay, health) = small(&sandbox).await;
    let requests = b"GET /livez HTTP/1.1\r\nhost: danpay\r\n\r\n".repeat(1_000);
    let crowd: Vec<_> = (0..CROWD / 2)
        .map(|_| {
            let mut stream = connected(&danpay);
            stream.set_nonblocking(true).unwrap();
            // Until nothing more goes out: its answers wait for it.
            loop {
                match stream.write(&requests) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return stream,
                    // It had to give way already.
                    Err(_) => return stream,
                }
            }
        })
        .collect();
    danpay.create("order-1").await;
    assert_eq!(told(&danpay, health, "/readyz").await, StatusCode::OK);
    drop(crowd);
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_is_closed_within_seconds() {
    let sandbox = Sandbox::builder().seed(23).start().await.unwrap();
    let (danpay, _) = small(&sandbox).await;
    let mut slow = connected(&danpay);
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost: ").unwrap();
    let mut silent = connected(&danpay);
    let closed = tokio::task::spawn_blocking(move || {
        for stream in [&mut slow, &mut silent] {
            // Well before the 75 s for which a connection may rest between two requests.
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut nothing = Vec::new();
            match stream.read_to_end(&mut nothing) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            }
        }
    });
    closed.await.unwrap();
    danpay.create("order-1").await;
}

//! Real sockets that fail in every way a network can: what is certain then, and that nothing is
//! ever sent twice.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use kakaopay::{ApproveResponse, Error, KakaoPay, Outcome, Proof};

use crate::{approve_request, tid};

/// To [`approve_request`].
pub(crate) const ANSWER: &str = r#"{"aid":"A5678901234567890123","tid":"T1234567890123456789",
    "cid":"TC0ONETIME","partner_order_id":"order-1","partner_user_id":"user-1",
    "payment_method_type":"MONEY","amount":{"total":2200,"vat":200}}"#;

/// Reads one whole request and gives its head; nothing if the other side closed instead.
pub(crate) fn read_head(line: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    let mut length = 0;
    while !head.ends_with("\r\n\r\n") {
        let mut header = String::new();
        if line.read_line(&mut header).unwrap_or(0) == 0 {
            return None;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&header);
    }
    line.read_exact(&mut vec![0; length]).ok().map(|()| head)
}

fn read_request(line: &mut BufReader<TcpStream>) -> bool {
    read_head(line).is_some()
}

/// Listens, and does the same with each connection until the test process ends. The number counts
/// the requests that came, if `serve` counts them.
pub(crate) fn listen(
    serve: impl Fn(BufReader<TcpStream>, &AtomicUsize) + Send + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    thread::spawn(move || {
        for line in listener.incoming() {
            serve(BufReader::new(line.unwrap()), &counter);
        }
    });
    (format!("http://{address}"), requests)
}

/// Reads each request, counts it, writes `answer` and closes.
fn answering(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    listen(move |mut line, requests| {
        if read_request(&mut line) {
            requests.fetch_add(1, Ordering::SeqCst);
            // The client hangs up in the middle of an answer that is too long.
            let _hung_up = line.get_mut().write_all(&answer);
        }
    })
}

pub(crate) fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

async fn approve(client: &KakaoPay) -> Result<ApproveResponse, Error> {
    let tid = tid();
    client
        .approve(&approve_request(tid, "token").total_amount(2_200))
        .await
}

fn client(url: &str) -> KakaoPay {
    KakaoPay::builder("DEV_KEY").base_url(url).build().unwrap()
}

#[tokio::test]
async fn an_answer_that_comes_is_read() {
    let (url, _) = answering(http("200 OK", "", ANSWER));
    assert_eq!(approve(&client(&url)).await.unwrap().amount.total, 2_200);
}

#[tokio::test]
async fn a_request_is_a_post_of_json_with_the_key_in_its_header() {
    let (heads, head) = mpsc::channel();
    let (url, _) = listen(move |mut line, _| heads.send(read_head(&mut line)).unwrap());
    let _ = approve(&client(&format!("{url}/base/"))).await;
    let head = head.recv().unwrap().unwrap();
    let mut lines = head.trim_end().lines();
    assert_eq!(
        lines.next(),
        Some("POST /base/online/v1/payment/approve HTTP/1.1")
    );
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let agent = concat!("kakaopay-rust/", env!("CARGO_PKG_VERSION"));
    for header in [
        ("authorization", "SECRET_KEY DEV_KEY"),
        ("content-type", "application/json"),
        ("user-agent", agent),
    ] {
        assert_eq!(
            headers.iter().filter(|sent| **sent == header).count(),
            1,
            "{headers:?}"
        );
    }
}

/// Runs the test above in a process that finds no root certificates, as in a bare container.
#[test]
fn a_sandbox_on_this_machine_needs_no_root_certificates() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lost_answers::an_answer_that_comes_is_read"])
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_the_outcome_unknown_and_is_not_asked_for_again() {
    let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(2 * 1024 * 1024));
    let answers: [(&str, Vec<u8>); 6] = [
        ("nothing", Vec::new()),
        ("garbage", b"this is not HTTP\r\n\r\n".to_vec()),
        ("half a head", b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        (
            "half a body",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"tid\":\"T1\"".to_vec(),
        ),
        ("no JSON", http("200 OK", "", "<html></html>")),
        ("too long", long.into_bytes()),
    ];
    for (name, answer) in answers {
        let (url, requests) = answering(answer);
        let error = approve(&client(&url)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{name}: {error:?}");
        assert_eq!(requests.load(Ordering::SeqCst), 1, "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_at_once_leaves_the_outcome_unknown() {
    let (url, _) = listen(|line, _| drop(line));
    let error = approve(&client(&url)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
}

#[tokio::test]
async fn silence_ends_with_the_time_limit_and_an_unknown_outcome() {
    let (url, requests) = listen(|mut line, requests| {
        while read_request(&mut line) {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    });
    let limit = Duration::from_millis(300);
    let client = KakaoPay::builder("DEV_KEY")
        .base_url(url)
        .timeout(limit)
        .build()
        .unwrap();
    let error = approve(&client).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_kept_connection_that_dies_with_the_request_is_not_replaced_and_asked_again() {
    let (url, requests) = listen(|mut line, requests| {
        if !read_request(&mut line) {
            return;
        }
        requests.fetch_add(1, Ordering::SeqCst);
        line.get_mut()
            .write_all(&http("200 OK", "", ANSWER))
            .unwrap();
        if read_request(&mut line) {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    });
    let client = client(&url);
    assert!(approve(&client).await.is_ok());
    let error = approve(&client).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, visits) = answering(http("200 OK", "", ANSWER));
    for status in [
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (url, _) = answering(http(status, &format!("Location: {elsewhere}\r\n"), ""));
        let error = approve(&client(&url)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{status}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_used_up_quota_is_not_executed_and_says_when_to_come_back() {
    let (url, _) = answering(http("429 Too Many Requests", "Retry-After: 120\r\n", ""));
    let error = approve(&client(&url)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotExecuted);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn no_answer_silences_a_shop_for_longer_than_ten_minutes() {
    let most = Some(kakaopay::RETRY_AFTER_MAX);
    for (value, wait) in [
        ("3000000000", most),
        ("99999999999999999999999999", most),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ] {
        let header = format!("Retry-After: {value}\r\n");
        let (url, _) = answering(http("429 Too Many Requests", &header, ""));
        let error = approve(&client(&url)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotExecuted);
        assert_eq!(error.retry_after(), wait, "{value}");
    }
}

#[tokio::test]
async fn an_empty_401_is_a_rejection() {
    let (url, _) = answering(http("401 Unauthorized", "", ""));
    let error = approve(&client(&url)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(
        error.proof(),
        Proof::Setup,
        "it says nothing about the payment"
    );
    assert_eq!(error.api_error().unwrap().error_code, None);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (no_tls, requests) = listen(|mut line, requests| {
        if read_request(&mut line) {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    });
    let urls = [
        format!("http://{closed}"),
        "https://kakaopay.invalid".to_owned(),
        no_tls.replace("http://", "https://"),
    ];
    for url in urls {
        let error = approve(&client(&url)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotExecuted, "{url}: {error:?}");
        assert!(error.is_retryable());
    }
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_handshake_that_never_ends_counts_as_not_sent() {
    let (silent, _) = listen(|mut line, _| {
        let _until_the_client_hangs_up = line.read_to_end(&mut Vec::new());
    });
    let client = KakaoPay::builder("DEV_KEY")
        .base_url(silent.replace("http://", "https://"))
        .connect_timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let error = approve(&client).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotExecuted, "{error:?}");
}

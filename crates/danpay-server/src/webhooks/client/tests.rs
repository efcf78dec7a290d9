//! Receivers on this machine that behave and misbehave, over real connections.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::webhooks::sign;

const BODY: &str = r#"{"type":"payment.approved"}"#;
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Does with each connection what it is told to do.
struct Receiver {
    port: u16,
    connections: Arc<AtomicUsize>,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    async fn new<Done: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> Done + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Self {
            port,
            connections,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// Answers each request with this, and hands it on.
    async fn answering(answer: &str) -> (Self, mpsc::UnboundedReceiver<String>) {
        let (tell, told) = mpsc::unbounded_channel();
        let answer: Arc<str> = answer.into();
        let serve = move |mut stream: TcpStream| {
            let (tell, answer) = (tell.clone(), Arc::clone(&answer));
            async move {
                while let Some(request) = request(&mut stream).await {
                    let _ = tell.send(request);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        };
        (Self::new(serve).await, told)
    }

    /// Reads a request, writes this, and closes the connection.
    async fn closing(answer: &'static str) -> Self {
        let serve = move |mut stream: TcpStream| async move {
            request(&mut stream).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        };
        Self::new(serve).await
    }

    fn at(&self, host: &str) -> Call {
        call(&format!("http://{host}:{}/hooks/T0P?key=S3CRET", self.port))
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// The next one on a connection, if there is one.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut text, mut buffer) = (String::new(), [0; 1_024]);
    while !text.ends_with(BODY) {
        let read = stream.read(&mut buffer).await.unwrap_or_default();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        if read == 0 {
            return None;
        }
    }
    Some(text)
}

fn call(url: &str) -> Call {
    let header = |name| (name, "v1,S1GNED".to_owned());
    Call {
        url: Url::parse(url).unwrap(),
        is_live: true,
        headers: [sign::ID, sign::TIMESTAMP, sign::SIGNATURE].map(header),
        body: BODY.into(),
    }
}

fn client(named: &[&str]) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let named: Vec<String> = named.iter().map(|entry| (*entry).to_owned()).collect();
    Client::new(Networks::parse(&named).unwrap())
}

fn here() -> Client {
    client(&["127.0.0.0/8", "::1"])
}

fn answered(status: u16, retry_after_s: Option<u64>, excerpt: &str) -> Outcome {
    Outcome::Answered {
        status,
        retry_after: retry_after_s.map(Duration::from_secs),
        excerpt: excerpt.to_owned(),
    }
}

/// What came of a call that fails; nothing that may be a secret is told.
async fn failure(client: &Client, call: Call) -> (FailureKind, String) {
    let Outcome::Failed(Failure { kind, text }) = client.post(call).await.outcome else {
        panic!("it was answered");
    };
    for secret in ["T0P", "S3CRET", "S1GNED", "webhook-"] {
        assert!(!text.contains(secret), "{text}");
    }
    (kind, text)
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_the_next_one_takes_the_same_connection() {
    let (receiver, mut told) = Receiver::answering(OK).await;
    let client = here();
    for _ in 0..3 {
        let exchange = client.clone().post(receiver.at("127.0.0.1")).await;
        assert_eq!(exchange.outcome, answered(200, None, "ok"));
        let request = told.recv().await.unwrap();
        let head = request.strip_suffix(BODY).unwrap();
        let start = "POST /hooks/T0P?key=S3CRET HTTP/1.1\r\n";
        assert!(head.starts_with(start), "{head}");
        let agent = concat!("user-agent: danpay/", env!("CARGO_PKG_VERSION"));
        for line in [
            agent,
            "content-type: application/json",
            "webhook-id: v1,S1GNED",
            "webhook-timestamp: v1,S1GNED",
            "webhook-signature: v1,S1GNED",
        ] {
            assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
        }
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn an_answer_tells_its_status_when_to_come_again_and_how_it_begins() {
    let long = format!("<h1>오류</h1>\r\n\0{}", "가".repeat(2_000));
    let mut answer = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 120\r\n".to_owned();
    write!(answer, "content-length: {}\r\n\r\n{long}", long.len()).unwrap();
    let (receiver, _told) = Receiver::answering(&answer).await;
    let outcome = here().post(receiver.at("127.0.0.1")).await.outcome;
    let Outcome::Answered {
        status,
        retry_after,
        excerpt,
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((status, retry_after), (503, Some(Duration::from_mins(2))));
    assert!(excerpt.starts_with("<h1>오류</h1>�\n�가가"), "{excerpt}");
    assert!(
        (1_022..=1_024).contains(&excerpt.len()),
        "{}",
        excerpt.len()
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = Receiver::closing(OK).await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n",
        elsewhere.port
    );
    let (receiver, _told) = Receiver::answering(&answer).await;
    let outcome = here().post(receiver.at("127.0.0.1")).await.outcome;
    assert_eq!(outcome, answered(307, None, ""));
    assert_eq!((receiver.connections(), elsewhere.connections()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_is_waited_for_20_seconds() {
    let hanging = Receiver::new(|stream| async move {
        sleep(Duration::from_hours(1)).await;
        drop(stream);
    })
    .await;
    let began = Instant::now();
    let (kind, text) = failure(&here(), hanging.at("127.0.0.1")).await;
    assert_eq!(kind, FailureKind::TimedOut, "{text}");
    assert_eq!(text, "there was no whole answer within 20 s");
    assert_eq!(began.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn who_answers_drop_by_drop_is_waited_for_no_longer() {
    let dripping = Receiver::new(|mut stream| async move {
        request(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
        let mut is_open = stream.write_all(head.as_bytes()).await.is_ok();
        while is_open {
            sleep(Duration::from_secs(1)).await;
            is_open = stream.write_all(b".").await.is_ok();
        }
    })
    .await;
    let exchange = here().post(dripping.at("127.0.0.1")).await;
    assert_eq!(exchange.took.as_secs(), 20);
    assert_eq!(exchange.outcome, Outcome::Failed(Failure::late()));
}

#[tokio::test]
async fn of_an_answer_without_end_the_beginning_is_read_and_the_connection_is_closed() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let endless = Receiver::new(move |mut stream| {
        let tell = tell.clone();
        async move {
            request(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let chunk = format!("400\r\n{}\r\n", "a".repeat(1_024));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            let _ = tell.send(());
        }
    })
    .await;
    let client = here();
    let outcome = client.post(endless.at("127.0.0.1")).await.outcome;
    assert_eq!(outcome, answered(200, None, &"a".repeat(1_024)));
    told.recv().await.unwrap();
}

#[tokio::test]
async fn connections_that_break_and_what_is_not_http_are_told_apart_from_silence() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun";
    for answer in ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 ", begun] {
        let broken = Receiver::closing(answer).await;
        let (kind, text) = failure(&here(), broken.at("127.0.0.1")).await;
        assert_eq!(kind, FailureKind::Broken, "{answer} {text}");
        assert_eq!(broken.connections(), 1, "it is not sent again");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/hooks/T0P", listener.local_addr().unwrap());
    drop(listener);
    let (kind, text) = failure(&here(), call(&closed)).await;
    assert_eq!(kind, FailureKind::Connect, "{text}");
    assert!(text.contains("refused"), "{text}");
    // Too long for DNS, so that nobody has to be asked.
    let nowhere = call(&format!("http://{}.example/hooks/T0P", "a".repeat(64)));
    let (is_live, client) = (false, here());
    let (kind, text) = failure(&client, Call { is_live, ..nowhere }).await;
    assert_eq!((kind, kind.as_str()), (FailureKind::Dns, "dns"), "{text}");
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_so() {
    let plain = Receiver::new(|mut stream| async move {
        let _ = stream.read(&mut [0; 1_024]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let url = format!("https://127.0.0.1:{}/hooks/T0P", plain.port);
    let (kind, text) = failure(&here(), call(&url)).await;
    assert_eq!(kind, FailureKind::Tls, "{text}");
}

#[tokio::test]
async fn an_address_that_is_not_named_sees_no_connection() {
    let (receiver, mut told) = Receiver::answering(OK).await;
    for named in [&[][..], &["10.0.0.0/8", "shop"]] {
        for is_live in [false, true] {
            for host in ["127.0.0.1", "localhost", "2130706433"] {
                let call = receiver.at(host);
                let (kind, text) = failure(&client(named), Call { is_live, ..call }).await;
                assert_eq!(kind, FailureKind::Address, "{host} {text}");
                let start = "the address leads to danpay's own machine";
                assert!(text.starts_with(start), "{text}");
                assert!(text.contains("DANPAY_WEBHOOK_NETWORKS"), "{text}");
            }
        }
    }
    assert_eq!(receiver.connections(), 0);
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_host_that_is_named_or_leads_into_a_named_network_is_called_by_http() {
    let (receiver, _told) = Receiver::answering(OK).await;
    for named in [&["localhost"][..], &["127.0.0.0/8"]] {
        let outcome = client(named).post(receiver.at("localhost")).await.outcome;
        assert_eq!(outcome, answered(200, None, "ok"), "{named:?}");
    }
}

#[tokio::test]
async fn a_url_that_is_registered_is_held_against_what_its_name_leads_to() {
    let nowhere = format!("{}.example", "a".repeat(64));
    let here = Refused::Unguarded;
    for (named, url, live, test) in [
        (
            &["127.0.0.0/8", "::1"][..],
            "http://localhost:3000/".to_owned(),
            Ok(()),
            Ok(()),
        ),
        (
            &["localhost"],
            "http://localhost:3000/".to_owned(),
            Ok(()),
            Ok(()),
        ),
        (&[], format!("https://{nowhere}/"), Ok(()), Ok(())),
        (&[], format!("http://{nowhere}/"), Err(here), Ok(())),
        (&[], "http://8.8.8.8/".to_owned(), Err(here), Ok(())),
    ] {
        let (client, url) = (client(named), Url::parse(&url).unwrap());
        let checked = (
            client.check(&url, true).await,
            client.check(&url, false).await,
        );
        assert_eq!(checked, (live, test), "{url}");
    }
    let url = Url::parse("https://localhost/").unwrap();
    let refused = client(&["shop"]).check(&url, false).await;
    assert!(matches!(refused, Err(Refused::Address(_))), "{refused:?}");
}

use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use hyper::body::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// What a test tells an answer to say.
type Said = Result<&'static str, Error>;

struct Told(Receiver<Said>);

impl hyper::body::Body for Told {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let said = std::task::ready!(self.0.poll_recv(context));
        Poll::Ready(
            said.map(|said| said.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))),
        )
    }
}

/// Serves one answer that says what is sent here, to so many connections at once.
async fn serving(most: usize) -> (SocketAddr, Sender<Said>) {
    let (say, told) = channel(1);
    let told = Arc::new(Mutex::new(Some(told)));
    let answer = get(async move || match told.lock().await.take() {
        Some(told) => Body::new(Told(told)),
        None => Body::from("another"),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", answer);
    tokio::spawn(serve(listener, router, most, CancellationToken::new()));
    (address, say)
}

async fn ask(address: SocketAddr, version: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/{version}\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads until it has this.
async fn read_until(stream: &mut TcpStream, text: &str) {
    let mut read = String::new();
    while !read.contains(text) {
        let mut part = [0; 256];
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "{read}");
        read.push_str(std::str::from_utf8(&part[..count]).unwrap());
    }
}

/// How the connection ends, and what came until then.
async fn rest(mut stream: TcpStream) -> (std::io::Result<()>, String) {
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest).await;
    (end.map(|_| ()), String::from_utf8(rest).unwrap())
}

#[tokio::test]
async fn an_answer_that_is_broken_off_is_reset_whatever_its_reader_speaks() {
    for version in ["1.0", "1.1"] {
        let (address, say) = serving(8).await;
        let mut reader = ask(address, version).await;
        say.send(Ok("begun")).await.unwrap();
        read_until(&mut reader, "begun").await;
        say.send(Err(ErrorKind::Other.into())).await.unwrap();
        let (end, _) = rest(reader).await;
        assert_eq!(
            end.unwrap_err().kind(),
            ErrorKind::ConnectionReset,
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_whole_answer_ends_with_its_connection() {
    let (address, say) = serving(8).await;
    let mut reader = ask(address, "1.0").await;
    say.send(Ok("begun")).await.unwrap();
    read_until(&mut reader, "begun").await;
    say.send(Ok("ended")).await.unwrap();
    drop(say);
    let (end, text) = rest(reader).await;
    end.unwrap();
    assert_eq!(text, "ended");
}

#[tokio::test]
async fn whoever_reads_an_answer_keeps_its_place_until_its_end() {
    let (address, say) = serving(1).await;
    let mut reader = ask(address, "1.1").await;
    say.send(Ok("begun")).await.unwrap();
    read_until(&mut reader, "begun").await;
    let mut comer = ask(address, "1.1").await;
    let wait = Duration::from_millis(200);
    let answered = tokio::time::timeout(wait, read_until(&mut comer, "another"));
    assert!(answered.await.is_err(), "two at once");
    say.send(Ok("ended")).await.unwrap();
    read_until(&mut reader, "ended").await;
    drop(say);
    read_until(&mut reader, "0\r\n\r\n").await;
    // It is idle now, and gives way.
    read_until(&mut comer, "another").await;
}

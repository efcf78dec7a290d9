//! One keep-alive connection, and calls over it, one after another.
//! Invariant: only the expected answer is an answer; anything else ends the bench.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    authorization: HeaderValue,
}

/// What came back, and how long that took from the first byte sent to the last received.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

impl Connection {
    pub(crate) async fn open(url: &str, authorization: &str) -> Result<Self> {
        let host = url
            .strip_prefix("http://")
            .ok_or_else(|| anyhow!("{url} is not an http address"))?;
        let stream = TcpStream::connect(host)
            .await
            .with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the sender; what broke it is told to whoever makes the call.
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: HeaderValue::from_str(host)?,
            authorization: HeaderValue::from_str(authorization)?,
        })
    }

    /// The beginning of a request, with whatever each of them carries.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.host.clone())
            .header(header::AUTHORIZATION, self.authorization.clone())
    }

    pub(crate) async fn post(&mut self, path: &str, body: String) -> Result<Answered> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        self.send(request).await?.expect(StatusCode::OK, path)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answered> {
        let request = self.request(Method::GET, path).body(Full::default())?;
        self.send(request).await?.expect(StatusCode::OK, path)
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answered> {
        let begun = Instant::now();
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answered {
            status: head.status,
            headers: head.headers,
            body,
            took: begun.elapsed(),
        })
    }
}

impl Answered {
    pub(crate) fn expect(self, status: StatusCode, path: &str) -> Result<Self> {
        ensure!(
            self.status == status,
            "{path} was answered {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self)
    }
}

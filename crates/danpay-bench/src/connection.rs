//! One keep-alive connection, and calls over it, one after another.
//! Invariant: only an answer of 200 is an answer; anything else ends the bench.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
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
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

impl Connection {
    pub(crate) async fn open(url: &str, authorization: &'static str) -> Result<Self> {
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
            authorization: HeaderValue::from_static(authorization),
        })
    }

    pub(crate) async fn post(&mut self, path: &str, body: String) -> Result<Answered> {
        let request = Request::post(path)
            .header(header::HOST, self.host.clone())
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let begun = Instant::now();
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        let took = begun.elapsed();
        ensure!(
            status == StatusCode::OK,
            "{path} was answered {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(Answered { body, took })
    }
}

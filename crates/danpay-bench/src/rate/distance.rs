//! The distance to KakaoPay: everything that danpay asks of the sandbox goes through here, and
//! takes as long as it does from a real shop. So what KakaoPay itself took of a call is known.
//! Invariant: a line that the sandbox cuts is cut here.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};

use crate::connection::Connection;

/// A real log's: half of the calls take this, one of a hundred 380 ms and more.
const MEDIAN_MS: f64 = 120.0;
const P99_MS: f64 = 380.0;
/// The 99th percentile of the normal distribution.
const Z99: f64 = 2.326;
const SEED: u64 = 7;

/// What KakaoPay did with one call about an order.
#[derive(Clone, Copy)]
pub(super) struct Heard {
    pub(super) took: Duration,
    /// Not an answer of 200.
    pub(super) failed: bool,
}

type Key = (String, &'static str);

#[derive(Clone)]
pub(super) struct Distance {
    /// Where danpay is told that KakaoPay is.
    pub(super) url: String,
    far: Arc<Far>,
}

struct Far {
    sandbox: String,
    heard: Mutex<HashMap<Key, Heard>>,
    dice: Mutex<fastrand::Rng>,
}

impl Distance {
    pub(super) async fn to(sandbox: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let far = Arc::new(Far {
            sandbox: sandbox.to_owned(),
            heard: Mutex::default(),
            dice: Mutex::new(fastrand::Rng::with_seed(SEED)),
        });
        tokio::spawn(serve(listener, Arc::clone(&far)));
        Ok(Self { url, far })
    }

    /// What KakaoPay did when it was first asked to `call` (`ready` or `approve`) for this order.
    pub(super) fn heard(&self, order_id: &str, call: &'static str) -> Result<Heard> {
        let heard = lock(&self.far.heard);
        let heard = heard.get(&(order_id.to_owned(), call)).copied();
        heard.ok_or_else(|| anyhow!("KakaoPay was never asked to {call} {order_id}"))
    }
}

async fn serve(listener: TcpListener, far: Arc<Far>) {
    // Ends with the runtime: one listener a run, and few runs.
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(carry(stream, Arc::clone(&far)));
    }
}

/// One connection of danpay's, and one to the sandbox that answers it.
async fn carry(stream: TcpStream, far: Arc<Far>) -> Result<(), Infallible> {
    let there = Arc::new(tokio::sync::Mutex::new(None));
    let answer = |request| {
        let (far, there) = (Arc::clone(&far), Arc::clone(&there));
        async move { far.pass(request, &mut *there.lock().await).await }
    };
    // A broken line is what some calls are meant to end in.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
    Ok(())
}

impl Far {
    async fn pass(
        &self,
        request: Request<Incoming>,
        there: &mut Option<Connection>,
    ) -> Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let begun = Instant::now();
        let until = begun + lognormal(&mut lock(&self.dice));
        let key = key(head.uri.path(), &body);
        let answered = self.ask(head, body, there).await;
        tokio::time::sleep_until(until.into()).await;
        let failed = !answered.as_ref().is_ok_and(|answer| answer.status() == 200);
        if let Some(key) = key {
            let took = begun.elapsed();
            let mut heard = lock(&self.heard);
            heard.entry(key).or_insert(Heard { took, failed });
        }
        answered
    }

    async fn ask(
        &self,
        head: http::request::Parts,
        body: Bytes,
        there: &mut Option<Connection>,
    ) -> Result<Response<Full<Bytes>>> {
        let mut connection = match there.take() {
            Some(connection) => connection,
            None => Connection::open(&self.sandbox, "SECRET_KEY DEV").await?,
        };
        let request = connection
            .request(head.method, head.uri.path())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let answered = connection.send(request).await?;
        *there = Some(connection);
        let response = Response::builder()
            .status(answered.status)
            .header(header::CONTENT_TYPE, "application/json");
        response.body(Full::from(answered.body)).context("answer")
    }
}

fn key(path: &str, body: &[u8]) -> Option<Key> {
    #[derive(Deserialize)]
    struct Call {
        partner_order_id: String,
    }
    let call = if path.ends_with("/ready") {
        "ready"
    } else if path.ends_with("/approve") {
        "approve"
    } else {
        return None;
    };
    let Call { partner_order_id } = serde_json::from_slice(body).ok()?;
    Some((partner_order_id, call))
}

fn lognormal(dice: &mut fastrand::Rng) -> Duration {
    let sigma = (P99_MS / MEDIAN_MS).ln() / Z99;
    // Box and Muller's way to a normal variable.
    let (u, v) = (1.0 - dice.f64(), dice.f64());
    let z = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    Duration::from_secs_f64(MEDIAN_MS / 1e3 * (sigma * z).exp())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_calls_take_the_median_and_one_of_a_hundred_the_99th_percentile() {
        let mut dice = fastrand::Rng::with_seed(SEED);
        let mut times: Vec<_> = (0..100_000).map(|_| lognormal(&mut dice)).collect();
        times.sort_unstable();
        let ms = |index: usize| times[index].as_secs_f64() * 1e3;
        assert!((118.0..122.0).contains(&ms(50_000)), "{}", ms(50_000));
        assert!((370.0..390.0).contains(&ms(99_000)), "{}", ms(99_000));
    }

    #[tokio::test]
    async fn what_kakaopay_took_is_known_of_each_order() {
        let sandbox = kakaopay_sandbox::Sandbox::builder().start().await.unwrap();
        let distance = Distance::to(sandbox.url()).await.unwrap();
        let mut connection = Connection::open(&distance.url, "").await.unwrap();
        let body = serde_json::json!({
            "cid": "TC0ONETIME", "partner_order_id": "order-1", "partner_user_id": "user-1",
            "item_name": "초코파이", "quantity": 1, "total_amount": 2200, "tax_free_amount": 0,
            "approval_url": "http://127.0.0.1:7700/a", "cancel_url": "http://127.0.0.1:7700/c",
            "fail_url": "http://127.0.0.1:7700/f",
        });
        let path = "/online/v1/payment/ready";
        let answered = connection.post(path, body.to_string()).await.unwrap();
        let heard = distance.heard("order-1", "ready").unwrap();
        assert!(!heard.failed);
        assert!(heard.took <= answered.took);
        assert!(distance.heard("order-1", "approve").is_err());
    }
}

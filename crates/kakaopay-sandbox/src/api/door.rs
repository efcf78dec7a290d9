//! The way from the wire to a call and from its answer back.
//! Invariant: an answer is JSON and says so, whatever becomes of it on the line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use super::Dialect;
use super::compress;
use super::passage::{Pace, Passed, pass};
use super::refusal::Refusal;
use crate::call::{Answer, Call};
use crate::line::ConnectionCutter;
use crate::world::World;

/// What is read of a body before its caller is told that it is too large. More than is allowed,
/// so that the caller has sent it all and listens.
const READ_MAX: usize = 1024 * 1024;
/// How many pieces a dripping answer comes in.
const DROPS: usize = 20;
/// How long half an answer has to get onto the line before that is cut.
const ON_ITS_WAY: Duration = Duration::from_millis(20);
/// The quota is a day's, but nobody's test waits that long (our guess).
const RETRY_AFTER_S: &str = "60";
/// Where a tester has set a limit for a second, the next one is not far.
const RETRY_IN_A_SECOND: &str = "1";

pub(crate) async fn door(
    State(world): State<Arc<World>>,
    ConnectInfo(cutter): ConnectInfo<ConnectionCutter>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, READ_MAX).await else {
        let dialect = Dialect::of(&world, head.uri.path());
        let answer = Answer::refused(&Refusal::too_large(), dialect);
        let body = Body::from(answer.body);
        return wire(answer.status, body);
    };
    let may_compress = compress::is_allowed(&head.headers);
    let call = Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        came: Instant::now(),
        only_key: world.secret_key(),
    };
    let (answer, pace, retry_after) = match pass(&world, call).await {
        Passed::Answered(answer, pace) => (answer, pace, RETRY_AFTER_S),
        Passed::TurnedAway(answer) => (answer, Pace::AtOnce, RETRY_IN_A_SECOND),
        Passed::Lost => {
            cutter.cut();
            return StatusCode::NO_CONTENT.into_response();
        }
    };
    let compressed = may_compress.then(|| compress::gzip(&answer.body)).flatten();
    let is_compressed = compressed.is_some();
    let bytes = compressed.map_or(Bytes::from(answer.body), Bytes::from);
    let body = match pace {
        Pace::AtOnce => Body::from(bytes),
        Pace::Drip(over) => dripping(&world, bytes, Some(over), cutter),
        Pace::CutHalfway => dripping(&world, bytes, None, cutter),
    };
    let mut response = wire(answer.status, body);
    tell_time(&world, &mut response);
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        let when = HeaderValue::from_static(retry_after);
        response.headers_mut().insert(header::RETRY_AFTER, when);
    }
    if is_compressed {
        let gzip = HeaderValue::from_static("gzip");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, gzip);
    }
    response
}

/// A body that comes piece by piece over a time, or that is cut off halfway when there is none.
fn dripping(
    world: &Arc<World>,
    bytes: Bytes,
    over: Option<Duration>,
    cutter: ConnectionCutter,
) -> Body {
    let (reader, mut writer) = tokio::io::duplex(bytes.len().max(1));
    let calls = world.calls.clone();
    let world = Arc::clone(world);
    calls.spawn(async move {
        let Some(over) = over else {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            // A caller that has left is cut off as well.
            let _ = writer.write_all(half).await;
            tokio::time::sleep(ON_ITS_WAY).await;
            cutter.cut();
            return;
        };
        let pause = over / u32::try_from(DROPS).unwrap_or(1);
        for drop in bytes.chunks(bytes.len().div_ceil(DROPS).max(1)) {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = world.closing.cancelled() => {}
            }
            if writer.write_all(drop).await.is_err() {
                return;
            }
        }
    });
    Body::from_stream(ReaderStream::new(reader))
}

/// By the sandbox's clock, as all that it says.
fn tell_time(world: &World, response: &mut Response) {
    let told = DateTimePrinter::new().timestamp_to_rfc9110_string(&world.clock.now());
    let told = told.ok().and_then(|told| HeaderValue::try_from(told).ok());
    if let Some(told) = told {
        response.headers_mut().insert(header::DATE, told);
    }
}

fn wire(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(
            header::ALLOW,
            HeaderValue::from_static(Method::POST.as_str()),
        );
    }
    response
}

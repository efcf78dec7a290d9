//! The way from the wire to `answer` and back, where calls meet faults and the journal.
//! Invariant: once a call's body is read, what it does is done, whether or not its caller waits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::refusal::Refusal;
use super::{Answer, Call, answer};
use crate::control::journal::Entry;
use crate::fault::{Endpoint, Fault, FaultKind};
use crate::line::Scissors;
use crate::world::World;

/// What is read of a body before its caller is told that it is too large. More than is allowed,
/// so that the caller has sent it all and listens.
const READ_MAX: usize = 1024 * 1024;

pub(crate) async fn door(
    State(world): State<Arc<World>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, READ_MAX).await else {
        return wire(Answer::from(Refusal::too_large()));
    };
    let call = Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body,
    };
    let fault = Endpoint::at(&call.path).and_then(|endpoint| world.faults().draw(endpoint));
    let outcome = if fault.is_some_and(|fault| !fault.delay().is_zero()) {
        // On a task of its own, as a caller that hangs up would otherwise take the call along.
        let world = Arc::clone(&world);
        let calls = world.calls.clone();
        calls
            .spawn(async move { go_through(&world, &call, fault).await })
            .await
            .unwrap_or(None)
    } else {
        go_through(&world, &call, fault).await
    };
    if let Some(answer) = outcome {
        return wire(answer);
    }
    scissors.cut();
    StatusCode::NO_CONTENT.into_response()
}

/// One call through its fault, if any. No answer means that the line is to be cut.
async fn go_through(world: &World, call: &Call, fault: Option<Fault>) -> Option<Answer> {
    let kind = fault.map(|fault| fault.fault);
    let delay = fault.map(|fault| fault.delay()).unwrap_or_default();
    if kind == Some(FaultKind::DelayBefore) {
        pause(world, delay).await;
    }
    let made = match kind {
        Some(FaultKind::ResetBefore) => None,
        Some(FaultKind::Error500) => Some(Refusal::internal().into()),
        Some(FaultKind::Error503) => Some(Refusal::maintenance().into()),
        _ => Some(answer(world, call)),
    };
    let entry = Entry::new(world.clock.now(), call, made.as_ref(), kind);
    world.journal().add(entry);
    if kind == Some(FaultKind::DelayAfterCommit) {
        pause(world, delay).await;
    }
    made.filter(|_| kind != Some(FaultKind::AnswerLostAfterCommit))
}

/// Waits, but not longer than the sandbox lives.
async fn pause(world: &World, delay: Duration) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = world.closing.cancelled() => {}
    }
}

fn wire(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    if answer.status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(
            header::ALLOW,
            HeaderValue::from_static(Method::POST.as_str()),
        );
    }
    response
}

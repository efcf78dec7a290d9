//! Connections from shops and payers: how many at once, and how long one may say nothing.
//!
//! **Invariant**: whatever goes wrong with one, the next is taken. Once told to stop, no connection is taken any more, idle ones are closed, and
//! the rest end after the request that they are at.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http::{HeaderValue, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::limits;

/// While draining, each answer is the last of its connection: the next request finds its way to
/// another server, and none is sent into a connection that is just being closed.
pub(crate) async fn part_ways(
    State(draining): State<CancellationToken>,
    mut response: Response,
) -> Response {
    if draining.is_cancelled() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Answers with `router` what comes to `listener`, `most` connections at once, until `stopping`.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    stopping: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits::SILENCE);
    let ending = GracefulShutdown::new();
    let tasks = TaskTracker::new();
    let turns = Arc::new(Semaphore::new(most));
    loop {
        let (stream, peer, turn) = tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            accepted = accept(&listener, &turns) => accepted,
        };
        let doors = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            doors.call(request)
        });
        let connection = ending.watch(http.serve_connection(TokioIo::new(stream), service));
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                // Browsers close connections as they like; it is worth a line for a developer.
                tracing::debug!(%error, "a connection ended early");
            }
            drop(turn);
        });
    }
    drop(listener);
    ending.shutdown().await;
}

/// The next connection, once there is room for one more, however often none can be taken before.
async fn accept(
    listener: &TcpListener,
    turns: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // There is always one in the end, as nobody closes the semaphore.
    let turn = Arc::clone(turns).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, turn),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: they come back as connections end.
                tracing::error!(%error, "cannot take a connection");
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether only this connection went wrong, before it was taken.
fn is_the_clients(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

//! Connections from shops and payers: how many at once, how long one may say nothing, and how long one
//! may read nothing, or read slowly.
//!
//! **Invariant**: whatever goes wrong with one, the next is taken. Once told to stop, no connection is
//! taken any more, idle ones are closed, and the rest end after the request that they are at. An answer
//! whose end was not sent never looks whole.

mod answer;
mod seats;
mod socket;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
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
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::answer::Answer;
use self::seats::{Seat, Seats};
use self::socket::{Sent, Socket};
use crate::limits;

/// While draining, each answer is the last of its connection: the next request finds its way to
/// another server, and none is sent into a connection that is just being closed.
pub(crate) async fn close_when_draining(
    State(draining): State<Arc<CancellationToken>>,
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
    let seats = Seats::new(most);
    loop {
        let (stream, peer, seat) = tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            accepted = accept(&listener, &seats) => accepted,
        };
        let seat = Arc::new(seat);
        let (asks, sent) = (Arc::clone(&seat), Arc::new(Sent::default()));
        let stream = TokioIo::new(readers_that_read(stream, &sent));
        let doors = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let (asking, answer) = (asks.ask(), doors.call(request));
            let sent = Arc::clone(&sent);
            async move {
                let answer = answer.await?;
                Ok::<_, Infallible>(answer.map(|body| Answer::new(body, asking, sent)))
            }
        });
        let connection = ending.watch(http.serve_connection(stream, service));
        tasks.spawn(async move {
            tokio::select! {
                // What has to go goes before it is looked at for a further request.
                biased;
                () = seat.gives_way() => tracing::debug!("an idle connection gave way"),
                () = stays_silent(&seat) => tracing::debug!("a connection asked for nothing"),
                () = seat.overstays() => tracing::info!("an answer was read too slowly"),
                ended = connection => if let Err(error) = ended {
                    // Browsers close connections as they like; it is worth a line for a developer.
                    tracing::debug!(%error, "a connection ended early");
                },
            }
        });
    }
    drop(listener);
    ending.shutdown().await;
}

/// Ends what it writes to whoever takes nothing of it.
fn readers_that_read(stream: TcpStream, sent: &Arc<Sent>) -> Pin<Box<TimeoutStream<Socket>>> {
    let mut stream = TimeoutStream::new(Socket::new(stream, Arc::clone(sent)));
    stream.set_write_timeout(Some(limits::UNREAD));
    Box::pin(stream)
}

/// Ends if the connection has asked for nothing in its first seconds.
async fn stays_silent(seat: &Seat) {
    tokio::time::sleep(limits::FIRST_HEAD).await;
    if seat.has_asked() {
        std::future::pending::<()>().await;
    }
}

/// The next connection, once there is room for one more, however often none can be taken before.
async fn accept(listener: &TcpListener, seats: &Arc<Seats>) -> (TcpStream, SocketAddr, Seat) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let seat = seats.take(peer.ip()).await;
                return (stream, peer, seat);
            }
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

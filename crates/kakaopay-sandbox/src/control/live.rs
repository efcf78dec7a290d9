//! Tells an open page that something changed, by server-sent events; what changed it then asks.
//! Invariant: no stream outlives the sandbox, and a busy sandbox does not flood a page.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use crate::world::World;

/// At most this often is a page told.
const PAUSE: Duration = Duration::from_millis(150);
/// A page that left is noticed by a line that it cannot be sent.
const STILL_HERE: Duration = Duration::from_secs(15);

pub(super) async fn live(State(world): State<Arc<World>>) -> Response {
    let (mut pen, paper) = tokio::io::duplex(256);
    let mut changes = world.journal().changes();
    let closing = world.closing.clone();
    let writing = async move {
        let mut line = "retry: 1000\n\n";
        while pen.write_all(line.as_bytes()).await.is_ok() {
            tokio::time::sleep(PAUSE).await;
            line = match tokio::time::timeout(STILL_HERE, changes.changed()).await {
                Ok(Ok(())) => "event: change\ndata: 1\n\n",
                Ok(Err(_)) => return,
                Err(_) => ": still here\n\n",
            };
        }
    };
    world.calls.spawn(async move {
        tokio::select! {
            () = writing => {}
            () = closing.cancelled() => {}
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(ReaderStream::new(paper))).into_response()
}

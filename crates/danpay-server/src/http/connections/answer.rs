//! An answer on its way to a connection: until its end the request is under way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};

use super::seats::Asking;
use super::socket::Sent;

pub(super) struct Answer {
    body: Body,
    sent: Arc<Sent>,
    _asking: Asking,
}

impl Answer {
    pub(super) fn new(body: Body, asking: Asking, sent: Arc<Sent>) -> Self {
        // One whose length is told cannot be taken for whole before it is.
        if body.size_hint().exact().is_none() {
            sent.begins();
        } else {
            sent.is_told_to_end();
        }
        Self {
            body,
            sent,
            _asking: asking,
        }
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() {
            self.sent.ends();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! A connection's socket, which knows whether the answer that it was given has gone out to its end.
//!
//! **Invariant**: one that has not is reset, never closed. Its reader may be of HTTP/1.0, as a proxy is by
//! default: there an answer whose length is not known ends where the connection does, and a closed one
//! would be taken for a whole file.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

const WHOLE: u8 = 0;
const UNDER_WAY: u8 = 1;
/// Handed over to its end, and perhaps not written yet.
const ENDED: u8 = 2;

/// How far the connection's answer has gone.
#[derive(Default)]
pub(super) struct Sent(AtomicU8);

impl Sent {
    /// An answer begins whose length is not known.
    pub(super) fn begins(&self) {
        self.0.store(UNDER_WAY, Ordering::Release);
    }

    /// An answer begins that has its length with it.
    pub(super) fn is_told_to_end(&self) {
        self.0.store(WHOLE, Ordering::Release);
    }

    /// Its last part has been handed over.
    pub(super) fn ends(&self) {
        self.moves(UNDER_WAY, ENDED);
    }

    fn is_written(&self) {
        self.moves(ENDED, WHOLE);
    }

    fn moves(&self, from: u8, to: u8) {
        // Otherwise it is not at that point, and stays where it is.
        let _ = self
            .0
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    fn is_whole(&self) -> bool {
        self.0.load(Ordering::Acquire) == WHOLE
    }
}

pub(super) struct Socket {
    stream: TcpStream,
    sent: Arc<Sent>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, sent: Arc<Sent>) -> Self {
        Self { stream, sent }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !self.sent.is_whole()
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!(%error, "a connection cannot be reset");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// What was written before it is with the system.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.sent.is_written();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

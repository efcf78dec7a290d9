//! The wire to one caller, which a fault can cut without an answer.
//! A cut line resets the connection, as a dying load balancer would.
//! Invariant: no line outlives the sandbox.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Listens, and gives each connection a way to be cut.
pub(crate) struct Exchange {
    pub(crate) listener: TcpListener,
    /// Cuts every line at once.
    pub(crate) all: CancellationToken,
}

/// One connection.
pub(crate) struct Line {
    stream: TcpStream,
    cutter: ConnectionCutter,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Cuts one line, and knows who is at its other end.
#[derive(Clone)]
pub(crate) struct ConnectionCutter {
    line: CancellationToken,
    /// Nobody, for a call without a socket.
    from: Option<IpAddr>,
}

impl ConnectionCutter {
    pub(crate) fn new(line: CancellationToken) -> Self {
        Self { line, from: None }
    }

    /// Whether the caller runs where the sandbox runs.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        self.from
            .is_none_or(|from| from.to_canonical().is_loopback())
    }

    pub(crate) fn is_used(&self) -> bool {
        self.line.is_cancelled()
    }

    pub(crate) fn cut(&self) {
        self.line.cancel();
    }
}

impl Listener for Exchange {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, from)) => {
                    // Small answers must not wait for one another; losing this only costs time.
                    let _ = stream.set_nodelay(true);
                    return (Line::new(stream, self.all.child_token(), from.ip()), from);
                }
                Err(error) => {
                    tracing::warn!(%error, "sandbox cannot accept a connection");
                    // Out of file descriptors: others have to end first.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Exchange>> for ConnectionCutter {
    fn connect_info(stream: IncomingStream<'_, Exchange>) -> Self {
        stream.io().cutter.clone()
    }
}

impl Line {
    fn new(stream: TcpStream, token: CancellationToken, from: IpAddr) -> Self {
        let cut = Box::pin(token.clone().cancelled_owned());
        Self {
            stream,
            cutter: ConnectionCutter {
                line: token,
                from: Some(from),
            },
            cut,
        }
    }

    /// Fails once the line is cut, and wakes its task when that happens.
    fn intact(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.cut.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        // Closing then sends a reset; if it cannot, the line still closes without an answer.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.intact(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.intact(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.intact(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.intact(context)?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.intact(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

//! The connection of a thread that waits for PostgreSQL itself: there is no other thread and no
//! runtime that could wait meanwhile.
//!
//! **Invariant**: the thread waits for the server only when nobody on this side has anything left
//! to do, so it never waits for an answer to what was not sent.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::Host;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls};

use super::super::errors::told;
use crate::store::StoreError;

/// A server that says nothing for so long is not well, and the simulation had better end.
const SILENCE: Duration = Duration::from_mins(1);

pub(super) struct Wire {
    connection: Connection<Socket, NoTlsStream>,
    turn: Arc<Turn>,
}

impl Wire {
    /// Connects to the socket in the folder that `config` names.
    pub(super) fn connect(config: &Config) -> Result<(Client, Self), String> {
        let Some(Host::Unix(folder)) = config.get_hosts().first() else {
            return Err("the address names no folder with a socket".to_owned());
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let turn = Arc::new(Turn::default());
        let socket = Socket::open(folder, port, Arc::clone(&turn));
        let socket = socket.map_err(|error| error.to_string())?;
        let mut connecting = pin!(config.connect_raw(socket, NoTls));
        let connected = turn.until_ready(|context| connecting.as_mut().poll(context));
        let (client, connection) = connected.map_err(|error| told(&error))?;
        Ok((client, Self { connection, turn }))
    }

    /// Does the work, which the connection's client is asked for, to its end.
    pub(super) fn wait<T>(&mut self, work: impl Future<Output = T>) -> Result<T, StoreError> {
        let mut work = pin!(work);
        let Self { connection, turn } = self;
        turn.until_ready(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            Pin::new(&mut *connection).poll(context).map(|ended| {
                let why = ended.map_or_else(|error| told(&error), |()| "it ended".to_owned());
                Err(StoreError::Unavailable(why))
            })
        })
    }
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    /// Somebody on this side has been told to go on.
    ours: AtomicBool,
    /// The next read may wait.
    servers: AtomicBool,
}

impl Turn {
    fn until_ready<T>(self: &Arc<Self>, mut work: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        let waker = Waker::from(Arc::clone(self));
        let mut context = Context::from_waker(&waker);
        self.servers.store(false, Ordering::Relaxed);
        loop {
            if let Poll::Ready(done) = work(&mut context) {
                return done;
            }
            let is_ours = self.ours.swap(false, Ordering::Relaxed);
            self.servers.store(!is_ours, Ordering::Relaxed);
        }
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.ours.store(true, Ordering::Relaxed);
    }
}

/// What it is asked to write it writes at once; what it is asked to read it waits for, when it is
/// the server's turn.
struct Socket {
    stream: UnixStream,
    turn: Arc<Turn>,
}

impl Socket {
    fn open(folder: &Path, port: u16, turn: Arc<Turn>) -> io::Result<Self> {
        let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}")))?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(Self { stream, turn })
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.turn.servers.swap(false, Ordering::Relaxed) {
            return Poll::Pending;
        }
        let read = self.stream.read(into.initialize_unfilled())?;
        into.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.stream.write(from))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

//! A reader of files that takes its time.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::World;

/// A file of which the beginning has come. It is asked for by HTTP/1.0, where its end is the connection's.
pub(crate) struct Download {
    stream: TcpStream,
    read: Vec<u8>,
}

/// So much is on its way at most, beside what the server has in hand.
const UNREAD_BYTES: u32 = 16 * 1024;

impl Download {
    /// Its head is here, and little more is taken before [`Download::rest`].
    pub(crate) async fn begin(world: &World, path: &str) -> Self {
        let address: SocketAddr = world.config.listen;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(UNREAD_BYTES).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.0\r\nhost: {address}\r\naccept: text/csv\r\nauthorization: Bearer {}\r\n\r\n",
            world.api_key
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = vec![0; 4 * 1024];
        let count = stream.read(&mut read).await.unwrap();
        read.truncate(count);
        assert!(
            read.starts_with(b"HTTP/1.0 200"),
            "{}",
            String::from_utf8_lossy(&read)
        );
        Self { stream, read }
    }

    /// All of it, as a file; or how it was broken off.
    pub(crate) async fn rest(mut self) -> std::io::Result<String> {
        self.stream.read_to_end(&mut self.read).await?;
        let answer = String::from_utf8(self.read).unwrap();
        let (_, file) = answer.split_once("\r\n\r\n").unwrap();
        Ok(file.to_owned())
    }
}

//! The line from the shop to danpay, which can lose answers: danpay does what it was asked, and the shop
//! hears nothing of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const PIECE_BYTES: usize = 16 * 1024;

pub(super) struct Line {
    pub(super) url: String,
    loses: Arc<AtomicBool>,
    carries: JoinHandle<()>,
}

impl Line {
    /// To danpay at this address, whether it is there or not.
    pub(super) async fn to(danpay: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let loses = Arc::new(AtomicBool::new(false));
        let danpay = danpay.strip_prefix("http://").unwrap().to_owned();
        let carries = tokio::spawn(carry(listener, danpay, Arc::clone(&loses)));
        Self {
            url,
            loses,
            carries,
        }
    }

    /// From now on each answer is lost.
    pub(super) fn loses_answers(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    pub(super) fn loses_no_more(&self) {
        self.loses.store(false, Ordering::SeqCst);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.carries.abort();
    }
}

async fn carry(listener: TcpListener, danpay: String, loses: Arc<AtomicBool>) {
    loop {
        let (shop, _) = listener.accept().await.unwrap();
        // While danpay is away, the shop's connection ends as it began.
        let Ok(danpay) = TcpStream::connect(&danpay).await else {
            continue;
        };
        let (from_shop, to_shop) = shop.into_split();
        let (from_danpay, to_danpay) = danpay.into_split();
        tokio::spawn(hand_on(
            from_shop,
            to_danpay,
            Arc::new(AtomicBool::new(false)),
        ));
        tokio::spawn(hand_on(from_danpay, to_shop, Arc::clone(&loses)));
    }
}

/// Both ends are closed when one is, and when what came is lost.
async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, loses: Arc<AtomicBool>) {
    let mut piece = vec![0; PIECE_BYTES];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if loses.load(Ordering::SeqCst) || to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
}

//! A receiver: a server of the shop's that listens, misbehaves by its temper while there is chaos, and
//! keeps what came.

use std::future::pending;
use std::io::Result;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::bodies::Bodies;
use super::inbox::{Inbox, now};
use super::message::Message;
use super::temper::{Deed, GONE, Temper};
use crate::chance::Chance;
use crate::world::World;

/// Where it is told.
pub(super) const PATH: &str = "/webhooks";

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// From one byte to the next.
const DRIPS_MS: Range<u64> = 20..60;
/// Longer than danpay waits.
const HANGS: Duration = Duration::from_mins(1);
/// From one restart to the next: what one of them refused has come again before. And how long it is away.
const LIVES_MS: Range<u64> = 15_000..25_000;
const STAYS_DEAD_MS: Range<u64> = 200..2_000;
const BINDS_AGAIN: Duration = Duration::from_millis(50);

/// The shop's webhook endpoint, with what its messages are signed with.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) secret: String,
}

pub(super) struct Receiver {
    pub(super) temper: Temper,
    address: String,
    pub(super) endpoint: Endpoint,
    pub(super) inbox: Inbox,
    /// Whether it answers 410.
    pub(super) is_gone: AtomicBool,
}

impl Receiver {
    pub(super) fn new(temper: Temper, address: String, endpoint: Endpoint) -> Self {
        Self {
            temper,
            address,
            endpoint,
            inbox: Inbox::default(),
            is_gone: AtomicBool::new(false),
        }
    }

    /// Takes connections until nobody waits for it any more. A restart breaks those that it has.
    pub(super) async fn serve(
        self: Arc<Self>,
        (world, bodies): (Arc<World>, Arc<Bodies>),
        mut chance: Chance,
    ) {
        loop {
            let (lives, stays_dead) = (chance.millis(LIVES_MS), chance.millis(STAYS_DEAD_MS));
            let accepting = async {
                let listener = self.bind().await;
                let mut connections = JoinSet::new();
                while let Ok((connection, _)) = listener.accept().await {
                    while connections.try_join_next().is_some() {}
                    let scene = (Arc::clone(&world), Arc::clone(&bodies));
                    let talking = Arc::clone(&self).talk(connection, scene, chance.fork());
                    connections.spawn(talking);
                }
            };
            let restarting = async {
                sleep(lives).await;
                if self.temper != Temper::Restarts || !world.is_chaos() {
                    pending::<()>().await;
                }
            };
            tokio::select! {
                () = accepting => {}
                () = restarting => world.count("receivers: restarts"),
            }
            sleep(stays_dead).await;
        }
    }

    async fn bind(&self) -> TcpListener {
        loop {
            // Whoever has the port meanwhile is a connection that will end.
            match TcpListener::bind(&self.address).await {
                Ok(listener) => return listener,
                Err(_) => sleep(BINDS_AGAIN).await,
            }
        }
    }

    async fn talk(
        self: Arc<Self>,
        connection: TcpStream,
        (world, bodies): (Arc<World>, Arc<Bodies>),
        mut chance: Chance,
    ) {
        let mut connection = BufReader::new(connection);
        while let Ok(Some(message)) = Message::read(&mut connection).await {
            self.look_at(&message, (&world, &bodies));
            let deed = self.deed(&message, &world, &mut chance);
            let answered = self.answer(&message.id, (deed, &mut chance), connection.get_mut());
            if !matches!(answered.await, Ok(true)) {
                return;
            }
        }
    }

    /// Whether it is what it has to be.
    fn look_at(&self, message: &Message, (world, bodies): (&World, &Bodies)) {
        let violation = |what: &str| {
            let what = format!("at the receiver that {}: {what}", self.temper.name());
            world.violation(what, Some(&message.id));
        };
        if message.path != PATH {
            violation("a redirect was followed");
        }
        if let Some(complaint) = message.complaint(&self.endpoint.secret, now()) {
            violation(complaint);
        }
        if !bodies.fit(message) {
            violation("its body is another one than before, or cannot be read");
        }
    }

    /// What it does with it.
    fn deed(&self, message: &Message, world: &World, chance: &mut Chance) -> Deed {
        let may_be_refused = self.inbox.came(&message.id, now()) && world.is_chaos();
        let deed = match self.temper {
            _ if !may_be_refused => Deed::Take,
            Temper::Gone if self.is_gone.load(Ordering::SeqCst) => GONE,
            temper => temper.draw(chance),
        };
        if !deed.takes() {
            self.inbox.refused(&message.id, now());
            world.count(&self.temper.not_taken());
        }
        deed
    }

    /// Whether the connection can be used on.
    async fn answer(
        &self,
        id: &str,
        (deed, chance): (Deed, &mut Chance),
        to: &mut TcpStream,
    ) -> Result<bool> {
        let (begin, end) = TAKEN.split_at(TAKEN.len() - 1);
        match deed {
            Deed::Take => {
                let then = now();
                to.write_all(TAKEN).await?;
                self.inbox.taken(id, then);
            }
            Deed::TakeSlowly => {
                for byte in begin {
                    to.write_all(&[*byte]).await?;
                    sleep(chance.millis(DRIPS_MS)).await;
                }
                let then = now();
                to.write_all(end).await?;
                self.inbox.taken(id, then);
            }
            Deed::Answer(head) => {
                let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
                to.write_all(answer.as_bytes()).await?;
            }
            Deed::Hang => sleep(HANGS).await,
            Deed::Drip => {
                to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
                    .await?;
                loop {
                    sleep(chance.millis(DRIPS_MS)).await;
                    to.write_all(b".").await?;
                }
            }
            Deed::HangUp => {}
            Deed::BreakOff => to.write_all(begin).await?,
        }
        Ok(matches!(
            deed,
            Deed::Take | Deed::TakeSlowly | Deed::Answer(_)
        ))
    }
}

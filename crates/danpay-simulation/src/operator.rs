//! Whoever runs danpay: puts an older backup in the place of the books, and brings them up to what
//! KakaoPay holds; and lets days pass.

use std::sync::Arc;
use std::time::Duration;

use danpay_server::{Recovered, Server};
use tokio::time::{sleep, timeout};

use crate::counts::Kind;
use crate::host::{Host, Life};
use crate::seller::{self, Seller};
use crate::shop::refund;
use crate::timeline::{self, note};
use crate::world::World;

pub(crate) const RESTORED: &str = "database restored";
pub(crate) const DAYS_LATER: &str = "eight days later";

/// Longer than idempotency keys are known for.
const DAYS: Duration = Duration::from_hours(8 * 24);
/// No server of the shop's has this number.
const DESK: usize = 9;

/// Once in a life a backup is put back.
pub(crate) async fn restores(world: Arc<World>) {
    sleep(world.chance.millis(60_000..1_000_000)).await;
    let lacks_key = world.api_key(Seller::First).is_empty()
        || world.temper.two_shops && world.api_key(Seller::Second).is_empty();
    if lacks_key || !world.chaos() {
        return;
    }
    let backup = match world.books.back_up() {
        Ok(backup) => backup,
        Err(error) => return world.violation(format!("the books cannot be copied: {error}")),
    };
    note("operator", "backs the books up");
    sleep(world.chance.millis(1_000..400_000)).await;
    if !world.chaos() {
        return;
    }
    for host in world.hosts() {
        host.switch(false);
    }
    sleep(world.chance.millis(0..90_000)).await;
    world.count(Kind::Weather, RESTORED);
    note("operator", "puts the backup in the place of the books");
    let host = Host::new(DESK, Arc::clone(&world));
    match world.books.put_back(backup.as_ref()) {
        Ok(true) => world.books_are_older(),
        Ok(false) => {}
        Err(error) => world.violation(format!("the books cannot be put back: {error}")),
    }
    while !host.marks_books().await {}
    seller::second_gets_new_key(&world).await;
    for host in world.hosts() {
        host.switch(true);
    }
    while !Box::pin(recovers(&host)).await {
        sleep(world.chance.millis(1_000..60_000)).await;
    }
    note("operator", "has brought the books up to date");
    host.put_away();
}

/// `danpay recover --from-log`, once: whether all is known.
async fn recovers(host: &Arc<Host>) -> bool {
    let life = Life::default();
    let Some(server) = host.start(&life).await else {
        return false;
    };
    life.until_end(Box::pin(recover(&server))).await == Some(true)
}

async fn recover(server: &Server) -> bool {
    let mut all = true;
    let mut tell = |recovered| all &= !matches!(recovered, Recovered::Unresolved(..));
    for logged in timeline::payments() {
        match server.recover_logged(logged).await {
            Ok(recovered) => tell(recovered),
            Err(_) => return false,
        }
    }
    if server.recover_since(None, tell).await.is_err() || !all {
        return false;
    }
    server.clear_restored().await.is_ok()
}

/// All rests for days; then the shop asks once more for all that it has decided to refund.
pub(crate) async fn days_later(world: &Arc<World>) {
    for host in world.hosts() {
        host.switch(false);
    }
    sleep(DAYS).await;
    world.count(Kind::Weather, DAYS_LATER);
    note("world", "eight days have passed");
    for host in world.hosts() {
        host.switch(true);
    }
    let (host, life) = (Host::new(DESK, Arc::clone(world)), Life::default());
    if let Some(server) = host.start(&life).await {
        // It never ends by itself.
        let _ = timeout(Duration::from_secs(1), server.maintenance()).await;
    }
    let keys: Vec<_> = world.record().refunds.keys().cloned().collect();
    for key in keys {
        while refund::ask_for(world, &key).await.is_none() {
            sleep(Duration::from_secs(3)).await;
        }
    }
}

//! Who sells: the shop of the servers' own settings and, in some lives, a second one, which an operator
//! adds.
//!
//! **Invariant**: the two have the same order numbers and idempotency keys, and share nothing else.

use std::sync::Arc;
use std::time::Duration;

use danpay_server::{Admin, NewAccount, Role, Settings};
use secrecy::ExposeSecret as _;
use tokio::time::sleep;

use crate::counts::Kind;
use crate::host::{Host, Life};
use crate::timeline::note;
use crate::world::World;

pub(crate) const SECOND_SHOP: &str = "a second shop";

/// The merchant codes.
pub(crate) const CIDS: [&str; 2] = ["TC0ONETIME", "C000SHOP02"];

/// What the second one is called.
const NAME: &str = "둘째 가게";
/// No server of the shops' has this number.
const DESK: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seller {
    First,
    Second,
}

impl Seller {
    /// Orders are dealt out in turn, so that each number is sold by both.
    pub(crate) fn of(world: &World, number: u64) -> (Self, u64) {
        match (world.temper.two_shops, number % 2) {
            (false, _) => (Self::First, number),
            (true, 0) => (Self::First, number / 2),
            (true, _) => (Self::Second, number / 2),
        }
    }

    /// Those of this life.
    pub(crate) fn all(world: &World) -> impl Iterator<Item = Self> + use<> {
        let second = world.temper.two_shops.then_some(Self::Second);
        [Self::First].into_iter().chain(second)
    }

    pub(crate) fn cid(self) -> &'static str {
        let [first, second] = CIDS;
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }
}

/// An operator adds the second shop once there are books, and gives it a key.
pub(crate) async fn second_opens(world: Arc<World>) {
    while world.api_key(Seller::First).is_empty() {
        sleep(world.chance.millis(500..5_000)).await;
    }
    let host = Host::new(DESK, Arc::clone(&world));
    while !operator(&host, open).await {
        sleep(Duration::from_secs(1)).await;
    }
    world.count(Kind::Weather, SECOND_SHOP);
    note("operator", "has added a second shop");
    host.put_away();
}

/// The second shop's contract gets the key that KakaoPay takes now.
pub(crate) async fn second_gets_new_key(world: &Arc<World>) {
    if !world.temper.two_shops {
        return;
    }
    let host = Host::new(DESK, Arc::clone(world));
    while !operator(&host, put_account).await {
        sleep(Duration::from_secs(1)).await;
    }
    host.put_away();
}

/// Does something by an operator's command: whether it went well.
async fn operator(
    host: &Arc<Host>,
    work: impl AsyncFn(&Admin, &World) -> anyhow::Result<()>,
) -> bool {
    let life = Life::default();
    let admin = host.admin(&life);
    let done = life.until_end(Box::pin(work(&admin, host.world()))).await;
    matches!(done, Some(Ok(())))
}

async fn open(admin: &Admin, world: &World) -> anyhow::Result<()> {
    let shops = admin.shops().await?;
    let known = shops.iter().find(|shop| shop.name == NAME);
    let id = if let Some(known) = known {
        known.id
    } else {
        let settings = Settings {
            orders_repeat: world.temper.orders_repeat,
            refund_max_per_day: world
                .temper
                .refund_max_per_day
                .and_then(|most| most.try_into().ok()),
            ..Settings::default()
        };
        admin.add_shop(NAME, account(world), settings).await?
    };
    // The answer to an earlier attempt may have been lost.
    let name = format!("key {}", world.chance.number(0..u64::MAX));
    let key = admin.create_key(id, &name, Role::Full, None).await?;
    world.set_api_key(Seller::Second, key.expose_secret());
    Ok(())
}

async fn put_account(admin: &Admin, world: &World) -> anyhow::Result<()> {
    let shops = admin.shops().await?;
    match shops.iter().find(|shop| shop.name == NAME) {
        Some(second) => Ok(admin.put_account(second.id, account(world)).await?),
        None => Ok(()),
    }
}

fn account(world: &World) -> NewAccount {
    NewAccount {
        cid: Seller::Second.cid().to_owned(),
        secret_key: world.keys.file().into(),
        cid_secret: None,
    }
}

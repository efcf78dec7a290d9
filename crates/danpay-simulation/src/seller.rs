//! Who sells: the shop of the servers' own settings and, in some lives, a second one, which an operator
//! adds.
//!
//! **Invariant**: the two have the same order numbers and idempotency keys, and share nothing else.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::ShopId;
use danpay_server::{Account, Admin, Role, Settings};
use secrecy::ExposeSecret as _;
use tokio::time::sleep;

use crate::counts::Kind;
use crate::host::{Host, Life};
use crate::timeline::note;
use crate::world::World;

pub(crate) const SECOND_SHOP: &str = "a second shop";
pub(crate) const LOST_KEY: &str = "a key that opens nothing";

/// The merchant codes.
pub(crate) const CIDS: [&str; 2] = ["TC0ONETIME", "C000SHOP02"];

/// What the second one is called.
const NAME: &str = "둘째 가게";
/// Servers know a shop that was changed within 3 s by their clocks, which may just be set back.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);
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
    operator(&host, open).await;
    world.count(Kind::Weather, SECOND_SHOP);
    note("operator", "has added a second shop");
    host.put_away();
}

/// A shop whose key opens nothing gets another from an operator: the server that handed its first one over
/// may have died before it stored it, or another server was quicker.
pub(crate) async fn gets_another_key(world: &Arc<World>, seller: Seller) {
    // Whoever has had none yet is about to get it.
    if world.api_key(seller).is_empty() {
        return;
    }
    let host = Host::new(DESK, Arc::clone(world));
    match seller {
        Seller::First => operator(&host, first_key).await,
        Seller::Second => operator(&host, open).await,
    }
    world.count(Kind::Weather, LOST_KEY);
    note(
        "operator",
        "has made another key for a shop whose own opens nothing",
    );
    host.put_away();
}

/// The second shop's contract gets the key that KakaoPay takes now, and servers come to know it.
pub(crate) async fn second_gets_new_key(world: &Arc<World>) {
    if !world.temper.two_shops {
        return;
    }
    let host = Host::new(DESK, Arc::clone(world));
    operator(&host, put_account).await;
    sleep(KNOWN_WITHIN).await;
    host.put_away();
}

/// Does something by an operator's command, again until it goes well.
async fn operator(host: &Arc<Host>, work: impl AsyncFn(&Admin, &World) -> anyhow::Result<()>) {
    loop {
        let life = Life::default();
        let admin = host.admin(&life);
        let done = life.until_end(Box::pin(work(&admin, host.world()))).await;
        if matches!(done, Some(Ok(()))) {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Adds the second shop unless it is there, and makes a key for it.
async fn open(admin: &Admin, world: &World) -> anyhow::Result<()> {
    let id = if let Some(known) = second(admin).await? {
        known
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
    make_key(admin, world, (Seller::Second, id)).await
}

async fn first_key(admin: &Admin, world: &World) -> anyhow::Result<()> {
    let id = admin.first_shop().await?;
    make_key(admin, world, (Seller::First, id)).await
}

async fn make_key(
    admin: &Admin,
    world: &World,
    (seller, id): (Seller, ShopId),
) -> anyhow::Result<()> {
    // The answer to an earlier attempt may have been lost.
    let name = format!("key {}", world.chance.number(0..u64::MAX));
    let key = admin.create_key(id, &name, Role::Full, None).await?;
    world.set_api_key(seller, key.expose_secret());
    Ok(())
}

/// The second shop, if it has been added.
async fn second(admin: &Admin) -> anyhow::Result<Option<ShopId>> {
    let mut shops = admin.shops().await?.into_iter();
    Ok(shops.find(|shop| shop.name == NAME).map(|shop| shop.id))
}

async fn put_account(admin: &Admin, world: &World) -> anyhow::Result<()> {
    match second(admin).await? {
        Some(second) => Ok(admin.put_account(second, account(world)).await?),
        None => Ok(()),
    }
}

fn account(world: &World) -> Account {
    Account {
        cid: Seller::Second.cid().to_owned(),
        secret_key: world.keys.file().into(),
        cid_secret: None,
    }
}

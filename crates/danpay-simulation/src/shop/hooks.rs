//! The shop's webhook endpoints: one hears all that it is told, the other one less from some time on. One that
//! was disabled is enabled again, with what it has missed.

use std::sync::Arc;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::sleep;

use super::{Told, ask};
use crate::chance::Chance;
use crate::seller::{self, Seller};
use crate::timeline::note;
use crate::world::World;

/// What is drawn of webhooks, apart from the rest: lives without them go as they did.
pub(crate) struct Hooks {
    pub(crate) chance: Chance,
    /// Whether this life has webhooks.
    pub(crate) are_there: bool,
}

/// Makes this source another one than the life's own.
const APART: u64 = 0x7765_6268_6f6f_6b73;
const PER_MILLE: u32 = 250;
/// What the second endpoint hears in the end.
pub(crate) const NARROW: [&str; 2] = ["payment.approved", "payment.canceled"];
const LOOKS_MS: std::ops::Range<u64> = 5_000..60_000;

impl Hooks {
    pub(crate) fn draw(seed: u64, is_restored: bool) -> Self {
        let chance = Chance::new(seed ^ APART);
        Self {
            are_there: !is_restored && chance.is(PER_MILLE),
            chance,
        }
    }
}

/// An endpoint as the shop knows it.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) seller: Seller,
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) secret: String,
    /// From when on it hears what it wants to.
    pub(crate) since: Timestamp,
    /// When the shop asked that it hears less.
    pub(crate) narrowed_at: Option<Timestamp>,
}

/// Makes an endpoint, has it hear less later if it is the second one, and sees that it is enabled.
pub(crate) async fn keep(world: Arc<World>, seller: Seller, number: u64) {
    let host = seller.cid().to_lowercase();
    let url = format!("https://hook-{number}.{host}.example/");
    let Some(hook) = make(&world, seller, &url).await else {
        return;
    };
    let path = format!("/v1/webhook_endpoints/{}", hook.id);
    world.record().hooks.all.push(hook);
    let narrows = number == 1;
    let mut is_narrow = !narrows;
    loop {
        sleep(world.hooks.chance.millis(LOOKS_MS)).await;
        if !is_narrow && (!world.chaos() || world.hooks.chance.is(100)) {
            is_narrow = narrow(&world, seller, (&url, &path)).await;
        }
        let shown = tell(&world, seller, (Method::GET, &path), "").await;
        let enabled = shown.and_then(|told| told.body.get("enabled")?.as_bool());
        if enabled == Some(false) {
            note("shop", format_args!("enables {url}"));
            let enable = json!({ "enabled": true, "send_missed": true }).to_string();
            tell(&world, seller, (Method::PATCH, &path), &enable).await;
        } else if enabled == Some(true) && !world.chaos() && is_narrow {
            return;
        }
    }
}

async fn make(world: &Arc<World>, seller: Seller, url: &str) -> Option<Hook> {
    let body = json!({ "url": url }).to_string();
    while world.chaos() {
        sleep(world.hooks.chance.millis(1_000..20_000)).await;
        if world.api_key(seller).is_empty() {
            continue;
        }
        let create = (Method::POST, "/v1/webhook_endpoints");
        let Some(told) = tell(world, seller, create, &body).await else {
            continue;
        };
        let secret = told.text("secret");
        if !told.status.is_success() || secret.is_empty() {
            continue;
        }
        note("shop", format_args!("has an endpoint at {url}"));
        world.record().secrets.insert(secret.clone());
        return Some(Hook {
            seller,
            id: told.text("id"),
            url: url.to_owned(),
            secret,
            since: world.now(),
            narrowed_at: None,
        });
    }
    None
}

async fn narrow(world: &Arc<World>, seller: Seller, (url, path): (&str, &str)) -> bool {
    let now = world.now();
    for hook in &mut world.record().hooks.all {
        if hook.url == url {
            hook.narrowed_at.get_or_insert(now);
        }
    }
    let body = json!({ "events": NARROW }).to_string();
    let told = tell(world, seller, (Method::PATCH, path), &body).await;
    told.is_some_and(|told| told.status.is_success())
}

async fn tell(
    world: &Arc<World>,
    seller: Seller,
    (method, path): (Method, &str),
    body: &str,
) -> Option<Told> {
    let told = ask((world, seller), (method, path), None, body).await?;
    if told.status == StatusCode::UNAUTHORIZED {
        seller::gets_another_key(world, seller).await;
        return None;
    }
    Some(told)
}

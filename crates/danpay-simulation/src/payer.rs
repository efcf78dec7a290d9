//! Payers with several tabs, patient and impatient, honest and not.
//!
//! **Invariant**: a payer has nothing but addresses: the shop's checkout page and where KakaoPay
//! sends the browser.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::door::send;
use crate::shop::Payment;
use crate::timeline::note;
use crate::world::World;

const SCRIPTS: [&str; 2] = ["pays_by_card", "pays_by_money"];

pub(crate) async fn visit(world: Arc<World>, payment: Payment, number: u64) {
    let payer = Payer {
        world,
        payment,
        number,
    };
    let mut tabs = JoinSet::new();
    if payer.world.chance.is(250) {
        tabs.spawn(payer.clone().mischief());
    }
    payer.clone().shopping().await;
    while tabs.join_next().await.is_some() {}
}

#[derive(Clone)]
struct Payer {
    world: Arc<World>,
    payment: Payment,
    number: u64,
}

impl Payer {
    /// Goes to KakaoPay, does something there, and comes back, or does not.
    async fn shopping(self) {
        let chance = &self.world.chance;
        if chance.is(40) {
            return self.say("never opens the page");
        }
        self.open(&format!("/pay/{}", self.payment.id), "opens the page")
            .await;
        // Some think for long, a few until it is nearly, or quite, too late.
        let late = if self.world.faults.is_late { 8 } else { 3 };
        let thinks = match chance.number(0..10) {
            0 => chance.millis(600_000..1_000_000),
            other if other < late => chance.millis(865_000..901_000),
            _ => chance.millis(1_000..90_000),
        };
        sleep(thinks).await;
        let script = if chance.is(150) {
            "quits"
        } else {
            chance.pick(&SCRIPTS).copied().unwrap_or_default()
        };
        let now = self.world.now();
        let Some(url) = self.world.kakaopay.play(&self.payment.tid, script, now) else {
            return self.say("finds the payment over");
        };
        self.say(format_args!("{script} at KakaoPay"));
        if let Some((_, token)) = url.split_once("pg_token=") {
            self.world.record().secrets.insert(token.to_owned());
        }
        if chance.is(80) {
            return self.say("never comes back");
        }
        if chance.is(60) {
            sleep(chance.millis(10_000..900_000)).await;
        } else {
            sleep(chance.millis(50..1_500)).await;
        }
        self.come_back(&url).await;
    }

    /// KakaoPay's redirect, reloads of it, the same in another tab, and the result page.
    async fn come_back(&self, url: &str) {
        let path = url.strip_prefix(crate::shop::PUBLIC_URL).unwrap_or(url);
        let chance = &self.world.chance;
        let mut tabs = JoinSet::new();
        for _ in 0..chance.number(1..4) {
            let (payer, path) = (self.clone(), path.to_owned());
            let delay = if chance.is(500) {
                Duration::ZERO
            } else {
                chance.millis(0..9_000)
            };
            tabs.spawn(async move {
                sleep(delay).await;
                payer.open(&path, "comes back").await;
            });
        }
        while tabs.join_next().await.is_some() {}
        for _ in 0..chance.number(0..6) {
            sleep(chance.millis(1_000..8_000)).await;
            let result = format!("/pay/{}/result", self.payment.id);
            self.open(&result, "looks at the result").await;
        }
        // Some try once more when they see no result.
        if chance.is(300) {
            sleep(chance.millis(1_000..60_000)).await;
            self.open(path, "comes back once more").await;
        }
    }

    /// Anyone can call the return addresses.
    async fn mischief(self) {
        for _ in 0..self.world.chance.number(1..5) {
            let chance = &self.world.chance;
            sleep(chance.millis(500..60_000)).await;
            let id = &self.payment.id;
            let paths = [
                format!("/return/{id}/approve?pg_token=ffffffffffffffffffff"),
                format!("/return/{id}/approve"),
                format!("/return/{id}/cancel"),
                format!("/return/{id}/fail"),
                format!("/pay/{id}"),
            ];
            if let Some(path) = chance.pick(&paths) {
                self.open(path, "forges").await;
            }
        }
    }

    async fn open(&self, path: &str, what: &str) {
        let way = path.split('?').next().unwrap_or_default();
        self.say(format_args!("{what}: {way}"));
        let patience = self.world.chance.millis(300..20_000);
        let request = Request::builder().uri(path).body(Bytes::new());
        let Some(response) = send(&self.world, request, patience).await else {
            return self.say("gets no answer");
        };
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        if location.is_some_and(|location| location.contains("pg_token")) {
            self.world
                .violation("a redirect carries the pg_token".to_owned());
        }
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("payer {}", self.number), what);
    }
}

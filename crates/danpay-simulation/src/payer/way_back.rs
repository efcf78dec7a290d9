//! The way back from KakaoPay: reloads, other tabs, and what the sandbox lets go wrong on it.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Payer;
use crate::counts::Kind;

/// The token stands twice in the address.
const TWICE: &str = "pg_token_twice";
/// The browser asks for the address twice.
const REDIRECTED_TWICE: &str = "approval_redirect_twice";
/// And for the one that says that the payer gave up.
const CANCEL_AS_WELL: &str = "cancel_redirect_after_pay";

/// Of 1,000 payers who have paid, each of them befalls so many.
const PER_MILLE: u32 = 60;

impl Payer {
    /// By KakaoPay's redirect, reloads of it, the same in another tab, and the result page.
    pub(super) async fn comes_back(&self, url: &str) {
        let (world, chance) = (&self.world, &self.world.chance);
        self.keep_secrets(url);
        if chance.is(80) {
            return self.say("never comes back");
        }
        if chance.is(60) {
            sleep(chance.millis(10_000..900_000)).await;
        } else {
            sleep(chance.millis(50..1_500)).await;
        }
        let mut url = url.to_owned();
        let mut visits = chance.number(1..4);
        let mut after = None;
        if let Some((_, token)) = url.split_once("pg_token=") {
            let befalls = |what| {
                let befalls = chance.is(PER_MILLE);
                if befalls {
                    world.count(Kind::Fault, what);
                }
                befalls
            };
            if befalls(TWICE) {
                url = format!("{url}&pg_token={token}");
            } else if befalls(REDIRECTED_TWICE) {
                visits = 2;
            } else if befalls(CANCEL_AS_WELL) {
                let ways = world.kakaopay.ways(&self.payment.tid);
                after = ways.map(|ways| ways.cancel);
            }
        }
        let mut tabs = JoinSet::new();
        for _ in 0..visits {
            let (payer, url) = (self.clone(), url.clone());
            let delay = if chance.is(500) {
                Duration::ZERO
            } else {
                chance.millis(0..9_000)
            };
            tabs.spawn(async move {
                sleep(delay).await;
                payer.open(&url, "comes back").await;
            });
        }
        if let Some(after) = after {
            self.open(&after, "is sent on").await;
        }
        while tabs.join_next().await.is_some() {}
        self.looks_at_the_result(&url).await;
    }

    async fn looks_at_the_result(&self, url: &str) {
        let chance = &self.world.chance;
        for _ in 0..chance.number(0..6) {
            sleep(chance.millis(1_000..8_000)).await;
            let result = format!("/pay/{}/result", self.payment.id);
            self.open(&result, "looks at the result").await;
        }
        // Some try once more when they see no result.
        if chance.is(300) {
            sleep(chance.millis(1_000..60_000)).await;
            self.open(url, "comes back once more").await;
        }
    }

    /// The token, and the secret of the address, are in no line of any log.
    fn keep_secrets(&self, url: &str) {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let secret = address.rsplit('/').next();
        let token = query.strip_prefix("pg_token=");
        let secrets = secret.into_iter().chain(token).map(str::to_owned);
        self.world.record().secrets.extend(secrets);
    }
}

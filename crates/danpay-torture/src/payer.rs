//! Payers with several tabs, patient and impatient, honest and not.
//! Invariant: a payer has nothing but addresses: the shop's checkout page and where KakaoPay sends
//! the browser.

use std::time::Duration;

use reqwest::{StatusCode, header};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::fleet::PUBLIC_URL;
use crate::plan::{self, Look};
use crate::sandbox::Played;
use crate::shop::Payment;
use crate::world::World;

/// How often a payer reloads a page that does not come.
const RELOADS: u32 = 8;

pub(crate) async fn visit(
    world: &World,
    payment: &Payment,
    (plan, mut chance): (&plan::Payer, Chance),
) {
    let payer = Payer { world, payment };
    let forger = chance.fork();
    tokio::join!(payer.pay(plan, &mut chance), payer.forge(plan, forger));
}

#[derive(Clone, Copy)]
struct Payer<'a> {
    world: &'a World,
    payment: &'a Payment,
}

impl Payer<'_> {
    /// Goes to KakaoPay, does something there, and comes back, or does not.
    async fn pay(self, plan: &plan::Payer, chance: &mut Chance) {
        if plan.opens {
            self.open(&format!("/pay/{}", self.payment.id), chance)
                .await;
        }
        sleep(plan.thinks).await;
        let played = match self
            .world
            .sandbox
            .play(&self.payment.tid, plan.script)
            .await
        {
            Ok(played) => played.unwrap_or_default(),
            Err(error) => return self.world.violation(format!("{error:#}"), None),
        };
        let Played { redirect_to, then } = played;
        let Some(back) = redirect_to else { return };
        self.learn_token(&back);
        if !plan.comes_back {
            return;
        }
        sleep(plan.dawdles).await;
        self.come_back(&back, &plan.tabs, chance).await;
        if let Some(then) = then {
            self.world.count("fault: a second redirect");
            self.open(path(&then), chance).await;
        }
        for (after, look) in &plan.looks {
            sleep(*after).await;
            match look {
                Look::Return => self.open(path(&back), chance).await,
                Look::Result => {
                    let result = format!("/pay/{}/result", self.payment.id);
                    self.open(&result, chance).await;
                }
            }
        }
    }

    /// The same return address in each tab.
    async fn come_back(self, back: &str, tabs: &[Duration], chance: &mut Chance) {
        let tab = |number: usize, mut chance: Chance| async move {
            if let Some(delay) = tabs.get(number) {
                sleep(*delay).await;
                self.open(path(back), &mut chance).await;
            }
        };
        let [first, second, third] = [0, 1, 2].map(|number| tab(number, chance.fork()));
        tokio::join!(first, second, third);
    }

    /// Anyone can call the return addresses.
    async fn forge(self, plan: &plan::Payer, mut chance: Chance) {
        for (after, address) in &plan.forges {
            sleep(*after).await;
            let path = address.replace("{id}", &self.payment.id);
            self.open(&path, &mut chance).await;
        }
    }

    /// Asks any of the servers for a page, and reloads it while none comes.
    async fn open(self, path: &str, chance: &mut Chance) {
        for _ in 0..RELOADS {
            let url = format!("{}{path}", self.world.fleet.url(chance));
            let patience = chance.millis(200..10_000);
            let answer = self.world.http.get(url).timeout(patience).send().await;
            let Ok(answer) = answer else {
                sleep(self.world.pause(chance)).await;
                continue;
            };
            if answer.status() == StatusCode::INTERNAL_SERVER_ERROR {
                let what = "a payer's page was answered 500";
                self.world.violation(what, Some(&self.payment.id));
            }
            let location = answer.headers().get(header::LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            if location.is_some_and(|location| location.contains("pg_token")) {
                let what = "a redirect carries the pg_token";
                self.world.violation(what, Some(&self.payment.id));
            }
            return;
        }
    }

    fn learn_token(self, back: &str) {
        let tokens = back.split("pg_token=").skip(1);
        let tokens = tokens.filter_map(|rest| rest.split('&').next());
        self.world
            .record()
            .secrets
            .extend(tokens.map(str::to_owned));
    }
}

/// Of an address of the shop's danpay, below wherever that is.
fn path(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL).unwrap_or(url)
}

//! Payers with several tabs, patient and impatient, honest and not.
//! Invariant: a payer has nothing but addresses: the shop's checkout page and where KakaoPay sends
//! the browser.

use std::time::Duration;

use danpay_testkit::Played;
use reqwest::{StatusCode, header};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::fleet::PUBLIC_URL;
use crate::minutes::Trouble;
use crate::plan::{self, Look};
use crate::record::WayBack;
use crate::shop::Payment;
use crate::world::World;

/// How often a payer reloads a page that does not come, or says that it cannot be had just now.
const RELOADS: u32 = 20;

pub(crate) async fn visit(
    world: &World,
    payment: &Payment,
    (plan, mut chance): (&plan::Payer, Chance),
) {
    Payer { world, payment }.pay(plan, &mut chance).await;
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
        self.learn(&back);
        if !plan.comes_back {
            return;
        }
        sleep(plan.dawdles).await;
        self.world
            .record()
            .came_back
            .insert(self.payment.id.clone());
        let tampering = self.tamper(&back, plan.tampers, chance.fork());
        tokio::join!(self.come_back(&back, &plan.tabs, chance), tampering);
        if let Some(then) = then {
            self.world.count("fault: a second redirect");
            self.learn(&then);
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

    /// The payer, who knows the own address by now, makes up a `pg_token`.
    async fn tamper(self, back: &str, after: Option<Duration>, mut chance: Chance) {
        let Some(after) = after else { return };
        sleep(after).await;
        let tid = self.payment.tid.clone();
        self.world.record().tampered.insert(tid);
        let (address, _) = back.split_once('?').unwrap_or((back, ""));
        let tampered = format!("{}?pg_token=ffffffffffffffffffff", path(address));
        self.open(&tampered, &mut chance).await;
    }

    /// Asks any of the servers for a page, and reloads it while none comes.
    async fn open(self, path: &str, chance: &mut Chance) {
        for _ in 0..RELOADS {
            let url = format!("{}{path}", self.world.fleet.url(chance));
            let patience = chance.millis(200..6_000);
            let answer = self.world.http.get(url).timeout(patience).send().await;
            let Ok(answer) = answer else {
                sleep(self.world.pause(chance)).await;
                continue;
            };
            if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                sleep(self.world.pause(chance)).await;
                continue;
            }
            let wrong = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::NOT_FOUND];
            if wrong.contains(&answer.status()) {
                let what = format!("a payer's page was answered {}", answer.status());
                self.world.violation(what, Some(&self.payment.id));
            }
            if answer.status() == StatusCode::SEE_OTHER && path.contains("?pg_token=") {
                self.was_dealt_with();
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

    /// danpay has taken this payment's `pg_token`, and perhaps that of another one of the order.
    fn was_dealt_with(self) {
        let Payment { id, order, .. } = self.payment;
        let is_second = {
            let mut record = self.world.record();
            let of_order = record.dealt_with.entry(order.clone()).or_default();
            of_order.insert(id.clone()) && of_order.len() > 1
        };
        if is_second {
            self.world.met(Trouble::SecondPayment);
        }
    }

    /// Where KakaoPay sends the payer holds secrets.
    fn learn(self, address: &str) {
        let Some(back) = WayBack::read(address) else {
            return;
        };
        let mut record = self.world.record();
        record.secrets.insert(back.secret.clone());
        record.secrets.extend(back.pg_token.clone());
        record.ways_back.push(back);
    }
}

/// Of an address of the shop's danpay, below wherever that is.
fn path(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL).unwrap_or(url)
}

//! Payers with several tabs, patient and impatient, honest and not.
//!
//! **Invariant**: a payer has nothing but addresses: the shop's checkout page and where KakaoPay
//! sends the browser. Who makes addresses up, in `forger`, has no more than the payment's id.

mod forger;
mod way_back;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use kakaopay_sandbox::SCRIPTS;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::counts::Kind;
use crate::door::send;
use crate::shop::{PUBLIC_URL, Payment};
use crate::timeline::note;
use crate::world::World;

/// What most payers do.
const USUAL: [&str; 5] = [
    "pays_by_card",
    "pays_by_card",
    "pays_by_money",
    "pays_by_money",
    "quits",
];
/// It moves the sandbox's clock, which all share here: its payer waits for that second instead.
const LAST_SECOND: &str = "pays_at_14_59";

pub(crate) async fn visit(world: Arc<World>, payment: Payment, number: String) {
    let payer = Payer {
        world,
        payment,
        number,
    };
    let mut tabs = JoinSet::new();
    if payer.world.chance.is(300) {
        tabs.spawn(payer.clone().forges());
    }
    payer.clone().shopping().await;
    while tabs.join_next().await.is_some() {}
}

#[derive(Clone)]
struct Payer {
    world: Arc<World>,
    payment: Payment,
    number: String,
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
        let script = self.script();
        sleep(self.thinks(script)).await;
        let now = self.world.now();
        match self.world.kakaopay.play(&self.payment.tid, script, now) {
            Err(error) => self.say(format_args!("can do nothing at KakaoPay: {error}")),
            Ok(url) => {
                self.world.count(Kind::Script, script);
                self.say(format_args!("{script} at KakaoPay"));
                match url {
                    Some(url) => self.comes_back(&url).await,
                    None => self.say("stays away"),
                }
            }
        }
    }

    fn script(&self) -> &'static str {
        let chance = &self.world.chance;
        let usual = chance.pick(&USUAL).copied();
        let any = chance.pick(SCRIPTS).map(|(script, _)| *script);
        let script = if chance.is(700) { usual } else { any };
        script.unwrap_or_default()
    }

    /// Some think for long, a few until it is nearly, or quite, too late.
    fn thinks(&self, script: &str) -> Duration {
        let (world, chance) = (&self.world, &self.world.chance);
        if script == LAST_SECOND {
            let left = world.kakaopay.time_left(&self.payment.tid, world.now());
            return left.saturating_sub(Duration::from_secs(1));
        }
        if world.temper.is_quick {
            return chance.millis(1_000..15_000);
        }
        let late = if world.temper.is_late { 8 } else { 3 };
        match chance.number(0..10) {
            0 => chance.millis(600_000..1_000_000),
            other if other < late => chance.millis(865_000..901_000),
            _ => chance.millis(1_000..90_000),
        }
    }

    /// A browser opens an address of danpay's.
    async fn open(&self, path: &str, what: &str) -> Option<Response<Bytes>> {
        self.ask(Method::GET, path, what).await
    }

    async fn ask(&self, method: Method, path: &str, what: &str) -> Option<Response<Bytes>> {
        // The addresses of returns have secrets, and the timeline has the servers' log.
        let way: Vec<&str> = path.split(['?', '/']).skip(1).take(3).collect();
        self.say(format_args!("{what}: {}", way.join("/")));
        let path = path.strip_prefix(PUBLIC_URL).unwrap_or(path);
        let patience = self.world.chance.millis(300..20_000);
        let request = Request::builder().method(method).uri(path);
        let response = send(&self.world, request.body(Bytes::new()), patience).await;
        let Some(response) = response else {
            self.say("gets no answer");
            return None;
        };
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        if location.is_some_and(|location| location.contains("pg_token")) {
            self.world
                .violation("a redirect carries the pg_token".to_owned());
        }
        Some(response)
    }

    fn say(&self, what: impl std::fmt::Display) {
        note(format_args!("payer {}", self.number), what);
    }
}

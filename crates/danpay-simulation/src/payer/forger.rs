//! Browsers that come by addresses which nobody was sent to: a payer who plays with his own, and others
//! who make them up from the payment's id.
//!
//! **Invariant**: without the secret that only KakaoPay was told, an address of a return is one that
//! does not exist.

use http::{Method, StatusCode};
use tokio::time::sleep;

use super::Payer;

const NO_TOKEN: &str = "ffffffffffffffffffff";
/// As long as a true one.
const NO_SECRET: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

impl Payer {
    pub(super) async fn forges(self) {
        for _ in 0..self.world.chance.number(1..5) {
            let chance = &self.world.chance;
            sleep(chance.millis(500..60_000)).await;
            if chance.is(500) {
                self.makes_addresses_up().await;
            } else {
                self.plays_with_his_own().await;
            }
        }
    }

    async fn makes_addresses_up(&self) {
        let id = &self.payment.id;
        let paths = [
            format!("/return/{id}/approve/{NO_SECRET}?pg_token={NO_TOKEN}"),
            format!("/return/{id}/approve/?pg_token={NO_TOKEN}"),
            format!("/return/{id}/approve?pg_token={NO_TOKEN}"),
            format!("/return/{id}/cancel/{NO_SECRET}"),
            format!("/return/{id}/fail/{NO_SECRET}"),
        ];
        let Some(path) = self.world.chance.pick(&paths) else {
            return;
        };
        let answer = self.open(path, "forges").await;
        if let Some(status) = answer
            .map(|answer| answer.status())
            .filter(|status| *status != StatusCode::NOT_FOUND)
        {
            self.world
                .violation(format!("a forged return is answered with {status}"));
        }
    }

    /// He sees them in his browser, before KakaoPay has sent him there or after.
    async fn plays_with_his_own(&self) {
        let Some(ways) = self.world.kakaopay.ways(&self.payment.tid) else {
            return;
        };
        let (approve, id) = (ways.approve, &self.payment.id);
        let paths = [
            format!("{approve}?pg_token={NO_TOKEN}"),
            format!("{approve}?pg_token={NO_TOKEN}&pg_token=eeeeeeeeeeeeeeeeeeee"),
            approve,
            ways.cancel,
            format!("/pay/{id}"),
        ];
        let chance = &self.world.chance;
        let method = if chance.is(100) {
            Method::HEAD
        } else {
            Method::GET
        };
        if let Some(path) = chance.pick(&paths) {
            self.ask(method, path, "plays").await;
        }
    }
}

//! Calm: nothing goes wrong any more, everybody gets an answer, and no doubt may last.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::books::{self, Payment};
use crate::chance::Chance;
use crate::record::Violation;
use crate::say;
use crate::world::{Phase, World};

/// KakaoPay may execute for 11 s what it was sent: before that, nothing is certain.
const CALM_MIN: Duration = Duration::from_secs(12);
/// Far longer than it may take, so that it is known how long it took.
const CALM_MAX: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_secs(1);
/// After lookups are answered again, nothing is left in doubt for longer.
const SETTLES_WITHIN: Duration = Duration::from_mins(1);
/// A payment that is in doubt for less is being paid, or canceled, just now.
const JUST_NOW: Duration = Duration::from_secs(10);

/// Waits until everybody has an answer and nothing is in doubt, or for as long as that may take.
pub(crate) async fn calm(
    world: &World,
    orders: &mut JoinSet<()>,
    chance: &mut Chance,
) -> Result<Doubts> {
    say("torture: nothing goes wrong any more; all is to settle");
    let began = Instant::now();
    let mut doubts = Doubts::default();
    while began.elapsed() < CALM_MAX {
        sleep(LOOK).await;
        while let Some(ended) = orders.try_join_next() {
            ended.context("a shop or a payer panicked")?;
        }
        let books = books::payments(world, chance).await?;
        let in_doubt = books.iter().filter(|payment| payment.is_in_doubt());
        doubts.seen(Instant::now(), in_doubt);
        if doubts.are_over() && orders.is_empty() && began.elapsed() >= CALM_MIN {
            break;
        }
    }
    world.enter(Phase::Over);
    while let Some(ended) = orders.join_next().await {
        ended.context("a shop or a payer panicked")?;
    }
    Ok(doubts)
}

/// Which payments were in doubt, look after look.
#[derive(Default)]
pub(crate) struct Doubts {
    /// Those that are, and since when.
    since: BTreeMap<String, Instant>,
    /// When each was last seen in a doubt that had not begun just before.
    lasted: BTreeMap<String, Instant>,
}

impl Doubts {
    fn seen<'a>(&mut self, now: Instant, in_doubt: impl Iterator<Item = &'a Payment>) {
        let before = std::mem::take(&mut self.since);
        for Payment { id, .. } in in_doubt {
            let since = before.get(id).copied().unwrap_or(now);
            self.since.insert(id.clone(), since);
            if now.duration_since(since) >= JUST_NOW {
                self.lasted.insert(id.clone(), now);
            }
        }
    }

    fn are_over(&self) -> bool {
        self.since.is_empty()
    }

    /// How long after that instant the last of them lasted.
    pub(crate) fn after(&self, answered_at: Instant) -> Duration {
        let last = self.lasted.values().max();
        last.map_or(Duration::ZERO, |last| {
            last.saturating_duration_since(answered_at)
        })
    }

    /// Those that lasted too long, lookups being answered again from that instant on.
    pub(crate) fn too_long(&self, answered_at: Instant) -> Vec<Violation> {
        let late = self.lasted.iter().filter_map(|(payment, last)| {
            let after = last.saturating_duration_since(answered_at);
            (after > SETTLES_WITHIN).then(|| Violation {
                what: format!(
                    "it was in doubt {} s after lookups were answered again",
                    after.as_secs()
                ),
                payment: Some(payment.clone()),
            })
        });
        late.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payment(id: &str) -> Payment {
        let nothing = json!({ "total": 0, "tax_free": 0, "vat": 0 });
        serde_json::from_value(json!({
            "id": id, "status": "approving", "order_id": "order-1", "tid": "T1", "aid": null,
            "approval": "automatic", "failure": null, "second_charge_of": null,
            "expires_at": "2026-01-01T00:15:00Z", "amount": nothing, "canceled_amount": nothing,
            "cancel_available_amount": nothing, "cancellations": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_doubt_that_lasts_too_long_is_found_and_one_that_just_began_is_not() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let (old, new) = (payment("pay_old"), payment("pay_new"));
        let mut doubts = Doubts::default();
        for second in 0..=65 {
            let in_doubt = if second < 58 {
                vec![&old]
            } else {
                vec![&old, &new]
            };
            doubts.seen(at(second), in_doubt.into_iter());
        }
        assert!(!doubts.are_over());
        let late = doubts.too_long(began);
        assert_eq!(late.len(), 1, "{late:?}");
        assert_eq!(late[0].payment.as_deref(), Some("pay_old"));
        assert_eq!(doubts.after(began), Duration::from_secs(65));
        assert_eq!(doubts.too_long(at(5)).len(), 0);
    }

    #[test]
    fn a_doubt_that_comes_again_begins_anew() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let payment = payment("pay_1");
        let mut doubts = Doubts::default();
        for second in 0..100 {
            let in_doubt = Some(&payment).filter(|_| second % 9 > 0);
            doubts.seen(at(second), in_doubt.into_iter());
        }
        doubts.seen(at(100), [].into_iter());
        assert!(doubts.are_over());
        assert_eq!(doubts.too_long(began).len(), 0);
    }
}

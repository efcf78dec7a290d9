//! Calm: nothing goes wrong any more, everybody gets an answer, and no doubt may last.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use danpay_client::{Payment, PaymentStatus};
use danpay_testkit::books::{is_in_doubt, waits_for_turn};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::books;
use crate::chance::Chance;
use crate::history::{self, Step};
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
        doubts.seen(Instant::now(), in_doubt(world, &books).await?);
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

/// Which payments are in doubt, and how many calls to KakaoPay led there. A payment that waits for its
/// turn is as far as the one that it waits for.
async fn in_doubt(world: &World, books: &[Payment]) -> Result<BTreeMap<String, String>> {
    let open = books.iter().filter(|payment| is_in_doubt(payment));
    let open: Vec<Payment> = open.cloned().collect();
    let history = history::of(&world.fleet.database, &open).await?;
    let made = |steps: &Vec<Step>| steps.iter().filter(|step| step.is_call()).count();
    let calls: BTreeMap<&str, usize> = history
        .iter()
        .map(|(id, steps)| (id.as_str(), made(steps)))
        .collect();
    let doubts = books.iter().filter_map(|payment| {
        let made = calls.get(payment.id.as_str())?;
        let before = books.iter().filter(|other| {
            waits_for_turn(payment)
                && other.order_id == payment.order_id
                && other.status == PaymentStatus::Approving
        });
        let before = before.map(|other| (&other.id, calls.get(other.id.as_str())));
        let doubt = format!("{made} calls, after {:?}", before.collect::<Vec<_>>());
        Some((payment.id.to_string(), doubt))
    });
    Ok(doubts.collect())
}

/// What was in doubt, look after look.
#[derive(Default)]
pub(crate) struct Doubts {
    /// By payment, and by the calls that led there: KakaoPay may leave another call in doubt while it
    /// answers lookups.
    all: BTreeMap<(String, String), Vec<Doubt>>,
    /// When was looked last.
    looked_at: Option<Instant>,
}

/// Seen at each look from the one to the other.
#[derive(Clone, Copy)]
struct Doubt {
    since: Instant,
    until: Instant,
}

impl Doubts {
    fn seen(&mut self, now: Instant, in_doubt: impl IntoIterator<Item = (String, String)>) {
        let before = self.looked_at.replace(now);
        for about in in_doubt {
            let doubts = self.all.entry(about).or_default();
            match doubts.last_mut() {
                Some(last) if Some(last.until) == before => last.until = now,
                _ => doubts.push(Doubt {
                    since: now,
                    until: now,
                }),
            }
        }
    }

    fn are_over(&self) -> bool {
        let mut doubts = self.all.values().flatten();
        doubts.all(|doubt| Some(doubt.until) != self.looked_at)
    }

    /// How long each lasted, of what lookups would have told from that instant on.
    fn lasted(&self, answered_at: Instant) -> impl Iterator<Item = (&str, Duration)> {
        let all = self.all.iter().flat_map(|((payment, _), doubts)| {
            let doubts = doubts.iter();
            doubts.map(move |doubt| (payment.as_str(), *doubt))
        });
        all.map(move |(payment, Doubt { since, until })| {
            (
                payment,
                until.saturating_duration_since(answered_at.max(since)),
            )
        })
    }

    pub(crate) fn longest(&self, answered_at: Instant) -> Duration {
        let lasted = self.lasted(answered_at).map(|(_, lasted)| lasted);
        lasted.max().unwrap_or_default()
    }

    /// Those that lasted too long.
    pub(crate) fn too_long(&self, answered_at: Instant) -> Vec<Violation> {
        let lasted = self.lasted(answered_at);
        let late = lasted.filter(|(_, lasted)| *lasted > SETTLES_WITHIN);
        late.map(|(payment, lasted)| Violation {
            what: format!(
                "it was in doubt for {} s while lookups were answered",
                lasted.as_secs()
            ),
            payment: Some(payment.to_owned()),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(payment: &str, calls: u32) -> (String, String) {
        (payment.to_owned(), format!("{calls} calls"))
    }

    #[test]
    fn a_doubt_that_lasts_too_long_is_found_and_one_that_began_later_is_not() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut doubts = Doubts::default();
        for second in 0..=65 {
            let new = (second >= 10).then(|| doubt("pay_new", 1));
            doubts.seen(at(second), [doubt("pay_old", 1)].into_iter().chain(new));
        }
        assert!(!doubts.are_over());
        let late = doubts.too_long(began);
        assert_eq!(late.len(), 1, "{late:?}");
        assert_eq!(late[0].payment.as_deref(), Some("pay_old"));
        assert_eq!(doubts.longest(began), Duration::from_secs(65));
        assert_eq!(doubts.too_long(at(5)).len(), 0);
    }

    #[test]
    fn another_call_is_another_doubt() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut doubts = Doubts::default();
        for (second, calls) in [(0, 1), (40, 1), (41, 2), (75, 2)] {
            doubts.seen(at(second), [doubt("pay_1", calls)]);
        }
        assert_eq!(doubts.too_long(began).len(), 0);
        assert_eq!(doubts.longest(began), Duration::from_secs(40));
        doubts.seen(at(76), []);
        assert!(doubts.are_over());
    }

    #[test]
    fn a_doubt_that_comes_back_is_another_doubt() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut doubts = Doubts::default();
        for (second, calls) in [(0, 0), (30, 0), (31, 1), (50, 1), (51, 0), (80, 0)] {
            doubts.seen(at(second), [doubt("pay_1", calls)]);
        }
        assert!(!doubts.are_over());
        assert_eq!(doubts.longest(began), Duration::from_secs(30));
    }
}

//! The faults that wait for a call, oldest first.
//! Invariant: what chance decides about them never moves the dice that ids are drawn from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Endpoint, Fault, FaultKind};
use crate::clock::KOREA;
use crate::dice::Dice;

/// Each call looks through all of them.
const WAITING_MAX: usize = 1_000;

/// What a call, or a payer's way back, is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) tid: Option<String>,
    pub(crate) order_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    dice: Dice,
    /// When a used-up quota is one of another day, once a call has met it.
    #[serde(default)]
    quota_ends_at: Option<Timestamp>,
}

impl Faults {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            waiting: Vec::new(),
            dice,
            quota_ends_at: None,
        }
    }

    /// Above the limit the oldest leaves.
    pub(crate) fn add(&mut self, fault: Fault) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push(fault);
    }

    /// Whether a call to this endpoint could be hit at all.
    pub(crate) fn concern(&self, endpoint: Endpoint) -> bool {
        self.waiting.iter().any(|fault| fault.endpoint == endpoint)
    }

    /// The oldest fault that concerns this call and that chance lets happen; the call uses it up
    /// once.
    pub(crate) fn draw(&mut self, endpoint: Endpoint, who: &Who, now: Timestamp) -> Option<Fault> {
        self.end_quota(now);
        let Self { waiting, dice, .. } = self;
        let index = waiting.iter().position(|fault| {
            fault.concerns(endpoint, who)
                && fault.probability.is_none_or(|chance| dice.falls(chance))
        })?;
        let fault = waiting.get_mut(index)?;
        if fault.times != Fault::ALWAYS && fault.fault != FaultKind::DailyQuota {
            fault.times -= 1;
        }
        let drawn = fault.clone();
        waiting.retain(|fault| fault.times > 0);
        Some(drawn)
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.waiting.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.quota_ends_at = None;
    }

    /// A used-up quota is forgotten at midnight.
    fn end_quota(&mut self, now: Timestamp) {
        let is_quota = |fault: &Fault| fault.fault == FaultKind::DailyQuota;
        if !self.waiting.iter().any(is_quota) {
            self.quota_ends_at = None;
            return;
        }
        let ends_at = *self.quota_ends_at.get_or_insert_with(|| midnight(now));
        if now >= ends_at {
            self.waiting.retain(|fault| !is_quota(fault));
            self.quota_ends_at = None;
        }
    }
}

/// The next one in Korea.
fn midnight(now: Timestamp) -> Timestamp {
    let tomorrow = KOREA.to_datetime(now).date().tomorrow();
    let midnight = tomorrow.and_then(|day| KOREA.to_timestamp(day.at(0, 0, 0, 0)));
    // There is none at the end of time.
    midnight.unwrap_or(Timestamp::MAX)
}

impl Fault {
    fn concerns(&self, endpoint: Endpoint, who: &Who) -> bool {
        self.times > 0
            && self.endpoint == endpoint
            && self.fault.happens_at(endpoint)
            && (self.tid.is_none() || self.tid == who.tid)
            && (self.order_id.is_none() || self.order_id == who.order_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults() -> Faults {
        Faults::new(Dice::new(7))
    }

    /// In Korea.
    fn noon() -> Timestamp {
        "2026-11-27T12:00:00+09:00".parse().unwrap()
    }

    fn anyone() -> Who {
        Who::default()
    }

    #[test]
    fn no_more_than_a_thousand_wait_and_the_oldest_leaves() {
        let mut faults = faults();
        for delay_ms in 0..1_001 {
            let fault = Fault::new(Endpoint::Ready, FaultKind::DelayBefore);
            faults.add(fault.delay_ms(delay_ms));
        }
        let waiting = faults.waiting();
        assert_eq!((waiting.len(), waiting[0].delay_ms), (1_000, 1));
    }

    #[test]
    fn a_fault_is_used_up_by_the_calls_of_its_endpoint_only() {
        let mut faults = faults();
        faults.add(Fault::new(Endpoint::Approve, FaultKind::Error500).times(2));
        assert_eq!(faults.draw(Endpoint::Ready, &anyone(), noon()), None);
        assert!(faults.draw(Endpoint::Approve, &anyone(), noon()).is_some());
        assert!(faults.draw(Endpoint::Approve, &anyone(), noon()).is_some());
        assert_eq!(faults.draw(Endpoint::Approve, &anyone(), noon()), None);
        assert_eq!(faults.waiting(), []);
    }

    #[test]
    fn a_quota_that_is_used_up_is_so_for_every_call_until_midnight_in_korea() {
        let mut faults = faults();
        for endpoint in [Endpoint::Ready, Endpoint::Order] {
            faults.add(Fault::new(endpoint, FaultKind::DailyQuota));
        }
        let mut is_used_up = |endpoint, at: &str| {
            let now = at.parse().unwrap();
            faults.draw(endpoint, &anyone(), now).is_some()
        };
        assert!(is_used_up(Endpoint::Ready, "2026-11-27T12:00:00+09:00"));
        assert!(is_used_up(Endpoint::Ready, "2026-11-27T23:59:59+09:00"));
        assert!(is_used_up(Endpoint::Order, "2026-11-27T23:59:59+09:00"));
        assert!(!is_used_up(Endpoint::Approve, "2026-11-27T23:59:59+09:00"));
        assert!(!is_used_up(Endpoint::Ready, "2026-11-28T00:00:00+09:00"));
        assert!(!is_used_up(Endpoint::Order, "2026-11-27T23:59:59+09:00"));
    }

    #[test]
    fn faults_of_one_endpoint_happen_in_the_order_they_were_asked_for() {
        let mut faults = faults();
        faults.add(Fault::new(Endpoint::Order, FaultKind::Error503));
        faults.add(Fault::new(Endpoint::Order, FaultKind::ResetBefore));
        let drawn = [
            faults.draw(Endpoint::Order, &anyone(), noon()),
            faults.draw(Endpoint::Order, &anyone(), noon()),
        ];
        assert_eq!(
            drawn.map(|fault| fault.map(|fault| fault.fault)),
            [Some(FaultKind::Error503), Some(FaultKind::ResetBefore)]
        );
    }

    #[test]
    fn a_fault_may_be_meant_for_one_order_or_one_payment() {
        let mut faults = faults();
        faults.add(Fault::new(Endpoint::Approve, FaultKind::Error500).order_id("order-2"));
        faults.add(Fault::new(Endpoint::Approve, FaultKind::Error503).tid("T2"));
        let of = |tid: &str, order_id: &str| Who {
            tid: Some(tid.to_owned()),
            order_id: Some(order_id.to_owned()),
        };
        let mut draw = |who: &Who| {
            let drawn = faults.draw(Endpoint::Approve, who, noon());
            drawn.map(|fault| fault.fault)
        };
        assert_eq!(draw(&of("T1", "order-1")), None);
        assert_eq!(draw(&anyone()), None);
        assert_eq!(draw(&of("T2", "order-1")), Some(FaultKind::Error503));
        assert_eq!(draw(&of("T2", "order-2")), Some(FaultKind::Error500));
    }

    #[test]
    fn chance_hits_as_often_as_it_was_asked_to_and_the_same_calls_with_the_same_seed() {
        let hits = |seed| -> Vec<bool> {
            let mut faults = Faults::new(Dice::new(seed));
            faults.add(Fault::new(Endpoint::Order, FaultKind::Error500).probability(0.25));
            (0..1_000)
                .map(|_| faults.draw(Endpoint::Order, &anyone(), noon()).is_some())
                .collect()
        };
        let first = hits(7);
        assert_eq!(first, hits(7));
        assert_ne!(first, hits(8));
        let count = first.iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&count), "{count}");
    }

    #[test]
    fn what_makes_no_sense_cannot_be_asked_for() {
        for wrong in [
            r#"{"endpoint":"payer","fault":"error_500"}"#,
            r#"{"endpoint":"approve","fault":"pg_token_twice"}"#,
            r#"{"endpoint":"cancel","fault":"stale_lookup"}"#,
            r#"{"endpoint":"approve","fault":"error_code"}"#,
            r#"{"endpoint":"approve","fault":"error_code","error_code":-12345}"#,
            r#"{"endpoint":"approve","fault":"error_500","probability":1.5}"#,
            r#"{"endpoint":"approve","fault":"error_500","times":0}"#,
            r#"{"endpoint":"approve","fault":"error_500","takes_effect":true}"#,
            r#"{"endpoint":"approve","fault":"delay_before","delay_ms":600001}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(wrong).is_err(), "{wrong}");
        }
    }
}

//! For how long payments were refused, as the tills see it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From the first request that was refused to the first success of one that was sent later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) began: Instant,
    /// `None` while it lasts.
    pub(super) ended: Option<Instant>,
    pub(super) refusals: u64,
}

impl Outage {
    /// How long it took, if it is over.
    pub(super) fn took(&self) -> Option<Duration> {
        Some(self.ended?.duration_since(self.began))
    }
}

#[derive(Default)]
pub(super) struct Outages(Mutex<Vec<Outage>>);

impl Outages {
    /// A request that was sent at `asked_at` has been refused, or not been answered.
    pub(super) fn refused(&self, asked_at: Instant) {
        let mut all = self.lock();
        match all.last_mut() {
            // A late answer to a request from before its end is a part of it.
            Some(last) if last.ended.is_none_or(|ended| asked_at <= ended) => last.refusals += 1,
            _ => all.push(Outage {
                began: asked_at,
                ended: None,
                refusals: 1,
            }),
        }
    }

    /// A request that was sent at `asked_at` has been answered with a payment.
    pub(super) fn served(&self, asked_at: Instant) {
        let mut all = self.lock();
        let lasting = all.last_mut().filter(|last| last.ended.is_none());
        if let Some(lasting) = lasting.filter(|lasting| asked_at > lasting.began) {
            lasting.ended = Some(Instant::now());
        }
    }

    pub(super) fn all(&self) -> Vec<Outage> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Outage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_ends_with_the_first_success_of_a_request_sent_after_its_begin() {
        let began = Instant::now();
        let later = began + Duration::from_millis(1);
        let outages = Outages::default();
        outages.served(began);
        outages.refused(later);
        outages.served(began);
        assert_eq!(outages.all()[0].took(), None);
        outages.refused(began);
        outages.served(later + Duration::from_millis(1));
        let all = outages.all();
        assert_eq!((all.len(), all[0].refusals), (1, 2));
        assert!(all[0].took().is_some());
    }

    #[test]
    fn a_late_refusal_of_an_early_request_begins_no_other_outage() {
        let began = Instant::now();
        let outages = Outages::default();
        outages.refused(began);
        outages.served(began + Duration::from_nanos(1));
        outages.refused(began);
        assert_eq!(outages.all().len(), 1);
        outages.refused(Instant::now() + Duration::from_secs(1));
        assert_eq!(outages.all().len(), 2);
    }
}

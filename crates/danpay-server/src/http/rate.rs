//! How often somebody may come: the generic cell rate algorithm, a time for each who comes.
//!
//! **Invariant**: whatever comes, the memory is bounded, and a clock that is set back locks out nobody.
//! The limits are those of one process: they protect it, and count nothing that is owed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use axum::response::Response;
use http::{HeaderName, header};
use jiff::Timestamp;

use crate::limits;

const SECOND_US: i64 = 1_000_000;

/// So many requests a second for as long as one likes, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What comes back in a second.
    pub per_second: u32,
    /// How many at once, after a rest.
    pub burst: u32,
}

/// How somebody stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    limit: u32,
    remaining: u32,
    /// When all of it is there again.
    reset_s: u32,
    /// When the next request may come, if this one may not be answered.
    pub(crate) retry_after_s: Option<u32>,
}

impl Allowance {
    /// Says it in the answer's headers.
    pub(crate) fn tell(self, response: &mut Response) {
        let told = [
            ("ratelimit-limit", self.limit),
            ("ratelimit-remaining", self.remaining),
            ("ratelimit-reset", self.reset_s),
        ];
        let headers = response.headers_mut();
        for (name, value) in told {
            headers.insert(HeaderName::from_static(name), value.into());
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
    }
}

/// One allowance for each `K`. Those for whom there is no room share one.
#[derive(Debug)]
pub(crate) struct Allowances<K> {
    burst: u32,
    /// How long one request takes to come back, and all of them. 0 if there is no limit.
    one_us: i64,
    all_us: i64,
    comers: Mutex<Comers<K>>,
}

#[derive(Debug)]
struct Comers<K> {
    /// When all of a comer's allowance is there again: the only thing that has to be known.
    full_at_us: HashMap<Option<K>, i64>,
    swept_at_us: i64,
}

impl<K: Copy + Eq + Hash> Allowances<K> {
    /// Without a rate it only remembers who came.
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        let (per_second, burst) = rate.map_or((i64::MAX, 0), |rate| {
            (i64::from(rate.per_second.max(1)), rate.burst)
        });
        let one_us = SECOND_US / per_second;
        Self {
            burst,
            one_us,
            all_us: one_us * i64::from(burst),
            comers: Mutex::new(Comers {
                full_at_us: HashMap::new(),
                swept_at_us: 0,
            }),
        }
    }

    /// Takes one request off the allowance; nothing is said if there is no limit.
    pub(crate) fn take(&self, comer: K, now: Timestamp) -> Option<Allowance> {
        let now_us = now.as_microsecond();
        let mut comers = self.comers.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at_us = comers.of(comer, now_us);
        // Neither a rest nor a clock that was set back counts for more than all of it.
        let owed_us = full_at_us.saturating_sub(now_us).clamp(0, self.all_us);
        let then_us = owed_us + self.one_us;
        let wait_us = then_us - self.all_us;
        let is_allowed = wait_us <= 0;
        let owed_us = if is_allowed { then_us } else { owed_us };
        *full_at_us = now_us.saturating_add(owed_us);
        let left = (self.all_us - owed_us).checked_div(self.one_us)?;
        Some(Allowance {
            limit: self.burst,
            remaining: u32::try_from(left).unwrap_or(0),
            reset_s: seconds(owed_us),
            retry_after_s: (!is_allowed).then(|| seconds(wait_us)),
        })
    }

    /// Whether the comer has taken something within the last minute.
    pub(crate) fn know(&self, comer: K, now: Timestamp) -> bool {
        let comers = self.comers.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at_us = comers.full_at_us.get(&Some(comer));
        let since_us = now.as_microsecond() - limits::COMER_KNOWN_S * SECOND_US;
        full_at_us.is_some_and(|full_at_us| *full_at_us >= since_us)
    }
}

impl<K: Copy + Eq + Hash> Comers<K> {
    fn of(&mut self, comer: K, now_us: i64) -> &mut i64 {
        let has_room = |comers: &Self| comers.full_at_us.len() < limits::COMERS;
        let is_new = !self.full_at_us.contains_key(&Some(comer));
        if is_new && !has_room(self) && (now_us - self.swept_at_us).abs() >= SECOND_US {
            self.swept_at_us = now_us;
            self.full_at_us.retain(|_, full_at_us| *full_at_us > now_us);
        }
        let comer = (!is_new || has_room(self)).then_some(comer);
        self.full_at_us.entry(comer).or_insert(now_us)
    }
}

/// Rounded up: whoever comes at that time is let through.
fn seconds(us: i64) -> u32 {
    u32::try_from((us + SECOND_US - 1) / SECOND_US).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

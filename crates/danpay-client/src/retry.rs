//! When a call is made again.
//! Invariant: the decision is pure, and however danpay answers, a call ends.

use std::time::Duration;

use crate::Error;

/// How often and for how long a call is made again.
///
/// Every call may be repeated: create and cancel have their key, approve and withdraw tell how the
/// payment stands, and the others only read. Between two attempts the client waits twice as long as
/// before (with jitter), and at least as long as danpay's `Retry-After` says.
///
/// ```
/// use std::time::Duration;
/// use danpay_client::Retries;
///
/// let patient = Retries::default().attempts(10).within(Duration::from_secs(120));
/// let once = Retries::none();
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct Retries {
    attempts: u32,
    within: Duration,
    first_pause: Duration,
}

const PAUSE_MAX: Duration = Duration::from_secs(5);

impl Default for Retries {
    /// Up to 4 attempts, of which none begins later than 30 s after the first.
    fn default() -> Self {
        Self {
            attempts: 4,
            within: Duration::from_secs(30),
            first_pause: Duration::from_millis(200),
        }
    }
}

impl Retries {
    /// Each call is made once.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// At most so many attempts, the first one included.
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most;
        self
    }

    /// No attempt begins later than so long after the first. If danpay asks for a longer wait, the call
    /// ends at once, and [`Error::retry_after`] says how long.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// The pause before the second attempt; 200 ms if it is not set. Each further one is twice as long, up
    /// to 5 s.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// How long to wait before the next attempt; `None` if there is to be none. `jitter` is between 0 and 1.
    pub(crate) fn pause(
        &self,
        error: &Error,
        (attempt, elapsed): (u32, Duration),
        jitter: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || !error.is_retryable() {
            return None;
        }
        let doubled = self
            .first_pause
            .saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        // Between a half and the whole, so that many who wait do not come together.
        let pause = doubled.min(PAUSE_MAX).mul_f64(0.5 + jitter / 2.0);
        let pause = pause.max(error.retry_after().unwrap_or_default());
        (elapsed.saturating_add(pause) <= self.within).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn lost() -> Error {
        Error::new(Kind::NoAnswer("reset".into()))
    }

    fn at(attempt: u32) -> (u32, Duration) {
        (attempt, Duration::ZERO)
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_end() {
        let retries = Retries::default().attempts(9);
        let pauses: Vec<_> = (1..9)
            .map(|attempt| retries.pause(&lost(), at(attempt), 1.0).unwrap())
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        assert_eq!(retries.pause(&lost(), at(9), 1.0), None);
        let least = retries.pause(&lost(), at(1), 0.0).unwrap();
        assert_eq!(least.as_millis(), 100);
        let much = Retries::default().attempts(u32::MAX);
        assert!(much.pause(&lost(), at(u32::MAX - 1), 1.0).is_some());
    }

    #[test]
    fn what_danpay_asks_for_is_waited_for_or_told() {
        let retries = Retries::default().within(Duration::from_secs(10));
        let told = |seconds| lost().with_retry_after(Some(Duration::from_secs(seconds)));
        let wait = Some(Duration::from_secs(10));
        assert_eq!(retries.pause(&told(10), at(1), 0.5), wait);
        assert_eq!(retries.pause(&told(11), at(1), 0.5), None);
        let late = (1, Duration::from_millis(9_950));
        assert_eq!(retries.pause(&lost(), late, 0.5), None);
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        let invalid = Error::new(Kind::Invalid("no".into()));
        assert_eq!(Retries::default().pause(&invalid, at(1), 0.5), None);
        let moved = Error::new(Kind::Foreign { status: 301 });
        assert_eq!(Retries::default().pause(&moved, at(1), 0.5), None);
        assert_eq!(Retries::none().pause(&lost(), at(1), 0.5), None);
    }
}

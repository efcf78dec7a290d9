//! Every number that chance decides: ids, tokens, the card company's approval number.
//! The same seed and the same calls give the same ids.
//! Invariant: nothing else in this crate draws a random number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Kept by the number that everything after it follows from.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "u64", from = "u64")]
pub(crate) struct Dice(fastrand::Rng);

impl From<Dice> for u64 {
    fn from(dice: Dice) -> Self {
        dice.0.get_seed()
    }
}

impl From<u64> for Dice {
    fn from(seed: u64) -> Self {
        Self::new(seed)
    }
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One payment: `T`, then the layout of [`Dice::stamped`].
    pub(crate) fn tid(&mut self, now: Timestamp) -> String {
        self.stamped('T', now)
    }

    /// One request (an approval or a cancellation): `A`, then the same layout.
    pub(crate) fn aid(&mut self, now: Timestamp) -> String {
        self.stamped('A', now)
    }

    /// One subscription: `S`, then the same layout.
    pub(crate) fn sid(&mut self, now: Timestamp) -> String {
        self.stamped('S', now)
    }

    /// Dice that fall independently of these, whatever these are used for.
    pub(crate) fn apart(&self) -> Self {
        Self::new(!self.0.get_seed())
    }

    /// Whether something of this probability happens now.
    pub(crate) fn falls(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// The 20 lower-case hex characters that prove the payer's authentication.
    pub(crate) fn pg_token(&mut self) -> String {
        self.hex(20)
    }

    /// The 64 lower-case hex characters that name a payment in its page addresses.
    pub(crate) fn page(&mut self) -> String {
        self.hex(64)
    }

    /// The eight digits a card company gives to an approval.
    pub(crate) fn approved_id(&mut self) -> String {
        format!("{:08}", self.0.u32(0..100_000_000))
    }

    /// Ids of 2023-2025 in real logs carry the last seven hex digits of the epoch second.
    fn stamped(&mut self, kind: char, now: Timestamp) -> String {
        format!(
            "{kind}{:07x}{}",
            now.as_second() & 0x0fff_ffff,
            self.hex(12)
        )
    }

    fn hex(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| char::from_digit(self.0.u32(0..16), 16))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tid_carries_its_second_as_in_real_logs() {
        let at: Timestamp = "2024-07-30T11:50:27Z".parse().unwrap();
        let tid = Dice::new(1).tid(at);
        assert!(tid.starts_with("T6a8d383"), "{tid}");
        assert_eq!(tid.len(), 20);
    }

    #[test]
    fn a_seed_fixes_what_is_drawn_and_another_seed_changes_it() {
        let draw = |seed| Dice::new(seed).page();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn dice_that_were_kept_go_on_where_they_were() {
        let mut dice = Dice::new(7);
        dice.page();
        let mut kept: Dice = serde_json::from_str(&serde_json::to_string(&dice).unwrap()).unwrap();
        assert_eq!(dice.page(), kept.page());
    }
}

//! What has to go wrong in each minute of the chaos, and how often it did.
//! Invariant: what is counted has happened; what was only tried is not.

use std::fmt::Write as _;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

/// Trouble that has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A server had no descriptor left.
    Descriptors,
    /// A server was started whose log cannot be written, or is not read for a while.
    Log,
    /// Somebody without the secret came by a return address, and was told that there is none.
    ForgedReturn,
    /// KakaoPay issued a new key and revoked the old one.
    KeyRotation,
    /// The payer came back with a further payment of an order.
    SecondPayment,
    /// A cancellation of a part was made, and the client's transport had sent its request twice.
    RepeatedCancel,
}

impl Trouble {
    const ALL: [Self; 6] = [
        Self::Descriptors,
        Self::Log,
        Self::ForgedReturn,
        Self::KeyRotation,
        Self::SecondPayment,
        Self::RepeatedCancel,
    ];

    /// What it is called, and how often it has to happen in a minute.
    fn about(self) -> (&'static str, u64) {
        match self {
            Self::Descriptors => ("descriptors used up", 5),
            Self::Log => ("logs unwritable", 2),
            Self::ForgedReturn => ("forged returns", 100),
            Self::KeyRotation => ("key rotations", 20),
            Self::SecondPayment => ("second payments", 100),
            Self::RepeatedCancel => ("repeated cancels", 50),
        }
    }
}

/// Where the database is killed as well, shops are served for half of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    Always,
    Half,
}

impl Served {
    /// How often a trouble has to happen in a minute.
    fn least(self, trouble: Trouble) -> u64 {
        let (_, least) = trouble.about();
        let needs_service = matches!(trouble, Trouble::SecondPayment | Trouble::RepeatedCancel);
        if self == Self::Half && needs_service {
            least / 2
        } else {
            least
        }
    }
}

/// The counts of each minute, from the first on.
#[derive(Default)]
pub(crate) struct Minutes(Vec<[u64; Trouble::ALL.len()]>);

impl Minutes {
    /// It happened so long after the begin.
    pub(crate) fn count(&mut self, after: Duration, trouble: Trouble) {
        let minute = usize::try_from(after.as_secs() / MINUTE.as_secs()).unwrap_or(0);
        if self.0.len() <= minute {
            self.0.resize(minute + 1, Default::default());
        }
        let counts = self.0.get_mut(minute).into_iter().flatten();
        let of = Trouble::ALL.iter().zip(counts);
        of.filter(|(known, _)| **known == trouble)
            .for_each(|(_, count)| *count += 1);
    }

    /// What has happened too seldom in `chaos`. What is left after the last whole minute belongs to
    /// it, and a shorter chaos has less to show.
    pub(crate) fn missing(&self, chaos: Duration, served: Served) -> Vec<String> {
        let whole = usize::try_from(chaos.as_secs() / MINUTE.as_secs()).unwrap_or(0);
        let last = whole.max(1) - 1;
        let mut missing = Vec::new();
        for minute in 0..=last {
            let rows = if minute == last {
                self.0.len()
            } else {
                minute + 1
            };
            let rows = self.0.get(minute..rows).unwrap_or_default();
            let lasted = if minute == last {
                chaos.saturating_sub(MINUTE * u32::try_from(last).unwrap_or(0))
            } else {
                MINUTE
            };
            for (index, trouble) in Trouble::ALL.into_iter().enumerate() {
                let (name, each_minute) = (trouble.about().0, served.least(trouble));
                let counts = rows.iter().filter_map(|row| row.get(index));
                let (count, least) = (
                    counts.sum::<u64>(),
                    each_minute * lasted.as_secs() / MINUTE.as_secs(),
                );
                if count < least {
                    missing.push(format!(
                        "minute {} had {count} {name} instead of {least}",
                        minute + 1
                    ));
                }
            }
        }
        missing
    }

    /// A line a minute.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        for (number, row) in self.0.iter().enumerate() {
            let counts = Trouble::ALL.iter().zip(row);
            let counts: Vec<String> = counts
                .map(|(trouble, count)| format!("{count} {}", trouble.about().0))
                .collect();
            let _ = writeln!(text, "  minute {}: {}", number + 1, counts.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Each trouble as often as it has to be in the minute that begins then.
    fn enough(minutes: &mut Minutes, from: u64) {
        for trouble in Trouble::ALL {
            for _ in 0..trouble.about().1 {
                minutes.count(secs(from), trouble);
            }
        }
    }

    #[test]
    fn each_minute_has_to_have_its_share() {
        let mut minutes = Minutes::default();
        enough(&mut minutes, 0);
        assert_eq!(minutes.missing(secs(60), Served::Always), [""; 0]);
        enough(&mut minutes, 60);
        // The second minute's do not make up for the third's.
        enough(&mut minutes, 60);
        let missing = minutes.missing(secs(180), Served::Always);
        assert_eq!(missing.len(), Trouble::ALL.len());
        let forged = "minute 3 had 0 forged returns instead of 100";
        assert!(
            missing.iter().any(|missing| missing == forged),
            "{missing:?}"
        );
    }

    #[test]
    fn a_part_of_a_minute_has_to_have_its_part() {
        let mut minutes = Minutes::default();
        assert_eq!(
            minutes.missing(secs(30), Served::Always).len(),
            Trouble::ALL.len()
        );
        enough(&mut minutes, 10);
        assert_eq!(minutes.missing(secs(30), Served::Always), [""; 0]);
        // Half a minute more, in which nothing has happened.
        assert_eq!(
            minutes.missing(secs(90), Served::Always).len(),
            Trouble::ALL.len()
        );
        enough(&mut minutes, 70);
        assert_eq!(minutes.missing(secs(90), Served::Always), [""; 0]);
    }

    #[test]
    fn nothing_at_all_is_too_little() {
        assert_eq!(
            Minutes::default().missing(secs(60), Served::Always).len(),
            Trouble::ALL.len()
        );
    }
}

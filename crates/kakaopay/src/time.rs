//! KakaoPay's times: Korean wall clock without an offset.
//! Invariant: inside it is always an instant of whole seconds; only reading and writing know that
//! KakaoPay means UTC+9 (its documentation does not say so; the epoch seconds in real tids do).

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ZonedDateTime, civil,
    fmt::temporal::Pieces,
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Korea has been at UTC+9 without summer time since 1988: no time zone data is needed.
const KST: Offset = Offset::constant(9);

/// A moment that KakaoPay states as `yyyy-MM-ddTHH:mm:ss` in Korean time.
///
/// ```
/// let time: kakaopay::KstDateTime = "2024-07-30T20:50:27".parse()?;
/// assert_eq!(time.timestamp().to_string(), "2024-07-30T11:50:27Z");
/// assert_eq!(time.to_string(), "2024-07-30T20:50:27");
/// # Ok::<(), kakaopay::InvalidTime>(())
/// ```
///
/// Whatever instant is inside (from year -9999 to 9999, whoever sent it), none of these methods
/// panics: the ends of jiff's instants leave room for any offset.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KstDateTime(Timestamp);

/// The text is not a time of KakaoPay's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a time such as 2024-07-30T20:50:27")]
#[non_exhaustive]
pub struct InvalidTime;

impl KstDateTime {
    /// The instant, which is UTC, as a type of `jiff` 1. `as_second()` gives seconds since 1970.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// The instant with its Korean wall clock.
    pub fn zoned(self) -> ZonedDateTime {
        self.0.to_zoned_datetime(TimeZone::fixed(KST))
    }

    /// The Korean wall clock alone.
    pub fn civil(self) -> civil::DateTime {
        KST.to_datetime(self.0)
    }
}

impl From<Timestamp> for KstDateTime {
    /// Drops what is below a second, as KakaoPay does.
    fn from(timestamp: Timestamp) -> Self {
        let before_1970 = i64::from(timestamp.subsec_nanosecond() < 0);
        let second = timestamp.as_second().saturating_sub(before_1970);
        let whole = Timestamp::from_second(second);
        Self(whole.unwrap_or(timestamp))
    }
}

impl FromStr for KstDateTime {
    type Err = InvalidTime;

    /// Takes a fraction of a second (and drops it) and an explicit offset (and obeys it), in case
    /// KakaoPay ever writes one. An instant outside of the years -9999 to 9999 (UTC) is none.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let pieces = Pieces::parse(text).map_err(|_| InvalidTime)?;
        let offset = pieces.to_numeric_offset().unwrap_or(KST);
        let civil = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        let instant = offset.to_timestamp(civil).map_err(|_| InvalidTime)?;
        Ok(instant.into())
    }
}

impl fmt::Display for KstDateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(formatter)
    }
}

impl Serialize for KstDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KstDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;

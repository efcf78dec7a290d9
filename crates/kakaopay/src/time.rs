//! KakaoPay's times: Korean wall clock without an offset.
//! Invariant: inside it is always an instant of whole seconds; only reading and writing know that
//! KakaoPay means UTC+9 (its documentation does not say so; the epoch seconds in real tids do).

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ZonedDateTime, civil,
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
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KstDateTime(Timestamp);

/// The text is not a time of KakaoPay's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a time such as 2024-07-30T20:50:27")]
pub struct InvalidTime;

impl KstDateTime {
    /// The instant, which is UTC.
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
        let whole = Timestamp::from_second(timestamp.as_second());
        Self(whole.unwrap_or(timestamp))
    }
}

impl FromStr for KstDateTime {
    type Err = InvalidTime;

    /// Takes a fraction of a second (and drops it) and an explicit offset (and obeys it), in case
    /// KakaoPay ever writes one.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Ok(timestamp.into());
        }
        let civil = text.parse::<civil::DateTime>().map_err(|_| InvalidTime)?;
        KST.to_timestamp(civil)
            .map(Self::from)
            .map_err(|_| InvalidTime)
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
mod tests {
    use super::*;

    fn utc(text: &str) -> String {
        text.parse::<KstDateTime>().unwrap().timestamp().to_string()
    }

    #[test]
    fn a_time_without_offset_is_korean() {
        // The tid of this real payment, T6a8d383…, holds the epoch second 0x66A8D383.
        let time: KstDateTime = "2024-07-30T20:50:27".parse().unwrap();
        assert_eq!(time.timestamp().as_second(), 0x66A8_D383);
        assert_eq!(
            time.zoned().to_string(),
            "2024-07-30T20:50:27+09:00[+09:00]"
        );
        assert_eq!(utc("2026-01-01T00:00:00"), "2025-12-31T15:00:00Z");
    }

    #[test]
    fn a_fraction_is_dropped_and_an_offset_obeyed() {
        assert_eq!(utc("2024-07-30T20:50:27.999"), "2024-07-30T11:50:27Z");
        assert_eq!(utc("2024-07-30T20:50:27+09:00"), "2024-07-30T11:50:27Z");
        assert_eq!(utc("2024-07-30T11:50:27Z"), "2024-07-30T11:50:27Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "2024-07-30T25:00:00",
            "2024-13-01T00:00:00",
            "1722340227",
        ] {
            assert_eq!(text.parse::<KstDateTime>(), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn json_is_kakaopays_own_form() {
        let json = "\"2024-07-30T20:50:00\"";
        let time: KstDateTime = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), json);
    }
}

//! What is old enough to go: by which day, and that records of payment are kept for as long as the law
//! wants them.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use danpay_core::timing::KOREA;
use danpay_server::{Admin, Clock, Create, StartError};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::progress::Progress;
use crate::{log, serve};

/// Whatever happened since may still be asked about.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Of which database, and up to when.
#[derive(clap::Args)]
pub(crate) struct Old {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    before: Before,
}

impl Old {
    /// Does this with what is older, and shows how far it is; gives how much it was.
    pub(crate) async fn clear(
        self,
        what: &'static str,
        clear: impl AsyncFnOnce(&Admin, Timestamp, &Progress) -> Result<(), StartError>,
    ) -> Result<u64> {
        let config = serve::settings(self.config)?;
        log::start(&config.log, config.log_format, None)?;
        serve::install_tls();
        let clock = Clock::system();
        let before = self.before.checked(clock.now())?;
        let admin = Admin::open(&config, clock, Create::No).await?;
        let progress = Progress::of(what);
        clear(&admin, before, &progress).await?;
        Ok(progress.end())
    }
}

#[derive(clap::Args)]
struct Before {
    /// Only what is older than this: a day in Korea such as 2021-01-01 (its midnight), or an instant
    /// such as 2021-01-01T00:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    before: Timestamp,
    /// Also what is younger than five years, for which records of payment are kept in Korea: somebody
    /// else keeps them
    #[arg(long = "younger-than-5-years")]
    younger: bool,
}

impl Before {
    /// The instant, if what is older may go.
    fn checked(&self, now: Timestamp) -> Result<Timestamp> {
        let latest = now.saturating_sub(KEPT).unwrap_or(now);
        ensure!(
            self.before <= latest,
            "--before must be {latest} or earlier: what is younger is needed"
        );
        let kept = KOREA.to_datetime(now).saturating_sub(5.years());
        let kept = KOREA.to_timestamp(kept)?;
        ensure!(
            self.younger || self.before <= kept,
            "in Korea records of payment are kept for five years, so --before must be {} or earlier; if \
             somebody else keeps these records, say --younger-than-5-years",
            KOREA.to_datetime(kept).date()
        );
        Ok(self.before)
    }
}

/// An instant, or a day in Korea, which is its midnight there.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    // A day would be read from a date and time as well.
    let day = text
        .parse::<Date>()
        .ok()
        .filter(|_| text.len() == "2021-01-01".len());
    let instant = match day {
        Some(day) => KOREA.to_timestamp(day.at(0, 0, 0, 0)).ok(),
        None => text.parse().ok(),
    };
    instant.ok_or_else(|| {
        "must be a day in Korea such as 2021-01-01, or an instant such as 2021-01-01T00:00:00Z"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_midnight_in_korea() {
        let midnight: Timestamp = "2020-12-31T15:00:00Z".parse().unwrap();
        assert_eq!(instant("2021-01-01"), Ok(midnight));
        assert_eq!(instant("2020-12-31T15:00:00Z"), Ok(midnight));
        assert_eq!(instant("2021-01-01T00:00:00+09:00"), Ok(midnight));
        for wrong in [
            "",
            "2021-13-01",
            "2021-01-01T00:00:00",
            "yesterday",
            "20210101",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn five_years_are_kept_unless_somebody_else_keeps_them() {
        let now: Timestamp = "2026-02-28T15:30:00Z".parse().unwrap();
        let before = |text, younger| Before {
            before: instant(text).unwrap(),
            younger,
        };
        let may = |text, younger| before(text, younger).checked(now).is_ok();
        // It is 2026-03-01 in Korea.
        assert!(may("2021-03-01", false));
        assert!(!may("2021-03-02", false));
        assert!(may("2021-03-02", true));
        assert!(may("2026-02-27T15:30:00Z", true));
        assert!(!may("2026-02-27T15:30:01Z", true));
        let said = before("2025-01-01", false)
            .checked(now)
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("2021-03-01") && said.contains("--younger-than-5-years"),
            "{said}"
        );
    }
}

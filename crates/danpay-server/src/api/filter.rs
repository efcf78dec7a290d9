//! What a list can be asked to leave, as it is read from the address.

use danpay_core::timing::KOREA;
use danpay_core::{InvalidField, Status};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::wire;

/// KakaoPay's own has ten.
const CID_CHARS: usize = 20;

pub(super) fn status(text: &str) -> Result<Status, InvalidField> {
    let known = Status::ALL.into_iter();
    let mut named = known.filter(|status| wire::status(*status) == text);
    named.next().ok_or_else(|| {
        let words = Status::ALL.map(wire::status).join(", ");
        InvalidField::new(
            "status",
            format!("must be one of {words}"),
            format!("{words} 중 하나여야 합니다"),
        )
    })
}

pub(super) fn cid(text: String) -> Result<String, InvalidField> {
    let is_one = (1..=CID_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_one {
        return Ok(text);
    }
    Err(InvalidField::new(
        "cid",
        format!("must be a merchant code: 1 to {CID_CHARS} letters and digits"),
        format!("가맹점 코드(영문자와 숫자 1~{CID_CHARS}자)여야 합니다"),
    ))
}

pub(super) fn needs_review(text: &str) -> Result<bool, InvalidField> {
    text.parse().map_err(|_| {
        InvalidField::new(
            "needs_review",
            "must be true or false",
            "true 또는 false여야 합니다",
        )
    })
}

/// From this instant on, or from the beginning of this day in Korea.
pub(super) fn created_from(text: &str) -> Result<Timestamp, InvalidField> {
    let instant = text.parse().ok().or_else(|| midnight(day(text)?));
    instant.ok_or_else(|| no_time("created_from"))
}

/// Before this instant, or up to the end of this day in Korea.
pub(super) fn created_before(text: &str) -> Result<Timestamp, InvalidField> {
    let end = |day: Date| midnight(day.checked_add(1.day()).ok()?);
    let instant = text.parse().ok().or_else(|| end(day(text)?));
    instant.ok_or_else(|| no_time("created_to"))
}

pub(super) fn ends_before_it_begins() -> InvalidField {
    InvalidField::new(
        "created_to",
        "must be later than created_from",
        "created_from보다 뒤여야 합니다",
    )
}

/// A day alone: one with a time has to say of which offset it is.
fn day(text: &str) -> Option<Date> {
    text.parse()
        .ok()
        .filter(|_| text.len() == "2026-11-26".len())
}

fn midnight(day: Date) -> Option<Timestamp> {
    let korea = TimeZone::fixed(KOREA);
    korea.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

fn no_time(field: &str) -> InvalidField {
    InvalidField::new(
        field,
        "must be a day in Korea, such as 2026-11-26, or an instant, such as 2026-11-26T09:00:00+09:00 \
         (in an address, + is written %2B)",
        "한국 시각의 날짜(예: 2026-11-26)나 시각(예: 2026-11-26T09:00:00+09:00)이어야 합니다. 주소에서는 \
         +를 %2B로 씁니다",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_koreas_from_midnight_to_midnight() {
        let from = created_from("2026-11-26").unwrap();
        let before = created_before("2026-11-26").unwrap();
        assert_eq!(from.to_string(), "2026-11-25T15:00:00Z");
        assert_eq!(
            before.duration_since(from),
            jiff::SignedDuration::from_hours(24)
        );
        assert_eq!(
            created_before("2026-12-31").unwrap().to_string(),
            "2026-12-31T15:00:00Z"
        );
    }

    #[test]
    fn an_instant_has_its_offset() {
        for text in ["2026-11-26T09:00:00+09:00", "2026-11-26T00:00:00Z"] {
            let instant = created_from(text).unwrap();
            assert_eq!(instant.to_string(), "2026-11-26T00:00:00Z");
            assert_eq!(created_before(text).unwrap(), instant);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        // A + that was not escaped is a space.
        let wrong = [
            "",
            "x",
            "2026-02-30",
            "2026-11-26T09:00:00",
            "20261126T",
            "2026-11-26T09:00:00 09:00",
        ];
        for text in wrong {
            let error = created_from(text).unwrap_err();
            assert_eq!(error.field, "created_from", "{text}");
            assert_eq!(
                created_before(text).unwrap_err().field,
                "created_to",
                "{text}"
            );
        }
    }
}

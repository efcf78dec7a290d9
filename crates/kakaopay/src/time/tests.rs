use proptest::prelude::*;

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

/// Asks for everything that can be asked of a time; none of it may panic.
fn round_trip(time: KstDateTime) {
    let text = time.to_string();
    assert_eq!(text.parse(), Ok(time), "{text}");
    let json = serde_json::to_string(&time).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<KstDateTime>(&json).unwrap(), time);
    assert_eq!(time.zoned().timestamp(), time.timestamp());
    assert_eq!(time.zoned().datetime(), time.civil());
    assert!(!format!("{time:?} {}", time.zoned()).is_empty());
    assert_eq!(time.timestamp().subsec_nanosecond(), 0);
}

#[test]
fn the_first_and_the_last_instant_are_times_like_any_other() {
    for timestamp in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
        round_trip(timestamp.into());
    }
    let last: KstDateTime = Timestamp::MAX.into();
    assert_eq!(last.to_string(), "9999-12-31T07:00:00");
    let first: KstDateTime = Timestamp::MIN.into();
    assert_eq!(first.to_string(), "-009999-01-02T10:59:59");
}

#[test]
fn a_wall_clock_beyond_the_last_instant_is_no_time() {
    for text in [
        "9999-12-31T07:00:01",
        "9999-12-31T23:59:59",
        "-009999-01-02T10:59:58",
        "-009999-01-01T00:00:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-25:59",
        "-009999-01-01T00:00:00+25:59",
        "+010000-01-01T00:00:00",
        // With Korea's offset in place of its own it would be one.
        "9999-12-30T23:00:00-09:00",
    ] {
        assert_eq!(text.parse::<KstDateTime>(), Err(InvalidTime), "{text}");
        let json = format!("\"{text}\"");
        assert!(serde_json::from_str::<KstDateTime>(&json).is_err());
    }
}

#[test]
fn a_fraction_is_dropped_before_1970_as_well() {
    assert_eq!(utc("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59Z");
}

proptest! {
    #[test]
    fn any_instant_is_written_and_read_back(
        second in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
        nanosecond in 0..1_000_000_000,
    ) {
        let instant = Timestamp::new(second, nanosecond).unwrap();
        let time: KstDateTime = instant.into();
        round_trip(time);
        prop_assert_eq!(time.timestamp().as_second(), second);
    }

    #[test]
    fn whatever_a_wall_clock_says_nothing_panics(
        sign in prop::sample::select(vec!["", "+", "-"]),
        year in prop::sample::select(vec!["9999", "009999", "0000", "1970", "10000", "009998"]),
        rest in "-(01|12|13)-(01|02|30|31)(T(00|01|06|07|10|23|24):(00|59)(:(00|59|60))?(\\.9{1,9})?)?",
        offset in "(Z|[+-](00|09|23|25|26)(:59)?)?(\\[Asia/Seoul\\])?",
    ) {
        if let Ok(time) = format!("{sign}{year}{rest}{offset}").parse::<KstDateTime>() {
            round_trip(time);
        }
    }

    #[test]
    fn whatever_the_text_nothing_panics(text in "\\PC*") {
        if let Ok(time) = text.parse::<KstDateTime>() {
            round_trip(time);
        }
    }
}

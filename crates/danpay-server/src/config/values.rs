//! Values as the file has them, with their types, and the environment, as text.
//!
//! **Invariant**: what a reader says of a value that it cannot use is what would be right, never the value.

use std::net::SocketAddr;

use danpay_core::Won;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};
use toml::Value;

use super::{LogFormat, Pooler};
use crate::http::rate::Rate;
use crate::limits;

/// A text of whatever type is made of it.
pub(super) fn text<'de, D: Deserializer<'de>, T: From<String>>(
    deserializer: D,
) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text.into()),
        _ => Err(D::Error::custom("must be a text, in double quotes")),
    }
}

pub(super) fn some_text<'de, D: Deserializer<'de>, T: From<String>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    text(deserializer).map(Some)
}

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let address = match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    address.ok_or_else(|| {
        D::Error::custom("must be an IP address and a port, such as 127.0.0.1:7701 or [::1]:7701")
    })
}

pub(super) fn some_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}

pub(super) fn log_format<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LogFormat, D::Error> {
    match word(deserializer)?.as_deref() {
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        _ => Err(D::Error::custom("must be text or json")),
    }
}

pub(super) fn pooler<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pooler, D::Error> {
    match word(deserializer)?.as_deref() {
        Some("none") => Ok(Pooler::None),
        Some("transaction") => Ok(Pooler::Transaction),
        _ => Err(D::Error::custom("must be none or transaction")),
    }
}

fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().map(|text| text.trim().to_owned()))
}

pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let flag = match Value::deserialize(deserializer)? {
        Value::Boolean(flag) => Some(flag),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    flag.ok_or_else(|| D::Error::custom("must be true or false"))
}

pub(super) fn drain_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    let most = limits::DRAIN_MAX_S;
    let wrong = || D::Error::custom(format!("must be a whole number up to {most}"));
    let seconds = number(deserializer)?.filter(|seconds| *seconds <= most);
    seconds.map(Some).ok_or_else(wrong)
}

/// Whole KRW; 0 is no limit.
pub(super) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Won>, D::Error> {
    let amount = match Value::deserialize(deserializer)? {
        Value::Integer(amount) => Some(amount),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let most = amount.and_then(|amount: i64| Won::try_from(amount).ok());
    let wrong = || D::Error::custom("must be a whole amount in KRW; 0 is no limit");
    let most = most.ok_or_else(wrong)?;
    Ok(Some(most).filter(|most| !most.is_zero()))
}

pub(super) fn above_0<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = number(deserializer)?;
    let wrong = || D::Error::custom("must be a whole number above 0");
    number.filter(|number| *number > 0).ok_or_else(wrong)
}

pub(super) fn calls_max<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let (least, most) = (limits::CALLS_MAX_LEAST, limits::CALLS_MAX_MOST);
    let wrong = || D::Error::custom(format!("must be a whole number from {least} to {most}"));
    let calls = number(deserializer)?.filter(|calls| (least..=most).contains(calls));
    calls.ok_or_else(wrong)
}

pub(super) fn delivery_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let (least, most) = (limits::DELIVERIES_DAYS_MIN, limits::DELIVERIES_DAYS_MAX);
    let wrong = || D::Error::custom(format!("must be a whole number from {least} to {most}"));
    let days = number(deserializer)?.filter(|days| (least..=most).contains(days));
    days.ok_or_else(wrong)
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Integer(number) => u32::try_from(number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A list of texts; the environment gives it as one text, with commas.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
        Value::Array(values) => {
            let texts = values.into_iter().map(Value::try_into);
            texts.collect::<Result<Vec<String>, _>>().ok()
        }
        _ => None,
    };
    let wrong = || D::Error::custom("must be a list of texts");
    let texts = texts.ok_or_else(wrong)?.into_iter();
    let texts = texts.map(|text| text.trim().to_owned());
    Ok(texts.filter(|text| !text.is_empty()).collect())
}

/// Requests a second, and after a comma how many at once: twice as many if that is not said. 0 is none
/// at all.
pub(super) fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rate>, D::Error> {
    let most = limits::RATE_MAX;
    let wrong = || {
        D::Error::custom(format!(
            "must be requests a second, such as 500, or with how many at once, such as 500,1000; at \
             most {most}, and 0 is no limit"
        ))
    };
    let text = match Value::deserialize(deserializer)? {
        Value::Integer(number) => number.to_string(),
        Value::String(text) => text,
        _ => return Err(wrong()),
    };
    let (per_second, burst) = match text.split_once(',') {
        Some((per_second, burst)) => (per_second, Some(burst)),
        None => (text.as_str(), None),
    };
    let parse = |text: &str| text.trim().parse().ok().filter(|number| *number <= most);
    let per_second: u32 = parse(per_second).ok_or_else(wrong)?;
    let burst = match burst {
        Some(burst) => parse(burst).filter(|burst| *burst > 0).ok_or_else(wrong)?,
        None => per_second.saturating_mul(2),
    };
    Ok((per_second > 0).then_some(Rate { per_second, burst }))
}

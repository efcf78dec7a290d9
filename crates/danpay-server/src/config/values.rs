//! Values as the file has them, with their types, and the environment, as text.

use danpay_core::Won;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};
use toml::Value;

use crate::http::rate::Rate;
use crate::limits;

/// `true` or `false`; the environment gives it as text.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Boolean(flag) => Ok(flag),
        Value::String(text) => text
            .trim()
            .parse()
            .map_err(|_| D::Error::custom("orders_repeat must be true or false")),
        _ => Err(D::Error::custom("orders_repeat must be true or false")),
    }
}

pub(super) fn lookups_per_second<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    above_0(deserializer, "kakaopay_lookups_per_second")
}

pub(super) fn database_connections<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    above_0(deserializer, "database_connections")
}

pub(super) fn drain_seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    let most = limits::DRAIN_MAX_S;
    let wrong = || D::Error::custom(format!("drain_seconds must be a whole number up to {most}"));
    let seconds = number(deserializer)?.filter(|seconds| *seconds <= most);
    seconds.map(Some).ok_or_else(wrong)
}

pub(super) fn refund_max<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Won>, D::Error> {
    limit(deserializer, "refund_max")
}

pub(super) fn refund_max_per_day<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Won>, D::Error> {
    limit(deserializer, "refund_max_per_day")
}

/// Whole KRW; 0 is no limit.
fn limit<'de, D: Deserializer<'de>>(
    deserializer: D,
    setting: &str,
) -> Result<Option<Won>, D::Error> {
    let amount = match Value::deserialize(deserializer)? {
        Value::Integer(amount) => Some(amount),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let most = amount.and_then(|amount: i64| Won::try_from(amount).ok());
    let wrong = || {
        D::Error::custom(format!(
            "{setting} must be a whole amount in KRW; 0 is no limit"
        ))
    };
    let most = most.ok_or_else(wrong)?;
    Ok(Some(most).filter(|most| !most.is_zero()))
}

fn above_0<'de, D: Deserializer<'de>>(deserializer: D, setting: &str) -> Result<u32, D::Error> {
    let wrong = || D::Error::custom(format!("{setting} must be a whole number above 0"));
    let number = number(deserializer)?;
    number.filter(|number| *number > 0).ok_or_else(wrong)
}

/// A whole number; the environment gives it as text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Integer(number) => u32::try_from(number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

pub(super) fn app_agents<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, "app_agents")
}

pub(super) fn return_origins<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, "return_origins")
}

pub(super) fn trusted_proxies<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, "trusted_proxies")
}

/// A list of texts; the environment gives it as one text, with commas.
fn list<'de, D: Deserializer<'de>>(
    deserializer: D,
    setting: &str,
) -> Result<Vec<String>, D::Error> {
    let texts = match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
        Value::Array(values) => {
            let texts = values.into_iter().map(Value::try_into);
            texts.collect::<Result<Vec<String>, _>>().ok()
        }
        _ => None,
    };
    let wrong = || D::Error::custom(format!("{setting} must be a list of texts"));
    let texts = texts.ok_or_else(wrong)?.into_iter();
    let texts = texts.map(|text| text.trim().to_owned());
    Ok(texts.filter(|text| !text.is_empty()).collect())
}

pub(super) fn rate_per_key<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Rate>, D::Error> {
    rate(deserializer, "rate_per_key")
}

pub(super) fn rate_per_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Rate>, D::Error> {
    rate(deserializer, "rate_per_address")
}

/// Requests a second, and after a comma how many at once: twice as many if that is not said. 0 is none
/// at all.
fn rate<'de, D: Deserializer<'de>>(
    deserializer: D,
    setting: &str,
) -> Result<Option<Rate>, D::Error> {
    let most = limits::RATE_MAX;
    let wrong = || {
        D::Error::custom(format!(
            "{setting} must be requests a second, such as 500, or with how many at once, such as \
             500,1000; at most {most}, and 0 is no limit"
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

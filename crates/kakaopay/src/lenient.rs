//! How JSON of KakaoPay's is read: numbers may be strings, anything may be absent or `null`.
//! Invariant: only what says which payment and how much is judged; an odd time, card or extra
//! never makes an answer fail, because the money has moved by then.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::identifier::Verbatim;

/// A whole number, as a JSON number or as a string of digits, `2200.0` included.
struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor).map(Whole)
    }
}

struct WholeVisitor;

impl de::Visitor<'_> for WholeVisitor {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number, zero or more")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::custom("the number is negative"))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<u64, E> {
        let whole = match value.trim().split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
            Some(_) => return Err(E::custom("the number has a fraction")),
            None => value.trim(),
        };
        whole
            .parse()
            .map_err(|_| E::custom("the text is not a whole number"))
    }
}

/// A number that has to be there.
pub(crate) fn number<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    let Whole(value) = Whole::deserialize(deserializer)?;
    T::try_from(value).map_err(|_| de::Error::custom("the number is too large"))
}

/// A number that may be absent.
pub(crate) fn optional_number<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    match Option::<Whole>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Whole(value)) => {
            let value = T::try_from(value);
            value
                .map(Some)
                .map_err(|_| de::Error::custom("the number is too large"))
        }
    }
}

/// A number whose absence means none.
pub(crate) fn number_or_zero<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<u64> + Default,
    D: Deserializer<'de>,
{
    optional_number(deserializer).map(Option::unwrap_or_default)
}

/// A value whose `null` means the same as its absence.
pub(crate) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Something that only decorates the answer: unreadable is the same as absent.
pub(crate) fn decoration<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: de::DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// A text that identifies the answer and has to be there.
pub(crate) fn required_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Verbatim,
    D: Deserializer<'de>,
{
    let value = Option::<Text>::deserialize(deserializer)?.map(|Text(value)| value);
    match value.filter(|value| !value.is_empty()) {
        Some(value) => Ok(T::verbatim(value)),
        None => Err(de::Error::custom("the text is empty")),
    }
}

/// A text that is always there according to the documentation; empty if it is not.
pub(crate) fn text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Verbatim,
    D: Deserializer<'de>,
{
    let value = Option::<Text>::deserialize(deserializer)?;
    Ok(value.map_or_else(absent, |Text(value)| T::verbatim(value)))
}

/// What [`text`] gives when the key is absent.
pub(crate) fn absent<T: Verbatim>() -> T {
    T::verbatim(String::new())
}

/// A text that may be absent; empty is the same.
pub(crate) fn optional_text<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Verbatim,
    D: Deserializer<'de>,
{
    let value = Option::<Text>::deserialize(deserializer)?.map(|Text(value)| value);
    Ok(value.filter(|value| !value.is_empty()).map(T::verbatim))
}

/// A string, or the text of whatever else stands in its place: some codes are sent as numbers.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::String(text) => Self(text),
            other => Self(other.to_string()),
        })
    }
}

#[cfg(test)]
mod tests;

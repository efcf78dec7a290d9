//! The key under which a request takes effect once.

use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;

/// danpay's own limit.
const CHARS_MAX: usize = 255;

/// Names one attempt to pay, or one decision to refund. A request takes effect once per key, however often
/// it is sent.
///
/// - **Create**: make the key where the pay button is pressed (`order-1-attempt-1`). When an attempt has
///   ended unpaid and the customer presses the button again, that is a new attempt and a new key.
/// - **Cancel**: one key for one decision to refund. Store it before you send it.
///
/// Never use the order's number alone: an order may need a second attempt, and a second refund.
///
/// ```
/// use danpay_client::IdempotencyKey;
///
/// let key: IdempotencyKey = "order-1001-attempt-1".parse()?;
/// assert_eq!(key.as_str(), "order-1001-attempt-1");
/// assert!("".parse::<IdempotencyKey>().is_err());
/// assert!("주문-1".parse::<IdempotencyKey>().is_err());
/// # Ok::<(), danpay_client::InvalidIdempotencyKey>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IdempotencyKey(String);

/// The text is not a valid `Idempotency-Key`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "an Idempotency-Key has 1 to {CHARS_MAX} visible ASCII characters, no space at either end, and no \
     double quotes around it"
)]
#[non_exhaustive]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// A unique random key. Store it before you use it: after a crash you need it to repeat the request.
    ///
    /// # Errors
    ///
    /// The operating system gives no random bytes.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// The key, as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&self.0).ok()
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = InvalidIdempotencyKey;

    fn try_from(text: String) -> Result<Self, InvalidIdempotencyKey> {
        let is_visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let is_key = (1..=CHARS_MAX).contains(&text.len())
            && text.bytes().all(is_visible)
            && text.trim_ascii().len() == text.len()
            && !(text.starts_with('"') && text.ends_with('"'));
        if is_key {
            Ok(Self(text))
        } else {
            Err(InvalidIdempotencyKey)
        }
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_danpay_would_refuse_or_read_as_another_is_no_key() {
        for good in ["k", "order 1 1", "a\"b", &"k".repeat(255)] {
            assert_eq!(good.parse::<IdempotencyKey>().unwrap().as_str(), good);
        }
        for bad in ["", " ", " a", "a ", "a\tb", "\"a\"", "키", &"k".repeat(256)] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn random_keys_differ_and_are_keys() {
        let (one, other) = (IdempotencyKey::random(), IdempotencyKey::random());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().parse(), Ok(one));
    }
}

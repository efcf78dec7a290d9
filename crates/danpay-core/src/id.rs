//! Our own identifiers: a prefix that tells what it is, and a UUIDv7 in lower-case base32.
//!
//! **Invariant**: made of a time and 74 random bits given by the caller, so they sort by time and
//! cannot be guessed. One id has exactly one text: reading refuses every other spelling.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Crockford's base32 in lower case: no `i`, `l`, `o`, `u`, which are misread or misheard.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 digits of 5 bits hold 128 bits; the first digit holds only 3 of them.
const DIGITS: usize = 26;

/// A text that is not an id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that starts with {0} and has {DIGITS} more characters")]
pub struct InvalidId(&'static str);

fn encode(bits: u128) -> String {
    (0..DIGITS)
        .rev()
        .filter_map(|place| ALPHABET.get((bits >> (place * 5)) as usize & 31))
        .map(|digit| char::from(*digit))
        .collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != DIGITS {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        // The first digit's upper bits have no room in 128: such a text is no id.
        if bits >> 123 != 0 {
            return None;
        }
        Some(bits << 5 | digit as u128)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// What each of these ids starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id for the instant `at`; `random` must come from a secure source.
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The 16 bytes that a database stores.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id of 16 stored bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, encode(self.0.as_u128()))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .and_then(decode)
                    .map(|bits| Self(Uuid::from_u128(bits)))
                    .ok_or(InvalidId($prefix))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id!(
    /// One shop: `shop_` and 26 characters.
    ShopId, "shop_"
);
id!(
    /// One payment: `pay_` and 26 characters.
    PaymentId, "pay_"
);
id!(
    /// One recorded event: `evt_` and 26 characters.
    EventId, "evt_"
);
id!(
    /// One cancellation: `can_` and 26 characters.
    CancellationId, "can_"
);
id!(
    /// One webhook endpoint of a shop: `we_` and 26 characters.
    WebhookEndpointId, "we_"
);
id!(
    /// One event on its way to one webhook endpoint: `dlv_` and 26 characters.
    DeliveryId, "dlv_"
);

/// A payment in the database: every statement about it names its shop as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentRef {
    /// Whose payment it is.
    pub shop_id: ShopId,
    /// Which.
    pub id: PaymentId,
}

impl fmt::Display for PaymentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl From<EventId> for CancellationId {
    /// The id of a cancellation that comes into the database with this event.
    fn from(event: EventId) -> Self {
        Self(event.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_reads_back_as_itself(bytes: [u8; 16]) {
            let id = PaymentId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<PaymentId>(), Ok(id));
            prop_assert_eq!(id.to_string().len(), 30);
        }

        #[test]
        fn a_text_that_reads_as_an_id_is_its_only_spelling(text in "pay_[0-9a-z]{26}") {
            if let Ok(id) = text.parse::<PaymentId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn ids_sort_by_their_time(a in 0_i64..1 << 46, b in 0_i64..1 << 46, random: [u8; 10]) {
            let id = |millis| {
                PaymentId::new(Timestamp::from_millisecond(millis).unwrap(), random).to_string()
            };
            prop_assert_eq!(a.cmp(&b), id(a).cmp(&id(b)));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let good = PaymentId::from_bytes([7; 16]).to_string();
        for bad in [
            "",
            "pay_",
            &good.to_uppercase(),
            &good.replace("pay_", "evt_"),
            &format!("{good}0"),
        ] {
            assert!(bad.parse::<PaymentId>().is_err(), "{bad}");
        }
    }
}

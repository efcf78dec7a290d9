//! Ids that danpay gives. Each is a type of its own, so that they cannot be mixed up.

use crate::error::{Error, Kind};

/// danpay's own have 30; anything longer is none.
const CHARS_MAX: usize = 100;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text, as danpay wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of a payment: `pay_…`. Store it with the order.
    PaymentId
}
id! {
    /// The id of a cancellation: `can_…`.
    CancellationId
}
id! {
    /// The id of an event: `evt_…`. The id of the last event that was handled is where
    /// [`Danpay::events`](crate::Danpay::events) goes on.
    EventId
}
id! {
    /// The id of a shop: `shop_…`.
    ShopId
}

/// An id as a path segment. Any other text could become another address.
pub(crate) fn segment(id: &PaymentId) -> Result<&str, Error> {
    let text = id.as_str();
    let is_id = (1..=CHARS_MAX).contains(&text.len())
        && (text.bytes()).all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_id {
        return Ok(text);
    }
    let message = "not a payment id: expected letters, digits and `_` only";
    Err(Error::new(Kind::Invalid(message.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_goes_into_no_address() {
        assert!(segment(&"pay_01m3250v00ew3re1r70w3ge1r7".into()).is_ok());
        let long = "a".repeat(101);
        for text in ["", "..", "a/b", "a?b", "pay_1 ", "결제", &long] {
            assert!(segment(&text.into()).is_err(), "{text}");
        }
    }
}

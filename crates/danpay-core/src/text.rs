//! The shop's short texts: order and user numbers, names, codes.
//!
//! **Invariant**: a value of these types can be sent to KakaoPay and stored in either database:
//! not empty, within KakaoPay's length, without control characters (PostgreSQL refuses NUL).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A field that cannot be taken: which, and why, in the two languages of the product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct InvalidField {
    /// The field as it is named in JSON; parts of an object are joined by a dot.
    pub field: String,
    /// What is wrong and what would be right, without the value itself.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

impl InvalidField {
    /// An error for `field`; both messages continue a sentence that begins with the field.
    pub fn new(
        field: impl Into<String>,
        message: impl Into<String>,
        message_ko: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            message_ko: message_ko.into(),
        }
    }
}

/// Checks a text of the shop's: 1 to `max` characters, no control characters.
pub(crate) fn check(field: &str, text: &str, max: usize) -> Result<(), InvalidField> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        Err(InvalidField::new(
            field,
            "must not be empty",
            "비어 있을 수 없습니다",
        ))
    } else if length > max {
        Err(InvalidField::new(
            field,
            format!("must have at most {max} characters, has {length}"),
            format!("최대 {max}자여야 하는데 {length}자입니다"),
        ))
    } else if text.chars().any(char::is_control) {
        Err(InvalidField::new(
            field,
            "must not have control characters such as line breaks",
            "줄바꿈 같은 제어 문자가 있으면 안 됩니다",
        ))
    } else {
        Ok(())
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $field:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that KakaoPay takes here.
            pub const MAX: usize = $max;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidField;

            fn try_from(text: String) -> Result<Self, InvalidField> {
                check($field, &text, $max)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// The shop's own order number, KakaoPay's `partner_order_id`: 1 to 100 characters.
    /// KakaoPay does not check that it is unique, and neither does danpay.
    OrderId, "order_id", 100
);
text!(
    /// The shop's own number for its member, KakaoPay's `partner_user_id`: 1 to 100
    /// characters. KakaoPay forbids personal data here (name, phone, e-mail, login id).
    UserId, "user_id", 100
);
text!(
    /// What is bought, as the payer reads it: 1 to 100 characters.
    ItemName, "item_name", 100
);
text!(
    /// The shop's own code for what is bought: 1 to 100 characters.
    ItemCode, "item_code", 100
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters_not_bytes() {
        assert!(ItemName::try_from("초".repeat(100)).is_ok());
        let error = ItemName::try_from("초".repeat(101)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "item_name must have at most 100 characters, has 101"
        );
    }

    #[test]
    fn empty_and_control_characters_are_refused() {
        for text in ["", "  ", "a\0b", "a\nb"] {
            assert!(OrderId::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}

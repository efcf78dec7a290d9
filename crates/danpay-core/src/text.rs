//! The shop's short texts: order and user numbers, names, codes.
//!
//! **Invariant**: a value of these types can be sent to KakaoPay and stored in either database:
//! not empty, within KakaoPay's length, without control characters (PostgreSQL refuses NUL). And it
//! is what whoever reads it sees: nothing in it is invisible or turns the rest around.

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
pub fn check(field: &str, text: &str, max: usize) -> Result<(), InvalidField> {
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

/// Checks a name that people read and compare: 1 to 100 characters, none of them unseen.
pub fn check_name(field: &str, name: &str) -> Result<(), InvalidField> {
    check_seen(field, name, 100)
}

/// The same for what payers read or people compare: nothing that cannot be seen.
fn check_seen(field: &str, text: &str, max: usize) -> Result<(), InvalidField> {
    check(field, text, max)?;
    let Some(unseen) = first_unseen(text) else {
        return Ok(());
    };
    let code = u32::from(unseen);
    Err(InvalidField::new(
        field,
        format!(
            "must not have characters that cannot be seen or turn the text around (U+{code:04X})"
        ),
        format!("보이지 않거나 글의 방향을 바꾸는 문자(U+{code:04X})가 있으면 안 됩니다"),
    ))
}

/// The first character that nobody sees. A joiner is seen where it joins two pictures into one.
fn first_unseen(text: &str) -> Option<char> {
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        let joins = char == JOINER
            && before.is_some_and(is_picture)
            && rest.peek().is_some_and(|next| is_picture(*next));
        if is_unseen(char) && !joins {
            return Some(char);
        }
        before = Some(char);
    }
    None
}

/// Zero width joiner, as in 👨‍👩‍👧.
const JOINER: char = '\u{200D}';

/// Symbols and pictures, and what selects their form.
fn is_picture(char: char) -> bool {
    matches!(char, '\u{2190}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Without width or form of its own (fillers, joiners, marks, tags), a separator of lines, or one that
/// turns the direction of what follows.
fn is_unseen(char: char) -> bool {
    matches!(char,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
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
                check_seen($field, &text, $max)?;
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
    /// KakaoPay does not check that it is unique. danpay charges an order once.
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

    #[test]
    fn what_cannot_be_seen_is_refused_and_what_can_is_taken() {
        for text in [
            "cheap\u{202E}ecirp",
            "초\u{200B}코파이",
            "\u{3164}",
            "order\u{FEFF}",
            "a\u{200D}b",
            "👨\u{200D}",
            "줄\u{2028}바꿈",
        ] {
            let error = ItemName::try_from(text.to_owned()).unwrap_err();
            assert!(error.message.contains("U+"), "{text:?}: {error}");
        }
        for text in [
            "초코파이 🍫",
            "👨\u{200D}👩\u{200D}👧 가족 세트",
            "❤\u{FE0F} 카페",
            "Ⅷ ½ é",
        ] {
            assert!(ItemName::try_from(text.to_owned()).is_ok(), "{text:?}");
        }
    }
}

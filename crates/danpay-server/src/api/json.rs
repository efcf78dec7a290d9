//! JSON as a shop sent it: read once into a tree that keeps what other trees lose, which is a name
//! that comes twice and how a number is written.
//!
//! **Invariant**: what is wrong is named by its path, with what was expected and what came, all of
//! it in one answer; and no answer is longer than it is useful, whatever came.

mod number;
mod object;
mod parse;
mod values;

use danpay_core::InvalidField;

use crate::limits::VALUE_TOLD_CHARS;

pub(super) use object::{Field, Object, Read, read};
pub(super) use parse::{Malformed, parse};
pub(super) use values::{
    boolean, one_of, string, text, texts, texts_by_name, then, whole, won, words,
};

/// A value.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    Text(String),
    Array(Vec<Json<'a>>),
    /// In the order in which they came, with those that came twice.
    Object(Vec<(String, Json<'a>)>),
}

impl Json<'_> {
    /// What it is, in English and Korean.
    fn called(&self) -> [String; 2] {
        match self {
            Self::Null => ["null"; 2].map(str::to_owned),
            Self::Bool(bool) => [bool.to_string(), bool.to_string()],
            Self::Number(number) => {
                let number = shortened(number);
                [format!("the number {number}"), format!("숫자 {number}")]
            }
            Self::Text(text) => {
                let text = format!("{:?}", shortened(text));
                [format!("the string {text}"), format!("문자열 {text}")]
            }
            Self::Array(_) => ["an array", "배열"].map(str::to_owned),
            Self::Object(_) => ["an object", "객체"].map(str::to_owned),
        }
    }

    /// Names each name that comes twice in one object, wherever it is.
    fn name_duplicates(&self, path: &str, errors: &mut Vec<InvalidField>) {
        match self {
            Self::Object(members) => {
                let mut seen = std::collections::BTreeMap::new();
                for (name, value) in members {
                    let path = join(path, name);
                    let times = seen.entry(name).or_insert(0_u32);
                    *times += 1;
                    if *times == 2 {
                        errors.push(InvalidField::new(
                            path.as_str(),
                            "comes more than once, and must come once",
                            "두 번 이상 왔습니다. 한 번만 보내야 합니다",
                        ));
                    }
                    value.name_duplicates(&path, errors);
                }
            }
            Self::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.name_duplicates(&format!("{path}[{index}]"), errors);
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
        }
    }
}

/// The path of a member; the body itself has none.
fn join(path: &str, name: &str) -> String {
    let name = shortened(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// As much of a text as an answer repeats.
pub(super) fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(VALUE_TOLD_CHARS).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;

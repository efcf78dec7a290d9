//! The names of the settings, and which one was meant.

use std::sync::LazyLock;

use serde::de::value::Error;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize as _, forward_to_deserialize_any};

use super::Config;

/// The one setting that is a file, and not what is in it.
const MASTER_KEY_FILE: &str = "master_key_file";

/// All of them, as the type has them.
static KNOWN: LazyLock<&[&str]> = LazyLock::new(|| {
    let mut names = Names(&[]);
    // It has no values, so nothing comes of it.
    let _ = Config::deserialize(&mut names);
    names.0
});

/// The setting of this name, and whether the name is that of a file which holds the value.
pub(super) fn find(name: &str) -> Option<(&'static str, bool)> {
    let known = |name: &str| KNOWN.iter().find(|known| **known == name).copied();
    let of_file = || known(name.strip_suffix("_file")?).filter(|name| *name != MASTER_KEY_FILE);
    let itself = known(name).map(|name| (name, false));
    itself.or_else(|| of_file().map(|name| (name, true)))
}

/// The setting that was probably meant: the one that has all its words, or almost its letters.
pub(super) fn near(name: &str) -> Option<&'static str> {
    let has_all = |known: &&&str| {
        let mut words = name.split('_');
        words.all(|word| known.split('_').any(|known| known == word))
    };
    let almost = || {
        let distances = KNOWN.iter().map(|known| (distance(name, known), known));
        let nearest = distances.min_by_key(|(distance, _)| *distance);
        nearest.filter(|(distance, known)| distance * 3 <= known.len())
    };
    let words = KNOWN.iter().find(has_all);
    words.or_else(|| Some(almost()?.1)).copied()
}

/// How many letters have to be added, left out or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (n, letter) in from.bytes().enumerate() {
        let mut left_above = n;
        let mut left = n + 1;
        for (above, other) in row.iter_mut().skip(1).zip(to.bytes()) {
            let replaced = left_above + usize::from(letter != other);
            left_above = *above;
            left = replaced.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = n + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Remembers which members a type asks for, and gives it none.
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = members;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there are no values"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_type() {
        assert!(KNOWN.contains(&"listen") && KNOWN.contains(&"log_format"));
        assert_eq!(find("listen"), Some(("listen", false)));
        let key = "kakaopay_secret_key";
        assert_eq!(find("kakaopay_secret_key_file"), Some((key, true)));
        assert_eq!(find("master_key_file"), Some(("master_key_file", false)));
        for none in ["", "_file", "master_key", "master_key_file_file", "LISTEN"] {
            assert_eq!(find(none), None, "{none}");
        }
    }

    #[test]
    fn a_name_that_is_almost_one_is_known() {
        for (name, meant) in [
            ("databse_url", Some("database_url")),
            ("kakaopay_key", Some("kakaopay_secret_key")),
            ("listne", Some("listen")),
            ("log_fromat", Some("log_format")),
            ("public_uri", Some("public_url")),
            ("port", None),
            ("completely_different", None),
        ] {
            assert_eq!(near(name), meant, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}

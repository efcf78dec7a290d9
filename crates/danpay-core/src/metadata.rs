//! What a shop wants to find again on its payment: a few short texts under names of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::InvalidField;

/// Up to 20 entries; names of 1 to 40 characters, values of at most 500. Not sent to KakaoPay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The most entries that a payment keeps.
    pub const MAX_ENTRIES: usize = 20;
    /// The most characters of an entry's name.
    pub const MAX_NAME: usize = 40;
    /// The most characters of an entry's value.
    pub const MAX_VALUE: usize = 500;

    /// Checks one entry, so that all that are wrong can be named.
    pub fn check(name: &str, value: &str) -> Result<(), InvalidField> {
        crate::text::check("metadata", name, Self::MAX_NAME)?;
        if value.is_empty() {
            return Ok(());
        }
        crate::text::check(&format!("metadata.{name}"), value, Self::MAX_VALUE)
    }

    /// Each name with its value, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.0.iter();
        entries.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl TryFrom<BTreeMap<String, String>> for Metadata {
    type Error = InvalidField;

    fn try_from(entries: BTreeMap<String, String>) -> Result<Self, InvalidField> {
        if entries.len() > Self::MAX_ENTRIES {
            return Err(InvalidField::new(
                "metadata",
                format!("must have at most {} entries", Self::MAX_ENTRIES),
                format!("항목이 최대 {}개여야 합니다", Self::MAX_ENTRIES),
            ));
        }
        for (name, value) in &entries {
            Self::check(name, value)?;
        }
        Ok(Self(entries))
    }
}

impl From<Metadata> for BTreeMap<String, String> {
    fn from(metadata: Metadata) -> Self {
        metadata.0
    }
}

//! Why the settings cannot be used.
//!
//! **Invariant**: a value is in no error: it may be a secret, or one that stands in the wrong place.

use super::PREFIX;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file of the settings cannot be read.
    #[error("cannot read {path}, the file of the settings (--config, DANPAY_CONFIG): {problem}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        problem: String,
    },
    /// The file is not TOML, or a name is not known.
    #[error("{0}")]
    Invalid(String),
    /// A value cannot be used.
    #[error("{setting} ({place}): {problem}")]
    Value {
        /// The setting's name.
        setting: String,
        /// Where it was given, or can be.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl ConfigError {
    /// Of a setting's value.
    pub(crate) fn value(setting: &str, problem: impl Into<String>) -> Self {
        Self::Value {
            setting: setting.to_owned(),
            place: variable(setting),
            problem: problem.into(),
        }
    }
}

/// The setting's name in the environment.
pub(super) fn variable(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_uppercase())
}

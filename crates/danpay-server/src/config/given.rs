//! The settings as they are given: in `danpay.toml`, in the environment, in files that these name.
//!
//! **Invariant**: what is wrong is told by its place and its name, never by its value; and unknown names
//! are errors: nearly always they are typing mistakes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use toml::{Table, Value};

use super::error::variable;
use super::{Config, ConfigError, PREFIX, names};

/// Variables that are for others: the one that names the file of the settings, and those of the shop's
/// own programs, by which they find danpay.
const OTHERS: [&str; 4] = ["config", "api_key", "url", "webhook_secret"];

/// A setting, and where it was given.
struct Given {
    value: Value,
    place: String,
    /// The value is the path of the file that holds it.
    is_path: bool,
}

/// Settings, each given once.
#[derive(Default)]
pub(super) struct All(BTreeMap<&'static str, Given>);

impl All {
    pub(super) fn in_file(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: name.to_string(),
            problem: error.to_string(),
        })?;
        let place = |at: usize| format!("{name}, line {}", line(&text, at));
        let broken = |error: toml::de::Error| {
            let at = error.span().map_or(text.len(), |span| span.start);
            let setting = setting_at(&text, at).map(|setting| format!(": {setting}"));
            let setting = setting.unwrap_or_default();
            ConfigError::Invalid(format!("{}{setting}: {}", place(at), kind(&error)))
        };
        let mut values: Table = text.parse().map_err(broken)?;
        let mut all = Self::default();
        for name in DeTable::parse(&text).map_err(broken)?.get_ref().keys() {
            let place = place(name.span().start);
            let name = name.get_ref().as_ref();
            if let Some(value) = values.remove(name) {
                all.add(name, value, place)?;
            }
        }
        Ok(all)
    }

    pub(super) fn in_environment(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut all = Self::default();
        for (name, value) in variables {
            let name = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            let Some(name) = name.map(str::to_lowercase) else {
                continue;
            };
            if OTHERS.contains(&name.as_str()) {
                continue;
            }
            let value = value.into_string();
            let value = value.map_err(|_| ConfigError::value(&name, "is not UTF-8"))?;
            all.add(&name, Value::String(value), variable(&name))?;
        }
        Ok(all)
    }

    fn add(&mut self, name: &str, value: Value, place: String) -> Result<(), ConfigError> {
        let Some((setting, is_path)) = names::find(name) else {
            return Err(unknown(name, &place));
        };
        let given = Given {
            value,
            place,
            is_path,
        };
        match self.0.insert(setting, given) {
            None => Ok(()),
            Some(before) => {
                let problem = format!(
                    "is given by {} as well; one of them is enough",
                    before.place
                );
                Err(self.locate(ConfigError::value(setting, problem)))
            }
        }
    }

    /// These over those.
    pub(super) fn over(self, mut those: Self) -> Self {
        those.0.extend(self.0);
        those
    }

    /// What they say together, with what is in the files that they name.
    pub(super) fn read(mut self) -> Result<Config, ConfigError> {
        let mut files = BTreeMap::new();
        for (setting, given) in self.0.iter_mut().filter(|(_, given)| given.is_path) {
            let failed = |problem: String| ConfigError::Value {
                setting: format!("{setting}_file"),
                place: given.place.clone(),
                problem,
            };
            let path = given.value.as_str().map(PathBuf::from);
            let path = path.ok_or_else(|| failed("must be the path of a file".to_owned()))?;
            let text = read(&path).map_err(failed)?;
            given.value = Value::String(text.trim_end().to_owned());
            given.place = path.display().to_string();
            files.insert(*setting, path);
        }
        let values = (self.0.iter()).map(|(name, given)| ((*name).to_owned(), given.value.clone()));
        let values = Value::Table(values.collect());
        let settings: Config = serde_path_to_error::deserialize(values).map_err(|error| {
            let setting = error.path().to_string();
            self.locate(ConfigError::value(&setting, error.inner().message()))
        })?;
        let settings = Config {
            kakaopay_secret_key_file: files.remove("kakaopay_secret_key"),
            kakaopay_cid_secret_file: files.remove("kakaopay_cid_secret"),
            ..settings
        };
        settings.check().map_err(|error| self.locate(error))?;
        Ok(settings)
    }

    /// The same, with the place where the setting was given.
    fn locate(&self, error: ConfigError) -> ConfigError {
        match error {
            ConfigError::Value {
                setting,
                place,
                problem,
            } => {
                let given = self.0.get(setting.as_str());
                ConfigError::Value {
                    place: given.map_or(place, |given| given.place.clone()),
                    setting,
                    problem,
                }
            }
            error => error,
        }
    }
}

fn unknown(name: &str, place: &str) -> ConfigError {
    let is_name = |name: &str| {
        let mut letters = name.bytes();
        name.len() <= 64 && letters.all(|letter| letter.is_ascii_lowercase() || letter == b'_')
    };
    // Whatever is no name may be a value.
    let name = if is_name(name) { name } else { "of that name" };
    let meant = names::near(name.strip_suffix("_file").unwrap_or(name));
    let meant = meant.map(|meant| format!("; did you mean {meant} ({})?", variable(meant)));
    let meant = meant.unwrap_or_default();
    ConfigError::Invalid(format!("{place}: there is no setting {name}{meant}"))
}

fn line(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// The setting that begins the line, if it is one.
fn setting_at(text: &str, at: usize) -> Option<&'static str> {
    let line = text.split('\n').nth(line(text, at) - 1)?;
    let (name, _) = line.split_once(['=', ':', ' '])?;
    names::find(name.trim().trim_matches(['"', '\''])).map(|(setting, _)| setting)
}

/// What is wrong. What the parser says may repeat what stands there.
fn kind(error: &toml::de::Error) -> &'static str {
    if error.message().starts_with("duplicate key") {
        "the setting stands here a second time"
    } else {
        "this is not TOML (https://toml.io): a setting is a line such as name = \"text\", and a text is \
         in double quotes"
    }
}

/// What is in the file, or why that cannot be told.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path);
    text.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

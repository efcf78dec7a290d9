//! Which events are forwarded.

use anyhow::{Result, ensure};

/// Those of these types; all, if there are none.
pub(super) struct Filter(Vec<String>);

impl Filter {
    /// A name that is none is an error: nearly always it is a typing mistake.
    pub(super) fn of(names: &[String]) -> Result<Self> {
        let known: Vec<&str> = danpay_server::event_types().collect();
        for name in names {
            ensure!(
                known.contains(&name.as_str()),
                "--events: {name:?} is no event; there are {}",
                known.join(", ")
            );
        }
        Ok(Self(names.to_vec()))
    }

    pub(super) fn takes(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name == kind)
    }
}

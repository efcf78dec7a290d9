//! The first API key reaches whoever runs the server: on a terminal, or in a file that only its owner
//! reads.
//!
//! **Invariant**: it is never in a log, and no key is stored that nobody was given.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use danpay_server::{Config, create_private};
use secrecy::{ExposeSecret as _, SecretString};

const NAME: &str = "danpay.api-key";

pub(crate) fn hand_over(key: &SecretString, config: &Config) -> Result<()> {
    let key = key.expose_secret();
    if std::io::stdout().is_terminal() {
        return crate::hand_over(&format!("API key (shown this once, store it now): {key}"));
    }
    let path = path(config);
    let written = create_private(&path).and_then(|mut file| {
        writeln!(file, "{key}")?;
        file.sync_all()
    });
    written.with_context(|| {
        format!(
            "the first API key cannot be written into {}; give one with DANPAY_FIRST_API_KEY_FILE",
            path.display()
        )
    })?;
    tracing::info!(file = %path.display(), "the first API key is in this file; take it and delete the file");
    Ok(())
}

/// Another server, started at the same moment, has made the first key: ours opens nothing.
pub(crate) fn take_back(config: &Config) {
    tracing::warn!(
        "another server has made the first API key; the one that was shown here is of no use"
    );
    if config.first_api_key.is_none() && !std::io::stdout().is_terminal() {
        // Whoever finds it all the same is told by the server that it is unknown.
        let _ = std::fs::remove_file(path(config));
    }
}

fn path(config: &Config) -> PathBuf {
    let beside = config.beside_database(NAME);
    beside.unwrap_or_else(|| PathBuf::from(NAME))
}

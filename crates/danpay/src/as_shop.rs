//! What commands have in common that ask danpay as a shop does: where it is, by which key, and how.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, Url};
use secrecy::SecretString;

/// For a whole answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where danpay is.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// Where danpay is
    #[arg(
        long,
        value_name = "URL",
        env = "DANPAY_URL",
        default_value = "http://127.0.0.1:7701"
    )]
    pub(crate) url: Url,
}

/// The key of a command that asks danpay as a shop does. It is in the environment, so that no list of processes
/// shows it.
pub(crate) fn api_key() -> Result<SecretString> {
    let key = std::env::var("DANPAY_API_KEY");
    let key = key.context("DANPAY_API_KEY, an API key, is needed in the environment")?;
    Ok(key.into())
}

/// A client for an address. What is in the clear needs no root certificates, which are missing in many
/// containers.
pub(crate) fn client(url: &Url) -> Result<Client> {
    let mut client = Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none());
    if url.scheme() == "http" {
        client = client.tls_certs_only([]);
    }
    client
        .build()
        .context("cannot make an HTTP client; are the root certificates (ca-certificates) there?")
}

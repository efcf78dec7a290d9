//! TLS of this crate's own connections.
//! Invariant: nothing of the process is set. A default provider of rustls that the process has is
//! used; without one it is *ring*, here alone.

use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::CertificateDer,
};
use rustls_platform_verifier::Verifier;

/// Trusts the machine's root certificates, and these beside them.
pub(crate) fn verifying(
    roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let builder = builder()?;
    let provider = Arc::clone(builder.crypto_provider());
    let verifier = if roots.is_empty() {
        Verifier::new(provider)?
    } else {
        with_roots(roots, provider)?
    };
    let builder = builder.dangerous();
    let builder = builder.with_custom_certificate_verifier(Arc::new(verifier));
    Ok(speaking_http(builder.with_no_client_auth()))
}

/// For connections that are not encrypted.
pub(crate) fn trusting_nobody() -> Result<ClientConfig, rustls::Error> {
    let builder = builder()?.with_root_certificates(RootCertStore::empty());
    Ok(speaking_http(builder.with_no_client_auth()))
}

/// TLS 1.2 and 1.3: KakaoPay is said to speak 1.2 alone.
fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    let of_process = CryptoProvider::get_default().cloned();
    let provider = of_process.unwrap_or_else(|| Arc::new(ring::default_provider()));
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn speaking_http(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

#[cfg(any(all(unix, not(target_os = "android")), windows))]
fn with_roots(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(roots, provider)
}

#[cfg(not(any(all(unix, not(target_os = "android")), windows)))]
fn with_roots(
    _: Vec<CertificateDer<'static>>,
    _: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Err(rustls::Error::General(
        "this platform takes no certificates beside its own".to_owned(),
    ))
}

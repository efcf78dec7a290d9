//! TLS to the database: always with the server's certificate and name checked.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those that the machine believes.
    System,
    /// Those of this file, in PEM.
    File(PathBuf),
}

/// What makes encrypted connections.
pub(super) fn connector(roots: &Roots) -> Result<MakeRustlsConnect, String> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match roots {
        Roots::System => builder
            .with_platform_verifier()
            .map_err(|error| error.to_string())?,
        Roots::File(path) => {
            let unusable = |problem: String| format!("sslrootcert {}: {problem}", path.display());
            let mut store = RootCertStore::empty();
            let certificates = CertificateDer::pem_file_iter(path);
            for certificate in certificates.map_err(|error| unusable(error.to_string()))? {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                let added = store.add(certificate);
                added.map_err(|error| unusable(error.to_string()))?;
            }
            if store.is_empty() {
                return Err(unusable("there is no certificate in it".to_owned()));
            }
            builder.with_root_certificates(store)
        }
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

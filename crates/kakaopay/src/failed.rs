//! Why a request failed on its way, in a line that an operator can act on.
//! Invariant: it says what kind of failure it was and what the system said, and nothing of what was sent
//! or of the proxy's address, in which a password may stand.

use std::{error::Error, fmt, io};

/// A failure of the HTTP client.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) reqwest::Error);

impl fmt::Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind())?;
        match self.causes().last() {
            Some(cause) => write!(formatter, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl Failed {
    /// What lies behind it, the deepest last. The client's own words come first, with the address.
    fn causes(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        std::iter::successors(self.0.source(), |error| behind(*error))
    }

    fn kind(&self) -> &'static str {
        if self.causes().any(<dyn Error>::is::<rustls::Error>) {
            return "TLS failed; are the machine's root certificates (ca-certificates) there and up to \
                    date?";
        }
        let says = |words: &str| {
            self.causes()
                .any(|cause| cause.to_string().starts_with(words))
        };
        if says("tunnel error") || says("SOCKS") || says("socks") {
            return "the proxy let nothing through";
        }
        if self.0.is_dns() || says("dns error") {
            return "the name has no address (DNS)";
        }
        if self.0.is_timeout() {
            return "time-out";
        }
        let mut causes = self.causes().filter_map(|cause| cause.downcast_ref());
        match causes.find_map(|io: &io::Error| known(io.kind())) {
            Some(kind) => kind,
            None if self.0.is_builder() => "it cannot be set up",
            None if self.0.is_connect() => "no connection",
            None => "the connection broke off",
        }
    }
}

fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An error inside of an I/O error is not its source.
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(inside) => Some(inside),
        None => error.source(),
    }
}

fn known(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some("nobody listens there"),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Some("the network has no way there")
        }
        io::ErrorKind::TimedOut => Some("time-out"),
        _ => None,
    }
}

//! Why a call came to nothing.
//!
//! **Invariant**: what is told is bounded, and tells neither the URL nor a header.

use std::error::Error;
use std::io;
use std::iter::successors;

use rustix::io::Errno;

use super::Unresolved;
use super::answer::cleaned;
use crate::limits;
use crate::webhooks::address::Refused;

/// Where it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The address is one that is not called.
    Address,
    /// No file could be opened for it: whose trouble that is, is ours.
    NoFile,
    /// Its name leads nowhere.
    Dns,
    Connect,
    Tls,
    TimedOut,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

impl FailureKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::NoFile => "no_file",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
        }
    }
}

/// Where it failed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// A sentence in English, without its point.
    pub(crate) text: String,
}

impl Failure {
    fn new(kind: FailureKind, text: impl AsRef<str>) -> Self {
        let text = cleaned(text.as_ref(), limits::WEBHOOK_FAILURE_BYTES);
        Self { kind, text }
    }

    pub(super) fn refused(refused: Refused) -> Self {
        Self::new(FailureKind::Address, format!("the address {refused}"))
    }

    pub(super) fn late() -> Self {
        let most = limits::WEBHOOK_TAKES.as_secs();
        Self::new(
            FailureKind::TimedOut,
            format!("there was no whole answer within {most} s"),
        )
    }

    pub(super) fn unsendable() -> Self {
        Self::new(FailureKind::Broken, "a header cannot be sent")
    }

    /// Nothing but TLS can be missing for a client.
    pub(super) fn no_client(error: &reqwest::Error) -> Self {
        let text = format!(
            "TLS cannot be set up: {}; are the machine's root certificates (ca-certificates) installed?",
            root(error)
        );
        Self::new(FailureKind::Tls, text)
    }

    pub(super) fn of(error: &reqwest::Error) -> Self {
        let unresolved = causes(error).find_map(|cause| cause.downcast_ref());
        let (kind, text) = match unresolved {
            None if causes(error).any(is_no_file) => {
                let text = "too many files are open: raise the limit (LimitNOFILE, ulimit -n)";
                return Self::new(FailureKind::NoFile, text);
            }
            Some(Unresolved::Refused(refused)) => return Self::refused(*refused),
            Some(Unresolved::Dns(_)) => (FailureKind::Dns, "the host's name cannot be resolved"),
            None if error.is_timeout() && error.is_connect() => {
                let most = limits::WEBHOOK_CONNECTS.as_secs();
                let text = format!("there was no connection within {most} s");
                return Self::new(FailureKind::TimedOut, text);
            }
            None if error.is_timeout() => return Self::late(),
            None if causes(error).any(is_tls) => (FailureKind::Tls, "TLS failed"),
            None if error.is_connect() => (FailureKind::Connect, "no connection could be made"),
            None => (
                FailureKind::Broken,
                "the connection broke, or the answer is not HTTP",
            ),
        };
        Self::new(kind, format!("{text}: {}", root(error)))
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(error.source(), |cause| (*cause).source())
}

/// The innermost cause: those around it only say that something failed.
fn root(error: &reqwest::Error) -> String {
    let root = causes(error).last().map(ToString::to_string);
    root.unwrap_or_else(|| "no cause is known".to_owned())
}

/// Whether this process, or the machine, has as many files open as it may.
fn is_no_file(cause: &(dyn Error + 'static)) -> bool {
    let errors = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    let error = cause.downcast_ref().and_then(io::Error::raw_os_error);
    error.is_some_and(|error| errors.contains(&error))
}

/// What an `io::Error` is made of is not among its causes, and may be one itself.
fn is_tls(cause: &(dyn Error + 'static)) -> bool {
    let inside = cause.downcast_ref().and_then(io::Error::get_ref);
    cause.is::<rustls::Error>() || inside.is_some_and(|inside| is_tls(inside))
}

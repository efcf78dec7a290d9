//! Where webhooks may go. A shop names its receiver itself, and danpay stands where the shop cannot reach: in a
//! network with databases, and beside a cloud's keys.
//!
//! **Invariant**: an address that is not of the public internet is called only where the operator's setting
//! names it, its network or its host; and real payments are told in the clear only there.

mod kind;
mod networks;
mod refused;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use url::{Host, Url};

use crate::limits;

use kind::Kind;
pub(crate) use networks::Networks;
pub(crate) use refused::Refused;

/// To which addresses a URL may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The public ones and the named ones.
    Public,
    /// The named ones alone.
    Named,
}

impl Networks {
    /// Whether a receiver's URL can be taken, and to which addresses its host may lead: what only DNS knows is
    /// for `check_address` to say, of each address when it is connected to. That of a literal is checked here.
    pub(crate) fn check_url(&self, url: &Url, is_live: bool) -> Result<Reach, Refused> {
        check_form(url)?;
        let is_guarded = url.scheme() == "https" && url.port_or_known_default() == Some(443);
        let reach = if is_live && !is_guarded {
            Reach::Named
        } else {
            Reach::Public
        };
        let address: IpAddr = match url.host().ok_or(Refused::NoHost)? {
            // Whatever it leads to is named, if it can be called at all.
            Host::Domain(name) if self.has_host(name) => return Ok(Reach::Public),
            Host::Domain(_) => return Ok(reach),
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
        };
        self.check_address("", address, reach).map(|()| reach)
    }

    /// Whether a host of this name, or of none, may be called at this address.
    pub(crate) fn check_address(
        &self,
        host: &str,
        address: IpAddr,
        reach: Reach,
    ) -> Result<(), Refused> {
        // What an IPv4-mapped address reaches is the IPv4 one.
        let reached = address.to_canonical();
        if self.has_address(reached) {
            return Ok(());
        }
        let is_named = self.has_host(host);
        let kind = Kind::of(if is_named { reached } else { address });
        match kind {
            Kind::Public if is_named || reach == Reach::Public => Ok(()),
            Kind::Public => Err(Refused::Unguarded),
            Kind::Private | Kind::Loopback if is_named => Ok(()),
            kind => Err(Refused::Address(kind)),
        }
    }
}

fn check_form(url: &Url) -> Result<(), Refused> {
    if !matches!(url.scheme(), "http" | "https") {
        Err(Refused::Scheme)
    } else if !url.username().is_empty() || url.password().is_some() {
        Err(Refused::User)
    } else if url.fragment().is_some() {
        Err(Refused::Fragment)
    } else if url.as_str().len() > limits::WEBHOOK_URL_CHARS {
        Err(Refused::TooLong)
    } else {
        Ok(())
    }
}

//! Who may ask at the tester's door: programs and pages of this machine, and hosts that were named.
//! Browsers tell the truth about `Host`, `Origin` and `Sec-Fetch-Site`, whatever page makes them
//! ask, so neither another site nor a name that was pointed here (DNS rebinding) gets in.
//! Invariant: whoever names a host or an origin that is not taken reads nothing and moves nothing.

use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderMap, Method, Uri, header};

/// Which hosts are taken beside this machine's own names, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    /// In lower case, without ports.
    pub(crate) hosts: Vec<String>,
    /// Whether only this machine may ask, as others on the network may open the payer's pages.
    pub(crate) this_machine_only: bool,
}

impl Guard {
    pub(crate) fn lets(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), &'static str> {
        let foreign_host = "this host is not taken here; ask 127.0.0.1, or start with --allow-host";
        let foreign_page = "calls from the pages of another site are refused";
        let mut hosts = headers.get_all(header::HOST).iter();
        let named = uri.host().map(str::to_owned);
        let host = match (named, hosts.next(), hosts.next()) {
            (Some(host), ..) => Some(host),
            // A program that names no host is no browser.
            (None, None, _) => None,
            (None, Some(host), None) => {
                Some(host.to_str().ok().and_then(host_of).unwrap_or_default())
            }
            _ => Some(String::new()),
        };
        if host.is_some_and(|host| !self.takes(&host)) {
            return Err(foreign_host);
        }
        for origin in headers.get_all(header::ORIGIN) {
            let authority = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.split_once("://"));
            let host = authority.and_then(|(_, authority)| host_of(authority));
            if !host.is_some_and(|host| self.takes(&host)) {
                return Err(foreign_page);
            }
        }
        // A link on another site may be followed: it shows a page to the tester and to nobody else.
        let says = |name: &str, what: &str| headers.get(name).is_some_and(|said| said == what);
        let link = method == Method::GET && says("sec-fetch-mode", "navigate");
        if says("sec-fetch-site", "cross-site") && !link {
            return Err(foreign_page);
        }
        Ok(())
    }

    fn takes(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse::<IpAddr>();
        address.is_ok_and(|address| address.to_canonical().is_loopback())
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.hosts.contains(&host)
    }
}

/// The host of `host`, `host:port` or `[::1]:port`, in lower case.
pub(crate) fn host_of(authority: &str) -> Option<String> {
    let authority: Authority = authority.parse().ok()?;
    // `localhost@evil.example` names no host.
    let named = !authority.as_str().contains('@') && !authority.host().is_empty();
    named.then(|| authority.host().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn lets(hosts: &[&str], headers: &[(&'static str, &'static str)]) -> bool {
        let guard = Guard {
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            this_machine_only: false,
        };
        let mut said = HeaderMap::new();
        for (name, value) in headers {
            said.append(*name, HeaderValue::from_static(value));
        }
        guard
            .lets(&Method::GET, &Uri::from_static("/_sandbox/"), &said)
            .is_ok()
    }

    #[test]
    fn this_machine_and_named_hosts_are_taken_with_any_port() {
        for host in [
            "localhost",
            "localhost:7702",
            "LOCALHOST:1",
            "127.0.0.1:7702",
            "127.8.8.8",
            "[::1]:7702",
            "[::ffff:127.0.0.1]",
            "shop.localhost:7702",
            "sandbox:7702",
        ] {
            assert!(lets(&["sandbox"], &[("host", host)]), "{host}");
        }
        assert!(lets(&[], &[]), "no host");
    }

    #[test]
    fn other_hosts_are_not_however_they_are_written() {
        for host in [
            "evil.example",
            "evil.example:7702",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "sandbox2",
            "localhost@evil.example",
            "",
            " ",
            "[::2]",
        ] {
            assert!(!lets(&["sandbox"], &[("host", host)]), "{host}");
        }
        assert!(!lets(
            &[],
            &[("host", "localhost"), ("host", "evil.example")]
        ));
    }

    #[test]
    fn the_pages_of_other_sites_are_refused_and_links_are_not() {
        let here = ("host", "localhost:7702");
        for origin in [
            "http://localhost:3000",
            "http://127.0.0.1:7702",
            "http://[::1]:80",
        ] {
            assert!(lets(&[], &[here, ("origin", origin)]), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "file://",
        ] {
            assert!(!lets(&[], &[here, ("origin", origin)]), "{origin}");
        }
        let cross = ("sec-fetch-site", "cross-site");
        assert!(!lets(&[], &[here, cross]));
        assert!(!lets(&[], &[here, cross, ("sec-fetch-mode", "no-cors")]));
        assert!(lets(&[], &[here, cross, ("sec-fetch-mode", "navigate")]));
    }
}

//! Whose request it is, where proxies stand before danpay.
//!
//! **Invariant**: an address is believed only of the connection itself, or from a proxy that the
//! settings trust. Whatever stands left of it in the header may have been written by anybody.
//!
//! `Forwarded` (RFC 7239) is not read: a proxy that knows only `X-Forwarded-For` hands on whatever a
//! client has written there.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use http::HeaderMap;
use ipnet::IpNet;

use crate::limits;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks that `loopback` and `private` stand for.
const NAMED: [(&str, &[&str]); 2] = [
    ("loopback", &["127.0.0.0/8", "::1/128"]),
    (
        "private",
        &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    ),
];

/// The proxies whose word is taken for who came to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses, networks and names of networks; what cannot be taken is told by its number, since
    /// no error repeats a setting's value.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let networks = texts.iter().zip(1..).map(|(text, number)| {
            let networks = networks(text.trim());
            networks.map_err(|problem| format!("number {number} {problem}"))
        });
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        Ok(Self(networks.concat()))
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    if let Some((_, named)) = NAMED.iter().find(|(name, _)| *name == text) {
        return named.iter().map(|text| network(text)).collect();
    }
    network(text).map(|network| vec![network])
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let network: IpNet = text
        .parse()
        .map_err(|_| "is not an address, a network such as 10.0.0.0/8, loopback or private")?;
    if network.prefix_len() == 0 {
        return Err("would let everybody claim any address".to_owned());
    }
    if network.addr().to_canonical() != network.addr() {
        return Err("must be written as an IPv4 network".to_owned());
    }
    Ok(network)
}

/// Who sent a request, or the last of those before it whose word is taken. Nobody knows without sockets.
pub(crate) fn client_of(request: &Request, trusted: &TrustedProxies) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(client_address(peer.ip(), request.headers(), trusted))
}

/// The address behind the connection's: the right-most one of `X-Forwarded-For` that is not a trusted
/// proxy's, if the connection is a trusted proxy's. Where the header cannot be read, the last address
/// that could be.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut hops = lines
        .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','))
        .take(limits::FORWARDED_HOPS)
        .map(|hop| address(hop.trim()));
    while trusted.trust(client)
        && let Some(Some(hop)) = hops.next()
    {
        client = hop;
    }
    client
}

/// An address, with a port or without.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let address = bare.unwrap_or(hop).parse().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|hop| hop.ip());
    address.or_else(with_port).map(|hop| hop.to_canonical())
}

/// What is counted as one client: an IPv4 address, or the /64 that an IPv6 subscriber has to itself.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn trusted(texts: &[&str]) -> Result<TrustedProxies, String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        TrustedProxies::parse(&texts)
    }

    fn client(peer: &str, trusting: &[&str], lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(FORWARDED_FOR, value);
        }
        let trusted = trusted(trusting).unwrap();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_peer_that_is_not_trusted_is_the_client_whatever_it_says() {
        for trusting in [&[][..], &["10.0.0.0/8"]] {
            assert_eq!(client("192.0.2.1", trusting, &["1.1.1.1"]), "192.0.2.1");
        }
        assert_eq!(client("192.0.2.1", &["192.0.2.1"], &[]), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_right_most_other_address_is_the_client() {
        let cases: [(&[&str], &str); 12] = [
            (&["203.0.113.9"], "203.0.113.9"),
            // Written by the client itself.
            (&["8.8.8.8, 203.0.113.9"], "203.0.113.9"),
            (&["8.8.8.8, 203.0.113.9, 10.0.0.2,10.0.0.3"], "203.0.113.9"),
            (&["8.8.8.8", "203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            // Only proxies: the farthest.
            (&["10.0.0.4, 10.0.0.2"], "10.0.0.4"),
            // What cannot be read ends it, at the last that could be.
            (&["203.0.113.9, unknown"], "10.0.0.1"),
            (&["203.0.113.9, nonsense, 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9,"], "10.0.0.1"),
            (&["203.0.113.9, \u{ac00}"], "10.0.0.1"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8::1]:4711, ::ffff:10.0.0.2"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
        ];
        for (lines, expected) in cases {
            assert_eq!(
                client("10.0.0.1", &["10.0.0.0/8"], lines),
                expected,
                "{lines:?}"
            );
        }
        let mapped = client("::ffff:10.0.0.1", &["private"], &["::ffff:203.0.113.9"]);
        assert_eq!(mapped, "203.0.113.9");
        assert_eq!(
            client("::1", &["loopback"], &["203.0.113.9"]),
            "203.0.113.9"
        );
        assert_eq!(
            client("127.0.0.1", &["private"], &["203.0.113.9"]),
            "127.0.0.1"
        );
    }

    #[test]
    fn a_header_without_end_is_read_for_so_far() {
        let hops = vec!["10.0.0.2"; limits::FORWARDED_HOPS];
        let line = format!("203.0.113.9, {}", hops.join(", "));
        assert_eq!(client("10.0.0.1", &["private"], &[&line]), "10.0.0.2");
    }

    #[test]
    fn what_would_be_trusted_by_mistake_is_refused_by_number() {
        for bad in [
            "",
            "10.0.0.0/33",
            "proxy.example",
            "*",
            "0.0.0.0/0",
            "::/0",
            "::ffff:10.0.0.0/104",
        ] {
            let error = trusted(&["10.0.0.1", bad]).unwrap_err();
            assert!(error.starts_with("number 2 "), "{error}");
            assert!(bad.is_empty() || !error.contains(bad), "{error}");
        }
    }

    #[test]
    fn an_ipv6_subscriber_is_one_client() {
        let subscriber = |text: &str| subscriber(text.parse().unwrap()).to_string();
        assert_eq!(subscriber("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(subscriber("203.0.113.9"), "203.0.113.9");
    }
}

//! What an IP address is for, by IANA's registries of special-purpose addresses (RFC 6890 and its updates).
//!
//! **Invariant**: an IPv6 address that no line knows is not public. Those that carry an IPv4 address inside
//! them (mapped, compatible, 6to4, NAT64, Teredo) are not either: a gateway would reach that one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    /// Of somebody's own network.
    Private,
    /// This machine itself.
    Loopback,
    /// Of the same wire, where clouds tell a machine its keys.
    LinkLocal,
    Unspecified,
    Multicast,
    /// Reserved, for documents, or one that stands for another.
    Special,
}

use Kind::{LinkLocal, Loopback, Multicast, Private, Public, Special, Unspecified};

/// The first that holds an address tells its kind; what is in none is public.
const V4: [(Ipv4Net, Kind); 19] = [
    (v4([0, 0, 0, 0], 32), Unspecified),
    (v4([0, 0, 0, 0], 8), Special),
    (v4([10, 0, 0, 0], 8), Private),
    // Alibaba Cloud's metadata.
    (v4([100, 100, 100, 200], 32), LinkLocal),
    // Of providers behind NAT, and of many clusters.
    (v4([100, 64, 0, 0], 10), Private),
    (v4([127, 0, 0, 0], 8), Loopback),
    // Azure's metadata.
    (v4([168, 63, 129, 16], 32), LinkLocal),
    // With the metadata of most clouds, 169.254.169.254.
    (v4([169, 254, 0, 0], 16), LinkLocal),
    (v4([172, 16, 0, 0], 12), Private),
    // IETF protocols; Oracle's metadata is 192.0.0.192.
    (v4([192, 0, 0, 0], 24), Special),
    // Documents.
    (v4([192, 0, 2, 0], 24), Special),
    // Relays of 6to4.
    (v4([192, 88, 99, 0], 24), Special),
    (v4([192, 168, 0, 0], 16), Private),
    // Benchmarks, and containers of some developers' machines.
    (v4([198, 18, 0, 0], 15), Private),
    // Documents.
    (v4([198, 51, 100, 0], 24), Special),
    (v4([203, 0, 113, 0], 24), Special),
    (v4([224, 0, 0, 0], 4), Multicast),
    // Broadcast.
    (v4([255, 255, 255, 255], 32), Multicast),
    // Reserved.
    (v4([240, 0, 0, 0], 4), Special),
];

/// The first that holds an address tells its kind; what is in none is special.
const V6: [(Ipv6Net, Kind); 12] = [
    (v6([0; 8], 128), Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Loopback),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), LinkLocal),
    // Metadata of Amazon's and Google's clouds.
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), LinkLocal),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), LinkLocal),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Private),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Multicast),
    // IETF protocols: Teredo, benchmarks, ORCHID.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Special),
    // Documents.
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Special),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Special),
    // 6to4.
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Special),
    (v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3), Public),
];

impl Kind {
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                let mut lines = V4.iter();
                let line = lines.find(|(network, _)| network.contains(&address));
                line.map_or(Public, |(_, kind)| *kind)
            }
            IpAddr::V6(address) => {
                let mut lines = V6.iter();
                let line = lines.find(|(network, _)| network.contains(&address));
                line.map_or(Special, |(_, kind)| *kind)
            }
        }
    }
}

const fn v4(octets: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), length)
}

const fn v6(segments: [u16; 8], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), length)
}

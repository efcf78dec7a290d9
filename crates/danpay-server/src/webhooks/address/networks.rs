//! The setting `webhook_networks`: the networks and hosts of the operator's own to which webhooks may go.
//!
//! **Invariant**: it names what is meant and never everything; a mistake is told by its number, since no error
//! repeats a setting's value.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::limits;

/// The operator's own networks and hosts: there http and any port are let, also with real payments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Networks {
    networks: Vec<IpNet>,
    /// In lower case, and without a dot at the end.
    hosts: Vec<String>,
}

impl Networks {
    pub(crate) fn parse(entries: &[String]) -> Result<Self, String> {
        let (most, most_chars) = (limits::WEBHOOK_NETWORKS, limits::WEBHOOK_NETWORKS_CHARS);
        if entries.len() > most || entries.iter().map(String::len).sum::<usize>() > most_chars {
            return Err(format!(
                "must have at most {most} entries and {most_chars} characters"
            ));
        }
        let mut named = Self::default();
        for (entry, number) in entries.iter().zip(1..) {
            let added = named.add(entry.trim());
            added.map_err(|problem| format!("number {number} {problem}"))?;
        }
        Ok(named)
    }

    fn add(&mut self, entry: &str) -> Result<(), &'static str> {
        if let Ok(address) = entry.parse::<IpAddr>() {
            self.networks.push(address.to_canonical().into());
        } else if let Ok(network) = entry.parse::<IpNet>() {
            if network.prefix_len() == 0 {
                return Err("would let webhooks go to every address");
            }
            if network.addr().to_canonical() != network.addr() {
                return Err("must be written as an IPv4 network");
            }
            self.networks.push(network);
        } else {
            self.hosts.push(host(entry).ok_or(
                "is not an address, a network such as 10.0.0.0/8, or the name of a host such as shop: \
                 without http://, a port, a path or *",
            )?);
        }
        Ok(())
    }

    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        let mut networks = self.networks.iter();
        networks.any(|network| network.contains(&address))
    }

    pub(super) fn has_host(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        let mut hosts = self.hosts.iter();
        hosts.any(|host| host.eq_ignore_ascii_case(name))
    }
}

/// The name as a URL has it: a Korean one in ASCII. Numbers are addresses to a URL, however few.
fn host(entry: &str) -> Option<String> {
    let Ok(Host::Domain(name)) = Host::parse(entry) else {
        return None;
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_letter);
    (name.len() <= 253 && name.split('.').all(is_label)).then(|| name.to_owned())
}

//! The code by which a phone comes to a payment that a PC shows.

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRBuilder;
use url::{Host, Url};

/// Whether an address names the machine that opens it, whichever that is.
pub(super) fn is_of_this_machine(address: &str) -> bool {
    let url = Url::parse(address).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The code as an SVG image; nothing when the address is too long for one.
pub(super) fn qr_code(address: &str) -> String {
    let code = QRBuilder::new(address).build();
    code.map(|code| SvgBuilder::default().margin(2).to_str(&code))
        .unwrap_or_default()
}

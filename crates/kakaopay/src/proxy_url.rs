//! A proxy by way of which KakaoPay is reached.
//! Invariant: user and password in its address show nowhere.

use std::{fmt, str::FromStr};

use url::Url;

/// The address of a proxy: `http://`, `https://` or `socks5://`, or `socks5h://` if it shall find the
/// address of KakaoPay's name itself. User and password may stand in it, percent-encoded; they are not
/// shown.
///
/// ```
/// let proxy: kakaopay::ProxyUrl = "http://user:secret@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// # Ok::<(), kakaopay::InvalidProxyUrl>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ProxyUrl(Url);

/// The text is no address of a proxy. Nothing of it is in here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxyUrl {
    /// Not an absolute URL.
    #[error(
        "the proxy must be an absolute URL such as http://proxy.example:3128; in user and password \
         percent-encode what is no letter and no digit"
    )]
    Syntax,
    /// Another kind of proxy.
    #[error("the proxy must begin with http://, https://, socks5:// or socks5h://")]
    Scheme,
    /// A path, a query or a fragment.
    #[error("the proxy must have nothing behind its host and port")]
    Extra,
}

impl ProxyUrl {
    /// Whether the connection to it is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(crate) fn for_all(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.0.clone())
    }
}

impl FromStr for ProxyUrl {
    type Err = InvalidProxyUrl;

    fn from_str(text: &str) -> Result<Self, InvalidProxyUrl> {
        let url = Url::parse(text).map_err(|_| InvalidProxyUrl::Syntax)?;
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
            return Err(InvalidProxyUrl::Scheme);
        }
        if !url.has_host() {
            return Err(InvalidProxyUrl::Syntax);
        }
        let has_path = !matches!(url.path(), "" | "/");
        if has_path || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidProxyUrl::Extra);
        }
        Ok(Self(url))
    }
}

/// Without user and password.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        write!(formatter, "{}://{host}", self.0.scheme())?;
        match self.0.port() {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProxyUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_shows_neither_its_user_nor_its_password() {
        for (text, shown) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("https://us3r:pa55@proxy.example/", "https://proxy.example"),
            ("socks5h://us3r:p%40a55@[::1]:1080", "socks5h://[::1]:1080"),
        ] {
            let proxy: ProxyUrl = text.parse().unwrap();
            assert_eq!(proxy.to_string(), shown);
            assert_eq!(format!("{proxy:?}"), format!("ProxyUrl({shown})"));
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_being_repeated() {
        for (text, error) in [
            ("", InvalidProxyUrl::Syntax),
            ("us3r:pa55@proxy.example:3128", InvalidProxyUrl::Scheme),
            ("proxy.example:3128", InvalidProxyUrl::Scheme),
            ("http://us3r:pa/55@proxy.example", InvalidProxyUrl::Syntax),
            ("ftp://us3r:pa55@proxy.example", InvalidProxyUrl::Scheme),
            ("http://us3r:pa55@proxy.example/x", InvalidProxyUrl::Extra),
            ("http://proxy.example?pa55", InvalidProxyUrl::Extra),
        ] {
            assert_eq!(text.parse::<ProxyUrl>(), Err(error), "{text}");
            assert!(!error.to_string().contains("pa55"));
        }
    }
}

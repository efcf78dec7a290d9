//! Where KakaoPay is, and which addresses are KakaoPay's own.
//! Invariant: secrets travel over https only, or stay on this machine; over plain http to another one
//! only what goes with KakaoPay's test merchant codes.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// Longest address that a payer is sent to, in characters: our own bound. Real ones have about a
/// hundred, and browsers and proxies take more than this.
const PAYER_ADDRESS_MAX: usize = 2_000;
/// As it comes, a character may take four bytes.
const PAYER_ADDRESS_BYTES_MAX: usize = 4 * PAYER_ADDRESS_MAX;

/// The address of KakaoPay's API, or of a sandbox that plays it.
///
/// ```
/// use kakaopay::{BaseUrl, InvalidBaseUrl};
///
/// assert_eq!(BaseUrl::default().to_string(), "https://open-api.kakaopay.com/");
/// assert!("http://localhost:7702".parse::<BaseUrl>().is_ok());
/// let open = "http://sandbox:7702".parse::<BaseUrl>();
/// assert_eq!(open, Err(InvalidBaseUrl::Insecure));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseUrl(Url);

/// The text is no address that secrets may be sent to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// Not an absolute URL.
    #[error("the base URL is not an absolute URL")]
    Syntax,
    /// Neither https nor this machine.
    #[error("the base URL must begin with https://, except for this machine (localhost)")]
    Insecure,
    /// A real merchant code over plain http.
    #[error(
        "over plain http to another machine only KakaoPay's test merchant codes may be sent \
         (TC0ONETIME, TCSUBSCRIP, TCSEQUENCE)"
    )]
    RealCode,
    /// User, password, query or fragment.
    #[error("the base URL must be an origin with an optional path, nothing else")]
    Extra,
}

impl BaseUrl {
    /// An address that may be one of another machine over plain http: of a sandbox in another container,
    /// say. A client sends nothing there but what goes with KakaoPay's test merchant codes.
    ///
    /// # Errors
    ///
    /// [`InvalidBaseUrl`], but not for plain http alone.
    pub fn also_over_http(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl::Syntax)?;
        if !url.has_host() {
            return Err(InvalidBaseUrl::Syntax);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidBaseUrl::Insecure);
        }
        if !has_no_user(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::Extra);
        }
        Ok(Self(url))
    }

    /// Whether it is of another machine, over plain http.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_https() && !self.is_here()
    }

    /// Whether it is of this machine.
    pub(crate) fn is_here(&self) -> bool {
        is_this_machine(&self.0)
    }

    /// The address of an endpoint. A path of the base URL's own stays in front.
    #[cfg(any(test, feature = "http-client"))]
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let joined = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    /// Whether connections to it are encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// A trusted address as it may be stored, sent in a header and shown: visible ASCII, parsed
    /// and written anew.
    pub(crate) fn payer_address(&self, address: &str) -> Option<String> {
        // What is dropped in parsing counts as well, so that no work is done for a flood of it.
        if address.len() > PAYER_ADDRESS_BYTES_MAX {
            return None;
        }
        let address = String::from(self.trusted(address)?);
        // Query and fragment may keep a backslash, which some browsers take for a slash.
        let address = address.replace('\\', "%5C");
        let fits = address.len() <= PAYER_ADDRESS_MAX
            && address.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then_some(address)
    }

    /// A page of KakaoPay's, or of the host that this base URL names.
    fn trusted(&self, address: &str) -> Option<Url> {
        let url = Url::parse(address).ok()?;
        // A sandbox in another container tells where its pages are found from the outside.
        let is_sandbox = self.is_here() || self.is_open();
        let own = url.scheme() == self.0.scheme()
            && (url.host() == self.0.host() || (is_this_machine(&url) && is_sandbox));
        (has_no_user(&url) && (own || is_kakaopay(&url))).then_some(url)
    }
}

fn has_no_user(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

/// `localhost` and `127.0.0.1` are two names of one place.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
    }
}

/// https, the usual port, and a host under kakaopay.com.
fn is_kakaopay(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    let below = host
        .strip_suffix("kakaopay.com")
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    below && url.scheme() == "https" && url.port().is_none()
}

impl Default for BaseUrl {
    /// `https://open-api.kakaopay.com`, for test and real payments alike: the key and the merchant
    /// code decide.
    fn default() -> Self {
        Self(kakaopay())
    }
}

#[expect(
    clippy::expect_used,
    reason = "the text is a constant that every test run parses"
)]
fn kakaopay() -> Url {
    Url::parse("https://open-api.kakaopay.com").expect("a valid URL")
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Self::also_over_http(text)?;
        if url.is_open() {
            return Err(InvalidBaseUrl::Insecure);
        }
        Ok(url)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests;

//! Where payers go when they have paid: addresses of the shop's, on the web and in its app.
//!
//! **Invariant**: an address is absolute, of the web or of an app, and none that a browser itself would run
//! or show. Which of them are the shop's own is for its settings to say. They are boxed, since every step
//! of a payment holds its order.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::text::{self, InvalidField};

/// What browsers run, show or open by themselves: no app of a shop's has such a scheme.
const BROWSERS_OWN: [&str; 17] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "intent",
    "javascript",
    "resource",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// The scheme of an app's address, such as `chocoshop` of `chocoshop://orders/1`; nothing, if it is none.
pub fn app_scheme(url: &Url) -> Option<&str> {
    let scheme = url.scheme();
    let rest = url.as_str().strip_prefix(scheme)?;
    (rest.starts_with("://") && !BROWSERS_OWN.contains(&scheme)).then_some(scheme)
}

/// Whether it is an absolute address of the web: `http` or `https`, with a host.
pub fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Where the payer goes when the payment has ended: an absolute address on the web (`http`, `https`) or in
/// an app, without user name or password. It is kept as it is sent, with everything but ASCII
/// percent-encoded, and has at most 2,000 characters in that form: what proxies and browsers take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnUrl(Box<Url>);

impl ReturnUrl {
    const MAX: usize = 2_000;

    /// The address with the payment's id appended to its query, in the place of any that is there. Nothing
    /// else is appended: a result in the address could be forged, so the shop asks the API for it.
    pub fn for_payment(&self, id: crate::id::PaymentId) -> String {
        const NAME: &str = "payment_id";
        let mut url = Url::clone(&self.0);
        if url.query_pairs().any(|(name, _)| name == NAME) {
            // What else is there stays as it is written.
            let query = url.query().unwrap_or_default();
            let others = query.split('&').filter(|pair| {
                let mut pair = form_urlencoded::parse(pair.as_bytes());
                pair.next().is_none_or(|(name, _)| name != NAME)
            });
            let others: Vec<_> = others.collect();
            let others = others.join("&");
            url.set_query((!others.is_empty()).then_some(&others));
        }
        url.query_pairs_mut().append_pair(NAME, &id.to_string());
        url.into()
    }

    /// Its parts.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = InvalidField;

    fn try_from(text: String) -> Result<Self, InvalidField> {
        text::check("return_url", &text, usize::MAX)?;
        let url = Url::parse(&text)
            .ok()
            .filter(|url| is_web(url) || app_scheme(url).is_some())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| {
                InvalidField::new(
                    "return_url",
                    "must be an absolute http or https URL, such as https://shop.example/orders/1",
                    "https://shop.example/orders/1 같은 http(s) 절대 주소여야 합니다",
                )
            })?;
        check_length("return_url", &url, Self::MAX)?;
        Ok(Self(Box::new(url)))
    }
}

impl From<ReturnUrl> for String {
    fn from(url: ReturnUrl) -> Self {
        (*url.0).into()
    }
}

impl fmt::Display for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// An address in the shop's app, KakaoPay's `redirect_scheme_url`, such as `chocoshop://orders/1`: at most
/// 255 characters, which is our own bound (KakaoPay documents none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppUrl(Box<Url>);

impl AppUrl {
    const MAX: usize = 255;

    /// Its parts.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for AppUrl {
    type Error = InvalidField;

    fn try_from(text: String) -> Result<Self, InvalidField> {
        text::check("redirect_scheme_url", &text, usize::MAX)?;
        let url = Url::parse(&text)
            .ok()
            .filter(|url| app_scheme(url).is_some())
            .ok_or_else(|| {
                InvalidField::new(
                    "redirect_scheme_url",
                    "must be an address of your app's own scheme, such as chocoshop://orders/1",
                    "chocoshop://orders/1 같은 앱 스킴 주소여야 합니다",
                )
            })?;
        check_length("redirect_scheme_url", &url, Self::MAX)?;
        Ok(Self(Box::new(url)))
    }
}

impl From<AppUrl> for String {
    fn from(url: AppUrl) -> Self {
        (*url.0).into()
    }
}

fn check_length(field: &str, url: &Url, max: usize) -> Result<(), InvalidField> {
    let length = url.as_str().len();
    if length <= max {
        return Ok(());
    }
    Err(InvalidField::new(
        field,
        format!("must have at most {max} characters once it is percent-encoded, has {length}"),
        format!("퍼센트 인코딩한 길이가 최대 {max}자여야 하는데 {length}자입니다"),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<ReturnUrl, InvalidField> {
        ReturnUrl::try_from(text.to_owned())
    }

    #[test]
    fn addresses_of_the_web_and_of_apps_are_returned_to_and_no_others() {
        for bad in [
            "",
            "shop/1",
            "javascript:alert(1)",
            "javascript://%0aalert(1)",
            "JavaScript://x",
            "data://text/html,x",
            "file:///etc/passwd",
            "intent://x#Intent;scheme=http;end",
            "myshop:x",
            "myshop:/x",
            "myshop://a:b@c",
            "https://",
            "http://a:b@c/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        // 220 letters of three bytes, each of which becomes nine characters.
        let long = format!("https://shop.example/{}", "가".repeat(220));
        let error = read(&long).unwrap_err().to_string();
        assert!(error.contains("at most 2000"), "{error}");
        let id = crate::id::PaymentId::from_bytes([0; 16]);
        for (url, onward) in [
            (
                "https://shop.example/done?order=1#top",
                format!("https://shop.example/done?order=1&payment_id={id}#top"),
            ),
            (
                "https://shop.example/done?a=%20b&payment_id=1&payment%5Fid=2&c",
                format!("https://shop.example/done?a=%20b&c&payment_id={id}"),
            ),
            (
                "https://shop.example/?payment_id=1",
                format!("https://shop.example/?payment_id={id}"),
            ),
            ("myshop://", format!("myshop://?payment_id={id}")),
            (
                "com.example.shop://orders/1?a=b",
                format!("com.example.shop://orders/1?a=b&payment_id={id}"),
            ),
        ] {
            assert_eq!(read(url).unwrap().for_payment(id), onward);
        }
    }

    #[test]
    fn kakaopay_is_told_of_an_app_alone() {
        let read = |text: &str| AppUrl::try_from(text.to_owned());
        assert!(read("myshop://orders/1").is_ok());
        for bad in ["https://shop.example/", "javascript://x", "myshop", ""] {
            assert_eq!(read(bad).unwrap_err().field, "redirect_scheme_url", "{bad}");
        }
        assert!(read(&format!("myshop://{}", "x".repeat(250))).is_err());
    }

    proptest! {
        #[test]
        fn an_address_that_was_taken_is_read_back_as_it_is_kept(
            path in "[ -~가-힣\\\\]{0,400}", scheme in "https?|myshop",
        ) {
            if let Ok(url) = read(&format!("{scheme}://shop.example/{path}")) {
                let kept = String::from(url.clone());
                prop_assert_eq!(read(&kept), Ok(url.clone()));
                prop_assert!(kept.is_ascii() && kept.len() <= 2_000);
                let id = crate::id::PaymentId::from_bytes([0; 16]);
                prop_assert!(url.for_payment(id).len() <= 2_100);
            }
        }
    }
}

//! Whose clock payments have in a shop's tests.
//!
//! **Invariant**: nobody but the sandbox in KakaoPay's place is asked for the time, and only where KakaoPay's
//! test codes alone are used.

use danpay_core::InvalidField;
use url::Url;

use super::{Config, ConfigError};
use crate::shops::is_live;

/// Why a live contract is refused where payments have a sandbox's clock.
pub(crate) fn beside_test_clock(field: &str) -> InvalidField {
    InvalidField::new(
        field,
        "must be one of KakaoPay's test codes, since payments have a sandbox's clock (test_clock_url, \
         DANPAY_TEST_CLOCK_URL)",
        "결제가 샌드박스의 시계를 따르므로(test_clock_url, DANPAY_TEST_CLOCK_URL) 카카오페이의 테스트 CID여야 합니다",
    )
}

impl Config {
    /// The sandbox whose clock payments have.
    pub(crate) fn test_clock(&self) -> Result<Option<Url>, ConfigError> {
        let Some(text) = &self.test_clock_url else {
            return Ok(None);
        };
        let invalid = |problem: &str| Err(ConfigError::value("test_clock_url", problem));
        let origin = |text: &str| Url::parse(text).ok().filter(Url::has_host);
        let Some(url) = origin(text).filter(is_origin) else {
            return invalid("must be the origin of a sandbox, such as http://127.0.0.1:7702");
        };
        let base = origin(&self.kakaopay_base_url);
        if base.is_none_or(|base| base.origin() != url.origin()) {
            return invalid(
                "must be where kakaopay_base_url (DANPAY_KAKAOPAY_BASE_URL) is: the sandbox itself tells the time",
            );
        }
        if is_live(&self.kakaopay_cid) {
            return invalid(
                "is for tests, and kakaopay_cid (DANPAY_KAKAOPAY_CID) is none of KakaoPay's test codes",
            );
        }
        Ok(Some(url))
    }
}

fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
}

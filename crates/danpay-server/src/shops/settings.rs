//! What an operator sets of a shop.

use danpay_core::{InvalidField, Won};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config;

/// As it is stored. No secret is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The merchant code that is used where none is named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cid: String,
    /// Where payers find the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    /// Where its payers' browsers reach this server, without a slash at its end; the server's own
    /// `public_url` if unset. KakaoPay's applications know the domains to which payers return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The origins and app schemes to which payers may be sent back; any, if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub return_origins: Vec<String>,
    /// Parts of user agents by which the shop's own app's web views are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub app_agents: Vec<String>,
    /// Whether order numbers may name several orders, each charged.
    pub orders_repeat: bool,
    /// The most that one refund may be, KRW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_max: Option<Won>,
    /// The most that may be refunded on one day in Korea, KRW.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_max_per_day: Option<Won>,
}

/// Far more than any shop has.
const LIST_MAX: usize = 50;

impl Settings {
    /// Whether each can be used.
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        if let Some(url) = &self.public_url {
            config::public_url(url).map_err(|problem| {
                let ko = "쿼리와 #이 없는 http(s) 주소여야 합니다";
                InvalidField::new("public_url", problem, ko)
            })?;
        }
        self.check_home()?;
        for origin in &self.return_origins {
            if origin_of(origin).as_deref() != Some(origin) {
                return Err(InvalidField::new(
                    "return_origins",
                    "must be origins such as https://shop.example, without a path",
                    "https://shop.example처럼 경로가 없는 주소여야 합니다",
                ));
            }
        }
        for agent in &self.app_agents {
            danpay_core::text::check_name("app_agents", agent)?;
        }
        if self.return_origins.len() > LIST_MAX || self.app_agents.len() > LIST_MAX {
            return Err(InvalidField::new(
                "settings",
                format!("must have at most {LIST_MAX} of each"),
                format!("항목마다 최대 {LIST_MAX}개입니다"),
            ));
        }
        Ok(())
    }

    /// Whether payers can be shown the way to the shop.
    pub(super) fn check_home(&self) -> Result<(), InvalidField> {
        let Some(url) = &self.home_url else {
            return Ok(());
        };
        let is_web = Url::parse(url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_web && url.len() <= 2_000 {
            return Ok(());
        }
        Err(InvalidField::new(
            "home_url",
            "must be an absolute http or https URL of at most 2,000 characters",
            "2,000자 이하의 http(s) 절대 주소여야 합니다",
        ))
    }

    /// Whether payers may be sent back there.
    pub(crate) fn check_return(&self, url: &str) -> Result<(), InvalidField> {
        let origin = origin_of(url);
        let is_own = origin.is_some_and(|origin| self.return_origins.contains(&origin));
        if is_own || self.return_origins.is_empty() {
            return Ok(());
        }
        let own = self.return_origins.join(", ");
        Err(InvalidField::new(
            "return_url",
            format!("must be at one of the shop's own origins: {own}"),
            format!("상점에 등록된 주소({own}) 아래여야 합니다"),
        ))
    }
}

fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_web.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payers_are_sent_back_to_the_shops_own_origins_alone() {
        let settings = Settings {
            return_origins: vec!["https://shop.example".to_owned()],
            ..Settings::default()
        };
        assert!(settings.check().is_ok());
        for (url, may) in [
            ("https://shop.example/orders/1?x=y", true),
            ("https://shop.example:443/", true),
            ("https://SHOP.example/", true),
            ("http://shop.example/", false),
            ("https://shop.example.evil.example/", false),
            ("https://evil.example/?https://shop.example", false),
            ("https://shop.example:8443/", false),
        ] {
            assert_eq!(settings.check_return(url).is_ok(), may, "{url}");
        }
        let any = Settings::default();
        assert!(any.check_return("https://anywhere.example/").is_ok());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let bad = [
            ("home_url", json(r#"{"home_url": "shop.example"}"#)),
            (
                "public_url",
                json(r#"{"public_url": "https://pay.example/?a"}"#),
            ),
            (
                "return_origins",
                json(r#"{"return_origins": ["https://shop.example/"]}"#),
            ),
            ("app_agents", json(r#"{"app_agents": [""]}"#)),
        ];
        for (field, settings) in bad {
            assert_eq!(settings.check().unwrap_err().field, field);
        }
    }

    fn json(text: &str) -> Settings {
        serde_json::from_str(text).unwrap()
    }
}

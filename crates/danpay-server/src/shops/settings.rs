//! What an operator sets of a shop.

use danpay_core::{InvalidField, Order, Won, address};
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
    /// The origins (`https://shop.example`) and app schemes (`chocoshop://`) to which payers may be sent
    /// back; any of the web, if there are none.
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
        self.check_return_origins()?;
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
        if Url::parse(url).is_ok_and(|url| address::is_web(&url)) && url.len() <= 2_000 {
            return Ok(());
        }
        Err(InvalidField::new(
            "home_url",
            "must be an absolute http or https URL of at most 2,000 characters",
            "2,000자 이하의 http(s) 절대 주소여야 합니다",
        ))
    }

    /// Whether each is an origin or an app's scheme.
    pub(crate) fn check_return_origins(&self) -> Result<(), InvalidField> {
        for origin in &self.return_origins {
            let parsed = Url::parse(origin).ok();
            if parsed.as_ref().and_then(origin_of).as_ref() != Some(origin) {
                return Err(InvalidField::new(
                    "return_origins",
                    "must be origins such as https://shop.example, without a path, or an app's schemes \
                     such as chocoshop://",
                    "https://shop.example처럼 경로가 없는 주소이거나 chocoshop://처럼 앱 스킴이어야 합니다",
                ));
            }
        }
        Ok(())
    }

    /// Whether payers may be sent to the addresses of an order: to the shop's own, once there are any.
    pub(crate) fn check_addresses(&self, order: &Order) -> Result<(), InvalidField> {
        if let Some(url) = &order.return_url {
            self.check_address("return_url", url.url())?;
        }
        if let Some(url) = &order.redirect_scheme_url {
            self.check_address("redirect_scheme_url", url.url())?;
        }
        Ok(())
    }

    fn check_address(&self, field: &str, url: &Url) -> Result<(), InvalidField> {
        let is_own = origin_of(url).is_some_and(|origin| self.return_origins.contains(&origin));
        let is_app = address::app_scheme(url).is_some();
        if is_own || !is_app && self.return_origins.is_empty() {
            return Ok(());
        }
        let own = self.return_origins.join(", ");
        Err(if own.is_empty() {
            InvalidField::new(
                field,
                "has an app's scheme, which the operator has to register for the shop first \
                 (return origins)",
                "앱 스킴 주소입니다. 먼저 운영자가 상점의 return origin으로 등록해야 합니다",
            )
        } else {
            InvalidField::new(
                field,
                format!("must be at one of the shop's own origins: {own}"),
                format!("상점에 등록된 주소({own}) 아래여야 합니다"),
            )
        })
    }
}

/// An origin of the web, such as `https://shop.example`, or an app's scheme, such as `chocoshop://`.
fn origin_of(url: &Url) -> Option<String> {
    if address::is_web(url) {
        return Some(url.origin().ascii_serialization());
    }
    address::app_scheme(url).map(|scheme| format!("{scheme}://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payers_are_sent_back_to_the_shops_own_origins_alone() {
        let settings = Settings {
            return_origins: ["https://shop.example", "chocoshop://"]
                .map(str::to_owned)
                .into(),
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
            ("chocoshop://orders/1", true),
            ("ChocoShop://", true),
            ("chocoshop2://", false),
            ("chocoshop:orders", false),
        ] {
            let checked = settings.check_address("return_url", &Url::parse(url).unwrap());
            assert_eq!(checked.is_ok(), may, "{url}");
            if let Err(error) = checked {
                assert_eq!(error.field, "return_url");
                for told in [error.message, error.message_ko] {
                    assert!(
                        told.contains("https://shop.example, chocoshop://"),
                        "{told}"
                    );
                }
            }
        }
    }

    #[test]
    fn where_no_origin_is_registered_any_of_the_web_is_taken_and_none_of_an_app() {
        let any = Settings::default();
        let may = |url: &str| {
            any.check_address("return_url", &Url::parse(url).unwrap())
                .is_ok()
        };
        assert!(may("https://anywhere.example/"));
        assert!(!may("chocoshop://orders/1"));
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
            (
                "return_origins",
                json(r#"{"return_origins": ["javascript://"]}"#),
            ),
            (
                "return_origins",
                json(r#"{"return_origins": ["chocoshop"]}"#),
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

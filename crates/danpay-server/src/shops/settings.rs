//! What an operator sets of a shop.

use danpay_core::Won;
use serde::{Deserialize, Serialize};

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

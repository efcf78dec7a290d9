//! A shop's settings on the command line.

use danpay_core::Won;
use danpay_server::Settings;

/// What is named replaces what was there; an empty value clears it.
#[derive(clap::Args)]
pub(super) struct SettingsArgs {
    /// Where payers find the shop
    #[arg(long, value_name = "URL")]
    home_url: Option<String>,
    /// Where its payers' browsers reach this server, if not at the server's own public URL:
    /// KakaoPay's applications know the domains to which payers return
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// An origin to which payers may be sent back, such as <https://shop.example>, or an app's scheme,
    /// such as chocoshop://; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    return_origin: Vec<String>,
    /// A part of the user agent of the shop's own app's web views; may be repeated
    #[arg(long, value_name = "TEXT")]
    app_agent: Vec<String>,
    /// Whether one order number may be charged more than once, for shops without order numbers
    #[arg(long, value_name = "BOOL")]
    orders_repeat: Option<bool>,
    /// The most that one refund may be, KRW; 0 is no limit
    #[arg(long, value_name = "KRW", value_parser = won)]
    refund_max: Option<Won>,
    /// The most that may be refunded on one day in Korea, KRW; 0 is no limit
    #[arg(long, value_name = "KRW", value_parser = won)]
    refund_max_per_day: Option<Won>,
}

fn won(text: &str) -> Result<Won, String> {
    let amount: Option<i64> = text.parse().ok();
    let won = amount.and_then(|amount| Won::try_from(amount).ok());
    won.ok_or_else(|| "must be a whole amount in KRW".to_owned())
}

impl SettingsArgs {
    /// These over those of before.
    pub(super) fn over(self, before: Settings) -> Settings {
        let text = |new: Option<String>, old: Option<String>| match new {
            None => old,
            Some(new) => Some(new).filter(|new| !new.is_empty()),
        };
        let list = |new: Vec<String>, old: Vec<String>| {
            if new.is_empty() {
                return old;
            }
            new.into_iter().filter(|one| !one.is_empty()).collect()
        };
        let limit = |new: Option<Won>, old: Option<Won>| match new {
            None => old,
            Some(new) => Some(new).filter(|new| !new.is_zero()),
        };
        Settings {
            home_url: text(self.home_url, before.home_url),
            public_url: text(self.public_url, before.public_url),
            return_origins: list(self.return_origin, before.return_origins),
            app_agents: list(self.app_agent, before.app_agents),
            orders_repeat: self.orders_repeat.unwrap_or(before.orders_repeat),
            refund_max: limit(self.refund_max, before.refund_max),
            refund_max_per_day: limit(self.refund_max_per_day, before.refund_max_per_day),
            ..before
        }
    }
}

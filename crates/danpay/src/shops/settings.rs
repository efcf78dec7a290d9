//! A shop's settings on the command line.

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
    /// An origin to which payers may be sent back, such as <https://shop.example>; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    return_origin: Vec<String>,
    /// A part of the user agent of the shop's own app's web views; may be repeated
    #[arg(long, value_name = "TEXT")]
    app_agent: Vec<String>,
    /// Whether one order number may be charged more than once, for shops without order numbers
    #[arg(long, value_name = "BOOL")]
    orders_repeat: Option<bool>,
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
        Settings {
            home_url: text(self.home_url, before.home_url),
            public_url: text(self.public_url, before.public_url),
            return_origins: list(self.return_origin, before.return_origins),
            app_agents: list(self.app_agent, before.app_agents),
            orders_repeat: self.orders_repeat.unwrap_or(before.orders_repeat),
            ..before
        }
    }
}

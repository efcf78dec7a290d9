//! Which of KakaoPay's three pages fits the payer's device.
//! Invariant: `App` is never guessed: a web view shows KakaoTalk's scheme only if the shop's app
//! passes it on, which the shop alone knows.

/// What the payer holds, as far as KakaoPay tells devices apart.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Device {
    /// A desktop browser: KakaoPay shows a QR code or sends a message to the payer's KakaoTalk.
    Pc,
    /// A browser on a phone or tablet, in-app browsers of other apps included: KakaoPay's page
    /// switches to KakaoTalk.
    Mobile,
    /// A web view of the shop's own app, which opens KakaoTalk by the page's scheme.
    App,
}

/// What only phones, tablets and their browsers say of themselves.
const MOBILE_MARKS: [&str; 6] = ["android", "iphone", "ipad", "ipod", "mobile", "opera mini"];

impl Device {
    /// Chooses by the `User-Agent` header and, if sent, `Sec-CH-UA-Mobile` (`?1` is a phone).
    ///
    /// `app_agents` are the texts by which the shop's own apps name themselves in their web views'
    /// user agent; case does not matter. They come first. A tablet counts as `Mobile`, since it can
    /// run KakaoTalk. An iPad whose Safari asks for desktop pages (the default) sends the very
    /// same header as a Mac and gets the page for `Pc`; so does an agent that tells nothing.
    ///
    /// ```
    /// use kakaopay::Device;
    ///
    /// let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) MyShop/3.1";
    /// assert_eq!(Device::from_user_agent(agent, None, &[]), Device::Mobile);
    /// assert_eq!(Device::from_user_agent(agent, None, &["myshop/"]), Device::App);
    /// ```
    pub fn from_user_agent(
        user_agent: &str,
        sec_ch_ua_mobile: Option<&str>,
        app_agents: &[&str],
    ) -> Self {
        let user_agent = user_agent.to_ascii_lowercase();
        let names = |mark: &str| !mark.is_empty() && user_agent.contains(mark);
        if app_agents
            .iter()
            .any(|mark| names(&mark.to_ascii_lowercase()))
        {
            return Self::App;
        }
        let says_mobile = sec_ch_ua_mobile.is_some_and(|hint| hint.trim() == "?1");
        if says_mobile || MOBILE_MARKS.into_iter().any(names) {
            Self::Mobile
        } else {
            Self::Pc
        }
    }
}

#[cfg(test)]
mod tests;

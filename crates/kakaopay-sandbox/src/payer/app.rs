//! The shop's own app, as its web view tells of itself.
//! KakaoPay's page for apps calls the app's scheme by itself; a browser has nobody who takes it.

use http::{HeaderMap, header};

/// Who asks for the page that is meant for apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum App {
    /// Takes `intent://` addresses.
    Android,
    /// Takes `kakaotalk://` addresses.
    Ios,
    /// A browser after all.
    None,
}

impl App {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT);
        Self::named(
            agent
                .and_then(|agent| agent.to_str().ok())
                .unwrap_or_default(),
        )
    }

    /// Android's web view says `; wv)`, that of iOS leaves out `Safari/`.
    fn named(agent: &str) -> Self {
        let apple = ["iPhone", "iPad", "iPod"]
            .iter()
            .any(|device| agent.contains(device));
        if agent.contains("Android") && agent.contains("; wv)") {
            Self::Android
        } else if apple && agent.contains("AppleWebKit") && !agent.contains("Safari/") {
            Self::Ios
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_views_are_told_apart_from_browsers() {
        for (agent, app) in [
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36",
                App::Android,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                App::Ios,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                App::None,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                App::None,
            ),
            ("curl/8.5.0", App::None),
            ("", App::None),
        ] {
            assert_eq!(App::named(agent), app, "{agent}");
        }
    }
}

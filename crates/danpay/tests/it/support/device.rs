//! The devices that payers hold, as Chromium is told to behave.

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Desktop,
    /// One that runs no page's scripts.
    PlainDesktop,
    Android,
    IPhone,
    /// A web view of the shop's own app, which names itself [`APP_AGENT`].
    App,
}

/// What the shop's app adds to its web view's user agent.
pub(crate) const APP_AGENT: &str = "ChocoApp/";

impl Device {
    /// The page's width, in CSS pixels.
    pub(crate) fn width(self) -> u32 {
        match self {
            Self::Desktop | Self::PlainDesktop => 1280,
            Self::Android | Self::IPhone | Self::App => 390,
        }
    }

    /// Chromium's emulation of it, in `ChromeDriver`'s words.
    pub(crate) fn emulation(self) -> Option<Value> {
        let user_agent = match self {
            Self::Desktop | Self::PlainDesktop => return None,
            Self::Android => {
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Mobile Safari/537.36"
            }
            Self::IPhone => {
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            }
            Self::App => {
                "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A.231005.007; wv) \
                 AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 \
                 Mobile Safari/537.36 ChocoApp/2.1"
            }
        };
        Some(json!({
            "userAgent": user_agent,
            "deviceMetrics": {
                "width": self.width(), "height": 844, "pixelRatio": 2, "touch": true, "mobile": true,
            },
        }))
    }
}

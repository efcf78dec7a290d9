//! What the address of a payer's page says beside which payment it is.

use serde::Deserialize;

/// How the payer's device came to the payment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// It is the device that the shop is open on.
    Here,
    /// It scanned the QR code of a PC page, which goes on by itself.
    Qr,
}

impl Via {
    pub(super) fn query(self) -> &'static str {
        match self {
            Self::Here => "",
            Self::Qr => "?via=qr",
        }
    }
}

/// Any other parameter, such as `kpayTid`, is ignored.
#[derive(Deserialize)]
pub(super) struct Asked {
    pub(super) via: Option<String>,
    pub(super) page: Option<String>,
    pub(super) change: Option<String>,
    /// `message` for the PC page's second way.
    pub(super) way: Option<String>,
    /// Why no message was sent.
    pub(super) wrong: Option<String>,
    /// How a tester let the payer's browser end: `elsewhere` or `away`.
    pub(super) ended: Option<String>,
}

impl Asked {
    pub(super) fn via(&self) -> Via {
        if self.via.as_deref() == Some("qr") {
            Via::Qr
        } else {
            Via::Here
        }
    }
}

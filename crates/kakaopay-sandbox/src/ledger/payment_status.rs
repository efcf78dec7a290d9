//! The statuses that a merchant is told, in KakaoPay's spelling.

use serde::Serialize;

/// KakaoPay's statuses, as far as a one-time payment here can reach them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Requested; nobody has opened anything yet.
    Ready,
    /// The QR code, or the message in `KakaoTalk`, was used.
    SendTms,
    /// The payer opened the payment page.
    OpenPayment,
    /// The payer chose a method.
    SelectMethod,
    /// The payer authenticated; approve is possible.
    AuthPassword,
    /// Approved: money moved.
    SuccessPayment,
    /// A part was given back.
    PartCancelPayment,
    /// All of it was given back.
    CancelPayment,
    /// The payer gave up.
    QuitPayment,
    /// The payer's password was wrong too often.
    FailAuthPassword,
    /// The approval failed.
    FailPayment,
    /// A subscription was issued without a charge.
    IssuedSid,
}

impl PaymentStatus {
    /// KakaoPay's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::SendTms => "SEND_TMS",
            Self::OpenPayment => "OPEN_PAYMENT",
            Self::SelectMethod => "SELECT_METHOD",
            Self::AuthPassword => "AUTH_PASSWORD",
            Self::SuccessPayment => "SUCCESS_PAYMENT",
            Self::PartCancelPayment => "PART_CANCEL_PAYMENT",
            Self::CancelPayment => "CANCEL_PAYMENT",
            Self::QuitPayment => "QUIT_PAYMENT",
            Self::FailAuthPassword => "FAIL_AUTH_PASSWORD",
            Self::FailPayment => "FAIL_PAYMENT",
            Self::IssuedSid => "ISSUED_SID",
        }
    }
}

//! Where a payment stands at KakaoPay, and how the payer pays.
//! Invariant: the texts are KakaoPay's documented ones and the lists stay open; what a status
//! means for money is said here and nowhere else.

use crate::open_enum::open_enum;

open_enum! {
    /// State of a payment in an order lookup or after a cancel. KakaoPay has none for "expired".
    OrderStatus {
        /// The payment was requested; the payer has not come yet.
        Ready = "READY",
        /// The request message was sent to the payer's KakaoTalk (from the PC page).
        SendTms = "SEND_TMS",
        /// The payer has opened the payment page.
        OpenPayment = "OPEN_PAYMENT",
        /// The payer has chosen a method.
        SelectMethod = "SELECT_METHOD",
        /// Verification by telephone is running.
        ArsWaiting = "ARS_WAITING",
        /// The payer has authenticated; approve is possible. No money has moved.
        AuthPassword = "AUTH_PASSWORD",
        /// A subscription was issued without a charge.
        IssuedSid = "ISSUED_SID",
        /// Paid.
        SuccessPayment = "SUCCESS_PAYMENT",
        /// Paid, and a part of it has gone back.
        PartCancelPayment = "PART_CANCEL_PAYMENT",
        /// Paid, and all of it has gone back, at once or in parts.
        CancelPayment = "CANCEL_PAYMENT",
        /// The payer's authentication failed.
        FailAuthPassword = "FAIL_AUTH_PASSWORD",
        /// The payer gave up.
        QuitPayment = "QUIT_PAYMENT",
        /// The approval failed.
        FailPayment = "FAIL_PAYMENT",
    }
}

impl OrderStatus {
    /// The payment was approved at some time, whatever went back since: `SUCCESS_PAYMENT`,
    /// `PART_CANCEL_PAYMENT`, `CANCEL_PAYMENT`. Before you deliver, ask
    /// [`is_paid_in_full`](crate::OrderResponse::is_paid_in_full).
    pub fn was_approved(&self) -> bool {
        matches!(
            self,
            Self::SuccessPayment | Self::PartCancelPayment | Self::CancelPayment
        )
    }

    /// The payer may still pay, unless the 15 minutes have passed: KakaoPay has no status for that. These
    /// are `READY`, `SEND_TMS`, `OPEN_PAYMENT`, `SELECT_METHOD`, `ARS_WAITING` and `AUTH_PASSWORD`.
    ///
    /// `ISSUED_SID` and a status that is not known are neither open, nor approved, nor ended.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Ready
                | Self::SendTms
                | Self::OpenPayment
                | Self::SelectMethod
                | Self::ArsWaiting
                | Self::AuthPassword
        )
    }

    /// The payment has ended and nothing was paid: `FAIL_AUTH_PASSWORD`, `QUIT_PAYMENT`, `FAIL_PAYMENT`.
    /// After a call to approve it is final only [30 s later](crate::settling#what-is-final-when).
    pub fn ended_unpaid(&self) -> bool {
        matches!(
            self,
            Self::FailAuthPassword | Self::QuitPayment | Self::FailPayment
        )
    }
}

open_enum! {
    /// How the payer pays.
    PaymentMethodType {
        /// A card registered with KakaoPay.
        Card = "CARD",
        /// KakaoPay money (카카오페이머니).
        Money = "MONEY",
    }
}

open_enum! {
    /// What one element of a payment's history did.
    PaymentActionType {
        /// An approval.
        Payment = "PAYMENT",
        /// A cancellation.
        Cancel = "CANCEL",
        /// A subscription issued without a charge.
        IssuedSid = "ISSUED_SID",
    }
}

open_enum! {
    /// Card issuers that a payment may be restricted to, by agreement with KakaoPay. Issuers that
    /// need an agreement of their own (SUHYUP, SHINHYUP, JEONBUK, JEJU, …) go by `Unknown`.
    CardIssuer {
        /// 신한카드
        Shinhan = "SHINHAN",
        /// KB국민카드; does not include 카카오뱅크's cards.
        Kb = "KB",
        /// 현대카드
        Hyundai = "HYUNDAI",
        /// 롯데카드
        Lotte = "LOTTE",
        /// 삼성카드
        Samsung = "SAMSUNG",
        /// NH농협카드
        Nh = "NH",
        /// BC카드; does not include KakaoPay's or Citi's cards.
        Bc = "BC",
        /// 하나카드
        Hana = "HANA",
        /// 씨티카드; to be listed beside BC.
        Citi = "CITI",
        /// 카카오뱅크; to be listed beside KB.
        KakaoBank = "KAKAOBANK",
        /// 카카오페이카드; to be listed beside BC.
        KakaoPay = "KAKAOPAY",
        /// 우리카드
        WooriOnly = "WOORIONLY",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_the_future_reads_and_writes_back() {
        let status: OrderStatus = serde_json::from_str("\"EXPIRED_PAYMENT\"").unwrap();
        assert_eq!(status, OrderStatus::Unknown("EXPIRED_PAYMENT".to_owned()));
        assert_eq!(
            serde_json::to_string(&status).unwrap(),
            "\"EXPIRED_PAYMENT\""
        );
        assert!(!status.was_approved() && !status.ended_unpaid() && !status.is_open());
    }

    #[test]
    fn every_documented_status_means_exactly_one_thing_for_money() {
        let all = "READY SEND_TMS OPEN_PAYMENT SELECT_METHOD ARS_WAITING AUTH_PASSWORD ISSUED_SID \
                   SUCCESS_PAYMENT PART_CANCEL_PAYMENT CANCEL_PAYMENT FAIL_AUTH_PASSWORD \
                   QUIT_PAYMENT FAIL_PAYMENT";
        for text in all.split_whitespace() {
            let status = OrderStatus::from(text);
            assert!(
                !matches!(status, OrderStatus::Unknown(_)),
                "{text} is documented"
            );
            let meanings = [
                status.is_open(),
                status.was_approved(),
                status.ended_unpaid(),
            ];
            let expected = usize::from(text != "ISSUED_SID");
            assert_eq!(
                meanings.iter().filter(|&&holds| holds).count(),
                expected,
                "{text}"
            );
            assert_eq!(status.as_str(), text);
        }
    }
}

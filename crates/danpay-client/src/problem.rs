//! danpay's answer when it refuses or fails.
//! Invariant: what each code proves, and whether the same call may succeed later, is said here and
//! nowhere else.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Amount, CancellationId, KakaoPayFailure, Outcome, Payment, PaymentId, PaymentStatus};

open_enum! {
    /// Why danpay has refused or failed. The meaning of a code never changes.
    ProblemCode {
        /// The body is no JSON.
        MalformedJson = "malformed_json",
        /// There is no body.
        BodyMissing = "body_missing",
        /// The body could not be read to its end.
        BodyUnreadable = "body_unreadable",
        /// The body has more than 64 KiB.
        BodyTooLarge = "body_too_large",
        /// The query has unknown parameters or values.
        QueryUnreadable = "query_unreadable",
        /// A header came twice, perhaps by a proxy of yours.
        HeaderRepeated = "header_repeated",
        /// The request cannot be read.
        BadRequest = "bad_request",
        /// No API key, or one that is not known.
        Unauthorized = "unauthorized",
        /// The key's role may not do this.
        Forbidden = "forbidden",
        /// The shop is disabled: it makes no new payments.
        ShopDisabled = "shop_disabled",
        /// There is no such payment of this shop, or no such address.
        NotFound = "not_found",
        /// The address does not take this method.
        MethodNotAllowed = "method_not_allowed",
        /// There is no such event to go on after: read anew without `after`, and skip the ids that you
        /// have handled.
        EventUnknown = "event_unknown",
        /// The shop has a webhook endpoint of this address already.
        WebhookEndpointExists = "webhook_endpoint_exists",
        /// The shop has as many webhook endpoints as it may have.
        WebhookEndpointsFull = "webhook_endpoints_full",
        /// The webhook endpoint is disabled: nothing is sent to it.
        WebhookEndpointDisabled = "webhook_endpoint_disabled",
        /// The delivery is under way at this moment.
        WebhookInFlight = "webhook_in_flight",
        /// danpay's operator has to set its master key.
        MasterKeyMissing = "master_key_missing",
        /// A cancellation needs a key.
        IdempotencyKeyMissing = "idempotency_key_missing",
        /// The key was used for another request. If that was a cancellation, the money may have gone
        /// back: look at the payment's cancellations first.
        IdempotencyKeyReused = "idempotency_key_reused",
        /// Not possible in the payment's status, which `payment_status` names.
        WrongStatus = "wrong_status",
        /// The payment has ended unpaid: give the goods back. `payment` is how it stands.
        ApprovalEnded = "approval_ended",
        /// The order is paid already, by `payment_id`.
        OrderAlreadyPaid = "order_already_paid",
        /// Another payment of the order is being charged: see how `payment_id` ends, then approve again.
        OrderBeingCharged = "order_being_charged",
        /// Another cancellation of the payment is pending: ask again when it is settled.
        CancellationPending = "cancellation_pending",
        /// Something else is left than was expected: look at the payment's cancellations, decide anew.
        ExpectedLeftDiffers = "expected_left_differs",
        /// Above what the shop lets go back: `limit` and `limit_amount` say which limit.
        RefundLimit = "refund_limit",
        /// KakaoPay said no: nothing went back by this cancellation.
        CancelRefused = "cancel_refused",
        /// `errors` names each field that is wrong.
        InvalidFields = "invalid_fields",
        /// Too many requests: later, with the same key.
        TooManyRequests = "too_many_requests",
        /// As many CSV files are being read as may be at once: later.
        TooManyExports = "too_many_exports",
        /// KakaoPay said no. Nothing was charged.
        KakaoPayRefused = "kakaopay_refused",
        /// KakaoPay did not answer. Nothing was charged.
        KakaoPayNoAnswer = "kakaopay_no_answer",
        /// KakaoPay does not accept danpay's key, merchant code or address: the operator has to act.
        KakaoPaySetup = "kakaopay_setup",
        /// KakaoPay was asked too often.
        KakaoPayQuota = "kakaopay_quota",
        /// KakaoPay cannot be reached.
        KakaoPayUnreachable = "kakaopay_unreachable",
        /// Too much is under way.
        Overloaded = "overloaded",
        /// The operator is restoring danpay's database from a backup.
        DatabaseRestored = "database_restored",
        /// danpay's database cannot be read or written.
        DatabaseUnavailable = "database_unavailable",
        /// The request took too long.
        Timeout = "timeout",
        /// A fault of danpay's: `request_id` finds it in the log.
        Internal = "internal",
    }
}

/// danpay's answer when it has not done what was asked (RFC 9457).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub code: ProblemCode,
    /// In English, for people. It may change.
    #[serde(default)]
    pub detail: String,
    /// In Korean, for people. It may change.
    #[serde(default)]
    pub detail_ko: String,
    /// Under which danpay's log has the request.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Each field that is wrong.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// The payment as it stands, after [`ApprovalEnded`](ProblemCode::ApprovalEnded).
    #[serde(default)]
    pub payment: Option<Box<Payment>>,
    /// The payment that this is about.
    #[serde(default)]
    pub payment_id: Option<PaymentId>,
    /// How the payment stands, after [`WrongStatus`](ProblemCode::WrongStatus).
    #[serde(default)]
    pub payment_status: Option<PaymentStatus>,
    /// The cancellation that failed.
    #[serde(default)]
    pub cancellation_id: Option<CancellationId>,
    /// What has gone back in all.
    #[serde(default)]
    pub canceled_amount: Option<Amount>,
    /// What is left.
    #[serde(default)]
    pub cancel_available_amount: Option<Amount>,
    /// Until when KakaoPay would have taken the cancellation, as aggregators write.
    #[serde(default)]
    pub refundable_until: Option<Timestamp>,
    /// Which limit it is: `per_refund` or `per_day`.
    #[serde(default)]
    pub limit: Option<String>,
    /// How much that limit is, in KRW.
    #[serde(default)]
    pub limit_amount: Option<i64>,
    /// What is left of the limit of the day.
    #[serde(default)]
    pub left_today: Option<i64>,
    /// The day in Korea.
    #[serde(default)]
    pub day: Option<String>,
    /// KakaoPay's own words.
    #[serde(default)]
    pub kakaopay: Option<KakaoPayFailure>,
}

/// A field that is wrong.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// Its path, such as `amount.total`.
    pub field: String,
    /// What would be right, in English.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

impl Problem {
    /// What it proves of the call alone.
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.code {
            // The commit may have been made.
            ProblemCode::DatabaseUnavailable | ProblemCode::Timeout | ProblemCode::Internal => {
                Outcome::Unknown
            }
            ProblemCode::Other(_) if self.status >= 500 => Outcome::Unknown,
            _ => Outcome::Refused,
        }
    }

    /// Whether it tells how the thing itself stands, whatever came of earlier tries of the same call.
    pub(crate) fn settles(&self) -> bool {
        matches!(
            self.code,
            ProblemCode::ApprovalEnded | ProblemCode::CancelRefused
        )
    }

    /// Whether the same call, with the same key, may succeed later without anybody deciding anew.
    pub(crate) fn passes(&self) -> bool {
        match &self.code {
            ProblemCode::TooManyRequests
            | ProblemCode::KakaoPayNoAnswer
            | ProblemCode::KakaoPayQuota
            | ProblemCode::KakaoPayUnreachable
            | ProblemCode::Overloaded
            | ProblemCode::DatabaseRestored
            | ProblemCode::DatabaseUnavailable
            | ProblemCode::Timeout
            | ProblemCode::Internal => true,
            // One that is not known yet goes by its status.
            ProblemCode::Other(_) => self.status == 429 || self.status >= 500,
            _ => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (HTTP {})", self.code, self.status)?;
        if !self.detail.is_empty() {
            write!(formatter, ": {}", self.detail)?;
        }
        if let Some(id) = &self.request_id {
            write!(formatter, " [{id}]")?;
        }
        Ok(())
    }
}

//! The codes of all problems: one table of what each is called, under which status it is answered and
//! after how many seconds the same request is worth sending again, where that is always the same.
//!
//! **Invariant**: a code never changes what it means. Each has a page, which `docs::problems` does not
//! compile without.

use http::StatusCode;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($code:ident = $name:literal $status:ident $(after $seconds:literal)?,)*) => {
        /// What went wrong, in a word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($code,)*
        }

        impl Code {
            /// In the order in which they are listed.
            pub(crate) const ALL: &[Self] = &[$(Self::$code,)*];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }

            pub(crate) fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            pub(crate) fn status(self) -> StatusCode {
                match self {
                    $(Self::$code => StatusCode::$status,)*
                }
            }

            /// What `Retry-After` says, unless whoever makes the problem knows better.
            pub(crate) fn retry_after_s(self) -> Option<u32> {
                match self {
                    $(Self::$code => [$($seconds)?].first().copied(),)*
                }
            }
        }
    };
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

codes! {
    MalformedJson = "malformed_json" BAD_REQUEST,
    BodyMissing = "body_missing" BAD_REQUEST,
    BodyUnreadable = "body_unreadable" BAD_REQUEST,
    BodyTooLarge = "body_too_large" PAYLOAD_TOO_LARGE,
    QueryUnreadable = "query_unreadable" BAD_REQUEST,
    HeaderRepeated = "header_repeated" BAD_REQUEST,
    BadRequest = "bad_request" BAD_REQUEST,
    Unauthorized = "unauthorized" UNAUTHORIZED,
    Forbidden = "forbidden" FORBIDDEN,
    ShopDisabled = "shop_disabled" FORBIDDEN,
    NotFound = "not_found" NOT_FOUND,
    MethodNotAllowed = "method_not_allowed" METHOD_NOT_ALLOWED,
    EventUnknown = "event_unknown" NOT_FOUND,
    IdempotencyKeyMissing = "idempotency_key_missing" BAD_REQUEST,
    WrongStatus = "wrong_status" CONFLICT,
    ApprovalEnded = "approval_ended" CONFLICT,
    OrderAlreadyPaid = "order_already_paid" CONFLICT,
    OrderBeingCharged = "order_being_charged" CONFLICT after 2,
    CancellationPending = "cancellation_pending" CONFLICT after 2,
    ExpectedLeftDiffers = "expected_left_differs" CONFLICT,
    RefundLimit = "refund_limit" CONFLICT,
    CancelRefused = "cancel_refused" CONFLICT,
    InvalidFields = "invalid_fields" UNPROCESSABLE_ENTITY,
    TooManyRequests = "too_many_requests" TOO_MANY_REQUESTS,
    TooManyExports = "too_many_exports" TOO_MANY_REQUESTS after 30,
    IdempotencyKeyReused = "idempotency_key_reused" UNPROCESSABLE_ENTITY,
    WebhookEndpointExists = "webhook_endpoint_exists" CONFLICT,
    WebhookEndpointsFull = "webhook_endpoints_full" CONFLICT,
    WebhookEndpointDisabled = "webhook_endpoint_disabled" CONFLICT,
    WebhookInFlight = "webhook_in_flight" CONFLICT after 40,
    KakaopayRefused = "kakaopay_refused" BAD_GATEWAY,
    KakaopayNoAnswer = "kakaopay_no_answer" BAD_GATEWAY after 2,
    KakaopaySetup = "kakaopay_setup" SERVICE_UNAVAILABLE after 10,
    KakaopayQuota = "kakaopay_quota" SERVICE_UNAVAILABLE,
    KakaopayUnreachable = "kakaopay_unreachable" SERVICE_UNAVAILABLE,
    Overloaded = "overloaded" SERVICE_UNAVAILABLE after 1,
    MasterKeyMissing = "master_key_missing" SERVICE_UNAVAILABLE,
    DatabaseRestored = "database_restored" SERVICE_UNAVAILABLE after 60,
    DatabaseUnavailable = "database_unavailable" SERVICE_UNAVAILABLE after 2,
    Timeout = "timeout" SERVICE_UNAVAILABLE after 2,
    Internal = "internal" INTERNAL_SERVER_ERROR after 5,
}

//! KakaoPay's no: HTTP status, error code and message.
//! Messages seen in real logs are kept to the letter; the others follow their manner.
//! Invariant: a refusal never repeats a secret, only names of fields and their limits.

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use crate::ledger::{MethodResult, Refused};

#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    #[serde(rename = "error_code")]
    code: i32,
    #[serde(rename = "error_message")]
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extras: Option<MethodResult>,
}

impl Refusal {
    fn new(status: StatusCode, code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            extras: None,
        }
    }

    /// A bad or missing parameter. That the current API uses -2 for it is our guess.
    pub(crate) fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, -2, message)
    }

    pub(crate) fn null(field: &str) -> Self {
        Self::parameter(format!("{field} can't be null."))
    }

    pub(crate) fn wrong_url() -> Self {
        Self::new(StatusCode::NOT_FOUND, -404, "wrong url!")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            -404,
            "wrong http method! use POST.",
        )
    }

    pub(crate) fn wrong_content_type() -> Self {
        let message = "wrong content type! use application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, -2, message)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            -2,
            "request body is too large!",
        )
    }

    pub(crate) fn no_authorization() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            -400,
            "authorization header is missing!",
        )
    }

    pub(crate) fn wrong_scheme() -> Self {
        let message = "wrong authorization! use 'SECRET_KEY {secret key}'.";
        Self::new(StatusCode::UNAUTHORIZED, -401, message)
    }

    pub(crate) fn wrong_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, -401, "secret key is wrong!")
    }

    /// The text was seen for a CID that an account may not use; its code there was not recorded.
    pub(crate) fn wrong_cid() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            -731,
            "invalid param(cid has invalid value)",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            -500,
            "internal server error!",
        )
    }

    pub(crate) fn maintenance() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            -503,
            "service is under maintenance!",
        )
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let (code, message) = match refused {
            Refused::NotAuthenticated => (-701, "authentication doesn't complete!"),
            Refused::AlreadyApproved => (-702, "payment is already done!"),
            Refused::OrderIdDiffers => (-706, "partner order id is different when you ordered!"),
            Refused::UserIdDiffers => (-707, "partner user id is different when you ordered!"),
            Refused::WrongToken => (-708, "pg token is wrong!"),
            Refused::AboveAvailable => (-710, "cancel amount is above cancel available amount!"),
            Refused::UnknownTid => (-721, "tid does not exist!"),
            // That these three are -722 is our guess.
            Refused::AvailableDiffers => (-722, "cancel available amount is different!"),
            Refused::SplitDoesNotFit => (-722, "tax free or vat of cancel amount does not fit!"),
            Refused::DepositNeedsFullCancel => (
                -722,
                "payment with green deposit can only be canceled as a whole!",
            ),
            Refused::Expired => (-723, "payment time is expired!"),
            // That a differing total at approve is -725 is our guess.
            Refused::TotalDiffers => (-725, "total amount is different when you ordered!"),
            Refused::GivenUp => (-783, "payment status does not allow approve!"),
            Refused::MethodFailed(_) => (-780, "approval failure!"),
            Refused::NotCancelable => (-784, "payment status does not allow cancel!"),
        };
        let extras = match refused {
            Refused::MethodFailed(result) => Some(result),
            _ => None,
        };
        Self {
            extras,
            ..Self::new(StatusCode::BAD_REQUEST, code, message)
        }
    }
}

//! KakaoPay's no: HTTP status, error code, message, and what the payment method said of it.
//! Messages seen in real logs are kept to the letter; the others follow their manner.
//! Invariant: a refusal never repeats a secret, only names of fields and their limits.

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use crate::codes;
use crate::ledger::{MethodResult, Refused};

/// One of three messages of -722.
pub(super) const SPLIT_DOES_NOT_FIT: &str = "tax free or vat of cancel amount does not fit!";

#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: i32,
    pub(crate) message: Cow<'static, str>,
    pub(crate) extras: Option<Extras>,
}

/// What a bank or card company said.
#[derive(Debug, Serialize)]
pub(crate) struct Extras {
    pub(crate) method_result_code: Cow<'static, str>,
    pub(crate) method_result_message: Cow<'static, str>,
}

impl From<MethodResult> for Extras {
    fn from(said: MethodResult) -> Self {
        Self {
            method_result_code: said.code.into(),
            method_result_message: said.message.into(),
        }
    }
}

impl Refusal {
    /// A documented code with its status and message.
    pub(crate) fn of(code: i32) -> Self {
        let (status, message) = codes::documented(code)
            .map_or((StatusCode::BAD_REQUEST, ""), |known| {
                (known.status, known.message)
            });
        Self {
            status,
            code,
            message: message.into(),
            extras: None,
        }
    }

    pub(crate) fn saying(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }

    pub(crate) fn with_extras(self, extras: Extras) -> Self {
        Self {
            extras: Some(extras),
            ..self
        }
    }

    fn at_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// A bad or missing parameter. That the current API uses -2 for it is our guess.
    pub(crate) fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(-2).saying(message)
    }

    pub(crate) fn null(field: &str) -> Self {
        Self::parameter(format!("{field} can't be null."))
    }

    pub(crate) fn wrong_url() -> Self {
        Self::of(-404)
    }

    pub(crate) fn wrong_method() -> Self {
        Self::of(-404)
            .at_status(StatusCode::METHOD_NOT_ALLOWED)
            .saying("wrong http method! use POST.")
    }

    pub(crate) fn wrong_content_type(expected: &str) -> Self {
        Self::parameter(format!("wrong content type! use {expected}."))
            .at_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    pub(crate) fn too_large() -> Self {
        Self::parameter("request body is too large!").at_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    pub(crate) fn no_authorization() -> Self {
        Self::of(-400)
    }

    pub(crate) fn wrong_scheme(expected: &str) -> Self {
        Self::of(-401).saying(format!("wrong authorization! use '{expected}'."))
    }

    pub(crate) fn wrong_key() -> Self {
        Self::of(-401)
    }

    /// The text was seen for a CID that an account may not use; its code there was not recorded.
    pub(crate) fn wrong_cid() -> Self {
        Self::of(-731)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotAuthenticated => Self::of(-701),
            Refused::AlreadyApproved => Self::of(-702),
            Refused::OrderIdDiffers => Self::of(-706),
            Refused::UserIdDiffers => Self::of(-707),
            Refused::WrongToken => Self::of(-708),
            Refused::AboveAvailable => Self::of(-710),
            Refused::UnknownTid => Self::of(-721),
            // That these three are -722 is our guess.
            Refused::AvailableDiffers => {
                Self::of(-722).saying("cancel available amount is different!")
            }
            Refused::SplitDoesNotFit => Self::of(-722).saying(SPLIT_DOES_NOT_FIT),
            Refused::DepositNeedsFullCancel => {
                Self::of(-722).saying("payment with green deposit can only be canceled as a whole!")
            }
            // A bound of the sandbox's own.
            Refused::TooManyCancellations => Self::of(-781)
                .saying("cancel failure! the sandbox keeps 1,000 cancellations of a payment."),
            Refused::Expired => Self::of(-723),
            // That a differing total at approve is -725 is our guess.
            Refused::TotalDiffers => Self::of(-725),
            Refused::GivenUp => Self::of(-783),
            Refused::MethodFailed(said) => Self::of(-780).with_extras(said.into()),
            Refused::UnknownSid => Self::of(-750),
            Refused::SidInactive => Self::of(-751),
            Refused::SidOfAnotherUser => Self::of(-753),
            Refused::NotCancelable => Self::of(-784),
        }
    }
}

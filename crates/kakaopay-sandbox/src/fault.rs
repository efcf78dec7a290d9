//! What can go wrong between a merchant and KakaoPay, on demand.
//! A fault waits for the next calls that it concerns and is used up by them.
//! Invariant: nothing goes wrong unless somebody asked for it.

mod kind;
mod waiting;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::kind::FaultKind;
pub(crate) use self::waiting::{Faults, Who};
use crate::codes;

/// Where things go wrong: a merchant's call, or the payer's way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Endpoint {
    /// `POST /online/v1/payment/ready`
    Ready,
    /// `POST /online/v1/payment/approve`
    Approve,
    /// `POST /online/v1/payment/order`
    Order,
    /// `POST /online/v1/payment/cancel`
    Cancel,
    /// `POST /online/v1/payment/subscription`
    Subscription,
    /// `POST /online/v1/payment/manage/subscription/status`
    SubscriptionStatus,
    /// `POST /online/v1/payment/manage/subscription/inactive`
    SubscriptionInactive,
    /// The payer's browser on its way back to the shop.
    Payer,
}

/// A fault for the next calls that it concerns.
///
/// In JSON: `{"endpoint":"approve","fault":"delay_before","delay_ms":3000,"times":2}`; beside
/// these, `order_id`, `tid`, `probability`, `error_code`, `takes_effect`, `method_result_code` and
/// `method_result_message`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// Whose calls.
    pub endpoint: Endpoint,
    /// What happens to them.
    pub fault: FaultKind,
    /// How many calls; one when left out, [`Fault::ALWAYS`] when left out beside a probability.
    pub times: u32,
    /// How long delays take, late effects are late and lookups lag; at most ten minutes.
    pub delay_ms: u32,
    /// Only calls about this `partner_order_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Only calls about this payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Between 0 and 1: how likely each call is hit. The seed decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The documented code of [`FaultKind::ErrorCode`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i32>,
    /// Whether the call takes effect all the same, as when a bank's answer is lost.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub takes_effect: bool,
    /// `extras.method_result_code` beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_result_code: Option<String>,
    /// `extras.method_result_message` beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_result_message: Option<String>,
}

impl Fault {
    /// In `times`: not used up, until it is cleared.
    pub const ALWAYS: u32 = u32::MAX;

    /// A task that waits must end: no delay is longer than this.
    pub(crate) const DELAY_MS_MAX: u32 = 600_000;

    /// Of a text in JSON.
    const TEXT_MAX: usize = 200;

    /// For the next call of `endpoint`.
    pub fn new(endpoint: Endpoint, fault: FaultKind) -> Self {
        Self {
            endpoint,
            fault,
            times: 1,
            delay_ms: 0,
            order_id: None,
            tid: None,
            probability: None,
            error_code: None,
            takes_effect: false,
            method_result_code: None,
            method_result_message: None,
        }
    }

    /// A documented error code for the next call of `endpoint`, which has no effect.
    pub fn error(endpoint: Endpoint, error_code: i32) -> Self {
        Self {
            error_code: Some(error_code),
            ..Self::new(endpoint, FaultKind::ErrorCode)
        }
    }

    /// The error code is a lie: the call takes effect as if nothing were wrong.
    #[must_use]
    pub fn takes_effect(self) -> Self {
        Self {
            takes_effect: true,
            ..self
        }
    }

    /// For the next `times` calls.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// How long a delay takes.
    #[must_use]
    pub fn delay_ms(self, delay_ms: u32) -> Self {
        Self { delay_ms, ..self }
    }

    /// Only for calls about this `partner_order_id`.
    #[must_use]
    pub fn order_id(self, order_id: impl Into<String>) -> Self {
        Self {
            order_id: Some(order_id.into()),
            ..self
        }
    }

    /// Only for calls about this payment.
    #[must_use]
    pub fn tid(self, tid: impl Into<String>) -> Self {
        Self {
            tid: Some(tid.into()),
            ..self
        }
    }

    /// Hits each call with this probability, until it is cleared.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Self {
            probability: Some(probability),
            times: Self::ALWAYS,
            ..self
        }
    }

    /// What the payment method says beside the error code.
    #[must_use]
    pub fn method_result(self, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            method_result_code: Some(code.into()),
            method_result_message: Some(message.into()),
            ..self
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.min(Self::DELAY_MS_MAX).into())
    }
}

/// A fault as it was asked for in JSON, which may make no sense.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    endpoint: Endpoint,
    fault: FaultKind,
    times: Option<u32>,
    #[serde(default)]
    delay_ms: u32,
    order_id: Option<String>,
    tid: Option<String>,
    probability: Option<f64>,
    error_code: Option<i32>,
    #[serde(default)]
    takes_effect: bool,
    method_result_code: Option<String>,
    method_result_message: Option<String>,
}

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let kind = written.fault;
        let times = match written.probability {
            None => 1,
            Some(_) => Self::ALWAYS,
        };
        if written.delay_ms > Self::DELAY_MS_MAX {
            return Err(format!("delay_ms is at most {}", Self::DELAY_MS_MAX));
        }
        let texts = [
            &written.order_id,
            &written.tid,
            &written.method_result_code,
            &written.method_result_message,
        ];
        if texts
            .into_iter()
            .flatten()
            .any(|text| text.chars().count() > Self::TEXT_MAX)
        {
            return Err(format!("texts have at most {} characters", Self::TEXT_MAX));
        }
        if written.times == Some(0) {
            return Err("times is at least 1".to_owned());
        }
        if !kind.happens_at(written.endpoint) {
            return Err(format!("{} does not happen there", kind.as_str()));
        }
        if !(0.0..=1.0).contains(&written.probability.unwrap_or(0.0)) {
            return Err("probability is between 0 and 1".to_owned());
        }
        let known = |code| codes::documented(code).is_some();
        match (kind, written.error_code) {
            (FaultKind::ErrorCode, None) => return Err("error_code says which code".to_owned()),
            (FaultKind::ErrorCode, Some(code)) if !known(code) => {
                return Err(format!("{code} is not a documented code"));
            }
            (FaultKind::ErrorCode, Some(_)) => {}
            // Every other fault says by its name whether the call takes effect.
            _ if written.takes_effect => {
                return Err("takes_effect goes with error_code alone".to_owned());
            }
            _ => {}
        }
        Ok(Self {
            endpoint: written.endpoint,
            fault: kind,
            times: written.times.unwrap_or(times),
            delay_ms: written.delay_ms,
            order_id: written.order_id,
            tid: written.tid,
            probability: written.probability,
            error_code: written.error_code,
            takes_effect: written.takes_effect,
            method_result_code: written.method_result_code,
            method_result_message: written.method_result_message,
        })
    }
}

//! What can go wrong between a merchant and KakaoPay, on demand.
//! A fault waits for the next calls of its endpoint and is used up by them.
//! Invariant: nothing goes wrong unless somebody asked for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A merchant endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /online/v1/payment/ready`
    Ready,
    /// `POST /online/v1/payment/approve`
    Approve,
    /// `POST /online/v1/payment/order`
    Order,
    /// `POST /online/v1/payment/cancel`
    Cancel,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The call takes effect, then the connection is reset instead of an answer.
    AnswerLostAfterCommit,
    /// The connection is reset before the call takes effect.
    ResetBefore,
    /// The call takes effect, and is answered, only after `delay_ms`; also when the caller has
    /// left meanwhile.
    DelayBefore,
    /// The call takes effect at once and is answered after `delay_ms`.
    DelayAfterCommit,
    /// `500` with code -500; the call has no effect.
    #[serde(rename = "error_500")]
    Error500,
    /// `503` with code -503; the call has no effect.
    #[serde(rename = "error_503")]
    Error503,
}

impl FaultKind {
    /// Every kind, for lists.
    pub const ALL: [Self; 6] = [
        Self::AnswerLostAfterCommit,
        Self::ResetBefore,
        Self::DelayBefore,
        Self::DelayAfterCommit,
        Self::Error500,
        Self::Error503,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnswerLostAfterCommit => "answer_lost_after_commit",
            Self::ResetBefore => "reset_before",
            Self::DelayBefore => "delay_before",
            Self::DelayAfterCommit => "delay_after_commit",
            Self::Error500 => "error_500",
            Self::Error503 => "error_503",
        }
    }
}

/// A fault for the next calls of one endpoint.
///
/// In JSON: `{"endpoint":"approve","fault":"delay_before","delay_ms":3000,"times":2}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Whose calls.
    pub endpoint: Endpoint,
    /// What happens to them.
    pub fault: FaultKind,
    /// How many calls; one when left out.
    #[serde(default = "once")]
    pub times: u32,
    /// How long the two delays take, at most ten minutes.
    #[serde(default)]
    pub delay_ms: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// For the next call of `endpoint`.
    pub fn new(endpoint: Endpoint, fault: FaultKind) -> Self {
        Self {
            endpoint,
            fault,
            times: 1,
            delay_ms: 0,
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

    /// A task that waits must end: no delay is longer than this.
    pub(crate) const DELAY_MS_MAX: u32 = 600_000;

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.min(Self::DELAY_MS_MAX).into())
    }
}

#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The oldest fault for this endpoint; this call uses it up once.
    pub(crate) fn draw(&mut self, endpoint: Endpoint) -> Option<Fault> {
        self.0.retain(|fault| fault.times > 0);
        let fault = self.0.iter_mut().find(|fault| fault.endpoint == endpoint)?;
        fault.times -= 1;
        Some(*fault)
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.0
            .iter()
            .filter(|fault| fault.times > 0)
            .copied()
            .collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_used_up_by_the_calls_of_its_endpoint_only() {
        let mut faults = Faults::default();
        faults.add(Fault::new(Endpoint::Approve, FaultKind::Error500).times(2));
        assert_eq!(faults.draw(Endpoint::Ready), None);
        assert!(faults.draw(Endpoint::Approve).is_some());
        assert!(faults.draw(Endpoint::Approve).is_some());
        assert_eq!(faults.draw(Endpoint::Approve), None);
        assert_eq!(faults.waiting(), []);
    }

    #[test]
    fn faults_of_one_endpoint_happen_in_the_order_they_were_asked_for() {
        let mut faults = Faults::default();
        faults.add(Fault::new(Endpoint::Order, FaultKind::Error503));
        faults.add(Fault::new(Endpoint::Order, FaultKind::ResetBefore));
        let drawn = [faults.draw(Endpoint::Order), faults.draw(Endpoint::Order)];
        assert_eq!(
            drawn.map(|fault| fault.map(|fault| fault.fault)),
            [Some(FaultKind::Error503), Some(FaultKind::ResetBefore)]
        );
    }

    #[test]
    fn a_kind_has_one_name_in_json_and_on_the_page() {
        for kind in FaultKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}

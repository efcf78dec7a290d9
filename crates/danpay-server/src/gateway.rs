//! KakaoPay as the flow sees it: questions about our payments, answers in the domain's words.
//!
//! **Invariant**: nothing of KakaoPay's JSON gets past this room, but for the evidence that is
//! recorded as it came, without secrets. Whatever is not certain is `Unknown` or `Inconclusive`.

mod answers;
mod breaker;
mod find;
mod lookups;
mod pressure;
mod requests;
mod rest;

pub(crate) use answers::failure;
pub(crate) use find::{FindError, Found};
pub(crate) use pressure::{Busy, Pressure};

use danpay_core::{
    ApproveAnswer, CancelAnswer, Cancellation, LookedUp, Order, Payment, PaymentId, RedirectUrls,
    Refused,
};
use jiff::Timestamp;
use kakaopay::{Cid, Error, KakaoPay, OrderRequest, OrderResponse, Outcome, Tid};
use serde_json::Value;

use crate::clock::Clock;

/// A question's answer, and what KakaoPay said as evidence.
pub(crate) struct Answer<T> {
    pub(crate) answer: T,
    pub(crate) evidence: Value,
}

/// What KakaoPay gives a new payment.
pub(crate) struct Ready {
    pub(crate) tid: String,
    pub(crate) redirect: RedirectUrls,
    /// UTC; absent if KakaoPay's answer had none.
    pub(crate) created_at: Option<Timestamp>,
}

/// Why a payment could not be made ready. Nothing has happened in any case: a TID that we did not
/// learn of expires unpaid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadyError {
    /// KakaoPay was not asked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// KakaoPay could not be reached, or its quota is used up.
    #[error("KakaoPay cannot be reached: {0}")]
    Unreachable(#[source] kakaopay::Error),
    /// KakaoPay said no.
    #[error("KakaoPay refused the payment: {0}")]
    Refused(#[source] kakaopay::Error),
    /// No answer, or none that can be used.
    #[error("KakaoPay gave no usable answer: {0}")]
    NoAnswer(#[source] kakaopay::Error),
    /// The answer would send the payer to somebody else.
    #[error("KakaoPay's answer would send the payer to an address that is not KakaoPay's")]
    ForeignRedirect,
    /// A value of ours does not fit, such as a public URL that is too long.
    #[error(transparent)]
    Field(#[from] kakaopay::InvalidField),
}

/// The way to KakaoPay.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    kakaopay: KakaoPay,
    clock: Clock,
    pub(crate) pressure: Pressure,
    cid: Cid,
    /// Without a slash at its end.
    public_url: String,
}

impl Gateway {
    pub(crate) fn new(
        kakaopay: KakaoPay,
        clock: Clock,
        pressure: Pressure,
        (cid, public_url): (Cid, String),
    ) -> Self {
        Self {
            kakaopay,
            clock,
            pressure,
            cid,
            public_url,
        }
    }

    pub(crate) fn cid(&self) -> &Cid {
        &self.cid
    }

    /// Whether payments move real money: not with KakaoPay's test codes.
    pub(crate) fn livemode(&self) -> bool {
        !matches!(self.cid.as_str(), "TC0ONETIME" | "TCSUBSCRIP")
    }

    pub(crate) async fn ready(
        &self,
        id: PaymentId,
        order: &Order,
    ) -> Result<Answer<Ready>, ReadyError> {
        let back = |way: &str| format!("{}/return/{id}/{way}", self.public_url);
        let urls = ["approve", "cancel", "fail"].map(back);
        let request = requests::ready(self.cid.clone(), order, urls)?;
        let turn = self.pressure.turn(|| self.clock.now()).await?;
        let result = self.kakaopay.ready(&request).await;
        drop(turn);
        self.pressure.ready_ended(self.clock.now(), &result);
        let response = result.map_err(|error| match error.outcome() {
            Outcome::NotSent => ReadyError::Unreachable(error),
            Outcome::Rejected => ReadyError::Refused(error),
            Outcome::Unknown => ReadyError::NoAnswer(error),
        })?;
        let redirect = RedirectUrls {
            pc: response.next_redirect_pc_url.clone(),
            mobile: response.next_redirect_mobile_url.clone(),
            app: response.next_redirect_app_url.clone(),
        };
        let own = |url: &String| self.kakaopay.trusts_redirect(url);
        if ![&redirect.pc, &redirect.mobile, &redirect.app]
            .into_iter()
            .all(own)
        {
            return Err(ReadyError::ForeignRedirect);
        }
        let tid = response.tid.as_str().to_owned();
        let created_at = response.created_at.map(kakaopay::KstDateTime::timestamp);
        let evidence = answers::recorded(&response);
        Ok(Answer {
            answer: Ready {
                tid,
                redirect,
                created_at,
            },
            evidence,
        })
    }

    pub(crate) async fn approve(&self, payment: &Payment) -> Answer<ApproveAnswer> {
        let request = match requests::approve(payment) {
            Ok(request) => request,
            // A token of a form that KakaoPay never gives, so somebody has made it up.
            Err(error) => {
                let evidence = answers::not_sent(&error);
                return Answer {
                    answer: ApproveAnswer::Refused(Refused::WrongToken),
                    evidence,
                };
            }
        };
        match self.heard(self.kakaopay.approve(&request).await) {
            Ok(response) => Answer {
                evidence: answers::recorded(&response),
                answer: answers::approved(response),
            },
            Err(error) => Answer {
                answer: answers::not_approved(&error),
                evidence: answers::error(&error),
            },
        }
    }

    pub(crate) async fn cancel(
        &self,
        payment: &Payment,
        cancellation: &Cancellation,
    ) -> Answer<CancelAnswer> {
        let request = match requests::cancel(payment, cancellation) {
            Ok(request) => request,
            Err(error) => {
                let evidence = answers::not_sent(&error);
                return Answer {
                    answer: CancelAnswer::NotSent,
                    evidence,
                };
            }
        };
        match self.heard(self.kakaopay.cancel(&request).await) {
            Ok(response) => Answer {
                evidence: answers::recorded(&response),
                answer: answers::canceled(&response),
            },
            Err(error) => Answer {
                answer: answers::not_canceled(&error),
                evidence: answers::error(&error),
            },
        }
    }

    pub(crate) async fn look_up(&self, payment: &Payment) -> Answer<LookedUp> {
        let cid = Cid::try_from(payment.cid.as_str()).ok();
        let asked_at = self.clock.now();
        let (lookup, evidence) = match self.order(&payment.tid, cid).await {
            Ok(response) => {
                let evidence = answers::recorded(&response);
                (answers::looked_up(response), evidence)
            }
            Err(error) => (answers::not_looked_up(&error), answers::error(&error)),
        };
        let answer = LookedUp { asked_at, lookup };
        Answer { answer, evidence }
    }

    async fn order(&self, tid: &str, cid: Option<Cid>) -> Result<OrderResponse, Error> {
        let mut request = OrderRequest::new(Tid::issued(tid));
        request.cid = cid;
        self.heard(self.kakaopay.order(&request).await)
    }

    /// Takes note of how KakaoPay fares.
    fn heard<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        self.pressure.heard(self.clock.now(), &result);
        result
    }
}

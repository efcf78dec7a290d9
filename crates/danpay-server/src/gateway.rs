//! KakaoPay as the flow sees it: questions about our payments, answers in the domain's words.
//!
//! **Invariant**: nothing of KakaoPay's JSON gets past this room, but for the evidence that is
//! recorded, without secrets and without what tells of persons. Whatever is not certain is `Unknown`
//! or `Inconclusive`.

mod answers;
mod bounds;
mod breaker;
mod client;
mod complaints;
mod cool_down;
mod find;
mod limits;
mod lookups;
mod mask;
mod pace;
mod requests;
mod skew;
mod throttle;
mod turns;

pub(crate) use answers::failure;
use client::InUse;
pub use client::KeyedClient;
pub(crate) use cool_down::CoolDown;
pub(crate) use find::Found;
pub(crate) use limits::{Busy, Limits, MoneyTurn};
pub(crate) use lookups::LookupRates;
pub use pace::CallsAtOnce;
pub(crate) use skew::Skew;

use std::sync::Arc;

use danpay_core::{
    ApproveAnswer, CancelAnswer, Cancellation, LookedUp, Order, Payment, PaymentId, RedirectUrls,
};
use jiff::Timestamp;
use kakaopay::{
    Cid, ContradictingAnswer, Error, OrderRequest, OrderResponse, Outcome, ReadyRequest,
    ReadyResponse, Tid,
};
use serde_json::Value;

use crate::alerts::AlertKind;
use crate::clock::Clock;
use crate::returns::Returns;

/// A question's answer, and what KakaoPay said as evidence.
pub(crate) struct Answer<T> {
    pub(crate) answer: T,
    pub(crate) evidence: Value,
}

/// What KakaoPay gives a new payment.
pub(crate) struct Ready {
    pub(crate) tid: String,
    pub(crate) redirect: RedirectUrls,
}

/// Why a payment could not be made ready. Nothing has happened in any case: a TID that we did not
/// learn of expires unpaid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadyError {
    /// KakaoPay was not asked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// KakaoPay could not be reached.
    #[error("KakaoPay cannot be reached: {0}")]
    Unreachable(#[source] kakaopay::Error),
    /// KakaoPay was asked too often: its quota is used up.
    #[error("KakaoPay was asked too often: {0}")]
    TurnedAway(#[source] kakaopay::Error),
    /// Our own key, merchant code or address is wrong.
    #[error("KakaoPay turns our key, merchant code or address away: {0}")]
    Setup(#[source] kakaopay::Error),
    /// KakaoPay said no.
    #[error("KakaoPay refused the payment: {0}")]
    Refused(#[source] kakaopay::Error),
    /// No answer, or none that can be used.
    #[error("KakaoPay gave no usable answer: {0}")]
    NoAnswer(#[source] kakaopay::Error),
    /// The payment's number is too long, or none.
    #[error("KakaoPay's answer has no usable TID")]
    UnusableTid,
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
    kakaopay: KeyedClient,
    clock: Clock,
    pub(crate) limits: Limits,
    cid: Cid,
    returns: ReturnsTo,
}

/// Where KakaoPay sends payers: the addresses, below where a shop's payers reach this server.
#[derive(Clone, Debug)]
pub(crate) struct ReturnsTo {
    pub(crate) returns: Returns,
    /// Without a slash at its end.
    pub(crate) public_url: Arc<str>,
}

impl Gateway {
    pub(crate) fn new(
        kakaopay: KeyedClient,
        clock: Clock,
        limits: Limits,
        cid: Cid,
        returns: ReturnsTo,
    ) -> Self {
        Self {
            kakaopay,
            clock,
            limits,
            cid,
            returns,
        }
    }

    pub(crate) fn cid(&self) -> &Cid {
        &self.cid
    }

    /// Whether payments move real money: not with KakaoPay's test codes.
    pub(crate) fn livemode(&self) -> bool {
        !self.cid.is_test()
    }

    pub(crate) async fn ready(
        &self,
        id: PaymentId,
        order: &Order,
    ) -> Result<Answer<Ready>, ReadyError> {
        let ReturnsTo {
            returns,
            public_url,
        } = &self.returns;
        let urls = returns.addresses(public_url, id);
        let request = requests::ready(self.cid.clone(), order, urls)?;
        let turn = self.limits.turn(|| self.clock.machine()).await?;
        let began_at = self.clock.machine();
        let result = self.make_ready(&request).await;
        let now = self.clock.machine();
        self.limits.ready_ended(began_at, now, &result);
        drop(turn);
        let response = result.map_err(|error| match error.outcome() {
            Outcome::NotExecuted if error.api_error().is_some() => ReadyError::TurnedAway(error),
            Outcome::NotExecuted => ReadyError::Unreachable(error),
            Outcome::Rejected if answers::is_setup(&error) => ReadyError::Setup(error),
            Outcome::Rejected => ReadyError::Refused(error),
            Outcome::Unknown => ReadyError::NoAnswer(error),
        })?;
        let own = |url: &str| self.kakaopay.current().payer_address(url);
        let redirect = RedirectUrls {
            pc: own(&response.next_redirect_pc_url).ok_or(ReadyError::ForeignRedirect)?,
            mobile: own(&response.next_redirect_mobile_url).ok_or(ReadyError::ForeignRedirect)?,
            app: own(&response.next_redirect_app_url).ok_or(ReadyError::ForeignRedirect)?,
        };
        let tid = bounds::word(response.tid.as_str().to_owned(), bounds::ID_CHARS);
        let tid = tid.ok_or(ReadyError::UnusableTid)?;
        let evidence = answers::recorded(&response);
        let answer = Ready { tid, redirect };
        Ok(Answer { answer, evidence })
    }

    /// Asks once more if KakaoPay has turned away a key that the operator has replaced by now: that a
    /// payment is announced has no effect.
    async fn make_ready(&self, request: &ReadyRequest) -> Result<ReadyResponse, Error> {
        let used = self.kakaopay.current();
        match used.ready(request).await {
            Err(error) if self.is_mended(&used, &error) => {
                self.kakaopay.current().ready(request).await
            }
            result => result,
        }
    }

    pub(crate) async fn approve(&self, payment: &Payment) -> Answer<ApproveAnswer> {
        let request = match requests::approve(payment) {
            Ok(request) => request,
            Err(error) => {
                return Answer {
                    answer: ApproveAnswer::NotSent,
                    evidence: answers::not_sent(&error),
                };
            }
        };
        let began_at = self.clock.machine();
        let used = self.kakaopay.current();
        let result = used.approve(&request).await;
        let result = answers::as_answer(result, |answer| match answer {
            ContradictingAnswer::Approve(answer) => Some(answer),
            _ => None,
        });
        match self.moved(&used, began_at, result) {
            Ok(response) => Answer {
                evidence: answers::recorded(&response),
                answer: answers::approved(response, self.clock.now()),
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
                    answer: CancelAnswer::NotSent(None),
                    evidence,
                };
            }
        };
        let began_at = self.clock.machine();
        let used = self.kakaopay.current();
        let result = used.cancel(&request).await;
        let result = answers::as_answer(result, |answer| match answer {
            ContradictingAnswer::Cancel(answer) => Some(answer),
            _ => None,
        });
        match self.moved(&used, began_at, result) {
            Ok(response) => Answer {
                evidence: answers::recorded(&response),
                answer: answers::canceled(&response, self.clock.now()),
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
                (answers::looked_up(response, asked_at), evidence)
            }
            Err(error) => (answers::not_looked_up(&error), answers::error(&error)),
        };
        let answer = LookedUp { asked_at, lookup };
        Answer { answer, evidence }
    }

    /// Asks once more if KakaoPay has turned away a key that the operator has replaced by now: nobody
    /// else may ask about a payment that is paid.
    async fn order(&self, tid: &str, cid: Option<Cid>) -> Result<OrderResponse, Error> {
        let mut request = OrderRequest::new(Tid::issued(tid));
        request.cid = cid;
        let used = self.kakaopay.current();
        match self.ask_once(&used, &request).await {
            Err(error) if self.is_mended(&used, &error) => {
                let used = self.kakaopay.current();
                let result = self.ask_once(&used, &request).await;
                self.looked_after(&used, result)
            }
            result => result,
        }
    }

    async fn ask_once(
        &self,
        kakaopay: &InUse,
        request: &OrderRequest,
    ) -> Result<OrderResponse, Error> {
        let began_at = self.clock.machine();
        let result = kakaopay.order(request).await;
        let result = answers::as_answer(result, |answer| match answer {
            ContradictingAnswer::Order(answer) => Some(answer),
            _ => None,
        });
        let now = self.clock.machine();
        self.limits.looked_up(began_at, now, &result);
        result
    }

    /// Takes note of a call to approve or cancel that began then.
    fn moved<T>(
        &self,
        used: &InUse,
        began_at: Timestamp,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        self.limits
            .call_ended(began_at, self.clock.machine(), &result);
        self.looked_after(used, result)
    }

    /// Takes note of trouble with our own keys, for the calls that come after this one.
    fn looked_after<T>(&self, used: &InUse, result: Result<T, Error>) -> Result<T, Error> {
        result.inspect_err(|error| {
            self.is_mended(used, error);
        })
    }

    /// Trouble on the way, and with our own key, merchant code or address, is logged. Of a key that is
    /// turned away the file is read again: whether there is another one now.
    fn is_mended(&self, used: &InUse, error: &Error) -> bool {
        let now = self.clock.machine();
        if matches!(error, Error::Transport { .. }) && self.limits.complains(now, WAY) {
            tracing::warn!(%error, "the way to KakaoPay is barred");
        }
        if !answers::is_setup(error) {
            return false;
        }
        let api = error.api_error();
        let kind = api.and_then(|api| api.error_code).unwrap_or_default();
        if self.limits.complains(now, kind) {
            tracing::error!(
                alert = AlertKind::KakaoPayKey.as_str(),
                kakaopay.error_code = kind,
                %error,
                "KakaoPay turns us away: check the secret key, the merchant code and the application's settings",
            );
        }
        self.kakaopay.turned_away(now, used)
    }
}

/// The kind of complaint that no answer came; KakaoPay's codes are negative.
const WAY: i32 = 2;

#[cfg(test)]
mod tests;

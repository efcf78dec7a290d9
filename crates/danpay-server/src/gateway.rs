//! KakaoPay as the flow sees it: questions about our payments, answers in the domain's words.
//!
//! **Invariant**: nothing of KakaoPay's JSON gets past this room, but for the evidence that is
//! recorded as it came, without secrets. Whatever is not certain is `Unknown` or `Inconclusive`.

mod answers;

pub(crate) use answers::failure;

use danpay_core::{
    ApproveAnswer, CancelAnswer, Cancellation, Lookup, Order, Payment, PaymentId, RedirectUrls,
    planted,
};
use jiff::Timestamp;
use kakaopay::{
    ApproveRequest, CancelRequest, Cid, KakaoPay, OrderRequest, Outcome, PartnerOrderId,
    PartnerUserId, Payload, ReadyRequest, RedirectUrl, Tid,
};
use serde_json::Value;

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
    cid: Cid,
    /// Without a slash at its end.
    public_url: String,
}

impl Gateway {
    pub(crate) fn new(kakaopay: KakaoPay, cid: Cid, public_url: String) -> Self {
        Self {
            kakaopay,
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
        let back = |way: &str| RedirectUrl::try_from(self.return_url(id, way));
        let urls = kakaopay::RedirectUrls {
            approval: back("approve")?,
            cancel: back("cancel")?,
            fail: back("fail")?,
        };
        let mut request = ReadyRequest::new(
            PartnerOrderId::try_from(order.order_id.as_str())?,
            PartnerUserId::try_from(order.user_id.as_str())?,
            kakaopay::ItemName::try_from(order.item_name.as_str())?,
            order.amount.total.into(),
            urls,
        )
        .cid(self.cid.clone())
        .quantity(order.quantity)
        .tax_free_amount(order.amount.tax_free.into())
        // Always sent, so that what we book, approve and cancel is one and the same split.
        .vat_amount(order.amount.vat.into());
        if let Some(code) = &order.item_code {
            request = request.item_code(kakaopay::ItemCode::try_from(code.as_str())?);
        }
        if !order.amount.green_deposit.is_zero() {
            request = request.green_deposit(order.amount.green_deposit.into());
        }
        let response =
            self.kakaopay
                .ready(&request)
                .await
                .map_err(|error| match error.outcome() {
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
        let request = match approve_request(payment) {
            Ok(request) => request,
            // A token of a form that KakaoPay never gives, so somebody has made it up.
            Err(error) => {
                let evidence = answers::not_sent(&error);
                return Answer {
                    answer: ApproveAnswer::WrongToken,
                    evidence,
                };
            }
        };
        match self.kakaopay.approve(&request).await {
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
        let request = match cancel_request(payment, cancellation) {
            Ok(request) => request,
            Err(error) => {
                let evidence = answers::not_sent(&error);
                return Answer {
                    answer: CancelAnswer::NotSent,
                    evidence,
                };
            }
        };
        match self.kakaopay.cancel(&request).await {
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

    pub(crate) async fn look_up(&self, payment: &Payment) -> Answer<Lookup> {
        let mut request = OrderRequest::new(Tid::issued(&payment.tid));
        request.cid = Cid::try_from(payment.cid.as_str()).ok();
        match self.kakaopay.order(&request).await {
            Ok(response) => Answer {
                evidence: answers::recorded(&response),
                answer: answers::looked_up(response),
            },
            Err(error) => Answer {
                answer: answers::not_looked_up(&error),
                evidence: answers::error(&error),
            },
        }
    }

    fn return_url(&self, id: PaymentId, way: &str) -> String {
        format!("{}/return/{id}/{way}", self.public_url)
    }
}

fn approve_request(payment: &Payment) -> Result<ApproveRequest, kakaopay::InvalidField> {
    let token = payment
        .pg_token
        .as_ref()
        .map(danpay_core::PgToken::expose)
        .unwrap_or_default();
    let order = &payment.order;
    Ok(ApproveRequest::new(
        Tid::issued(&payment.tid),
        PartnerOrderId::try_from(order.order_id.as_str())?,
        PartnerUserId::try_from(order.user_id.as_str())?,
        kakaopay::PgToken::try_from(token)?,
    )
    .cid(Cid::try_from(payment.cid.as_str())?)
    .payload(Payload::try_from(payment.id.to_string())?)
    .total_amount(order.amount.total.into()))
}

fn cancel_request(
    payment: &Payment,
    cancellation: &Cancellation,
) -> Result<CancelRequest, kakaopay::InvalidField> {
    let Cancellation { id, amount, .. } = cancellation;
    let (total, tax_free) = (amount.total.into(), amount.tax_free.into());
    let request = CancelRequest::new(Tid::issued(&payment.tid), total, tax_free)
        .cid(Cid::try_from(payment.cid.as_str())?)
        .cancel_vat_amount(amount.vat.into())
        .payload(Payload::try_from(id.to_string())?);
    if planted!(CancelWithoutAvailable) {
        return Ok(request);
    }
    // KakaoPay refuses if something else is left, so no call can cancel a second time.
    Ok(request.cancel_available_amount(payment.left().total.into()))
}

//! `cancel`: gives the payer's money back, in whole or in parts.
//! Invariant: KakaoPay has no idempotency key; `cancel_available_amount` is what makes KakaoPay
//! refuse a second cancel of the same money.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Aid, Amount, ApiEndpoint, Cid, CidSecret, ContradictingAnswer, Contradiction, InvalidField,
    ItemCode, ItemName, KstDateTime, OrderStatus, PartnerOrderId, PartnerUserId, Payload,
    PaymentMethodType, Tid,
    amount::check_amounts,
    call::{Call, setters},
    field::check_length,
    lenient,
};

/// Gives money of an approved payment back.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CancelRequest {
    /// The merchant code, the same as at `ready`; the client's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    /// The key of the merchant code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid_secret: Option<CidSecret>,
    /// The payment.
    pub tid: Tid,
    /// What goes back in KRW; 1 or more.
    #[serde(deserialize_with = "lenient::number")]
    pub cancel_amount: u64,
    /// The part of it that bore no tax in KRW; at most `cancel_amount`.
    #[serde(deserialize_with = "lenient::number")]
    pub cancel_tax_free_amount: u64,
    /// VAT in KRW, at most what bore tax (our guess); KakaoPay computes [`vat`](crate::vat) if absent. To
    /// be stated exactly if it was stated at `ready`.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_vat_amount: Option<u64>,
    /// What the merchant believes can still go back in KRW, this request included. KakaoPay
    /// refuses the cancel if it differs (by second-hand account). Send it.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_available_amount: Option<u64>,
    /// Text that KakaoPay stores with the cancellation: your own id of this refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

impl CancelRequest {
    /// Gives back all that is left of a payment: `left` is
    /// [`cancel_available_amount`](crate::OrderResponse::cancel_available_amount) of a lookup or of the
    /// last cancellation, or what was approved, if nothing has gone back since.
    ///
    /// The VAT is the one that KakaoPay states in `left`, whoever computed it at ready. KakaoPay refuses
    /// the cancel if something else is left by now. If the merchant code is not the client's,
    /// [`cid`](Self::cid) has to be added.
    ///
    /// ```
    /// # use kakaopay::{CancelRequest, Error, KakaoPay, OrderRequest, Tid};
    /// # async fn give_back(kakaopay: &KakaoPay, tid: Tid) -> Result<(), Error> {
    /// let order = kakaopay.order(&OrderRequest::new(tid.clone())).await?;
    /// if let Some(left) = order.cancel_available_amount.filter(|left| left.total > 0) {
    ///     let rest = CancelRequest::rest(tid, &left);
    ///     // Write down that it is asked for, then call in a task of its own, as with `approve`.
    ///     # kakaopay.cancel(&rest).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rest(tid: Tid, left: &Amount) -> Self {
        Self::new(tid, left.total, left.tax_free)
            .cancel_vat_amount(left.vat)
            .cancel_available_amount(left.total)
    }

    /// Gives `cancel_amount` KRW back, of which `cancel_tax_free_amount` bore no tax.
    pub fn new(tid: Tid, cancel_amount: u64, cancel_tax_free_amount: u64) -> Self {
        Self {
            cid: None,
            cid_secret: None,
            tid,
            cancel_amount,
            cancel_tax_free_amount,
            cancel_vat_amount: None,
            cancel_available_amount: None,
            payload: None,
        }
    }

    /// Whether it keeps KakaoPay's documented limits. The client asks the same before it sends; ask it
    /// earlier where the answer can still be shown to somebody.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] names the field, its limit and what was given.
    pub fn validate(&self) -> Result<(), InvalidField> {
        check_length("tid", self.tid.as_str(), 1, usize::MAX)?;
        check_amounts(
            ("cancel_amount", self.cancel_amount),
            ("cancel_tax_free_amount", self.cancel_tax_free_amount),
            ("cancel_vat_amount", self.cancel_vat_amount),
        )
    }

    setters! {
        /// The merchant code, if it is not the client's.
        cid: Cid,
        /// The key of the merchant code, if it is not the client's.
        cid_secret: CidSecret,
        /// VAT of what goes back in KRW, if it was stated at `ready`.
        cancel_vat_amount: u64,
        /// What can still go back in KRW, this request included. It keeps a request that is sent again
        /// from giving the same money back twice.
        cancel_available_amount: u64,
        /// Text that KakaoPay stores with the cancellation: your own id of this refund. By it a lookup
        /// tells whether the refund was made ([`settling`](crate::settling)).
        payload: Payload,
    }
}

impl Call for CancelRequest {
    type Answer = CancelResponse;
    const ENDPOINT: ApiEndpoint = ApiEndpoint::Cancel;

    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>) {
        (&mut self.cid, &mut self.cid_secret)
    }

    fn check(&self) -> Result<(), InvalidField> {
        self.validate()
    }

    fn held_against(&self, answer: CancelResponse) -> Result<CancelResponse, Contradiction> {
        // What the answer does not say contradicts nothing.
        let cid = self.cid.as_ref().is_none_or(|cid| *cid == answer.cid);
        let went_back = answer.approved_cancel_amount;
        let so_far = answer.canceled_amount;
        let pairs = [
            ("tid", self.tid == answer.tid),
            ("cid", cid || answer.cid == ""),
            (
                "cancel_amount",
                went_back.is_none_or(|amount| amount.total == self.cancel_amount),
            ),
            (
                "canceled_amount",
                so_far.is_none_or(|amount| amount.total >= self.cancel_amount),
            ),
            ("status", !is_not_canceled(&answer.status)),
        ];
        Contradiction::unless_all_agree(answer, pairs, ContradictingAnswer::Cancel)
    }
}

/// A done cancellation: the money has gone back.
///
/// Texts that KakaoPay always sends are empty, and numbers 0, should they ever be absent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CancelResponse {
    /// This cancellation.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub aid: Aid,
    /// The payment.
    #[serde(deserialize_with = "lenient::required_text")]
    pub tid: Tid,
    /// The merchant code.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub cid: Cid,
    /// Whether something is left.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub status: OrderStatus,
    /// The merchant's order number.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_order_id: PartnerOrderId,
    /// The merchant's id of the payer.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_user_id: PartnerUserId,
    /// How it was paid.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub payment_method_type: PaymentMethodType,
    /// What was paid at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What this request gave back; the predecessor's sample has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_cancel_amount: Option<Amount>,
    /// What has gone back so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled_amount: Option<Amount>,
    /// What can still go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_available_amount: Option<Amount>,
    /// The thing bought.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub item_name: ItemName,
    /// The merchant's code of it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<ItemCode>,
    /// How many; 0 if absent.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub quantity: u32,
    /// When the payment was prepared; absent as well if unreadable.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<KstDateTime>,
    /// When it was approved.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<KstDateTime>,
    /// When this cancellation was done.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<KstDateTime>,
    /// The text of the request.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A status that KakaoPay adds one day, or leaves out, contradicts nothing.
fn is_not_canceled(status: &OrderStatus) -> bool {
    !matches!(
        status,
        OrderStatus::PartCancelPayment | OrderStatus::CancelPayment | OrderStatus::Unknown(_)
    )
}

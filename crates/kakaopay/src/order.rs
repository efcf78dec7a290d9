//! `order`: looks a payment up by its TID; the only way to end a doubt, since KakaoPay sends no
//! webhooks and knows no lookup by order number.
//! Invariant: the call has no effect, so it may be repeated at any time.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Aid, Amount, ApiEndpoint, Cid, CidSecret, ContradictingAnswer, Contradiction, InvalidField,
    ItemCode, ItemName, KstDateTime, OrderStatus, PartnerOrderId, PartnerUserId, Payload,
    PaymentActionType, PaymentMethodType, SelectedCardInfo, Tid,
    call::{Call, setters},
    field::check_length,
    lenient,
};

/// Asks where a payment stands.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct OrderRequest {
    /// The merchant code, the same as at `ready`; the client's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    /// The key of the merchant code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid_secret: Option<CidSecret>,
    /// The payment.
    pub tid: Tid,
}

impl OrderRequest {
    /// Asks for one payment.
    pub fn new(tid: Tid) -> Self {
        Self {
            cid: None,
            cid_secret: None,
            tid,
        }
    }

    /// Whether it keeps KakaoPay's documented limits. The client asks the same before it sends; ask it
    /// earlier where the answer can still be shown to somebody.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] names the field, its limit and what was given.
    pub fn validate(&self) -> Result<(), InvalidField> {
        check_length("tid", self.tid.as_str(), 1, usize::MAX)
    }

    setters! {
        /// The merchant code, if it is not the client's.
        cid: Cid,
        /// The key of the merchant code, if it is not the client's.
        cid_secret: CidSecret,
    }
}

impl Call for OrderRequest {
    type Answer = OrderResponse;
    const ENDPOINT: ApiEndpoint = ApiEndpoint::Order;

    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>) {
        (&mut self.cid, &mut self.cid_secret)
    }

    fn check(&self) -> Result<(), InvalidField> {
        self.validate()
    }

    fn held_against(&self, answer: OrderResponse) -> Result<OrderResponse, Contradiction> {
        let cid = self.cid.as_ref().is_none_or(|cid| *cid == answer.cid);
        let pairs = [
            ("tid", self.tid == answer.tid),
            // Which keys are missing before a payment is paid is not documented.
            ("cid", cid || answer.cid == ""),
        ];
        Contradiction::unless_all_agree(answer, pairs, ContradictingAnswer::Order)
    }
}

/// Where a payment stands. Which keys are missing before it is paid is not documented, so all but
/// `tid` may be: texts are empty then.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrderResponse {
    /// The payment.
    #[serde(deserialize_with = "lenient::required_text")]
    pub tid: Tid,
    /// The merchant code.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub cid: Cid,
    /// Where it stands.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub status: OrderStatus,
    /// The merchant's order number.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_order_id: PartnerOrderId,
    /// The merchant's id of the payer.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_user_id: PartnerUserId,
    /// How it is paid, once the payer has chosen.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethodType>,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What has gone back so far. Absent is none.
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
    /// When it was last cancelled.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<KstDateTime>,
    /// The card, if one is used.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected_card_info: Option<SelectedCardInfo>,
    /// Each approval and each cancellation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub payment_action_details: Vec<PaymentAction>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl OrderResponse {
    /// Whether the payment is paid, as much as this in KRW, and nothing of it has gone back: only then
    /// deliver. What was paid and then canceled in part is not. It compares the amount; whose order the
    /// TID is, your store knows.
    ///
    /// ```
    /// let answer = |status: &str, total: u64| {
    ///     let json = format!(r#"{{"tid":"T1","status":"{status}","amount":{{"total":{total}}}}}"#);
    ///     serde_json::from_str::<kakaopay::OrderResponse>(&json)
    /// };
    /// assert!(answer("SUCCESS_PAYMENT", 2_200)?.is_paid_in_full(2_200));
    /// assert!(!answer("SUCCESS_PAYMENT", 220)?.is_paid_in_full(2_200));
    /// assert!(!answer("PART_CANCEL_PAYMENT", 2_200)?.is_paid_in_full(2_200));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn is_paid_in_full(&self, total_amount: u64) -> bool {
        let canceled = self.canceled_amount.unwrap_or_default();
        self.status == OrderStatus::SuccessPayment
            && self.amount.is_some_and(|paid| paid.total == total_amount)
            && canceled.total == 0
    }
}

/// One approval or cancellation in a payment's history.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PaymentAction {
    /// The request.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub aid: Aid,
    /// What it did.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub payment_action_type: PaymentActionType,
    /// When.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<KstDateTime>,
    /// Whole amount in KRW; it was absent in a real answer of 2023.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// Points in KRW.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_amount: Option<u64>,
    /// Discount in KRW.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<u64>,
    /// Deposit for a cup in KRW; not confirmed by documentation or logs.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub green_deposit_amount: Option<u64>,
    /// The text of the request.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

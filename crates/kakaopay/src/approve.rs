//! `approve`: takes the money, once, after the payer came back with a `pg_token`.
//! Invariant: a 200 that names a payment and an amount is readable, whatever decorates it, and is given
//! out only if it is the payment that was meant, paid in full.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Aid, Amount, ApiEndpoint, CardInfo, Cid, CidSecret, ContradictingAnswer, Contradiction,
    InvalidField, ItemCode, ItemName, KstDateTime, PartnerOrderId, PartnerUserId, Payload,
    PaymentMethodType, PgToken, Sid, Tid,
    call::{Call, setters},
    field::{check_length, check_range},
    lenient,
};

/// Takes the money of a payment whose payer has authenticated.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ApproveRequest {
    /// The merchant code, the same as at `ready`; the client's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    /// The key of the merchant code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid_secret: Option<CidSecret>,
    /// The payment, from the answer to `ready`.
    pub tid: Tid,
    /// The same as at `ready`, else -706.
    pub partner_order_id: PartnerOrderId,
    /// The same as at `ready`, else -707.
    pub partner_user_id: PartnerUserId,
    /// The token that came with the payer to the approval URL.
    pub pg_token: PgToken,
    /// Text that KakaoPay stores with the approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// The same as at `ready`, in KRW. Send it: KakaoPay then refuses a mismatch, and the client compares
    /// the answer's amount with it. Without it, `Ok` says nothing of the amount.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<u64>,
}

impl ApproveRequest {
    /// What KakaoPay demands; [`total_amount`](Self::total_amount) should be added, and
    /// [`cid`](Self::cid) if it is not the client's.
    pub fn new(
        tid: Tid,
        partner_order_id: PartnerOrderId,
        partner_user_id: PartnerUserId,
        pg_token: PgToken,
    ) -> Self {
        Self {
            cid: None,
            cid_secret: None,
            tid,
            partner_order_id,
            partner_user_id,
            pg_token,
            payload: None,
            total_amount: None,
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
        check_range("total_amount", self.total_amount.unwrap_or(1), 1, u64::MAX)
    }

    setters! {
        /// The merchant code, if it is not the client's.
        cid: Cid,
        /// The key of the merchant code, if it is not the client's.
        cid_secret: CidSecret,
        /// Text that KakaoPay stores with the approval.
        payload: Payload,
        /// The amount that was asked for at `ready`, in KRW.
        total_amount: u64,
    }
}

impl Call for ApproveRequest {
    type Answer = ApproveResponse;
    const ENDPOINT: ApiEndpoint = ApiEndpoint::Approve;

    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>) {
        (&mut self.cid, &mut self.cid_secret)
    }

    fn check(&self) -> Result<(), InvalidField> {
        self.validate()
    }

    fn held_against(&self, answer: ApproveResponse) -> Result<ApproveResponse, Contradiction> {
        let cid = self.cid.as_ref().is_none_or(|cid| *cid == answer.cid);
        let total = self.total_amount;
        let pairs = [
            ("tid", self.tid == answer.tid),
            ("cid", cid),
            (
                "partner_order_id",
                self.partner_order_id == answer.partner_order_id,
            ),
            (
                "partner_user_id",
                self.partner_user_id == answer.partner_user_id,
            ),
            (
                "total_amount",
                total.is_none_or(|total| total == answer.amount.total),
            ),
        ];
        Contradiction::unless_all_agree(answer, pairs, ContradictingAnswer::Approve)
    }

    fn secrets(&self) -> Vec<&str> {
        vec![self.pg_token.expose()]
    }
}

/// An approved payment: the money has moved.
///
/// Texts that KakaoPay always sends are empty, and numbers 0, should they ever be absent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ApproveResponse {
    /// This approval.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub aid: Aid,
    /// The payment.
    #[serde(deserialize_with = "lenient::required_text")]
    pub tid: Tid,
    /// The merchant code.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub cid: Cid,
    /// The subscription, for a subscription's merchant code only.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Sid>,
    /// The merchant's order number.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_order_id: PartnerOrderId,
    /// The merchant's id of the payer.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub partner_user_id: PartnerUserId,
    /// How it was paid.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub payment_method_type: PaymentMethodType,
    /// What was paid. An answer without it is no answer.
    pub amount: Amount,
    /// The card, if it was paid with one.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_info: Option<CardInfo>,
    /// The thing bought.
    #[serde(default = "lenient::absent", deserialize_with = "lenient::text")]
    pub item_name: ItemName,
    /// The merchant's code of it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<ItemCode>,
    /// How many.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub quantity: u32,
    /// When the payment was prepared; absent as well if unreadable.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<KstDateTime>,
    /// When it was approved; absent as well if unreadable. Later answers about the same payment
    /// may differ by a second (seen in real logs, 2024-07-30).
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<KstDateTime>,
    /// The text of the request.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Keys that this version does not know, such as `sequential_payment_methods`, which real
    /// answers have (as `null`) and the documentation has not.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

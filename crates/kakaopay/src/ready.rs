//! `ready`: announces a payment; the answer holds the TID and the addresses for the payer.
//! Invariant: nothing here moves money. A lost answer costs nothing: its TID expires unpaid.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    ApiEndpoint, ApproveRequest, CardIssuer, Cid, CidSecret, Contradiction, Device, InvalidField,
    ItemCode, ItemName, KstDateTime, PartnerOrderId, PartnerUserId, PaymentMethodType, PgToken,
    RedirectUrl, Tid,
    amount::check_amounts,
    call::{Call, setters},
    field::check_range,
    lenient,
};

/// How long a prepared payment can be paid.
const LIVES: SignedDuration = SignedDuration::from_secs(15 * 60);

/// Where KakaoPay sends the payer's browser back to. Their domains must be registered at KakaoPay, else
/// `ready` is answered with -799.
///
/// Put something of your own into each address that tells which order it is, such as `?order=2026-1`:
/// KakaoPay sends neither the TID nor the order id along.
///
/// A part of 20 or more characters, in the path or the query, is taken for a secret of the
/// merchant's: should KakaoPay repeat it in an error, it reads `***` there. Debug shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectUrls {
    /// After the payer has authenticated; `pg_token` is added to its query.
    pub approval: RedirectUrl,
    /// After the payer gave up. Anyone can call it: look the order up before believing it.
    pub cancel: RedirectUrl,
    /// After a failure or the end of the 15 minutes. Anyone can call it, too.
    pub fail: RedirectUrl,
}

impl RedirectUrls {
    /// Three addresses, each 1 to 255 characters long and http or https.
    ///
    /// ```
    /// let error = kakaopay::RedirectUrls::new("https://shop.example/ok", "/quit", "").unwrap_err();
    /// assert_eq!(error.field(), "cancel_url");
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidField`] names the first that is none: `approval_url`, `cancel_url` or `fail_url`.
    pub fn new(
        approval: impl Into<String>,
        cancel: impl Into<String>,
        fail: impl Into<String>,
    ) -> Result<Self, InvalidField> {
        let url = |field, text: String| {
            RedirectUrl::try_from(text).map_err(|error: InvalidField| error.of(field))
        };
        Ok(Self {
            approval: url("approval_url", approval.into())?,
            cancel: url("cancel_url", cancel.into())?,
            fail: url("fail_url", fail.into())?,
        })
    }
}

/// Asks KakaoPay to prepare a payment.
///
/// ```
/// use kakaopay::{ReadyRequest, RedirectUrls};
///
/// let urls = RedirectUrls::new(
///     "https://shop.example/pay/approve?order=2026-1",
///     "https://shop.example/pay/cancel?order=2026-1",
///     "https://shop.example/pay/fail?order=2026-1",
/// )?;
/// let request = ReadyRequest::new(
///     "2026-1".parse()?,
///     "member-77".parse()?,
///     "초코파이 외 2건".parse()?,
///     6_600,
///     urls,
/// );
/// request.clone().tax_free_amount(1_100).validate()?;
///
/// let error = request.tax_free_amount(9_000).validate().unwrap_err();
/// assert_eq!(error.field(), "tax_free_amount");
/// # Ok::<(), kakaopay::InvalidField>(())
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ReadyRequest {
    /// The merchant code; the client's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    /// The key of the merchant code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid_secret: Option<CidSecret>,
    /// The merchant's order number.
    pub partner_order_id: PartnerOrderId,
    /// The merchant's id of the payer.
    pub partner_user_id: PartnerUserId,
    /// What the payer sees as the thing bought.
    pub item_name: ItemName,
    /// The merchant's code of the thing bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<ItemCode>,
    /// For display; `total_amount` is not multiplied by it. 1 or more.
    #[serde(deserialize_with = "lenient::number")]
    pub quantity: u32,
    /// The whole amount in KRW; 1 or more.
    #[serde(deserialize_with = "lenient::number")]
    pub total_amount: u64,
    /// The part that bears no tax in KRW; at most `total_amount`. KakaoPay demands it, so 0 is
    /// sent as well.
    #[serde(deserialize_with = "lenient::number")]
    pub tax_free_amount: u64,
    /// VAT in KRW; KakaoPay computes [`vat`](crate::vat) if absent. At most what bears tax, which is our
    /// guess: no VAT can be more. Whoever states it here has to state `cancel_vat_amount` when
    /// cancelling.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// Deposit for a cup (컵 보증금) in KRW. Such a payment can only be cancelled as a whole.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub green_deposit: Option<u64>,
    /// Where the payer comes back after authenticating.
    pub approval_url: RedirectUrl,
    /// Where the payer comes back after giving up.
    pub cancel_url: RedirectUrl,
    /// Where the payer comes back after a failure or too late.
    pub fail_url: RedirectUrl,
    /// Only cards of these issuers; by agreement with KakaoPay. Every issuer if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_cards: Option<Vec<CardIssuer>>,
    /// Only this way to pay; both if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethodType>,
    /// Fixed number of monthly instalments on a card, 0 to 12; the payer chooses if absent.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install_month: Option<u8>,
    /// Instalments whose interest the merchant shares (분담무이자), `Y` or `N`; by agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_share_installment: Option<String>,
    /// Texts for add-on features. Documented: `return_custom_url`, the app scheme to come back to
    /// by itself (iOS only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_json: Option<BTreeMap<String, String>>,
    /// App scheme to come back to; an add-on that only the newest documentation has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_scheme_url: Option<String>,
}

impl ReadyRequest {
    /// One piece of `item_name` for `total_amount` KRW, all of it taxed. The setters say more.
    pub fn new(
        partner_order_id: PartnerOrderId,
        partner_user_id: PartnerUserId,
        item_name: ItemName,
        total_amount: u64,
        urls: RedirectUrls,
    ) -> Self {
        Self {
            cid: None,
            cid_secret: None,
            partner_order_id,
            partner_user_id,
            item_name,
            item_code: None,
            quantity: 1,
            total_amount,
            tax_free_amount: 0,
            vat_amount: None,
            green_deposit: None,
            approval_url: urls.approval,
            cancel_url: urls.cancel,
            fail_url: urls.fail,
            available_cards: None,
            payment_method_type: None,
            install_month: None,
            use_share_installment: None,
            custom_json: None,
            redirect_scheme_url: None,
        }
    }

    /// How many the payer is shown; `total_amount` is not multiplied by it.
    #[must_use]
    pub fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = quantity;
        self
    }

    /// The request that takes this payment's money, once its payer is back with a `pg_token`: with the
    /// same merchant code, ids and amount.
    ///
    /// Whoever has only the stored order then, builds it by [`ApproveRequest::new`] with
    /// [`total_amount`](ApproveRequest::total_amount).
    pub fn approve(&self, tid: Tid, pg_token: PgToken) -> ApproveRequest {
        let order_id = self.partner_order_id.clone();
        let user_id = self.partner_user_id.clone();
        let request = ApproveRequest::new(tid, order_id, user_id, pg_token);
        ApproveRequest {
            cid: self.cid.clone(),
            cid_secret: self.cid_secret.clone(),
            ..request.total_amount(self.total_amount)
        }
    }

    /// The part of the total that bears no tax, in KRW.
    #[must_use]
    pub fn tax_free_amount(mut self, tax_free_amount: u64) -> Self {
        self.tax_free_amount = tax_free_amount;
        self
    }

    /// Whether it keeps KakaoPay's documented limits. The client asks the same before it sends; ask it
    /// earlier where the answer can still be shown to somebody.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] names the field, its limit and what was given.
    pub fn validate(&self) -> Result<(), InvalidField> {
        check_range("quantity", self.quantity.into(), 1, u32::MAX.into())?;
        check_amounts(
            ("total_amount", self.total_amount),
            ("tax_free_amount", self.tax_free_amount),
            ("vat_amount", self.vat_amount),
        )?;
        check_range(
            "install_month",
            self.install_month.unwrap_or(0).into(),
            0,
            12,
        )
    }

    setters! {
        /// The merchant code, if it is not the client's.
        cid: Cid,
        /// The key of the merchant code, if it is not the client's.
        cid_secret: CidSecret,
        /// The merchant's code of the thing bought.
        item_code: ItemCode,
        /// VAT in KRW, if KakaoPay shall not compute it.
        vat_amount: u64,
        /// Deposit for a cup in KRW.
        green_deposit: u64,
        /// Only cards of these issuers.
        available_cards: Vec<CardIssuer>,
        /// Only this way to pay.
        payment_method_type: PaymentMethodType,
        /// Fixed number of monthly instalments.
        install_month: u8,
        /// `Y` or `N`: instalments whose interest the merchant shares.
        use_share_installment: String,
        /// Texts for add-on features.
        custom_json: BTreeMap<String, String>,
        /// App scheme to come back to.
        redirect_scheme_url: String,
    }
}

impl Call for ReadyRequest {
    type Answer = ReadyResponse;
    const ENDPOINT: ApiEndpoint = ApiEndpoint::Ready;

    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>) {
        (&mut self.cid, &mut self.cid_secret)
    }

    fn check(&self) -> Result<(), InvalidField> {
        self.validate()
    }

    /// It repeats nothing of the question.
    fn held_against(&self, answer: ReadyResponse) -> Result<ReadyResponse, Contradiction> {
        Ok(answer)
    }

    /// A merchant may know a returning payer by what nobody can guess in these addresses.
    fn secrets(&self) -> Vec<&str> {
        [&self.approval_url, &self.cancel_url, &self.fail_url]
            .into_iter()
            .flat_map(RedirectUrl::long_parts)
            .collect()
    }
}

/// A prepared payment. The payer has 15 minutes from `created_at`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReadyResponse {
    /// The payment. Store it with the order before sending the payer anywhere.
    #[serde(deserialize_with = "lenient::required_text")]
    pub tid: Tid,
    /// For a web view of the merchant's own app.
    pub next_redirect_app_url: String,
    /// For a browser on a phone or tablet.
    pub next_redirect_mobile_url: String,
    /// For a browser on a desktop.
    pub next_redirect_pc_url: String,
    /// `kakaotalk://…` for an Android app; seen in real answers, not in the newest documentation.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_app_scheme: Option<String>,
    /// `kakaotalk://…` for an iOS app; as above.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios_app_scheme: Option<String>,
    /// When KakaoPay prepared it; absent as well if unreadable.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<KstDateTime>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ReadyResponse {
    /// When the payer's 15 minutes are over, by KakaoPay's clock; nothing if `created_at` is missing.
    /// Afterwards it cannot be approved, and what was not paid by then stays unpaid. Without it, count 15
    /// minutes from when `ready` answered, by your own clock.
    ///
    /// ```
    /// use std::time::{SystemTime, UNIX_EPOCH};
    ///
    /// let json = r#"{"tid":"T1","created_at":"2024-07-30T20:50:27","next_redirect_app_url":"",
    ///     "next_redirect_mobile_url":"","next_redirect_pc_url":""}"#;
    /// let ready: kakaopay::ReadyResponse = serde_json::from_str(json)?;
    /// let expires_at = ready.expires_at().unwrap();
    /// assert_eq!(expires_at.to_string(), "2024-07-30T21:05:27");
    ///
    /// // The store gets either the text above, or seconds since 1970. No dependency on jiff is needed.
    /// let expires_at_s = expires_at.timestamp().as_second();
    /// let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    /// assert!(now_s.cast_signed() >= expires_at_s, "expired long ago");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expires_at(&self) -> Option<KstDateTime> {
        let expires_at = self.created_at?.timestamp().checked_add(LIVES);
        expires_at.ok().map(KstDateTime::from)
    }

    /// Where to send the payer, as KakaoPay wrote it: pass it through
    /// [`payer_address`](crate::KakaoPay::payer_address) before it is stored or sent. On a desktop as a
    /// popup or layer, otherwise by top-level navigation: KakaoPay discourages frames.
    pub fn redirect_url(&self, device: Device) -> &str {
        match device {
            Device::Pc => &self.next_redirect_pc_url,
            Device::Mobile => &self.next_redirect_mobile_url,
            Device::App => &self.next_redirect_app_url,
        }
    }
}

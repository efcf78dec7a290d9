//! One payment: a payer's attempt to pay one order, and the state it is in.
//!
//! **Invariant**: `pg_token` is there exactly while a call to approve may need it (authenticated
//! and approving), and a further one only beside it; [`State`] holds no secret, so it can be recorded
//! and shown as it is.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calls_in_doubt::CallsInDoubt;
use crate::cancellation::{Cancellation, CancellationState};
use crate::failure::Failure;
use crate::id::{PaymentId, PaymentRef, ShopId};
use crate::order::{Amount, ApprovalMode, Order};
use crate::review::Review;

/// The one-time token with which KakaoPay returns the payer. A secret: it has no text form.
#[derive(Clone, PartialEq, Eq)]
pub struct PgToken(String);

impl PgToken {
    /// The most characters that are taken; the samples have 20.
    pub const MAX: usize = 255;

    /// The token, unless it cannot be one: empty, too long, or not plain visible ASCII.
    pub fn new(token: String) -> Option<Self> {
        let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        (plain && token.len() <= Self::MAX).then_some(Self(token))
    }

    /// The secret itself, for the call to approve and for the store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PgToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgToken(…)")
    }
}

/// Where KakaoPay wants the payer's browser, by device. Its answer to ready, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUrls {
    /// A desktop browser (`next_redirect_pc_url`).
    pub pc: String,
    /// A phone's browser (`next_redirect_mobile_url`).
    pub mobile: String,
    /// The shop's own app's web view (`next_redirect_app_url`).
    pub app: String,
}

/// What KakaoPay tells of the card; whatever it leaves out is absent. Names are KakaoPay's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardInfo {
    /// Acquirer (매입사).
    pub kakaopay_purchase_corp: Option<String>,
    /// Acquirer's code.
    pub kakaopay_purchase_corp_code: Option<String>,
    /// Issuer (발급사).
    pub kakaopay_issuer_corp: Option<String>,
    /// Issuer's code.
    pub kakaopay_issuer_corp_code: Option<String>,
    /// The card company's name as an order lookup gives it.
    pub card_corp_name: Option<String>,
    /// The card's first six digits.
    pub bin: Option<String>,
    /// `신용` (credit) or `체크` (check).
    pub card_type: Option<String>,
    /// Instalments in months, two digits; `00` is a lump sum.
    pub install_month: Option<String>,
    /// The issuer's approval number.
    pub approved_id: Option<String>,
    /// The shop's merchant number at the card company.
    pub card_mid: Option<String>,
    /// `Y` if the instalments are free of interest.
    pub interest_free_install: Option<String>,
    /// `CARD_INSTALLMENT` or `SHARE_INSTALLMENT`.
    pub installment_type: Option<String>,
    /// The card product's code.
    pub card_item_code: Option<String>,
}

/// The record of money that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// KakaoPay's number of the approval; a lookup may not tell it.
    pub aid: Option<String>,
    /// What was paid.
    pub amount: Amount,
    /// `CARD` or `MONEY`, or a word that KakaoPay adds one day.
    pub payment_method_type: Option<String>,
    /// The card, if one was used.
    pub card_info: Option<CardInfo>,
    /// KakaoPay's time of the approval, UTC.
    pub approved_at: Option<Timestamp>,
    /// The payment by which the same order had been charged, or was being charged, when this one
    /// came into the database as paid: a person has to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_charge_of: Option<PaymentId>,
    /// How it had ended unpaid in the database, if it had when KakaoPay proved that it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_from: Option<Status>,
}

/// A definite no of KakaoPay's to a call to approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Refused {
    /// It ends the payment.
    Rejected {
        /// Why.
        failure: Failure,
    },
    /// The 15 minutes are over (-723).
    Expired,
    /// The `pg_token` was not the payer's, who may still pay (-701, -708).
    WrongToken,
}

/// How often browsers have come back with a `pg_token`: whoever can return the payer can do so
/// without end, and each time could be a call to KakaoPay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returns {
    /// Claims that were made for a browser that came back.
    pub claims: u8,
    /// Further tokens that were kept.
    pub kept: u8,
}

impl Returns {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks with a reference"
    )]
    fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The state of a payment, with the data that only this state has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    /// The TID is stored; the payer may pay until `expires_at`.
    Ready {
        /// Returns so far, all with a token that was not the payer's.
        #[serde(default, skip_serializing_if = "Returns::are_none")]
        returns: Returns,
    },
    /// The payer is back with a `pg_token`. With manual approval the shop decides; otherwise
    /// something keeps us from claiming the approval now, and recovery claims it.
    Authenticated {
        /// When the payer came back.
        since: Timestamp,
        /// Returns so far.
        #[serde(default, skip_serializing_if = "Returns::are_none")]
        returns: Returns,
    },
    /// Approval is claimed; the outcome is not yet known. Only KakaoPay's answer ends it.
    Approving {
        /// When it was first claimed.
        since: Timestamp,
        /// Its calls to approve.
        #[serde(flatten)]
        calls: CallsInDoubt,
        /// How KakaoPay refused the newest call, if another one was in doubt then. Believed once
        /// a lookup says "not paid" and no call can still take effect.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refused>,
        /// Returns so far.
        #[serde(default, skip_serializing_if = "Returns::are_none")]
        returns: Returns,
    },
    /// Money moved.
    Approved {
        /// The record.
        approval: Approval,
    },
    /// Part of the money went back.
    PartiallyCanceled {
        /// The record.
        approval: Approval,
        /// What went back so far.
        canceled: Amount,
    },
    /// All of the money went back.
    Canceled {
        /// The record.
        approval: Approval,
        /// What went back.
        canceled: Amount,
    },
    /// The payer gave up.
    Quit {
        /// When we learned it.
        at: Timestamp,
    },
    /// KakaoPay said no.
    Failed {
        /// Its reason.
        failure: Failure,
        /// When we learned it.
        at: Timestamp,
    },
    /// The time passed and KakaoPay's lookup says that it was not paid.
    Expired {
        /// When we learned it.
        at: Timestamp,
    },
    /// The shop took it back before an approval was claimed.
    Withdrawn {
        /// When it did.
        at: Timestamp,
    },
}

/// The name of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the states themselves are documented at `State`"
)]
pub enum Status {
    Ready,
    Authenticated,
    Approving,
    Approved,
    PartiallyCanceled,
    Canceled,
    Quit,
    Failed,
    Expired,
    Withdrawn,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Ready,
        Self::Authenticated,
        Self::Approving,
        Self::Approved,
        Self::PartiallyCanceled,
        Self::Canceled,
        Self::Quit,
        Self::Failed,
        Self::Expired,
        Self::Withdrawn,
    ];

    /// The word that the store uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Authenticated => "authenticated",
            Self::Approving => "approving",
            Self::Approved => "approved",
            Self::PartiallyCanceled => "partially_canceled",
            Self::Canceled => "canceled",
            Self::Quit => "quit",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the payment has ended for the payer: paid, or not to be paid any more.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Ready | Self::Authenticated | Self::Approving)
    }

    /// Whether money moved, be it that all of it has gone back since.
    pub fn is_paid(self) -> bool {
        matches!(
            self,
            Self::Approved | Self::PartiallyCanceled | Self::Canceled
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// The state's name.
    pub fn status(&self) -> Status {
        match self {
            Self::Ready { .. } => Status::Ready,
            Self::Authenticated { .. } => Status::Authenticated,
            Self::Approving { .. } => Status::Approving,
            Self::Approved { .. } => Status::Approved,
            Self::PartiallyCanceled { .. } => Status::PartiallyCanceled,
            Self::Canceled { .. } => Status::Canceled,
            Self::Quit { .. } => Status::Quit,
            Self::Failed { .. } => Status::Failed,
            Self::Expired { .. } => Status::Expired,
            Self::Withdrawn { .. } => Status::Withdrawn,
        }
    }

    /// The record of the money that moved, if any did.
    pub fn approval(&self) -> Option<&Approval> {
        match self {
            Self::Approved { approval }
            | Self::PartiallyCanceled { approval, .. }
            | Self::Canceled { approval, .. } => Some(approval),
            _ => None,
        }
    }

    /// What went back to the payer so far.
    pub fn canceled(&self) -> Amount {
        match self {
            Self::PartiallyCanceled { canceled, .. } | Self::Canceled { canceled, .. } => *canceled,
            _ => Amount::default(),
        }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// Whether a call to approve may still need the `pg_token`.
    pub fn needs_pg_token(&self) -> bool {
        matches!(self, Self::Authenticated { .. } | Self::Approving { .. })
    }
}

/// A payment as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Ours.
    pub id: PaymentId,
    /// Whose payment it is.
    pub shop_id: ShopId,
    /// Counts its changes from 1; a change is committed only onto the version it was decided on.
    pub version: u32,
    /// Whether real money moves: false for KakaoPay's test CIDs.
    pub livemode: bool,
    /// What is paid.
    pub order: Order,
    /// The merchant code it was made ready with.
    pub cid: String,
    /// KakaoPay's number of the payment.
    pub tid: String,
    /// Where the payer pays. Absent if the database lost it: of a payment restored from the log.
    pub redirect: Option<RedirectUrls>,
    /// When KakaoPay's answer to ready was here, by our clock, UTC. Of a payment restored from the
    /// log, KakaoPay's time of ready.
    pub created_at: Timestamp,
    /// 15 minutes after `created_at`.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What went back or is going back, oldest first.
    pub cancellations: Vec<Cancellation>,
    /// See the invariant above.
    pub pg_token: Option<PgToken>,
    /// The newest other token with which a browser came back: tried if the first one was not the
    /// payer's.
    pub further_pg_token: Option<PgToken>,
    /// Why an operator has to look at it, if so.
    pub review: Option<Review>,
}

impl Payment {
    /// Where it is in the database.
    pub fn reference(&self) -> PaymentRef {
        PaymentRef {
            shop_id: self.shop_id,
            id: self.id,
        }
    }

    /// The state's name.
    pub fn status(&self) -> Status {
        self.state.status()
    }

    /// The cancellation whose outcome is not yet known, if there is one.
    pub fn pending(&self) -> Option<&Cancellation> {
        self.cancellations
            .iter()
            .find(|cancellation| cancellation.is_pending())
    }

    /// Whether the payer may still go to KakaoPay's page for it.
    pub fn may_be_paid(&self, now: Timestamp) -> bool {
        self.status() == Status::Ready && now < self.expires_at && self.redirect.is_some()
    }

    /// Whether it waits for the shop to approve. Otherwise an authenticated payment waits for us.
    pub fn waits_for_shop(&self) -> bool {
        self.status() == Status::Authenticated && self.order.approval == ApprovalMode::Manual
    }

    /// Adds a cancellation, or moves it on.
    pub(crate) fn set(&mut self, cancellation: Cancellation) {
        let known = &mut self.cancellations;
        match known.iter_mut().find(|known| known.id == cancellation.id) {
            Some(known) => *known = cancellation,
            None => known.push(cancellation),
        }
    }

    /// When the newest call to KakaoPay that moves money was claimed, if one may be under way.
    pub fn last_call_at(&self) -> Option<Timestamp> {
        let pending = self.pending().map(|pending| &pending.state);
        match (&self.state, pending) {
            (State::Approving { calls, .. }, _)
            | (_, Some(CancellationState::Pending { calls, .. })) => Some(calls.newest),
            _ => None,
        }
    }

    /// What could still go back: nothing unless it is paid.
    pub fn left(&self) -> Amount {
        let paid = self
            .state
            .approval()
            .map_or_else(Amount::default, |approval| approval.amount);
        paid.less(self.state.canceled())
    }
}

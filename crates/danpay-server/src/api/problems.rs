//! What can go wrong at the shop's door, as the shop reads it.

use danpay_core::{
    CancellationId, Failure, KakaoPayFailure, Payment, RefundLimit, Refusal, Status, timing,
};
use jiff::Timestamp;
use serde_json::json;

use super::PaymentJson;
use crate::flow::FlowError;
use crate::gateway::{Busy, ReadyError, failure};
use crate::http::{Code, Problem};
use crate::limits;
use crate::secrets::SecretError;
use crate::shops::ShopError;
use crate::store::StoreError;
use crate::webhooks::endpoints::WebhookError;
use crate::wire;

/// Until when KakaoPay would have taken the cancellation, if it was asked for later than that.
fn too_late(payment: &Payment, cancellation: CancellationId) -> Option<Timestamp> {
    let until = wire::refundable_until(payment.state.approval()?)?;
    let mut cancellations = payment.cancellations.iter();
    let refused = cancellations.find(|one| one.id == cancellation)?;
    (refused.requested_at > until).then_some(until)
}

impl Problem {
    /// KakaoPay said no to a cancellation. What went back otherwise is said as well.
    pub(crate) fn cancel_refused(
        failure: &Failure,
        payment: &Payment,
        cancellation: CancellationId,
    ) -> Self {
        let (canceled, left) = (payment.state.canceled(), payment.left());
        let reason = failure.message.trim_end_matches('.');
        let reason_ko = failure.message_ko.trim_end_matches('.');
        let until = too_late(payment, cancellation);
        let (period, period_ko) = until.map(timing::korean_day).map_or_else(Default::default, |day| {
            (
                format!(" KakaoPay takes cancellations of this payment until {day}, as aggregators say."),
                format!(" 결제대행사 안내에 따르면 카카오페이는 이 결제의 취소를 {day}까지만 받습니다."),
            )
        });
        let (gone, left_total) = (canceled.total, left.total);
        let detail = format!(
            "The cancellation was refused: {reason}. Nothing went back by it. In all, {gone} KRW have \
             gone back and {left_total} KRW are left.{period}"
        );
        let detail_ko = format!(
            "취소가 거절되었습니다: {reason_ko}. 이 취소로 환불된 금액은 없습니다. 지금까지 모두 \
             {gone}원이 취소되었고 {left_total}원이 남아 있습니다.{period_ko}"
        );
        let problem = Self::new(Code::CancelRefused, detail, detail_ko)
            .about("payment_id", json!(payment.id))
            .about("cancellation_id", json!(cancellation))
            .about("canceled_amount", json!(wire::Amount::from(canceled)))
            .about("cancel_available_amount", json!(wire::Amount::from(left)));
        let problem = match until {
            Some(until) => problem.about("refundable_until", json!(until)),
            None => problem,
        };
        problem.in_kakaopays_words(failure.kakaopay.as_ref())
    }

    /// A payment that was to be approved has ended unpaid.
    pub(crate) fn approval_ended(payment: &Payment, json: &PaymentJson<'_>) -> Self {
        let status = payment.status();
        let (reason, reason_ko) = payment.state.failure().map_or_else(
            || (format!("it is {status}"), format!("{status} 상태입니다")),
            |failure| (failure.message.clone(), failure.message_ko.clone()),
        );
        Self::new(
            Code::ApprovalEnded,
            format!(
                "The payment has ended unpaid: {}. Nothing was charged.",
                reason.trim_end_matches('.')
            ),
            format!(
                "결제되지 않고 끝났습니다: {}. 청구된 금액은 없습니다.",
                reason_ko.trim_end_matches('.')
            ),
        )
        .about("payment", json!(json))
    }

    pub(crate) fn wrong_status(status: Status) -> Self {
        Self::new(
            Code::WrongStatus,
            format!("This is not possible while the payment is {status}."),
            format!("결제가 {status} 상태일 때는 할 수 없습니다."),
        )
        .about("payment_status", json!(wire::status(status)))
    }

    fn refund_limit(limit: RefundLimit) -> Self {
        let problem = |detail, detail_ko| Self::new(Code::RefundLimit, detail, detail_ko);
        match limit {
            RefundLimit::PerRefund { most } => problem(
                format!("The shop's limit for one refund is {most} KRW. Nothing went back."),
                format!("이 상점에서 한 번에 환불할 수 있는 금액은 {most}원까지입니다. 환불되지 않았습니다."),
            )
            .about("limit", json!("per_refund"))
            .about("limit_amount", json!(most)),
            RefundLimit::PerDay { day, most, left } => problem(
                format!(
                    "The shop's limit for the refunds of a day is {most} KRW, and {left} KRW of it are \
                     left today ({day} in Korea). Nothing went back."
                ),
                format!(
                    "이 상점의 하루 환불 한도는 {most}원이고, 오늘(한국 날짜 {day}) 남은 한도는 {left}원입니다. \
                     환불되지 않았습니다."
                ),
            )
            .about("limit", json!("per_day"))
            .about("limit_amount", json!(most))
            .about("left_today", json!(left))
            .about("day", json!(day.to_string())),
        }
    }

    fn in_kakaopays_words(self, own: Option<&KakaoPayFailure>) -> Self {
        match own {
            Some(own) => self.about("kakaopay", json!(wire::KakaoPayFailure::from(own))),
            None => self,
        }
    }

    fn unreachable(retry_after_s: i64) -> Self {
        Self::new(
            Code::KakaopayUnreachable,
            "KakaoPay cannot be reached. Nothing was charged; try again.",
            "카카오페이에 연결할 수 없습니다. 결제되지 않았으니 다시 시도해 주세요.",
        )
        .retry_after(u32::try_from(retry_after_s).unwrap_or(u32::MAX))
    }

    fn turned_away(retry_after_s: i64) -> Self {
        Self::new(
            Code::KakaopayQuota,
            "KakaoPay was asked too often and wants to be left alone. Nothing was charged; try again \
             later.",
            "카카오페이 호출 한도를 넘었습니다. 결제되지 않았으니 나중에 다시 시도해 주세요.",
        )
        .retry_after(u32::try_from(retry_after_s).unwrap_or(u32::MAX))
    }

    fn kakaopay_setup() -> Self {
        Self::new(
            Code::KakaopaySetup,
            "KakaoPay does not accept danpay's key, merchant code or address; its operator has to \
             act. Nothing was charged.",
            "카카오페이가 danpay의 키, 가맹점 코드 또는 주소 설정을 받아들이지 않습니다. 운영자의 \
             확인이 필요합니다. 결제되지 않았습니다.",
        )
    }

    fn overloaded() -> Self {
        Self::new(
            Code::Overloaded,
            "As many calls to KakaoPay as are allowed are under way. Nothing has happened; try again.",
            "지금은 요청이 너무 많습니다. 요청은 처리되지 않았으니 다시 시도해 주세요.",
        )
    }
}

impl From<FlowError> for Problem {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::NotFound => Self::not_found(),
            FlowError::NoSuchEvent => Self::new(
                Code::EventUnknown,
                "No event of your shop has the id that after names: it may be pruned, or lost with a database \
                 that was restored from a backup. Read from the beginning, without after, and skip \
                 the events whose ids you have seen.",
                "after에 적힌 id의 이벤트가 없습니다. 오래되어 정리되었거나, 데이터베이스를 백업에서 \
                 복구하면서 없어졌을 수 있습니다. after 없이 처음부터 다시 읽고, 이미 처리한 id의 이벤트는 건너뛰어 \
                 주세요.",
            ),
            FlowError::Refused(refusal) => refusal.into(),
            FlowError::OrderPaid(by) => Self::new(
                Code::OrderAlreadyPaid,
                format!("The order is paid already, by the payment {by}. Nothing has happened."),
                format!("이미 결제된 주문입니다(결제 {by}). 요청은 처리되지 않았습니다."),
            )
            .about("payment_id", json!(by)),
            FlowError::Field(field) => Self::fields(vec![field]),
            FlowError::KeyReused(false) => Self::new(
                Code::IdempotencyKeyReused,
                "This Idempotency-Key was used for another request; use a new key.",
                "이 Idempotency-Key는 다른 요청에 쓰였습니다. 새 키를 써 주세요.",
            ),
            FlowError::KeyReused(true) => Self::new(
                Code::IdempotencyKeyReused,
                "A cancellation was asked for under this Idempotency-Key with other values. Look at the \
                 payment's cancellations first: the money may have gone back. Only a new decision to \
                 refund takes a new key.",
                "이 Idempotency-Key로 다른 내용의 취소가 이미 요청되었습니다. 먼저 결제의 cancellations를 \
                 확인해 주세요. 이미 환불되었을 수 있습니다. 새 키는 새로 환불하기로 했을 때만 쓰세요.",
            ),
            FlowError::ShopDisabled => Self::new(
                Code::ShopDisabled,
                "The shop is disabled: no new payment can be made. What is under way goes on.",
                "판매가 중지된 상점이라 새 결제를 만들 수 없습니다. 진행 중인 결제는 계속 처리됩니다.",
            ),
            FlowError::Shop(ShopError::Store(error)) => FlowError::Store(error).into(),
            FlowError::Shop(error) => {
                tracing::error!(%error, "a shop cannot be served");
                Self::kakaopay_setup()
            }
            FlowError::Ready(error) => error.into(),
            FlowError::Store(
                error @ (StoreError::Unavailable(_)
                | StoreError::Conflict
                | StoreError::Obstacle(_)),
            ) => {
                tracing::error!(alert = error.alert(), %error, "the database cannot be read or written");
                Self::new(
                    Code::DatabaseUnavailable,
                    "The database cannot be read or written now. Try again with the same Idempotency-Key: nothing happens twice.",
                    "지금은 데이터베이스를 읽거나 쓸 수 없습니다. 같은 Idempotency-Key로 다시 시도하면 두 번 \
                     처리되지 않습니다.",
                )
            }
            FlowError::Store(error) => {
                tracing::error!(alert = error.alert(), %error, "the database cannot be understood");
                Self::broken()
            }
            FlowError::Randomness(error) => Self::internal(&error),
            error @ FlowError::Panicked => Self::internal(&error),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NotFound => Self::not_found(),
            WebhookError::UrlTaken(id) => Self::new(
                Code::WebhookEndpointExists,
                format!(
                    "The shop has a webhook endpoint of this url already, {id}. If its secret is lost, \
                     rotate it (POST /v1/webhook_endpoints/{id}/rotate_secret)."
                ),
                format!(
                    "이 url의 웹훅 엔드포인트가 이미 있습니다({id}). 시크릿을 잃어버렸다면 새로 발급해 \
                     주세요(POST /v1/webhook_endpoints/{id}/rotate_secret)."
                ),
            )
            .about("endpoint_id", json!(id)),
            WebhookError::TooMany => Self::new(
                Code::WebhookEndpointsFull,
                format!(
                    "A shop has at most {} webhook endpoints; remove one first.",
                    limits::ENDPOINTS_OF_SHOP
                ),
                format!(
                    "웹훅 엔드포인트는 상점마다 {}개까지입니다. 먼저 하나를 지워 주세요.",
                    limits::ENDPOINTS_OF_SHOP
                ),
            ),
            WebhookError::Field(field) => Self::fields(vec![field]),
            WebhookError::Disabled => Self::new(
                Code::WebhookEndpointDisabled,
                "The webhook endpoint is disabled: nothing is sent to it. Enable it first.",
                "중지된 웹훅 엔드포인트라 보낼 수 없습니다. 먼저 켜 주세요.",
            ),
            WebhookError::InFlight => Self::new(
                Code::WebhookInFlight,
                "The delivery is under way at this moment; look at it again in a minute.",
                "지금 보내고 있는 중입니다. 잠시 뒤에 다시 확인해 주세요.",
            ),
            WebhookError::Store(error) => FlowError::Store(error).into(),
            WebhookError::Secret(
                error @ (SecretError::MasterKey(_) | SecretError::UnknownKey { .. }),
            ) => {
                tracing::error!(%error, "a webhook secret cannot be sealed or opened");
                Self::new(
                    Code::MasterKeyMissing,
                    "The operator of danpay has to set its master key (DANPAY_MASTER_KEY_FILE), under which \
                     webhook secrets are stored. Nothing has happened.",
                    "웹훅 시크릿을 보관할 마스터 키(DANPAY_MASTER_KEY_FILE)를 danpay 운영자가 설정해야 합니다. \
                     요청은 처리되지 않았습니다.",
                )
            }
            error @ (WebhookError::Secret(_) | WebhookError::Randomness(_)) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Status(status) => Self::wrong_status(status),
            Refusal::OrderBeingCharged(other) => Self::new(
                Code::OrderBeingCharged,
                "The order is being charged by another payment. This one was not approved, and will \
                 not be by itself: ask how the other one ends, then approve again.",
                "같은 주문의 다른 결제가 승인되고 있습니다. 이 결제는 승인되지 않았고 자동으로 승인되지도 \
                 않습니다. 다른 결제가 어떻게 끝났는지 확인한 뒤 다시 승인해 주세요.",
            )
            .about("payment_id", json!(other)),
            Refusal::Restored => Self::new(
                Code::DatabaseRestored,
                "The database was restored from a backup, and what it lacks is not known yet. Nothing \
                 has happened; try again later, with the same Idempotency-Key.",
                "데이터베이스를 백업에서 복구하는 중이라 지금은 처리할 수 없습니다. 요청은 처리되지 \
                 않았으니 같은 Idempotency-Key로 나중에 다시 시도해 주세요.",
            ),
            Refusal::Busy => Self::overloaded(),
            Refusal::RefundLimit(limit) => Self::refund_limit(limit),
            Refusal::CancellationPending => Self::new(
                Code::CancellationPending,
                "Another cancellation of this payment is pending; ask again when it is settled.",
                "이 결제의 다른 취소가 진행 중입니다. 끝난 뒤에 다시 요청해 주세요.",
            ),
            Refusal::ExpectedLeft(left) => Self::new(
                Code::ExpectedLeftDiffers,
                format!(
                    "{} KRW are left of this payment, which is not what expected_left says. Nothing \
                     has happened; look at the payment's cancellations before you decide anew.",
                    left.total
                ),
                format!(
                    "이 결제에 남은 금액은 {}원으로, expected_left와 다릅니다. 취소는 처리되지 \
                     않았습니다. 결제의 cancellations를 확인한 뒤 다시 결정해 주세요.",
                    left.total
                ),
            )
            .about("cancel_available_amount", json!(wire::Amount::from(left))),
            Refusal::Field(field) => Self::fields(vec![field]),
        }
    }
}

impl From<ReadyError> for Problem {
    fn from(error: ReadyError) -> Self {
        tracing::warn!(%error, "ready failed");
        match &error {
            ReadyError::Busy(Busy::Overloaded) => Self::overloaded(),
            // Rounded up: whoever comes at that time is let through.
            ReadyError::Busy(Busy::CoolingDown(rest)) => Self::unreachable(rest.as_secs() + 1),
            ReadyError::Busy(Busy::TurnedAway(rest)) => Self::turned_away(rest.as_secs() + 1),
            ReadyError::Unreachable(_) => Self::unreachable(2),
            ReadyError::TurnedAway(cause) => {
                let told = cause.retry_after().map_or(10, |wait| wait.as_secs().max(1));
                let most = limits::REST_MAX.as_secs();
                Self::turned_away(i64::try_from(told).unwrap_or(most).min(most))
            }
            // Logged as what it is, with KakaoPay's words.
            ReadyError::Setup(_) => Self::kakaopay_setup(),
            ReadyError::Refused(cause) => {
                let told = cause.api_error().map(failure);
                let (detail, detail_ko) = told.as_ref().map_or_else(Default::default, |failure| {
                    (failure.message.clone(), failure.message_ko.clone())
                });
                let own = told.and_then(|failure| failure.kakaopay);
                Self::new(
                    Code::KakaopayRefused,
                    format!("KakaoPay refused the payment: {detail}. Nothing was charged."),
                    format!("카카오페이가 결제를 거절했습니다: {detail_ko}. 결제되지 않았습니다."),
                )
                .in_kakaopays_words(own.as_ref())
            }
            ReadyError::NoAnswer(_) | ReadyError::UnusableTid | ReadyError::ForeignRedirect => {
                Self::new(
                    Code::KakaopayNoAnswer,
                    "KakaoPay gave no usable answer. Nothing was charged; try again.",
                    "카카오페이의 응답을 쓸 수 없습니다. 결제되지 않았으니 다시 시도해 주세요.",
                )
            }
            ReadyError::Field(_) => Self::internal(&error),
        }
    }
}

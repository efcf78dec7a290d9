//! KakaoPay's answers in the domain's words.

use danpay_core::{
    Amount, Approval, ApproveAnswer, CancelAction, CancelAnswer, Canceled, CardInfo, Failure,
    KakaoPayFailure, Lookup, Paid, Refused, Won,
};
use kakaopay::error_code::{self, ErrorClass};
use kakaopay::{
    Aid, ApiError, ApproveResponse, CancelResponse, Error, KstDateTime, OrderResponse, OrderStatus,
    Outcome, PaymentAction, PaymentActionType, SelectedCardInfo,
};
use serde::Serialize;
use serde_json::{Value, json};

/// Wrong `pg_token`, or approved before the payer had authenticated: the token is not the payer's.
const WRONG_TOKEN: [i32; 2] = [-708, -701];
/// The 15 minutes are over.
const EXPIRED: i32 = -723;
/// More than is left, more than was approved, amounts that do not fit. Which of them KakaoPay gives
/// when `cancel_available_amount` differs is not known.
const LEFT_DIFFERS: [i32; 3] = [-710, -711, -722];
/// The TID does not exist.
const NO_SUCH_TID: i32 = -721;

/// An answer as it is recorded. KakaoPay's answers hold no secret.
pub(super) fn recorded(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer)
        .unwrap_or_else(|error| json!({ "unrecordable": error.to_string() }))
}

/// A failed call as it is recorded; the SDK keeps secrets out of its errors.
pub(super) fn error(error: &Error) -> Value {
    let outcome = match error.outcome() {
        Outcome::NotSent => "not_sent",
        Outcome::Rejected => "rejected",
        Outcome::Unknown => "unknown",
    };
    json!({ "outcome": outcome, "error": error.to_string(), "kakaopay": error.api_error() })
}

pub(super) fn not_sent(error: &kakaopay::InvalidField) -> Value {
    json!({ "outcome": "not_sent", "error": error.to_string() })
}

pub(super) fn approved(response: ApproveResponse) -> ApproveAnswer {
    let Some(amount) = amount(response.amount) else {
        return ApproveAnswer::Unknown;
    };
    ApproveAnswer::Paid(Box::new(Paid {
        cid: response.cid.as_str().to_owned(),
        tid: response.tid.as_str().to_owned(),
        order_id: response.partner_order_id.as_str().to_owned(),
        user_id: response.partner_user_id.as_str().to_owned(),
        approval: Approval {
            aid: aid(&response.aid),
            amount,
            payment_method_type: Some(response.payment_method_type.as_str().to_owned()),
            card_info: response.card_info.map(card),
            approved_at: response.approved_at.map(KstDateTime::timestamp),
        },
        canceled: Amount::default(),
        cancels: Vec::new(),
        tells_payloads: false,
    }))
}

pub(super) fn not_approved(error: &Error) -> ApproveAnswer {
    match error.outcome() {
        Outcome::NotSent => ApproveAnswer::NotSent,
        Outcome::Unknown => ApproveAnswer::Unknown,
        Outcome::Rejected => match error.api_error() {
            Some(api)
                if api
                    .error_code
                    .is_some_and(|code| WRONG_TOKEN.contains(&code)) =>
            {
                ApproveAnswer::Refused(Refused::WrongToken)
            }
            Some(api) if api.error_code == Some(EXPIRED) => {
                ApproveAnswer::Refused(Refused::Expired)
            }
            Some(api) => ApproveAnswer::Refused(Refused::Rejected {
                failure: failure(api),
            }),
            None => ApproveAnswer::Unknown,
        },
    }
}

pub(super) fn looked_up(response: OrderResponse) -> Lookup {
    match &response.status {
        status if status.was_approved() => paid(response),
        status if status.is_open() => Lookup::Unpaid,
        OrderStatus::QuitPayment => Lookup::Quit,
        OrderStatus::FailAuthPassword => Lookup::Failed(Failure {
            code: "authentication_failed".to_owned(),
            message: "The payer's authentication failed.".to_owned(),
            message_ko: "결제 인증에 실패했습니다.".to_owned(),
            kakaopay: None,
        }),
        OrderStatus::FailPayment => Lookup::Failed(Failure {
            code: "approval_failed".to_owned(),
            message: "KakaoPay could not approve the payment.".to_owned(),
            message_ko: "카카오페이가 결제를 승인하지 못했습니다.".to_owned(),
            kakaopay: None,
        }),
        // A status that KakaoPay adds one day says nothing to us.
        _ => Lookup::Inconclusive,
    }
}

fn paid(response: OrderResponse) -> Lookup {
    let Some(amount) = response.amount.and_then(amount) else {
        return Lookup::Inconclusive;
    };
    let canceled = response.canceled_amount.unwrap_or_default();
    let Some(canceled) = self::amount(canceled) else {
        return Lookup::Inconclusive;
    };
    // A status that tells of a cancellation, without its amount, is no record of it.
    if response.status != OrderStatus::SuccessPayment && canceled.total.is_zero() {
        return Lookup::Inconclusive;
    }
    let actions = &response.payment_action_details;
    let approval = actions
        .iter()
        .find(|action| action.payment_action_type == PaymentActionType::Payment);
    Lookup::Paid(Box::new(Paid {
        cid: response.cid.as_str().to_owned(),
        tid: response.tid.as_str().to_owned(),
        order_id: response.partner_order_id.as_str().to_owned(),
        user_id: response.partner_user_id.as_str().to_owned(),
        approval: Approval {
            aid: approval.and_then(|action| aid(&action.aid)),
            amount,
            payment_method_type: response
                .payment_method_type
                .as_ref()
                .map(|method| method.as_str().to_owned()),
            card_info: response.selected_card_info.map(selected_card),
            approved_at: response.approved_at.map(KstDateTime::timestamp),
        },
        canceled,
        tells_payloads: actions.iter().any(|action| action.payload.is_some()),
        cancels: actions
            .iter()
            .filter(|action| action.payment_action_type == PaymentActionType::Cancel)
            .map(cancel_action)
            .collect(),
    }))
}

fn cancel_action(action: &PaymentAction) -> CancelAction {
    CancelAction {
        aid: aid(&action.aid),
        payload: action
            .payload
            .as_ref()
            .map(|payload| payload.as_str().to_owned()),
        at: action.approved_at.map(KstDateTime::timestamp),
    }
}

fn aid(aid: &Aid) -> Option<String> {
    Some(aid.as_str().to_owned()).filter(|aid| !aid.is_empty())
}

pub(super) fn canceled(response: &CancelResponse) -> CancelAnswer {
    // Without what went back so far, the answer is no record; a lookup will be.
    let Some(canceled) = response.canceled_amount.and_then(amount) else {
        return CancelAnswer::Unknown;
    };
    CancelAnswer::Canceled(Box::new(Canceled {
        cid: response.cid.as_str().to_owned(),
        tid: response.tid.as_str().to_owned(),
        aid: aid(&response.aid),
        amount: response.approved_cancel_amount.and_then(amount),
        canceled,
        canceled_at: response.canceled_at.map(KstDateTime::timestamp),
    }))
}

pub(super) fn not_canceled(error: &Error) -> CancelAnswer {
    match (error.outcome(), error.api_error()) {
        (Outcome::NotSent, _) => CancelAnswer::NotSent,
        (Outcome::Rejected, Some(api))
            if api
                .error_code
                .is_some_and(|code| LEFT_DIFFERS.contains(&code)) =>
        {
            CancelAnswer::LeftDiffers(failure(api))
        }
        (Outcome::Rejected, Some(api)) => CancelAnswer::Rejected(failure(api)),
        _ => CancelAnswer::Unknown,
    }
}

pub(super) fn not_looked_up(error: &Error) -> Lookup {
    match error.api_error() {
        Some(api) if api.error_code == Some(NO_SUCH_TID) => Lookup::NotFound,
        _ => Lookup::Inconclusive,
    }
}

/// `None` if it is no amount that can be: then the answer is no proof of anything.
pub(super) fn amount(amount: kakaopay::Amount) -> Option<Amount> {
    let won = |amount: u64| Won::try_from(amount).ok();
    Some(Amount {
        total: won(amount.total)?,
        tax_free: won(amount.tax_free)?,
        vat: won(amount.vat)?,
        point: won(amount.point)?,
        discount: won(amount.discount)?,
        green_deposit: won(amount.green_deposit)?,
    })
}

fn card(card: kakaopay::CardInfo) -> CardInfo {
    CardInfo {
        kakaopay_purchase_corp: card.kakaopay_purchase_corp,
        kakaopay_purchase_corp_code: card.kakaopay_purchase_corp_code,
        kakaopay_issuer_corp: card.kakaopay_issuer_corp,
        kakaopay_issuer_corp_code: card.kakaopay_issuer_corp_code,
        card_corp_name: None,
        bin: card.bin,
        card_type: card.card_type,
        install_month: card.install_month,
        approved_id: card.approved_id,
        card_mid: card.card_mid,
        interest_free_install: card.interest_free_install,
        installment_type: card.installment_type,
        card_item_code: card.card_item_code,
    }
}

/// A lookup tells less of the card than an approval, under other names.
fn selected_card(card: SelectedCardInfo) -> CardInfo {
    CardInfo {
        card_corp_name: card.card_corp_name,
        bin: card.card_bin,
        install_month: card.install_month.map(|months| format!("{months:02}")),
        interest_free_install: card.interest_free_install,
        ..CardInfo::default()
    }
}

/// A refusal, for the shop and the payer.
pub(crate) fn failure(api: &ApiError) -> Failure {
    let known = api.error_code.and_then(error_code::describe);
    let code = match known.map(|info| info.class) {
        Some(ErrorClass::Method) => "payment_method_refused",
        Some(ErrorClass::Payer) => "payer_limit",
        Some(ErrorClass::Setup) => "configuration",
        _ => "rejected",
    };
    let meaning = known.map_or(
        ("KakaoPay refused", "카카오페이가 거절했습니다"),
        |info| (info.meaning, info.meaning_ko),
    );
    Failure {
        code: code.to_owned(),
        message: meaning.0.to_owned(),
        message_ko: meaning.1.to_owned(),
        kakaopay: Some(KakaoPayFailure {
            error_code: api.error_code.map(i64::from),
            error_message: Some(api.error_message.clone()),
            method_result_code: api.method_result_code().map(str::to_owned),
            method_result_message: api
                .extras
                .as_ref()
                .and_then(|extras| extras.method_result_message.clone()),
        }),
    }
}

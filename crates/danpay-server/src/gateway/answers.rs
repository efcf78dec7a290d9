//! KakaoPay's answers in the domain's words.

use danpay_core::{
    Amount, Approval, ApproveAnswer, CancelAction, CancelAnswer, Canceled, CardInfo, Failure,
    KakaoPayFailure, Lookup, Paid, Refused, Won,
};
use jiff::Timestamp;
use kakaopay::error_code::{self, ErrorClass};
use kakaopay::{
    Aid, ApiError, ApproveResponse, CancelResponse, ContradictingAnswer, Error, KstDateTime,
    OrderResponse, OrderStatus, Outcome, PaymentAction, PaymentActionType, Proof, SelectedCardInfo,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::bounds;
use super::mask::mask;

/// Wrong `pg_token`, or approved before the payer had authenticated: the token is not the payer's.
const WRONG_TOKEN: [i32; 2] = [-708, -701];
/// The 15 minutes are over.
const EXPIRED: i32 = -723;
/// More than is left, more than was approved, amounts that do not fit. Which of them KakaoPay gives
/// when `cancel_available_amount` differs is not known.
const LEFT_DIFFERS: [i32; 3] = [-710, -711, -722];
/// The TID does not exist.
const NO_SUCH_TID: i32 = -721;

/// An answer as it is recorded: within bounds, and without what tells of persons. KakaoPay's answers
/// hold no secret.
pub(super) fn recorded(answer: &impl Serialize) -> Value {
    let answer = serde_json::to_value(answer);
    let mut told = answer.unwrap_or_else(|error| json!({ "unrecordable": error.to_string() }));
    mask(&mut told);
    bounds::evidence(told)
}

/// A failed call as it is recorded; the SDK keeps secrets out of its errors.
pub(super) fn error(error: &Error) -> Value {
    let outcome = match error.outcome() {
        Outcome::NotExecuted => "not_sent",
        Outcome::Rejected => "rejected",
        Outcome::Unknown => "unknown",
    };
    let mut told = json!({
        "outcome": outcome, "error": error.to_string(), "kakaopay": error.api_error(),
    });
    mask(&mut told);
    bounds::evidence(told)
}

/// An answer about something else than was asked, which the SDK takes for an error, is an answer to us:
/// the core holds it against the database and asks a person.
pub(super) fn as_answer<T: Clone>(
    result: Result<T, Error>,
    of: fn(&ContradictingAnswer) -> Option<&T>,
) -> Result<T, Error> {
    match &result {
        Err(Error::Contradiction { contradiction, .. }) => {
            of(contradiction.answer()).cloned().map_or(result, Ok)
        }
        _ => result,
    }
}

/// Whether KakaoPay turned the call away for our own key, merchant code or address. That proves that
/// this call did nothing, and says nothing about the payment.
pub(super) fn did_nothing(error: &Error) -> bool {
    error.proof() == Proof::Setup
}

/// The same, if an operator has to do something about it. An unknown TID and a wrong parameter are what
/// the key of another account would hear, and other things as well.
pub(super) fn is_setup(error: &Error) -> bool {
    did_nothing(error) && ![Some(PARAMETER), Some(NO_SUCH_TID)].contains(&code(error))
}

/// KakaoPay's code in a refusal. The status comes first: beside that of a gateway that let nothing
/// through (401, 403), of a used-up quota or of a failing server, a code says nothing.
fn code(error: &Error) -> Option<i32> {
    let api = error.api_error()?;
    let speaks = error.outcome() == Outcome::Rejected && ![401, 403].contains(&api.http_status);
    api.error_code.filter(|_| speaks)
}

/// A parameter is missing or wrong. Of cancel it is a no: of approve the merchant code may be meant.
const PARAMETER: i32 = -2;

pub(super) fn not_sent(error: &kakaopay::InvalidField) -> Value {
    json!({ "outcome": "not_sent", "error": error.to_string() })
}

pub(super) fn approved(response: ApproveResponse, now: Timestamp) -> ApproveAnswer {
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
            payment_method_type: word(response.payment_method_type.as_str()),
            card_info: response.card_info.map(card),
            approved_at: time(response.approved_at, now),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: Amount::default(),
        cancels: Vec::new(),
        tells_payloads: false,
    }))
}

pub(super) fn not_approved(error: &Error) -> ApproveAnswer {
    let rejected = |api| Refused::Rejected {
        failure: failure(api),
    };
    match (error.outcome(), error.api_error()) {
        (Outcome::NotExecuted, _) => ApproveAnswer::NotSent,
        (Outcome::Rejected, Some(_)) if did_nothing(error) => ApproveAnswer::NotSent,
        (Outcome::Rejected, Some(api)) => ApproveAnswer::Refused(match code(error) {
            Some(code) if WRONG_TOKEN.contains(&code) => Refused::WrongToken,
            Some(EXPIRED) => Refused::Expired,
            _ => rejected(api),
        }),
        _ => ApproveAnswer::Unknown,
    }
}

pub(super) fn looked_up(response: OrderResponse, now: Timestamp) -> Lookup {
    match &response.status {
        status if status.was_approved() => paid(response, now),
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

fn paid(response: OrderResponse, now: Timestamp) -> Lookup {
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
                .and_then(|method| word(method.as_str())),
            card_info: response.selected_card_info.map(selected_card),
            approved_at: time(response.approved_at, now),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled,
        tells_payloads: actions.iter().any(|action| action.payload.is_some()),
        cancels: actions
            .iter()
            .filter(|action| action.payment_action_type == PaymentActionType::Cancel)
            .map(|action| cancel_action(action, now))
            .collect(),
    }))
}

fn cancel_action(action: &PaymentAction, now: Timestamp) -> CancelAction {
    CancelAction {
        aid: aid(&action.aid),
        payload: action
            .payload
            .as_ref()
            .map(|payload| payload.as_str().to_owned()),
        at: time(action.approved_at, now),
    }
}

fn aid(aid: &Aid) -> Option<String> {
    bounds::word(aid.as_str().to_owned(), bounds::ID_CHARS)
}

fn word(word: &str) -> Option<String> {
    bounds::word(word.to_owned(), bounds::WORD_CHARS)
}

fn time(at: Option<KstDateTime>, now: Timestamp) -> Option<Timestamp> {
    bounds::time(at?.timestamp(), now)
}

pub(super) fn canceled(response: &CancelResponse, now: Timestamp) -> CancelAnswer {
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
        canceled_at: time(response.canceled_at, now),
    }))
}

pub(super) fn not_canceled(error: &Error) -> CancelAnswer {
    let code = code(error);
    match (error.outcome(), error.api_error()) {
        (Outcome::NotExecuted, _) => CancelAnswer::NotSent(None),
        (Outcome::Rejected, Some(api)) if did_nothing(error) && code != Some(PARAMETER) => {
            CancelAnswer::NotSent(Some(setup_failure(api)))
        }
        (Outcome::Rejected, Some(api)) if code.is_some_and(|code| LEFT_DIFFERS.contains(&code)) => {
            CancelAnswer::LeftDiffers(failure(api))
        }
        (Outcome::Rejected, Some(api)) => CancelAnswer::Rejected(failure(api)),
        _ => CancelAnswer::Unknown,
    }
}

pub(super) fn not_looked_up(error: &Error) -> Lookup {
    match code(error) {
        Some(NO_SUCH_TID) => Lookup::NotFound,
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
    let bounded = |text: Option<String>| text.and_then(|text| word(&text));
    CardInfo {
        kakaopay_purchase_corp: bounded(card.kakaopay_purchase_corp),
        kakaopay_purchase_corp_code: bounded(card.kakaopay_purchase_corp_code),
        kakaopay_issuer_corp: bounded(card.kakaopay_issuer_corp),
        kakaopay_issuer_corp_code: bounded(card.kakaopay_issuer_corp_code),
        card_corp_name: None,
        bin: bounded(card.bin),
        card_type: bounded(card.card_type),
        install_month: bounded(card.install_month),
        approved_id: bounded(card.approved_id),
        card_mid: bounded(card.card_mid),
        interest_free_install: bounded(card.interest_free_install),
        installment_type: bounded(card.installment_type),
        card_item_code: bounded(card.card_item_code),
    }
}

/// A lookup tells less of the card than an approval, under other names.
fn selected_card(card: SelectedCardInfo) -> CardInfo {
    let bounded = |text: Option<String>| text.and_then(|text| word(&text));
    CardInfo {
        card_corp_name: bounded(card.card_corp_name),
        bin: bounded(card.card_bin),
        install_month: card.install_month.map(|months| format!("{months:02}")),
        interest_free_install: bounded(card.interest_free_install),
        ..CardInfo::default()
    }
}

/// A refusal, for the shop and the payer.
pub(crate) fn failure(api: &ApiError) -> Failure {
    let known = api.error_code.and_then(error_code::describe);
    let code = match known.map(|info| info.class) {
        Some(ErrorClass::Method) => "payment_method_refused",
        Some(ErrorClass::Payer) => "payer_limit",
        Some(ErrorClass::Setup) => SETUP,
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
            error_message: Some(bounds::message(&api.error_message)),
            method_result_code: api.method_result_code().and_then(word),
            method_result_message: api
                .extras
                .as_ref()
                .and_then(|extras| extras.method_result_message.as_deref())
                .map(bounds::message),
        }),
    }
}

/// The code of trouble with our own key, merchant code or address.
const SETUP: &str = "kakaopay_setup";

/// A call was turned away for that.
fn setup_failure(api: &ApiError) -> Failure {
    Failure {
        code: SETUP.to_owned(),
        ..failure(api)
    }
}

#[cfg(test)]
mod tests;

//! How a payment stands, in a payer's words.
//!
//! **Invariant**: where nothing was charged, the title, which is a page's largest text, says so.

use danpay_core::decide::ORDER_ALREADY_PAID;
use danpay_core::{Payment, Status};

use super::{Tone, Words, words};

#[derive(Debug)]
pub(super) struct Said {
    /// By which tests know the page.
    pub(super) name: &'static str,
    pub(super) tone: Tone,
    pub(super) title: Words,
    pub(super) text: Words,
}

fn said(name: &'static str, tone: Tone, title: Words, text: Words) -> Said {
    Said {
        name,
        tone,
        title,
        text,
    }
}

fn not_charged() -> Words {
    words("결제되지 않았습니다", "You were not charged")
}

fn not_charged_yet() -> Words {
    words("아직 결제되지 않았습니다", "You have not been charged yet")
}

fn checking() -> Words {
    words("결제를 확인하고 있습니다", "Checking your payment")
}

pub(super) fn of(payment: &Payment, over: bool) -> Said {
    match payment.status() {
        Status::Ready if over => too_late("over"),
        Status::Ready => said(
            "not-yet-paid",
            Tone::Calm,
            not_charged_yet(),
            words("이어서 결제할 수 있습니다.", "You can go on paying."),
        ),
        Status::Authenticated if payment.waits_for_shop() => said(
            "authenticated",
            Tone::Waiting,
            not_charged_yet(),
            words(
                "상점이 확인하고 있으며, 상점이 승인하면 결제됩니다. 다시 결제하지 마세요. 이 화면은 \
                 자동으로 바뀝니다.",
                "The shop is checking, and you will be charged once it approves. Please do not pay \
                 again. This page updates by itself.",
            ),
        ),
        Status::Authenticated => said(
            "waiting",
            Tone::Waiting,
            checking(),
            words(
                "아직 결제되지 않았고, 곧 이어서 처리합니다. 다시 결제하지 마세요. 이 화면은 자동으로 \
                 바뀝니다.",
                "Nothing was charged so far; we go on in a moment. Please do not pay again. This \
                 page updates by itself.",
            ),
        ),
        Status::Approving => said(
            "waiting",
            Tone::Waiting,
            checking(),
            words(
                "카카오페이의 확인을 기다리고 있습니다. 다시 결제하지 마세요. 이 화면은 자동으로 \
                 바뀝니다.",
                "We are waiting for KakaoPay. Please do not pay again. This page updates by itself.",
            ),
        ),
        Status::Approved => said(
            "approved",
            Tone::Good,
            words("결제되었습니다", "You have paid"),
            words("이 창을 닫아도 됩니다.", "You may close this window."),
        ),
        Status::PartiallyCanceled => said(
            "partially-canceled",
            Tone::Calm,
            words("일부 취소되었습니다", "Partly canceled"),
            words(
                "결제 금액의 일부가 취소되었습니다.",
                "Part of the amount went back to you.",
            ),
        ),
        Status::Canceled => said(
            "canceled",
            Tone::Calm,
            words("결제가 취소되었습니다", "The payment was canceled"),
            words(
                "결제 금액이 모두 취소되었습니다.",
                "The whole amount went back to you.",
            ),
        ),
        Status::Quit => said(
            "quit",
            Tone::Calm,
            not_charged(),
            words("결제를 그만두었습니다.", "You gave up the payment."),
        ),
        Status::Failed if is_paid_otherwise(payment) => said(
            "paid-already",
            Tone::Calm,
            words("이번에는 결제되지 않았습니다", "You were not charged again"),
            words(
                "이미 결제된 주문입니다. 같은 주문이 다른 결제로 먼저 결제되었습니다.",
                "This order is paid already: another payment of the same order came first.",
            ),
        ),
        Status::Failed => said("failed", Tone::Bad, not_charged(), reason(payment)),
        Status::Withdrawn => said(
            "withdrawn",
            Tone::Calm,
            not_charged(),
            words(
                "상점이 결제를 취소했습니다. 궁금한 점은 상점에 문의해 주세요.",
                "The shop has withdrawn the payment. Please ask the shop if you have a question.",
            ),
        ),
        Status::Expired => too_late("expired"),
    }
}

fn too_late(name: &'static str) -> Said {
    said(
        name,
        Tone::Calm,
        not_charged(),
        words(
            "결제 시간이 지났습니다. 상점에서 다시 결제해 주세요.",
            "The time to pay is over. Please pay again at the shop.",
        ),
    )
}

fn is_paid_otherwise(payment: &Payment) -> bool {
    let failure = payment.state.failure();
    failure.is_some_and(|failure| failure.code == ORDER_ALREADY_PAID)
}

/// What the payment method told the payer comes before our own words, which are all that there is
/// in English.
fn reason(payment: &Payment) -> Words {
    let Some(failure) = payment.state.failure() else {
        return words(
            "카카오페이가 결제를 거절했습니다.",
            "KakaoPay refused the payment.",
        );
    };
    let told = failure
        .kakaopay
        .as_ref()
        .and_then(|own| own.method_result_message.as_deref());
    let own = failure.message.trim_end_matches('.');
    match told.map(|told| told.trim_end_matches('.')) {
        Some(told) => words(format!("{told}."), format!("{own}: “{told}”.")),
        None => words(
            format!("{}.", failure.message_ko.trim_end_matches('.')),
            format!("{own}."),
        ),
    }
}
